/** consistency/1: the proof that a smaller tree of a log is a prefix of a larger one (RFC 9162 section 2.1.4). */
import { simpleExchange } from '../exchange.ts'
import { hash, hashes, record, size } from '../fields.ts'
import { protocol } from '../protocol.ts'
import type { Exchange } from '../exchange.ts'

export interface ConsistencyRequest {
  logId: Uint8Array
  from: number
  to: number
}

export interface ConsistencyAnswer {
  hashes: readonly Uint8Array[]
}

export const consistencyExchange: Exchange<ConsistencyRequest, ConsistencyAnswer> = simpleExchange(
  protocol('consistency'),
  record<ConsistencyRequest>({ logId: hash, from: size, to: size }),
  record<ConsistencyAnswer>({ hashes }),
)
