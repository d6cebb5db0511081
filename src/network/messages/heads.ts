/** heads/1: the newest checkpoints a node has, those changed since a sequence number or those of named logs. */
import { LedgerError } from '../../errors.ts'
import { onlyFrame } from '../exchange.ts'
import {
  bytes,
  decodeWith,
  encodeWith,
  hash,
  instanceId,
  list,
  noteBytes,
  optional,
  originText,
  record,
  size,
  uint,
} from '../fields.ts'
import { protocol } from '../protocol.ts'
import { pages } from './pages.ts'
import type { Exchange } from '../exchange.ts'
import type { Codec } from '../fields.ts'

export const MAX_HEADS_PER_ANSWER = 256

/** Either `logs`, or `sinceSeq` with the epoch it was counted in (none at first: everything). */
export interface HeadsRequest {
  logs?: readonly Uint8Array[]
  dbEpoch?: Uint8Array
  sinceSeq?: number
  max?: number
}

export interface Head {
  logId: Uint8Array
  origin: string
  /** First quorum note of the largest published size. */
  note: Uint8Array
  /** The log's COSE signature of that root, from which receipts are assembled. */
  rootSig?: Uint8Array
  minIndex: number
  mirrorSize: number
  /** The same size cosigned again later. */
  latest?: Uint8Array
}

export interface HeadsAnswer {
  heads: readonly Head[]
  /** Ask for this next; equal to the node's headSeq when there is no more. */
  nextSeq: number
  /** When it differs from the one asked for, the cursor began anew. */
  dbEpoch: Uint8Array
}

const head: Codec<Head> = record<Head>({
  logId: hash,
  origin: originText,
  note: noteBytes,
  rootSig: optional(bytes(1, 256)),
  minIndex: size,
  mirrorSize: size,
  latest: optional(noteBytes),
})

const request: Codec<HeadsRequest> = record<HeadsRequest>({
  logs: optional(list(hash, MAX_HEADS_PER_ANSWER)),
  dbEpoch: optional(instanceId),
  sinceSeq: optional(uint()),
  max: optional(uint(MAX_HEADS_PER_ANSWER)),
})

interface HeadsCursor {
  nextSeq: number
  dbEpoch: Uint8Array
}

const cursor: Codec<HeadsCursor> = record<HeadsCursor>({ nextSeq: uint(), dbEpoch: instanceId })
const page: Codec<readonly Head[]> = list(head, MAX_HEADS_PER_ANSWER)

/** First value: the cursor; then pages of heads. The answering node stops early when the answer would exceed its limit. */
export const headsExchange: Exchange<HeadsRequest, HeadsAnswer> = {
  protocol: protocol('heads'),
  encodeRequest: (value) => [encodeWith(request, value)],
  decodeRequest: (frames) => decodeWith(request, onlyFrame(frames), 'heads'),
  *encodeAnswer(answer) {
    yield cursor.encode(answer)
    yield* pages(answer.heads, page, MAX_HEADS_PER_ANSWER, headBytes)
  },
  async decodeAnswer(values) {
    let found: HeadsCursor | undefined
    const heads: Head[] = []
    for await (const value of values) {
      if (found === undefined) found = cursor.decode(value, 'heads')
      else heads.push(...page.decode(value, 'heads'))
      if (heads.length > MAX_HEADS_PER_ANSWER)
        throw new LedgerError('SCHEMA_INVALID', `more than ${MAX_HEADS_PER_ANSWER} heads`)
    }
    if (found === undefined) throw new LedgerError('SCHEMA_INVALID', 'expected a cursor, found no answer')
    return { ...found, heads }
  },
}

/** About what a head takes in an answer; the sum over an answer must stay below its limit of 2 MiB. */
export function headBytes(value: Head): number {
  return 256 + value.origin.length + value.note.length + (value.latest?.length ?? 0)
}
