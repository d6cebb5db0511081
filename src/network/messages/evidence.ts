/** evidence/1: a question in, the bundle that answers it out, as chunks of a CAR file. The asker verifies it offline. */
import { MAX_GRANTS_ASKED } from '../../terms/view.ts'
import { bytes, flag, hash, list, optional, record, text } from '../fields.ts'
import { MAX_EVIDENCE_BYTES, MAX_PAGE_BYTES } from '../limits.ts'
import { protocol } from '../protocol.ts'
import type { StreamExchange } from '../exchange.ts'

/** Exactly one of the first four: the CID text of a usage or of a claim, the SHA-256 of a model, or CID texts of grants. */
export interface EvidenceQuestion {
  use?: string
  model?: Uint8Array
  claim?: string
  grants?: readonly string[]
  /** Whole logs instead of single entries with proofs. */
  whole?: boolean
  /** A use that is judged instead of those in evidence: its user, and the payload of its usage (evidence/evidence-request.ts). */
  user?: string
  usage?: Uint8Array
}

const MAX_USAGE_BYTES = 48 << 10

export const evidenceExchange: StreamExchange<EvidenceQuestion, Uint8Array> = {
  protocol: protocol('evidence', { maxResponseBytes: MAX_EVIDENCE_BYTES + (1 << 20), firstFrameTimeoutMs: 30_000 }),
  request: record<EvidenceQuestion>({
    use: optional(text(128)),
    model: optional(hash),
    claim: optional(text(128)),
    grants: optional(list(text(128), MAX_GRANTS_ASKED)),
    whole: optional(flag()),
    user: optional(text(128)),
    usage: optional(bytes(1, MAX_USAGE_BYTES)),
  }),
  item: bytes(1, MAX_PAGE_BYTES),
}
