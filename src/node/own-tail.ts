/**
 * Gets back what a copy of the own log has forgotten: the entries up to a note that others hold, from whoever holds them. A
 * peer that sends others than the note's is passed over, or it alone could keep the log from recovering.
 */
import { equalBytes } from '../encoding/bytes.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import { type Hash, leafHash } from '../merkle/hash.ts'
import { appendLeaves, type Frontier, frontierRoot } from '../merkle/tree.ts'
import { ask } from '../network/exchange.ts'
import type { Host } from '../network/host.ts'
import { MAX_ENTRIES_PER_PAGE, MAX_PAGE_BYTES } from '../network/limits.ts'
import { logIdOf } from '../network/log-id.ts'
import { entriesExchange } from '../network/messages/entries.ts'
import { nativeSha256 } from './native-crypto.ts'

/** The own log up to where this copy stands, and what a signed note says it grew to. */
export interface OwnTail {
  readonly origin: string
  readonly base: Frontier
  readonly size: number
  readonly root: Hash
}

/**
 * @param first the peer to ask first; then every other one that is connected
 * @returns entries base.size..size-1, which lead to the root
 * @throws LedgerError PEER_UNREACHABLE, or the last peer's failure, when nobody has them
 */
export async function fetchOwnTail(host: Host, first: string, tail: OwnTail): Promise<readonly Uint8Array[]> {
  let last = new LedgerError('PEER_UNREACHABLE', `no peer has the entries of ${tail.origin} up to ${tail.size}`)
  for (const peerId of new Set([first, ...host.connections().map((connection) => connection.peerId)])) {
    try {
      const entries = await fetchFrom(host, peerId, tail)
      if (leadsToRoot(tail, entries)) return entries
      last = new LedgerError('PEER_MISBEHAVED', `${peerId} sent entries of ${tail.origin} that do not lead to its root`)
    } catch (error) {
      if (!isLedgerError(error)) throw error
      last = error
    }
  }
  throw last
}

async function fetchFrom(host: Host, peerId: string, { origin, base, size }: OwnTail): Promise<readonly Uint8Array[]> {
  const entries: Uint8Array[] = []
  while (base.size + entries.length < size) {
    const start = base.size + entries.length
    const count = Math.min(MAX_ENTRIES_PER_PAGE, size - start)
    const request = { logId: logIdOf(origin), size, start, count, maxBytes: MAX_PAGE_BYTES }
    const page = await ask(host, peerId, entriesExchange, request)
    if (page.entries.length === 0 || page.entries.length > count)
      throw new LedgerError(
        'PEER_MISBEHAVED',
        `${peerId} sent ${page.entries.length} of ${count} entries of ${origin} from ${start}`,
      )
    entries.push(...page.entries)
  }
  return entries
}

function leadsToRoot({ base, root }: OwnTail, entries: readonly Uint8Array[]): boolean {
  const leaves = entries.map((bytes) => leafHash(bytes, nativeSha256))
  return equalBytes(frontierRoot(appendLeaves(base, leaves, nativeSha256), nativeSha256), root)
}
