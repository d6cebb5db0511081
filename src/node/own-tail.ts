/**
 * Gets back what a copy of the own log has forgotten: the entries up to a note that others hold, a chunk at a time, from
 * whoever holds them. A peer that sends something else than the note's history is passed over, or it alone could keep the log
 * from recovering.
 */
import { equalBytes } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { verifyConsistency } from '../merkle/consistency.ts'
import { type Hash, leafHash } from '../merkle/hash.ts'
import { appendLeaves, type Frontier, frontierRoot } from '../merkle/tree.ts'
import { ask } from '../network/exchange.ts'
import type { Host } from '../network/host.ts'
import { MAX_ENTRIES_PER_PAGE, MAX_PAGE_BYTES } from '../network/limits.ts'
import { logIdOf } from '../network/log-id.ts'
import { consistencyExchange } from '../network/messages/consistency.ts'
import { askInTurn, fetchPage } from './from-peers.ts'
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
  let sources: readonly string[] = [...new Set([first, ...host.connections().map((connection) => connection.peerId)])]
  while (base.size < tail.size) {
    const { answer, left } = await askInTurn(sources, (peerId) => fetchChunk(host, peerId, { ...tail, base }))
    const { entries, frontier } = answer
    yield { entries, size: frontier.size, root: frontierRoot(frontier, nativeSha256) }
    base = frontier
    // Who failed is not asked for the next chunk.
    sources = left
  }
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
    const page = await fetchPage(host, peerId, { origin, size, start: base.size + entries.length, end })
    for (const entry of page) bytes += entry.length
    entries.push(...page)
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
