/**
 * Talking to a node without having one: submit/1, receipt/1 and evidence/1 over libp2p, with a transport key that is
 * thrown away afterwards. Nothing the node says is believed: a receipt's path must lead from the statement to the root
 * of the note it comes with, and a bundle is for the verifier to judge.
 */
import { randomBytes } from 'node:crypto'
import { equalBytes } from '../encoding/bytes.ts'
import { cidOf, digestOf, parseCid } from '../encoding/cid.ts'
import type { CidText } from '../encoding/cid.ts'
import { LedgerError } from '../errors.ts'
import { encodeIntendedUsage, type EvidenceRequest } from '../evidence/evidence-request.ts'
import { leafHash } from '../merkle/hash.ts'
import { rootFromInclusion } from '../merkle/inclusion.ts'
import { ask, askStream } from '../network/exchange.ts'
import { startHost } from '../network/host.ts'
import { blobExchange } from '../network/messages/blob.ts'
import { entriesExchange } from '../network/messages/entries.ts'
import { evidenceExchange } from '../network/messages/evidence.ts'
import type { EvidenceQuestion } from '../network/messages/evidence.ts'
import { MAX_PAGE_BYTES } from '../network/limits.ts'
import { logIdOf } from '../network/log-id.ts'
import { proofExchange, type SubjectRequest } from '../network/messages/proof.ts'
import { receiptExchange } from '../network/messages/receipt.ts'
import { submitExchange } from '../network/messages/submit.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { parseNote } from '../note/note.ts'
import { decodeReceipt } from '../statement/receipt.ts'

/** A receipt whose path was checked against the checkpoint it comes with. */
export interface CheckedReceipt {
  id: CidText
  origin: string
  index: number
  size: number
  receipt: Uint8Array
  note: Uint8Array
  path: Uint8Array[]
}

export type RemoteResult = { state: 'logged'; id: CidText; origin: string } | ({ state: 'witnessed' } & CheckedReceipt)

export type SubjectQuestion = Omit<SubjectRequest, 'logId'>

export interface RemoteNode {
  /** @throws LedgerError PEER_UNREACHABLE, PEER_TIMEOUT, PEER_MISBEHAVED; RemoteRefusal with the node's own code */
  submit(statement: Uint8Array, options: { wait: 'logged' | 'witnessed'; timeoutMs: number }): Promise<RemoteResult>
  /** @throws LedgerError NOT_FOUND while there is none */
  readReceipt(statement: Uint8Array): Promise<CheckedReceipt>
  /** A statement of the node's own log, hashed again. @throws LedgerError NOT_FOUND also while it has no receipt */
  readStatement(id: CidText): Promise<Uint8Array>
  /** A blob, hashed again. @throws LedgerError NOT_FOUND */
  readBlob(id: CidText): Promise<Uint8Array>
  /** Index evidence about subjects in a log that the node holds. */
  proveSubjects(origin: string, question: SubjectQuestion): Promise<Uint8Array>
  /** The bundle's CAR bytes. */
  collect(request: EvidenceRequest): Promise<Uint8Array>
}

/** A statement the node would not take, with the node's own code. */
export class RemoteRefusal extends Error {
  override readonly name = 'RemoteRefusal'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** One request of submit/1 waits at most this long; a longer wait asks again, which is safe. */
const MAX_WAIT_MS = 45_000
const THROWAWAY_NETWORK = 'client'

/**
 * Connects to one node, does something, disconnects.
 *
 * @param address a multiaddr that ends in /p2p/<peer id>, so that it can be no other node that answers
 * @throws LedgerError USAGE for another address, PEER_UNREACHABLE, PEER_TIMEOUT
 */
export async function withRemoteNode<T>(
  address: string,
  timeoutMs: number,
  use: (node: RemoteNode) => Promise<T>,
): Promise<T> {
  if (!/^\/.+\/p2p\/[1-9A-HJ-NP-Za-km-z]{40,70}$/u.test(address)) {
    throw new LedgerError('USAGE', `"${address}" is no address of a node`, {
      hint: 'it looks like /ip4/192.0.2.7/tcp/4001/p2p/12D3Koo...; `tally status` on the node prints it',
    })
  }
  const host = await startHost({ seed: new Uint8Array(randomBytes(32)), listen: [], networkId: THROWAWAY_NETWORK })
  try {
    const connection = await host.connect(address, { timeoutMs })
    const request = { timeoutMs: timeoutMs + 5000, signal: AbortSignal.timeout(timeoutMs + 10_000) }
    return await use({
      submit: async (statement, options) => {
        const id = cidOf(statement)
        const deadline = Date.now() + options.timeoutMs
        for (;;) {
          const leftMs = Math.max(0, deadline - Date.now())
          const asked = { statements: [statement], wait: options.wait, timeoutMs: Math.min(leftMs, MAX_WAIT_MS) }
          const { outcomes } = await ask(host, connection, submitExchange, asked, request)
          const [outcome] = outcomes
          if (outcome === undefined || outcome.id !== id)
            throw new LedgerError('PEER_MISBEHAVED', 'the node answered about another statement')
          if (outcome.state === 'refused')
            throw new RemoteRefusal(outcome.code ?? 'PEER_REFUSED', outcome.message ?? 'the node refused the statement')
          const { origin, receipt, note, index } = outcome
          if (origin !== undefined && receipt !== undefined && note !== undefined && index !== undefined) {
            return { state: 'witnessed', ...checkReceipt(statement, { origin, receipt, note, index }) }
          }
          if (options.wait === 'logged' || Date.now() >= deadline) return { state: 'logged', id, origin: origin ?? '' }
        }
      },
      readReceipt: async (statement) => {
        return checkReceipt(statement, await ask(host, connection, receiptExchange, { id: cidOf(statement) }, request))
      },
      readStatement: async (id) => {
        const { origin, index } = await ask(host, connection, receiptExchange, { id }, request)
        const page = { logId: logIdOf(origin), size: index + 1, start: index, count: 1, maxBytes: MAX_PAGE_BYTES }
        const { entries } = await ask(host, connection, entriesExchange, page, request)
        const [bytes] = entries
        if (bytes !== undefined && cidOf(bytes) === id) return bytes
        throw new LedgerError('PEER_MISBEHAVED', `the node sent another statement than ${id}`)
      },
      readBlob: async (id) => {
        const bytes = await joined(askStream(host, connection, blobExchange, { sha256: digestOf(id) }, request))
        if (cidOf(bytes) === id) return bytes
        throw new LedgerError('PEER_MISBEHAVED', `the node sent another file than ${id}`)
      },
      proveSubjects: async (origin, question) => {
        const answer = await ask(host, connection, proofExchange, { logId: logIdOf(origin), ...question }, request)
        if ('evidence' in answer) return answer.evidence
        throw new LedgerError('PEER_MISBEHAVED', 'the node answered another question')
      },
      collect: async (wanted) => joined(askStream(host, connection, evidenceExchange, questionOf(wanted), request)),
    })
  } finally {
    await host.stop()
  }
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return new Uint8Array(Buffer.concat(parts))
}

interface ClaimedReceipt {
  origin: string
  receipt: Uint8Array
  note: Uint8Array
  index: number
}

/** @throws LedgerError PROOF_INVALID where the receipt does not lead from this statement to the note's root */
function checkReceipt(statement: Uint8Array, { origin, receipt, note, index }: ClaimedReceipt): CheckedReceipt {
  const checkpoint = parseCheckpoint(parseNote(note).text)
  const { size, index: provenIndex, path } = decodeReceipt(receipt)
  const isOfNote = checkpoint.origin === origin && checkpoint.size === size && provenIndex === index
  if (!isOfNote || !equalBytes(rootFromInclusion(leafHash(statement), index, size, path), checkpoint.root)) {
    throw new LedgerError(
      'PROOF_INVALID',
      `the receipt from ${origin} does not prove that the statement is entry ${index}`,
    )
  }
  return { id: parseCid(cidOf(statement)), origin, index, size, receipt, note, path: [...path] }
}

function questionOf({ question, form, intended }: EvidenceRequest): EvidenceQuestion {
  return {
    ...question,
    ...(form === 'whole' ? { whole: true } : {}),
    ...(intended === undefined ? {} : { user: intended.user, usage: encodeIntendedUsage(intended.usage) }),
  }
}
