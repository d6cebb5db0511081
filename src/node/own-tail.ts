/**
 * Gets back what a copy of the own log has forgotten: the entries up to a note that others hold, a chunk at a time, from
 * whoever holds them. A peer that sends something else than the note's history is passed over, or it alone could keep the log
 * from recovering.
 */
import { equalBytes } from '../encoding/bytes.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import { verifyConsistency } from '../merkle/consistency.ts'
import { type Hash, leafHash } from '../merkle/hash.ts'
import { appendLeaves, type Frontier, frontierRoot } from '../merkle/tree.ts'
import { ask } from '../network/exchange.ts'
import type { Host } from '../network/host.ts'
import { MAX_ENTRIES_PER_PAGE, MAX_PAGE_BYTES } from '../network/limits.ts'
import { logIdOf } from '../network/log-id.ts'
import { consistencyExchange } from '../network/messages/consistency.ts'
import { entriesExchange } from '../network/messages/entries.ts'
import { nativeSha256 } from './native-crypto.ts'

/** Entries, and bytes of them, that are fetched before they are checked and stored. */
const MAX_CHUNK_ENTRIES: number = 4 * MAX_ENTRIES_PER_PAGE
const MAX_CHUNK_BYTES: number = 4 * MAX_PAGE_BYTES

/** The own log up to where this copy stands, and what a signed note says it grew to. */
export interface OwnTail {
  readonly origin: string
  readonly base: Frontier
  readonly size: number
  readonly root: Hash
}

/** Entries that follow, and how the log stands after them: a history of which the note is the end. */
export interface TailChunk {
  readonly entries: readonly Uint8Array[]
  readonly size: number
  readonly root: Hash
}

/**
 * Yields the entries base.size..size-1 in their order, each chunk proved to lead to the note.
 *
 * @param first the peer to ask first; then every other one that is connected
 * @throws LedgerError PEER_UNREACHABLE, or the last peer's failure, when nobody has them
 */
export async function* fetchOwnTail(host: Host, first: string, tail: OwnTail): AsyncGenerator<TailChunk, void> {
  let { base } = tail
  let sources = sourcesOf(host, first)
  while (base.size < tail.size) {
    const found = await fromFirstHonest(sources, (peerId) => fetchChunk(host, peerId, { ...tail, base }))
    if (found === undefined)
      throw new LedgerError('PEER_UNREACHABLE', `no peer has the entries of ${tail.origin} up to ${tail.size}`)
    const { entries, frontier } = found.value
    yield { entries, size: frontier.size, root: frontierRoot(frontier, nativeSha256) }
    base = frontier
    // Who failed is not asked for the next chunk.
    sources = found.left
  }
}

function sourcesOf(host: Host, first: string): string[] {
  return [...new Set([first, ...host.connections().map((connection) => connection.peerId)])]
}

/** @returns the answer, and who is left to be asked next, who gave it first; undefined when there is nobody */
async function fromFirstHonest<T>(
  sources: readonly string[],
  work: (peerId: string) => Promise<T>,
): Promise<{ value: T; left: string[] } | undefined> {
  let last: unknown
  for (const [i, peerId] of sources.entries()) {
    try {
      return { value: await work(peerId), left: sources.slice(i) }
    } catch (error) {
      if (!isLedgerError(error)) throw error
      last = error
    }
  }
  if (last !== undefined) throw last
  return undefined
}

async function fetchChunk(
  host: Host,
  peerId: string,
  tail: OwnTail,
): Promise<{ entries: readonly Uint8Array[]; frontier: Frontier }> {
  const { origin, base, size } = tail
  const end = Math.min(size, base.size + MAX_CHUNK_ENTRIES)
  const entries: Uint8Array[] = []
  let bytes = 0
  while (base.size + entries.length < end && bytes < MAX_CHUNK_BYTES) {
    const start = base.size + entries.length
    const count = Math.min(MAX_ENTRIES_PER_PAGE, end - start)
    const request = { logId: logIdOf(origin), size, start, count, maxBytes: MAX_PAGE_BYTES }
    const page = await ask(host, peerId, entriesExchange, request)
    if (page.entries.length === 0 || page.entries.length > count)
      throw new LedgerError(
        'PEER_MISBEHAVED',
        `${peerId} sent ${page.entries.length} of ${count} entries of ${origin} from ${start}`,
      )
    for (const entry of page.entries) bytes += entry.length
    entries.push(...page.entries)
  }
  const leaves = entries.map((entry) => leafHash(entry, nativeSha256))
  const frontier = appendLeaves(base, leaves, nativeSha256)
  await assertLeadsTo(host, peerId, { ...tail, base: frontier }, frontierRoot(frontier, nativeSha256))
  return { entries, frontier }
}

/** @throws LedgerError PEER_MISBEHAVED unless the tree of the base grows into the note's */
async function assertLeadsTo(
  host: Host,
  peerId: string,
  { origin, base, size, root }: OwnTail,
  own: Hash,
): Promise<void> {
  if (base.size === size) {
    if (equalBytes(own, root)) return
    throw new LedgerError('PEER_MISBEHAVED', `${peerId} sent entries of ${origin} that do not lead to its root`)
  }
  if (base.size === 0) return
  const request = { logId: logIdOf(origin), from: base.size, to: size }
  const { hashes } = await ask(host, peerId, consistencyExchange, request)
  try {
    verifyConsistency(base.size, own, size, root, hashes, nativeSha256)
  } catch (cause) {
    // A fault of the peer, and no reason to end.
    throw new LedgerError(
      'PEER_MISBEHAVED',
      `${peerId} does not prove that ${origin} grew from ${base.size} to ${size}`,
      {
        cause,
      },
    )
  }
}
