/**
 * Act id: what a statement does, without the signature. Whoever holds a key can sign the same act many times with
 * different bytes, and several ids; the act id tells that it is one act.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { encodeCbor } from '../encoding/cbor.ts'
import type { Envelope } from './envelope.ts'

/** SHA-256 of the deterministic CBOR of [iss, content type, sub, payload bytes]. 32 bytes. */
export function actId(statement: Pick<Envelope, 'iss' | 'contentType' | 'sub' | 'payloadBytes'>): Uint8Array {
  return sha256(encodeCbor([statement.iss, statement.contentType, statement.sub, statement.payloadBytes]))
}
