/**
 * claim/1: a log's node asks a witness for the lease on its log, renews it by asking again, or gives it back.
 *
 * The lease belongs to the connection of the request. Granted or not, the answer tells what the witness has of the log.
 */
import { ask, simpleExchange } from '../exchange.ts'
import { flag, hash, instanceId, noteBytes, optional, originText, record, size, uint } from '../fields.ts'
import { protocol } from '../protocol.ts'
import type { Connection } from '../connection.ts'
import type { Exchange } from '../exchange.ts'
import type { Host } from '../host.ts'
import type { Codec, OptionalCodec } from '../fields.ts'

export interface ClaimRequest {
  origin: string
  instance: Uint8Array
  /** Gives the lease back, so that another copy need not wait for it to lapse. */
  release?: boolean
}

/** A batch a witness holds for a log: the tree it would become, and its first entry's index. */
export interface Reservation {
  size: number
  root: Uint8Array
  start: number
}

export interface ClaimAnswer {
  granted: boolean
  /** Milliseconds since the holder renewed, when another instance holds it. */
  renewedAgoMs?: number
  /** The newest log-signed note stored here, published or not. */
  newestNote?: Uint8Array
  reservation?: Reservation
}

export const reservation: Codec<Reservation> = record<Reservation>({ size, root: hash, start: size })
export const optionalReservation: OptionalCodec<Reservation> = optional(reservation)

export const claimExchange: Exchange<ClaimRequest, ClaimAnswer> = simpleExchange(
  protocol('claim'),
  record<ClaimRequest>({ origin: originText, instance: instanceId, release: optional(flag()) }),
  record<ClaimAnswer>({
    granted: flag(),
    renewedAgoMs: optional(uint()),
    newestNote: optional(noteBytes),
    reservation: optionalReservation,
  }),
)

export async function requestClaim(
  host: Host,
  connection: Connection,
  request: ClaimRequest,
  timeoutMs: number,
): Promise<ClaimAnswer> {
  return ask(host, connection, claimExchange, request, { timeoutMs })
}
