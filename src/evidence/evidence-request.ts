/**
 * What whoever collects evidence is asked for, and how an intended use is written down on the way there.
 */
import { decodeCbor, encodeCbor } from '../encoding/cbor.ts'
import { payloadSchema } from '../statement/payload.ts'
import type { IntendedUse } from '../terms/suppose.ts'
import type { Question } from '../terms/view.ts'

export interface EvidenceRequest {
  readonly question: Question
  /** Whole logs, or single entries with the proofs of the index; left out: of each log what is smaller. */
  readonly form?: 'whole' | 'parts'
  /** The use that the verifier will judge instead of those in evidence. */
  readonly intended?: IntendedUse
}

/** The payload of a usage (kind 15) in CBOR, for a run that nobody made; its user is told apart. */
export function encodeIntendedUsage(usage: IntendedUse['usage']): Uint8Array {
  return encodeCbor(payloadSchema(15).encode({ ...usage, run: 'intended', from: 0, to: 0 }, 'usage'))
}

/**
 * @param bytes hostile
 * @throws LedgerError CBOR_*, SCHEMA_INVALID
 */
export function decodeIntendedUsage(bytes: Uint8Array): IntendedUse['usage'] {
  const {
    run: _run,
    from: _from,
    to: _to,
    prev: _prev,
    ...usage
  } = payloadSchema(15).decode(decodeCbor(bytes), 'usage')
  return usage
}
