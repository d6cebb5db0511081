/**
 * proof/1: the inclusion proof of one entry in a tree of a given size (RFC 9162 section 2.1.3), or what the log says about
 * subjects, as index evidence at the newest published size (subject-index/evidence.ts).
 */
import { LedgerError } from '../../errors.ts'
import { simpleExchange } from '../exchange.ts'
import { bytes, hash, hashes, list, optional, record, size, uint } from '../fields.ts'
import { MAX_RESPONSE_FRAME_BYTES } from '../limits.ts'
import { protocol } from '../protocol.ts'
import type { Exchange } from '../exchange.ts'
import type { Codec } from '../fields.ts'

/** Subjects that one question may be about. */
export const MAX_KEYS_PER_PROOF = 256

export interface InclusionRequest {
  logId: Uint8Array
  index: number
  size: number
}

export interface SubjectRequest {
  logId: Uint8Array
  /** Keys of subjects (subject-index/subject-key.ts). */
  keys: readonly Uint8Array[]
  /** Kinds whose lists are wanted; all where it is absent. */
  relations?: readonly number[]
  /** A smaller size for which the counts are wanted instead of the lists. */
  asOf?: number
}

export type ProofRequest = InclusionRequest | SubjectRequest

export type ProofAnswer =
  /** The path, lowest level first. */
  | { hashes: readonly Uint8Array[] }
  /** Index evidence. */
  | { evidence: Uint8Array }

interface RequestMessage {
  logId: Uint8Array
  index?: number
  size?: number
  keys?: readonly Uint8Array[]
  relations?: readonly number[]
  asOf?: number
}

interface AnswerMessage {
  hashes?: readonly Uint8Array[]
  evidence?: Uint8Array
}

const requestMessage: Codec<RequestMessage> = record<RequestMessage>({
  logId: hash,
  index: optional(size),
  size: optional(size),
  keys: optional(list(hash, MAX_KEYS_PER_PROOF)),
  relations: optional(list(uint(255), 64)),
  asOf: optional(size),
})

const answerMessage: Codec<AnswerMessage> = record<AnswerMessage>({
  hashes: optional(hashes),
  evidence: optional(bytes(1, MAX_RESPONSE_FRAME_BYTES)),
})

const request: Codec<ProofRequest> = {
  encode: (value) => requestMessage.encode(value),
  decode: (value, path) => {
    const { logId, index, size: of, keys, relations, asOf } = requestMessage.decode(value, path)
    if (keys === undefined && index !== undefined && of !== undefined && relations === undefined && asOf === undefined)
      return { logId, index, size: of }
    if (keys !== undefined && keys.length > 0 && index === undefined && of === undefined)
      return {
        logId,
        keys,
        ...(relations === undefined ? {} : { relations }),
        ...(asOf === undefined ? {} : { asOf }),
      }
    throw new LedgerError('SCHEMA_INVALID', `${path}: expected index and size, or keys`)
  },
}

const answer: Codec<ProofAnswer> = {
  encode: (value) => answerMessage.encode(value),
  decode: (value, path) => {
    const { hashes: found, evidence } = answerMessage.decode(value, path)
    if (found !== undefined && evidence === undefined) return { hashes: found }
    if (evidence !== undefined && found === undefined) return { evidence }
    throw new LedgerError('SCHEMA_INVALID', `${path}: expected either hashes or evidence`)
  },
}

export const proofExchange: Exchange<ProofRequest, ProofAnswer> = simpleExchange(protocol('proof'), request, answer)
