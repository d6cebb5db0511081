/** proof/1: the inclusion proof of one entry in a tree of a given size (RFC 9162 section 2.1.3). */
import { simpleExchange } from '../exchange.ts'
import { hash, hashes, record, size } from '../fields.ts'
import { protocol } from '../protocol.ts'
import type { Exchange } from '../exchange.ts'

export interface ProofRequest {
  logId: Uint8Array
  index: number
  size: number
}

export interface ProofAnswer {
  hashes: readonly Uint8Array[]
}

export const proofExchange: Exchange<ProofRequest, ProofAnswer> = simpleExchange(
  protocol('proof'),
  record<ProofRequest>({ logId: hash, index: size, size }),
  record<ProofAnswer>({ hashes }),
)
