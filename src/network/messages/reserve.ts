/**
 * reserve/1: a log's node lodges its next batch with a witness before it signs the tree that holds it.
 *
 * Frame 0 describes the batch and the tree before it, so the witness can compute the root; the entries follow.
 */
import { LedgerError } from '../../errors.ts'
import { ask, simpleExchange } from '../exchange.ts'
import {
  decodeWith,
  encodeWith,
  flag,
  hash,
  hashes,
  instanceId,
  noteBytes,
  oneOf,
  optional,
  originText,
  record,
  size,
} from '../fields.ts'
import { MAX_BATCH_REQUEST_BYTES } from '../limits.ts'
import { protocol } from '../protocol.ts'
import { optionalReservation } from './claim.ts'
import { decodeEntryFrames, encodeEntryFrames } from './entry-frames.ts'
import type { Connection } from '../connection.ts'
import type { Exchange } from '../exchange.ts'
import type { Host } from '../host.ts'
import type { Codec } from '../fields.ts'
import type { Reservation } from './claim.ts'

export interface ReserveHeader {
  origin: string
  instance: Uint8Array
  /** Size and root of the tree with the batch. */
  size: number
  root: Uint8Array
  /** Size of the tree before it: the index of the first entry sent. */
  start: number
  /** Roots of the perfect subtrees of the first `start` leaves, largest first. */
  frontier: readonly Uint8Array[]
}

export interface ReserveRequest extends ReserveHeader {
  /** Entries start .. size - 1. */
  entries: readonly Uint8Array[]
}

/**
 * unclaimed: not on the connection that holds the claim. behind: does not extend the newest note. prefix: less than what
 * is reserved already. mismatch: the entries do not give the root. frozen: the log forked.
 */
export type ReserveRefusal = 'unclaimed' | 'behind' | 'prefix' | 'mismatch' | 'frozen'

export interface ReserveAnswer {
  stored: boolean
  reason?: ReserveRefusal
  newestNote?: Uint8Array
  reservation?: Reservation
}

const header: Codec<ReserveHeader> = record<ReserveHeader>({
  origin: originText,
  instance: instanceId,
  size,
  root: hash,
  start: size,
  frontier: hashes,
})

const answer: Codec<ReserveAnswer> = record<ReserveAnswer>({
  stored: flag(),
  reason: optional(oneOf<ReserveRefusal>('unclaimed', 'behind', 'prefix', 'mismatch', 'frozen')),
  newestNote: optional(noteBytes),
  reservation: optionalReservation,
})

const reserveProtocol = protocol('reserve', { maxRequestBytes: MAX_BATCH_REQUEST_BYTES, firstFrameTimeoutMs: 20_000 })

export const reserveExchange: Exchange<ReserveRequest, ReserveAnswer> = {
  ...simpleExchange(reserveProtocol, header, answer),
  *encodeRequest(request) {
    yield encodeWith(header, request)
    yield* encodeEntryFrames(request.entries)
  },
  decodeRequest: (frames) => {
    const [first, ...rest] = frames
    if (first === undefined)
      throw new LedgerError('SCHEMA_INVALID', 'expected a description of the batch, found nothing')
    const described = decodeWith(header, first, 'reserve')
    const entries = decodeEntryFrames(rest)
    if (described.size - described.start !== entries.length) {
      throw new LedgerError(
        'SCHEMA_INVALID',
        `expected entries ${described.start} to ${described.size - 1}, found ${entries.length}`,
      )
    }
    return { ...described, entries }
  },
}

export async function requestReserve(
  host: Host,
  connection: Connection,
  head: ReserveHeader,
  entries: readonly Uint8Array[],
  timeoutMs: number,
): Promise<ReserveAnswer> {
  return ask(host, connection, reserveExchange, { ...head, entries }, { timeoutMs })
}
