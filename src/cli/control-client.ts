/**
 * Talks to the running node of a home over its control socket.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { dirname, join } from 'node:path'
import { toBase64, toHex } from '../encoding/bytes.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import { encodeIntendedUsage, type EvidenceRequest } from '../evidence/evidence-request.ts'
import { receiptFromJson, recordOf, submitResultFromJson } from '../http/control-json.ts'
import type { IndexQuestion } from '../node/index-proofs.ts'
import type { NodeStatus, PeerStatus, StatementReceipt, SubmitOptions, SubmitResult } from '../node/api.ts'
import type { Json } from './output.ts'
import { RemoteError } from './error-output.ts'

/** Added to a wait the node does itself, so that its own answer comes first. */
const GRACE_MS = 5000
const LOOK_FIRST = 'it may be done all the same: look before you give the command again'

export type Accepted = Exclude<SubmitResult, { state: 'refused' }>

/** A statement as the node lists it; `payload` is for reading, `statement` holds the bytes in base64. */
export interface ListedJson {
  readonly [key: string]: Json | undefined
  readonly id: string
  readonly origin: string
  readonly index: number
  readonly kind: number | null
  readonly kindName: string
  readonly iss: string
  readonly isSignatureValid: boolean | null
  readonly payload: Json
  readonly statement: string
}

export interface ListFilter {
  kind?: number
  about?: string
  origin?: string
  from?: number
  limit?: number
}

export interface ControlClient {
  status(): Promise<NodeStatus>
  /** @throws RemoteError with the node's code when it refuses */
  submit(statement: Uint8Array, options: SubmitOptions): Promise<Accepted>
  readStatement(id: string): Promise<ListedJson>
  readReceipt(id: string): Promise<StatementReceipt>
  list(filter: ListFilter): AsyncIterable<ListedJson>
  /** `resource`: checkpoint, or a tile or entry path of C2SP tlog-tiles. */
  readLog(origin: string, resource: string): Promise<Uint8Array>
  /** Index evidence about subjects, by their keys. */
  proveSubjects(origin: string, question: IndexQuestion): Promise<Uint8Array>
  addPeer(card: string): Promise<PeerStatus>
  removePeer(origin: string): Promise<void>
  /** `card`, `invitation` or `policy`. */
  readText(what: 'card' | 'invitation' | 'policy'): Promise<string>
  join(invitation: string): Promise<string>
  putBlob(bytes: Uint8Array): Promise<string>
  /** @throws RemoteError NOT_FOUND where nobody has it */
  readBlob(id: string): Promise<Uint8Array>
  listBlobs(): Promise<{ id: string; bytes: number }[]>
  /** Whether it was held. */
  eraseBlob(id: string): Promise<boolean>
  /** In pieces. @throws LedgerError PEER_UNREACHABLE when the node breaks off in the middle */
  snapshotIndex(origin: string): AsyncIterable<Uint8Array>
  collect(request: EvidenceRequest): Promise<Uint8Array>
  unfreeze(origin: string): Promise<void>
}

/**
 * @throws LedgerError NODE_NOT_RUNNING (on first use) where nothing listens, PEER_TIMEOUT where nothing answers in time
 */
export function controlClient(home: string, timeoutMs: number): ControlClient {
  const socketPath = join(home, 'control.sock')
  const call = (
    method: string,
    path: string,
    body?: Uint8Array | string,
    waitMs: number = timeoutMs,
  ): Promise<IncomingMessage> => send(socketPath, method, path, body, waitMs)
  const json = async (method: string, path: string, body?: Uint8Array | string, waitMs?: number): Promise<unknown> =>
    JSON.parse(new TextDecoder().decode(await bodyOf(await call(method, path, body, waitMs)))) as unknown
  const bytes = async (method: string, path: string, body?: string): Promise<Uint8Array> =>
    bodyOf(await call(method, path, body))
  const text = async (method: string, path: string, body?: string): Promise<string> =>
    new TextDecoder().decode(await bytes(method, path, body))
  return {
    status: async () => recordOf(await json('GET', '/v1/status')) as unknown as NodeStatus,
    submit: async (statement, options) => {
      const path = `/v1/statements?wait=${options.wait}&timeoutMs=${options.timeoutMs}`
      return submitResultFromJson(await json('POST', path, statement, options.timeoutMs + GRACE_MS))
    },
    readStatement: async (id) =>
      recordOf(await json('GET', `/v1/statements/${encodeURIComponent(id)}`)) as unknown as ListedJson,
    readReceipt: async (id) => receiptFromJson(await json('GET', `/v1/receipts/${encodeURIComponent(id)}`)),
    list: (filter) => listLines(call('GET', `/v1/statements?${queryOf(filter)}`)),
    readLog: (origin, resource) => bytes('GET', `/v1/logs/${logIdText(origin)}/${resource}`),
    proveSubjects: (origin, { keys, relations, asOf }) => {
      const query = new URLSearchParams({ keys: keys.map(toHex).join(',') })
      if (relations !== undefined) query.set('relations', relations.join(','))
      if (asOf !== undefined) query.set('asOf', String(asOf))
      return bytes('GET', `/v1/logs/${logIdText(origin)}/index?${query}`)
    },
    snapshotIndex: (origin) => piecesOf(call('GET', `/v1/logs/${logIdText(origin)}/index/snapshot`)),
    addPeer: async (card) => recordOf(await json('POST', '/v1/peers', card)) as unknown as PeerStatus,
    removePeer: async (origin) => void (await json('DELETE', `/v1/peers?origin=${encodeURIComponent(origin)}`)),
    readText: (what) => text('GET', `/v1/${what}`),
    join: (invitation) => text('POST', '/v1/join', invitation),
    putBlob: async (blob) => String(recordOf(await json('POST', '/v1/blobs', blob))['id']),
    readBlob: (id) => bytes('GET', `/v1/blobs/${encodeURIComponent(id)}`),
    listBlobs: async () => recordOf(await json('GET', '/v1/blobs'))['blobs'] as { id: string; bytes: number }[],
    eraseBlob: async (id) => recordOf(await json('DELETE', `/v1/blobs/${encodeURIComponent(id)}`))['held'] === true,
    collect: (request) => bytes('POST', '/v1/bundles', JSON.stringify(requestJson(request))),
    unfreeze: async (origin) => void (await json('POST', '/v1/unfreeze', JSON.stringify({ origin }))),
  }
}

function requestJson({ question, form, intended }: EvidenceRequest): object {
  return {
    ...('model' in question ? { model: toHex(question.model) } : question),
    ...(form === 'whole' ? { whole: true } : {}),
    ...(intended === undefined
      ? {}
      : { intended: { user: intended.user, usage: toBase64(encodeIntendedUsage(intended.usage)) } }),
  }
}

function queryOf(filter: ListFilter): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value))
  return query.toString()
}

async function* listLines(response: Promise<IncomingMessage>): AsyncIterable<ListedJson> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of piecesOf(response)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield recordOf(JSON.parse(line)) as unknown as ListedJson
  }
  if (rest !== '') yield recordOf(JSON.parse(rest)) as unknown as ListedJson
}

async function* piecesOf(response: Promise<IncomingMessage> | IncomingMessage): AsyncIterable<Uint8Array> {
  const incoming = await response
  try {
    for await (const piece of incoming) yield piece as Uint8Array
  } catch (cause) {
    throw isLedgerError(cause) ? cause : brokenOff(cause)
  }
  if (!incoming.complete) throw brokenOff()
}

/** A node that ends, or is killed, while it answers: whether it did what it was asked for is not known. */
function brokenOff(cause?: unknown): LedgerError {
  return new LedgerError('PEER_UNREACHABLE', 'the node ended before it had answered', {
    cause,
    hint: `see \`tally status\`; ${LOOK_FIRST}`,
  })
}

function send(
  socketPath: string,
  method: string,
  path: string,
  body: Uint8Array | string | undefined,
  timeoutMs: number,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined
    const sent = request({ socketPath, method, path, timeout: timeoutMs }, (response) => {
      answer = response
      if ((response.statusCode ?? 500) < 400) resolve(response)
      else void refusal(response).then(reject, reject)
    })
    sent.on('timeout', () => {
      // Whoever reads the answer hears of it there.
      ;(answer ?? sent).destroy(
        new LedgerError('PEER_TIMEOUT', `the node did not answer within ${timeoutMs / 1000} s`, {
          hint: `--timeout waits longer; ${LOOK_FIRST}`,
        }),
      )
    })
    sent.on('error', (error: NodeJS.ErrnoException) => reject(connectionError(error, socketPath)))
    sent.end(body)
  })
}

function connectionError(error: NodeJS.ErrnoException, socketPath: string): Error {
  if (error.code === 'EACCES')
    return new LedgerError(
      'FILE_FORBIDDEN',
      `the system does not let this user use the node of ${dirname(socketPath)}`,
      {
        cause: error,
        hint: 'run the command as the user who runs the node',
      },
    )
  if (['EPIPE', 'ECONNRESET', 'ECONNABORTED'].includes(error.code ?? '')) return brokenOff(error)
  if (!['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENAMETOOLONG', 'EINVAL'].includes(error.code ?? '')) return error
  const home = dirname(socketPath)
  if (!existsSync(join(home, 'node.yaml')))
    return new LedgerError('NODE_NOT_RUNNING', `no node lives in ${home}`, {
      cause: error,
      hint: 'another --home? else make one with `tally init`, or name a node with --node ADDRESS',
    })
  return new LedgerError('NODE_NOT_RUNNING', `no node is running here (nothing listens at ${socketPath})`, {
    cause: error,
    hint: 'start it with `tally up`, or name another one with --home FOLDER or --node ADDRESS',
  })
}

async function refusal(response: IncomingMessage): Promise<Error> {
  const body = new TextDecoder().decode(await bodyOf(response))
  try {
    const { code, message, hint } = recordOf(JSON.parse(body))
    if (typeof code === 'string' && typeof message === 'string') {
      return new RemoteError(code, message, typeof hint === 'string' ? hint : undefined)
    }
  } catch {
    // Not our JSON: told below.
  }
  return new LedgerError('PEER_MISBEHAVED', `the node answered ${response.statusCode ?? 'nothing'} without saying why`)
}

async function bodyOf(response: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of piecesOf(response)) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}

function logIdText(origin: string): string {
  return createHash('sha256').update(origin).digest('hex')
}
