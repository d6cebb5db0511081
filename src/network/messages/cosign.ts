/**
 * cosign/1: a log offers a signed checkpoint to a witness.
 *
 * `body` is byte for byte the body of C2SP tlog-witness add-checkpoint (old size, consistency proof, note), so one
 * handler serves this protocol and HTTP.
 */
import { LedgerError } from '../../errors.ts'
import { formatAddCheckpoint } from '../../note/add-checkpoint.ts'
import { ask, simpleExchange } from '../exchange.ts'
import { bytes, instanceId, list, noteBytes, oneOf, optional, record, size, text } from '../fields.ts'
import { MAX_REQUEST_FRAME_BYTES } from '../limits.ts'
import { protocol } from '../protocol.ts'
import type { AddCheckpoint } from '../../note/add-checkpoint.ts'
import type { Connection } from '../connection.ts'
import type { Exchange } from '../exchange.ts'
import type { Codec } from '../fields.ts'
import type { Host } from '../host.ts'

export interface CosignRequest {
  instance: Uint8Array
  body: Uint8Array
}

export type CosignRefusal = 'unclaimed' | 'frozen' | 'unknown-log' | 'proof' | 'malformed' | 'signature'

export type CosignAnswer =
  /** The witness's signature lines; with indexDiffers none of them is a mirror's: it computed another index root. */
  | { outcome: 'cosigned'; lines: readonly Uint8Array[]; indexDiffers?: boolean }
  /** The recorded size is not the one the caller assumed (HTTP 409). */
  | { outcome: 'conflict'; size: number; newestNote?: Uint8Array }
  | { outcome: 'refused'; reason: CosignRefusal; message: string }

/** The three outcomes on the wire: exactly one of their keys is present. */
interface CosignMessage {
  cosigned?: readonly Uint8Array[]
  /** Beside `cosigned` alone. */
  index?: 'differs'
  conflict?: { size: number; newestNote?: Uint8Array }
  refused?: { reason: CosignRefusal; message: string }
}

const message: Codec<CosignMessage> = record<CosignMessage>({
  cosigned: optional(list(bytes(1, 1_024), 8)),
  index: optional(oneOf<'differs'>('differs')),
  conflict: optional(record<NonNullable<CosignMessage['conflict']>>({ size, newestNote: optional(noteBytes) })),
  refused: optional(
    record<NonNullable<CosignMessage['refused']>>({
      reason: oneOf<CosignRefusal>('unclaimed', 'frozen', 'unknown-log', 'proof', 'malformed', 'signature'),
      message: text(1_000),
    }),
  ),
})

const answer: Codec<CosignAnswer> = {
  encode: (value) => {
    if (value.outcome === 'cosigned')
      return message.encode(
        value.indexDiffers === true ? { cosigned: value.lines, index: 'differs' } : { cosigned: value.lines },
      )
    if (value.outcome === 'conflict') {
      return message.encode({
        conflict:
          value.newestNote === undefined ? { size: value.size } : { size: value.size, newestNote: value.newestNote },
      })
    }
    return message.encode({
      refused: { reason: value.reason, message: value.message.normalize('NFC').slice(0, 1_000) || value.reason },
    })
  },
  decode: (value, path) => {
    const { cosigned, index, conflict, refused } = message.decode(value, path)
    if (cosigned !== undefined && conflict === undefined && refused === undefined)
      return { outcome: 'cosigned', lines: cosigned, ...(index === undefined ? {} : { indexDiffers: true }) }
    if (index !== undefined) throw new LedgerError('SCHEMA_INVALID', `${path}: index stands beside cosigned alone`)
    if (cosigned === undefined && conflict !== undefined && refused === undefined)
      return { outcome: 'conflict', ...conflict }
    if (cosigned === undefined && conflict === undefined && refused !== undefined)
      return { outcome: 'refused', ...refused }
    throw new LedgerError('SCHEMA_INVALID', `${path}: expected exactly one of cosigned, conflict, refused`)
  },
}

export const cosignExchange: Exchange<CosignRequest, CosignAnswer> = simpleExchange(
  protocol('cosign', { firstFrameTimeoutMs: 20_000 }),
  record<CosignRequest>({ instance: instanceId, body: bytes(1, MAX_REQUEST_FRAME_BYTES) }),
  answer,
)

export async function requestCosign(
  host: Host,
  connection: Connection,
  instance: Uint8Array,
  offer: AddCheckpoint,
  timeoutMs: number,
): Promise<CosignAnswer> {
  return ask(host, connection, cosignExchange, { instance, body: formatAddCheckpoint(offer) }, { timeoutMs })
}
