/**
 * forks/1: proofs against logs, those a node learnt since a sequence number: that one signed two histories, or committed
 * to a wrong root of its subject index.
 */
import { LedgerError } from '../../errors.ts'
import { onlyFrame } from '../exchange.ts'
import { bytes, decodeWith, encodeWith, list, record, uint } from '../fields.ts'
import { protocol } from '../protocol.ts'
import { pages } from './pages.ts'
import type { Exchange } from '../exchange.ts'
import type { Codec } from '../fields.ts'

export const MAX_FORKS_PER_ANSWER = 64
const MAX_PROOF_BYTES = 256 << 10

export interface ForksRequest {
  sinceSeq: number
}

export interface ForksAnswer {
  proofs: readonly Uint8Array[]
  nextSeq: number
}

interface ForksCursor {
  nextSeq: number
}

const request: Codec<ForksRequest> = record<ForksRequest>({ sinceSeq: uint() })
const cursor: Codec<ForksCursor> = record<ForksCursor>({ nextSeq: uint() })
const page: Codec<readonly Uint8Array[]> = list(bytes(1, MAX_PROOF_BYTES), MAX_FORKS_PER_ANSWER)

/** First value: the cursor; then pages of proofs. The answering node stops early when the answer would exceed its limit. */
export const forksExchange: Exchange<ForksRequest, ForksAnswer> = {
  protocol: protocol('forks'),
  encodeRequest: (value) => [encodeWith(request, value)],
  decodeRequest: (frames) => decodeWith(request, onlyFrame(frames), 'forks'),
  *encodeAnswer(answer) {
    yield cursor.encode(answer)
    yield* pages(answer.proofs, page, MAX_FORKS_PER_ANSWER, (proof) => proof.length + 5)
  },
  async decodeAnswer(values) {
    let found: ForksCursor | undefined
    const proofs: Uint8Array[] = []
    for await (const value of values) {
      if (found === undefined) found = cursor.decode(value, 'forks')
      else proofs.push(...page.decode(value, 'forks'))
      if (proofs.length > MAX_FORKS_PER_ANSWER)
        throw new LedgerError('SCHEMA_INVALID', `more than ${MAX_FORKS_PER_ANSWER} fork proofs`)
    }
    if (found === undefined) throw new LedgerError('SCHEMA_INVALID', 'expected a cursor, found no answer')
    return { ...found, proofs }
  },
}
