/** submit/1: statements for a log, several in one request; each gets its own outcome, in order. */
import { LedgerError } from '../../errors.ts'
import {
  decodeWith,
  encodeWith,
  bytes,
  list,
  noteBytes,
  oneOf,
  optional,
  originText,
  record,
  size,
  text,
  uint,
} from '../fields.ts'
import { simpleExchange } from '../exchange.ts'
import { MAX_BATCH_REQUEST_BYTES } from '../limits.ts'
import { protocol } from '../protocol.ts'
import { decodeEntryFrames, encodeEntryFrames } from './entry-frames.ts'
import type { Exchange } from '../exchange.ts'
import type { Codec } from '../fields.ts'

/** Statements in one request: each outcome may carry a receipt and a note. */
export const MAX_STATEMENTS_PER_SUBMIT = 256

export interface SubmitRequest {
  /** Signed bytes, 1 to 65,535 each. */
  statements: readonly Uint8Array[]
  /** Answer when durable in the queue, or when a quorum has witnessed it. */
  wait: 'logged' | 'witnessed'
  /** After this long, answer with what has been reached. */
  timeoutMs: number
}

export interface SubmitOutcome {
  state: 'logged' | 'witnessed' | 'refused'
  /** CID text. */
  id: string
  origin?: string
  index?: number
  receipt?: Uint8Array
  note?: Uint8Array
  /** Why it was refused: a code of this ledger, and words for a person. */
  code?: string
  message?: string
}

export interface SubmitAnswer {
  outcomes: readonly SubmitOutcome[]
}

const MAX_WAIT_MS = 50_000
interface SubmitHeader {
  wait: 'logged' | 'witnessed'
  timeoutMs: number
}
const header: Codec<SubmitHeader> = record<SubmitHeader>({
  wait: oneOf('logged', 'witnessed'),
  timeoutMs: uint(MAX_WAIT_MS),
})

const outcome: Codec<SubmitOutcome> = record<SubmitOutcome>({
  state: oneOf('logged', 'witnessed', 'refused'),
  id: text(128),
  origin: optional(originText),
  index: optional(size),
  receipt: optional(bytes(1, 8_192)),
  note: optional(noteBytes),
  code: optional(text(64)),
  message: optional(text(1_000)),
})

const answer: Codec<SubmitAnswer> = record<SubmitAnswer>({ outcomes: list(outcome, MAX_STATEMENTS_PER_SUBMIT) })
const submitProtocol = protocol('submit', {
  maxRequestBytes: MAX_BATCH_REQUEST_BYTES,
  firstFrameTimeoutMs: MAX_WAIT_MS + 5_000,
})

export const submitExchange: Exchange<SubmitRequest, SubmitAnswer> = {
  ...simpleExchange(submitProtocol, header, answer),
  *encodeRequest(request) {
    yield encodeWith(header, request)
    yield* encodeEntryFrames(request.statements)
  },
  decodeRequest: (frames) => {
    const [first, ...rest] = frames
    if (first === undefined) throw new LedgerError('SCHEMA_INVALID', 'expected how to wait, found nothing')
    const described = decodeWith(header, first, 'submit')
    const statements = decodeEntryFrames(rest)
    if (statements.length === 0 || statements.length > MAX_STATEMENTS_PER_SUBMIT) {
      throw new LedgerError(
        'SCHEMA_INVALID',
        `expected 1 to ${MAX_STATEMENTS_PER_SUBMIT} statements, found ${statements.length}`,
      )
    }
    return { ...described, statements }
  },
}
