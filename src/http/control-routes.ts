/**
 * What the control socket answers: one closed list of routes over NodeApi. Anything else is 404.
 */
import { createHash } from 'node:crypto'
import { LedgerError } from '../errors.ts'
import { decodeCbor } from '../encoding/cbor.ts'
import type { CborValue } from '../encoding/cbor.ts'
import { parseCid } from '../encoding/cid.ts'
import { decodeUtf8 } from '../encoding/utf8.ts'
import { fromBase64, fromHex } from '../encoding/bytes.ts'
import { decodeIntendedUsage, type EvidenceRequest } from '../evidence/evidence-request.ts'
import { parseEntryBundlePath, parseTilePath } from '../merkle/tile.ts'
import type { IndexQuestion } from '../node/index-proofs.ts'
import type { ListedStatement, NodeApi, StatementFilter } from '../node/api.ts'
import { decodeSign1 } from '../signing/cose.ts'
import { MAX_GRANTS_ASKED, type Question } from '../terms/view.ts'
import { listedToJson, receiptToJson, recordOf, submitResultToJson } from './control-json.ts'
import type { JsonRecord, JsonValue } from './control-json.ts'
import { statusOf } from './problem.ts'

export type Reply =
  | { status: number; json: JsonValue }
  | { status: number; text: string }
  | { status: number; bytes: Uint8Array }
  | { status: number; lines: AsyncIterable<JsonRecord> }
  | { status: number; pieces: AsyncIterable<Uint8Array> }

export interface ControlRequest {
  method: string
  path: string
  query: URLSearchParams
  body: Uint8Array
}

type Route = (api: NodeApi, request: ControlRequest, argument: string) => Promise<Reply> | Reply

const LONGEST_WAIT_MS = 600_000
const MOST_LISTED = 100_000

/** Method, a path that ends in `/` where an argument follows, and what it does. */
const ROUTES: readonly (readonly [method: string, path: string, route: Route])[] = [
  ['GET', '/v1/status', (api) => ({ status: 200, json: { ...api.status() } as unknown as JsonValue })],
  ['POST', '/v1/statements', submit],
  ['GET', '/v1/statements', list],
  ['GET', '/v1/statements/', readStatement],
  ['GET', '/v1/receipts/', readReceipt],
  ['GET', '/v1/logs/', readLog],
  ['GET', '/v1/peers', (api) => ({ status: 200, json: api.status().peers as unknown as JsonValue })],
  [
    'POST',
    '/v1/peers',
    async (api, { body }) => ({ status: 201, json: (await api.addPeer(decodeUtf8(body))) as unknown as JsonValue }),
  ],
  ['DELETE', '/v1/peers', removePeer],
  ['GET', '/v1/card', (api) => ({ status: 200, text: api.card() })],
  ['GET', '/v1/invitation', (api) => ({ status: 200, text: api.invitation() })],
  ['POST', '/v1/join', async (api, { body }) => ({ status: 200, text: await api.join(decodeUtf8(body)) })],
  ['GET', '/v1/policy', (api) => ({ status: 200, text: api.policy() })],
  ['POST', '/v1/bundles', async (api, { body }) => ({ status: 200, bytes: await api.collect(parseRequest(body)) })],
  ['POST', '/v1/blobs', async (api, { body }) => ({ status: 201, json: { id: await api.putBlob(body) } })],
  ['GET', '/v1/blobs', async (api) => ({ status: 200, json: { blobs: await api.listBlobs() } })],
  ['GET', '/v1/blobs/', readBlob],
  ['DELETE', '/v1/blobs/', async (api, _, id) => ({ status: 200, json: { held: await api.eraseBlob(parseCid(id)) } })],
  ['POST', '/v1/heartbeat', heartbeat],
  ['POST', '/v1/unfreeze', unfreeze],
]

/** @throws LedgerError NOT_FOUND where there is no such route, and whatever the node throws */
export async function answer(api: NodeApi, request: ControlRequest): Promise<Reply> {
  for (const [method, path, route] of ROUTES) {
    if (method !== request.method) continue
    if (request.path === path) return route(api, request, '')
    if (path.endsWith('/') && request.path.startsWith(path)) return route(api, request, request.path.slice(path.length))
  }
  throw new LedgerError('NOT_FOUND', `the control socket has no ${request.method} ${request.path}`)
}

async function submit(api: NodeApi, { body, query }: ControlRequest): Promise<Reply> {
  const wait = query.get('wait') ?? 'witnessed'
  if (wait !== 'logged' && wait !== 'witnessed')
    throw new LedgerError('USAGE', 'wait is neither "logged" nor "witnessed"')
  const timeoutMs = Math.min(countOr(query.get('timeoutMs'), 30_000, 'timeoutMs'), LONGEST_WAIT_MS)
  const result = await api.submit(body, { wait, timeoutMs })
  if (result.state !== 'refused')
    return { status: result.state === 'logged' ? 202 : 200, json: submitResultToJson(result) }
  const { code, message, hint, id } = result
  return { status: statusOf(code), json: { code, message, hint, id } }
}

function list(api: NodeApi, { query }: ControlRequest): Reply {
  const filter: StatementFilter = {
    fromIndex: countOr(query.get('from'), 0, 'from'),
    limit: countOr(query.get('limit'), MOST_LISTED, 'limit'),
  }
  const origin = query.get('origin')
  const kind = query.get('kind')
  const about = query.get('about')
  if (origin !== null) filter.origin = origin
  if (kind !== null) filter.kind = countOr(kind, 0, 'kind')
  if (about !== null) filter.about = about
  return { status: 200, lines: listedLines(api.listStatements(filter)) }
}

async function* listedLines(listed: AsyncIterable<ListedStatement>): AsyncIterable<JsonRecord> {
  for await (const item of listed) yield listedToJson(item, payloadOf(item))
}

function payloadOf({ bytes }: ListedStatement): CborValue | undefined {
  try {
    const { payload } = decodeSign1(bytes)
    return payload === null ? undefined : decodeCbor(payload)
  } catch {
    // Opaque leaves of kinds this program does not know may hold anything.
    return undefined
  }
}

function readStatement(api: NodeApi, _: ControlRequest, id: string): Reply {
  const found = api.readStatement(parseCid(id))
  if (found === undefined) throw new LedgerError('NOT_FOUND', `no statement ${id} in the logs held here`)
  const listed = { id: parseCid(id), kind: undefined, kindName: '', iss: '', isSignatureValid: undefined, ...found }
  return { status: 200, json: listedToJson(listed, payloadOf(listed)) }
}

async function readBlob(api: NodeApi, _: ControlRequest, id: string): Promise<Reply> {
  const bytes = await api.readBlob(parseCid(id))
  if (bytes === undefined)
    throw new LedgerError('NOT_FOUND', `neither this node nor anyone connected holds the file ${id}`)
  return { status: 200, bytes }
}

function readReceipt(api: NodeApi, _: ControlRequest, id: string): Reply {
  const receipt = api.readReceipt(parseCid(id))
  if (receipt === undefined) {
    throw new LedgerError('NOT_FOUND', `no receipt for ${id} yet`, {
      hint: 'it follows by itself once enough witnesses are reachable',
    })
  }
  return { status: 200, json: receiptToJson(receipt) }
}

/** `<hex sha-256 of the origin>/checkpoint`, `.../tile/<level>/<index>[.p/<width>]`, `.../tile/entries/<index>[...]`. */
function readLog(api: NodeApi, { query }: ControlRequest, rest: string): Reply {
  const slash = rest.indexOf('/')
  const logId = rest.slice(0, slash)
  const resource = rest.slice(slash + 1)
  const origin = api
    .status()
    .logs.find((log) => createHash('sha256').update(log.origin).digest('hex') === logId)?.origin
  if (origin === undefined) throw new LedgerError('UNKNOWN_LOG', `no log with the id ${logId} is held here`)
  if (resource === 'index') return { status: 200, bytes: api.proveSubjects(origin, parseIndexQuestion(query)) }
  if (resource === 'index/snapshot') return { status: 200, pieces: api.snapshotIndex(origin) }
  const bytes = readResource(api, origin, resource)
  if (bytes === undefined) throw new LedgerError('NOT_FOUND', `${resource} of ${origin} does not exist, or not yet`)
  return { status: 200, bytes }
}

/** `keys` in hex and `relations`, each separated by commas; `asOf` a size. */
function parseIndexQuestion(query: URLSearchParams): IndexQuestion {
  const listed = (name: string): string[] | undefined =>
    query
      .get(name)
      ?.split(',')
      .filter((item) => item !== '')
  const relations = listed('relations')?.map((item) => countOr(item, 0, 'relations'))
  const asOf = query.get('asOf')
  return {
    keys: (listed('keys') ?? []).map((key) => fromHex(key)),
    ...(relations === undefined ? {} : { relations }),
    ...(asOf === null ? {} : { asOf: countOr(asOf, 0, 'asOf') }),
  }
}

function readResource(api: NodeApi, origin: string, resource: string): Uint8Array | undefined {
  if (resource === 'checkpoint') return api.readCheckpoint(origin)
  if (resource.startsWith('tile/entries/')) {
    const { index, width } = parseEntryBundlePath(resource)
    return api.readEntryBundle(origin, index, width)
  }
  return api.readTile(origin, parseTilePath(resource))
}

async function removePeer(api: NodeApi, { query }: ControlRequest): Promise<Reply> {
  const origin = query.get('origin')
  if (origin === null) throw new LedgerError('USAGE', 'which peer is to be removed? origin is missing')
  await api.removePeer(origin)
  return { status: 200, json: { removed: origin } }
}

async function heartbeat(api: NodeApi): Promise<Reply> {
  await api.heartbeat()
  return { status: 200, json: {} }
}

async function unfreeze(api: NodeApi, { body }: ControlRequest): Promise<Reply> {
  const origin = recordOf(parseJson(body))['origin']
  if (typeof origin !== 'string') throw new LedgerError('USAGE', 'which log? origin is missing')
  await api.unfreeze(origin)
  return { status: 200, json: { origin } }
}

/** `{use | model | claim | grants, whole?: boolean, intended?: {user, usage: base64}}` */
function parseRequest(body: Uint8Array): EvidenceRequest {
  const { whole = false, intended, ...rest } = recordOf(parseJson(body))
  const question = parseQuestion(rest)
  if (typeof whole !== 'boolean') throw new LedgerError('USAGE', 'whole is true or false')
  const base: EvidenceRequest = { question, ...(whole ? { form: 'whole' } : {}) }
  if (intended === undefined) return base
  const { user, usage } = recordOf(intended)
  return {
    ...base,
    intended: { user: parseCid(String(user)), usage: decodeIntendedUsage(fromBase64(String(usage))) },
  }
}

function parseQuestion(named: Readonly<Record<string, unknown>>): Question {
  const entries = Object.entries(named)
  const [name, value] = entries[0] ?? []
  if (entries.length === 1 && typeof value === 'string') {
    if (name === 'use') return { use: parseCid(value) }
    if (name === 'claim') return { claim: parseCid(value) }
    if (name === 'model') return { model: fromHex(value) }
  }
  if (
    entries.length === 1 &&
    name === 'grants' &&
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MAX_GRANTS_ASKED
  )
    return { grants: value.map((id) => parseCid(String(id))) }
  throw new LedgerError('USAGE', 'a question names exactly one of use, model, claim, grants')
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(body)) as unknown
  } catch (cause) {
    throw new LedgerError('USAGE', 'the request is not JSON', { cause })
  }
}

function countOr(text: string | null, fallback: number, name: string): number {
  if (text === null) return fallback
  if (/^(?:0|[1-9]\d{0,14})$/u.test(text)) return Number(text)
  throw new LedgerError('USAGE', `${name} is not a whole number`)
}
