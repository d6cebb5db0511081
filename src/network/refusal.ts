/**
 * Answers other than `ok`: the code that is the first element of every response frame, and what goes with it.
 *
 * A response frame is a CBOR array. [0, ...] is part of an answer; the others end the message:
 * [1, text] invalid, [2, text] error, [3, minIndex or null] not available, [4, retryAfterMs] busy, [5, fork proof] forked,
 * [6, text] denied.
 */
import { LedgerError, isLedgerError } from '../errors.ts'
import { decodeCbor, encodeCbor, isCborArray } from '../encoding/cbor.ts'
import { MAX_RESPONSE_FRAME_BYTES } from './limits.ts'
import type { ErrorCode } from '../errors.ts'
import type { CborValue } from '../encoding/cbor.ts'

export type Refusal =
  | { kind: 'invalid'; message: string }
  | { kind: 'error'; message: string }
  /** `minIndex`: the first entry the peer still has, when it has pruned the wanted one. */
  | { kind: 'not-available'; minIndex?: number }
  | { kind: 'busy'; retryAfterMs: number }
  | { kind: 'forked'; proof: Uint8Array }
  | { kind: 'denied'; message: string }

export const OK = 0
const MAX_MESSAGE_CHARACTERS = 300
const MAX_RETRY_AFTER_MS = 3_600_000

const ERROR_CODES: Readonly<Record<Refusal['kind'], ErrorCode>> = {
  invalid: 'PEER_REFUSED',
  error: 'PEER_REFUSED',
  'not-available': 'NOT_FOUND',
  busy: 'PEER_BUSY',
  forked: 'FORKED',
  denied: 'PEER_REFUSED',
}

/** An error that says what the peer answered, or, thrown by a handler, what to answer. */
export function refusalError(refusal: Refusal): LedgerError {
  return new LedgerError(ERROR_CODES[refusal.kind], describe(refusal), { cause: refusal })
}

function describe(refusal: Refusal): string {
  if (refusal.kind === 'busy') return `the peer is busy for ${refusal.retryAfterMs} ms`
  if (refusal.kind === 'forked') return 'the peer holds a proof that this log forked'
  if (refusal.kind === 'not-available') {
    return refusal.minIndex === undefined
      ? 'the peer does not have it'
      : `the peer has entries from ${refusal.minIndex} on only`
  }
  return `the peer answered ${refusal.kind}: ${refusal.message}`
}

/** What the peer answered, when that is what the error is about. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!isLedgerError(error)) return undefined
  const cause = error.cause
  if (typeof cause !== 'object' || cause === null || !('kind' in cause)) return undefined
  return typeof cause.kind === 'string' && cause.kind in ERROR_CODES ? (cause as Refusal) : undefined
}

const INVALID: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CBOR_MALFORMED',
  'CBOR_NOT_DETERMINISTIC',
  'CBOR_LIMIT',
  'UTF8_MALFORMED',
  'SCHEMA_INVALID',
  'FRAME_MALFORMED',
  'FRAME_TOO_LARGE',
  'TREE_RANGE',
  'CID_MALFORMED',
  'NOTE_MALFORMED',
  'CHECKPOINT_MALFORMED',
  'STATEMENT_MALFORMED',
])

const BUSY_RETRY_MS = 1_000

/** What to answer when a handler throws. Messages of errors that are not about the request stay here. */
export function refusalFor(error: unknown): Refusal {
  const refusal = refusalOf(error)
  if (refusal !== undefined) return refusal
  if (!isLedgerError(error)) return { kind: 'error', message: 'internal error' }
  if (INVALID.has(error.code)) return { kind: 'invalid', message: error.message }
  if (error.code === 'NOT_FOUND' || error.code === 'UNKNOWN_LOG') return { kind: 'not-available' }
  if (error.code === 'NOT_ADMITTED' || error.code === 'DISK_LOW') return { kind: 'denied', message: error.message }
  if (['QUOTA', 'BACKLOG', 'PEER_BUSY', 'NOT_READY'].includes(error.code)) {
    return { kind: 'busy', retryAfterMs: BUSY_RETRY_MS }
  }
  return { kind: 'error', message: error.code }
}

export function encodeRefusal(refusal: Refusal): Uint8Array {
  return encodeCbor(refusalItems(refusal))
}

function refusalItems(refusal: Refusal): CborValue[] {
  if (refusal.kind === 'invalid') return [1, plain(refusal.message)]
  if (refusal.kind === 'error') return [2, plain(refusal.message)]
  if (refusal.kind === 'not-available') return [3, refusal.minIndex ?? null]
  if (refusal.kind === 'busy') return [4, Math.min(Math.max(0, Math.ceil(refusal.retryAfterMs)), MAX_RETRY_AFTER_MS)]
  if (refusal.kind === 'forked') return [5, refusal.proof]
  return [6, plain(refusal.message)]
}

/** Messages may quote the peer's own bytes: cut, and made printable, before they travel. */
function plain(message: string): string {
  return message.replaceAll(/[^ -~]/g, '?').slice(0, MAX_MESSAGE_CHARACTERS)
}

/**
 * The refusal in a response frame, or undefined when the frame is part of an answer.
 *
 * @throws LedgerError PEER_MISBEHAVED when the frame is neither
 */
export function readRefusal(frame: Uint8Array): Refusal | undefined {
  const isArray = ((frame[0] ?? 0) & 0xe0) === 0x80
  if (isArray && frame[1] === OK) return undefined
  const items = decodeItems(frame)
  const refusal = items?.length === 2 ? readItems(items[0], items[1]) : undefined
  if (refusal === undefined)
    throw new LedgerError('PEER_MISBEHAVED', 'response frame with neither an answer nor a known code')
  return refusal
}

function decodeItems(frame: Uint8Array): readonly CborValue[] | undefined {
  try {
    const value = decodeCbor(frame, { maxBytes: MAX_RESPONSE_FRAME_BYTES })
    return isCborArray(value) ? value : undefined
  } catch (error) {
    throw new LedgerError('PEER_MISBEHAVED', 'response frame is no deterministic CBOR', { cause: error })
  }
}

function readItems(code: CborValue | undefined, detail: CborValue | undefined): Refusal | undefined {
  if (typeof detail === 'string') {
    const message = plain(detail)
    if (code === 1) return { kind: 'invalid', message }
    if (code === 2) return { kind: 'error', message }
    if (code === 6) return { kind: 'denied', message }
  }
  if (code === 3 && detail === null) return { kind: 'not-available' }
  if (typeof detail === 'number' && detail >= 0) {
    if (code === 3) return { kind: 'not-available', minIndex: detail }
    if (code === 4) return { kind: 'busy', retryAfterMs: Math.min(detail, MAX_RETRY_AFTER_MS) }
  }
  if (code === 5 && detail instanceof Uint8Array) return { kind: 'forked', proof: detail }
  return undefined
}
