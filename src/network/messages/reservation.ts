/** reservation/1: the batch a witness holds for a log, with its entries, for a node that has to adopt it. */
import { LedgerError, isLedgerError } from '../../errors.ts'
import { decodeWith, encodeWith, entryBytes, list, originText, record } from '../fields.ts'
import { MAX_ENTRIES_PER_PAGE } from '../limits.ts'
import { ask, onlyFrame } from '../exchange.ts'
import { protocol } from '../protocol.ts'
import { reservation } from './claim.ts'
import { pages } from './pages.ts'
import type { Connection } from '../connection.ts'
import type { Exchange } from '../exchange.ts'
import type { Host } from '../host.ts'
import type { Codec } from '../fields.ts'
import type { Reservation } from './claim.ts'

export interface ReservationRequest {
  origin: string
}

export interface ReservationAnswer extends Reservation {
  entries: readonly Uint8Array[]
}

/** A stored batch was one request, so it fits in one answer of this size. */
const MAX_ANSWER_BYTES = 3 << 20

const request: Codec<ReservationRequest> = record<ReservationRequest>({ origin: originText })
const page: Codec<readonly Uint8Array[]> = list(entryBytes, MAX_ENTRIES_PER_PAGE)

/** Answers not-available when there is no reservation. First value: what it is; then pages of entries. */
export const reservationExchange: Exchange<ReservationRequest, ReservationAnswer> = {
  protocol: protocol('reservation', { maxResponseBytes: MAX_ANSWER_BYTES }),
  encodeRequest: (value) => [encodeWith(request, value)],
  decodeRequest: (frames) => decodeWith(request, onlyFrame(frames), 'reservation'),
  *encodeAnswer(answer) {
    yield reservation.encode(answer)
    yield* pages(answer.entries, page, MAX_ENTRIES_PER_PAGE, (entry) => entry.length + 3)
  },
  async decodeAnswer(values) {
    let described: Reservation | undefined
    const entries: Uint8Array[] = []
    for await (const value of values) {
      if (described === undefined) described = reservation.decode(value, 'reservation')
      else entries.push(...page.decode(value, 'entries'))
    }
    if (described === undefined || described.size - described.start !== entries.length) {
      throw new LedgerError(
        'SCHEMA_INVALID',
        `reservation with ${entries.length} entries that does not fit its description`,
      )
    }
    return { ...described, entries }
  },
}

/** Undefined when the witness holds no reservation of that log. */
export async function requestReservation(
  host: Host,
  connection: Connection,
  origin: string,
  timeoutMs: number,
): Promise<ReservationAnswer | undefined> {
  try {
    return await ask(host, connection, reservationExchange, { origin }, { timeoutMs })
  } catch (error) {
    if (isLedgerError(error, 'NOT_FOUND')) return undefined
    throw error
  }
}
