/** Pieces of a log that any peer may have: the peers are asked in turn, and what they send is looked at by whoever asked. */
import { isLedgerError, LedgerError } from '../errors.ts'
import { ask } from '../network/exchange.ts'
import type { Host } from '../network/host.ts'
import { MAX_ENTRIES_PER_PAGE, MAX_PAGE_BYTES } from '../network/limits.ts'
import { logIdOf } from '../network/log-id.ts'
import { entriesExchange } from '../network/messages/entries.ts'

/**
 * @returns the first answer that is not refused, and who is left to be asked next, who gave it first
 * @throws LedgerError PEER_UNREACHABLE where there is nobody, or the last peer's failure
 */
export async function askInTurn<T>(
  peerIds: readonly string[],
  request: (peerId: string) => Promise<T>,
): Promise<{ answer: T; left: readonly string[] }> {
  let last = new LedgerError('PEER_UNREACHABLE', 'no connected peer has it')
  for (const [i, peerId] of peerIds.entries()) {
    try {
      return { answer: await request(peerId), left: peerIds.slice(i) }
    } catch (error) {
      if (!isLedgerError(error)) throw error
      last = error
    }
  }
  throw last
}

/** Of a log of `size` entries. */
export interface EntrySpan {
  readonly origin: string
  readonly size: number
  readonly start: number
  /** At most so many are asked for as one page holds. */
  readonly end: number
}

/**
 * Entries from start on, at least one, and none from end on.
 *
 * @throws LedgerError PEER_MISBEHAVED for another number of them; otherwise as ask
 */
export async function fetchPage(
  host: Host,
  peerId: string,
  { origin, size, start, end }: EntrySpan,
): Promise<readonly Uint8Array[]> {
  const count = Math.min(MAX_ENTRIES_PER_PAGE, end - start)
  const request = { logId: logIdOf(origin), size, start, count, maxBytes: MAX_PAGE_BYTES }
  const { entries } = await ask(host, peerId, entriesExchange, request)
  if (entries.length > 0 && entries.length <= count) return entries
  throw new LedgerError(
    'PEER_MISBEHAVED',
    `${peerId} sent ${entries.length} of ${count} entries of ${origin} from ${start}`,
  )
}
