/** evidence/1: a question in, the bundle that answers it out, as chunks of a CAR file. The asker verifies it offline. */
import { MAX_GRANTS_ASKED } from '../../terms/view.ts'
import { bytes, hash, list, optional, record, text } from '../fields.ts'
import { MAX_EVIDENCE_BYTES, MAX_PAGE_BYTES } from '../limits.ts'
import { protocol } from '../protocol.ts'
import type { StreamExchange } from '../exchange.ts'

/** Exactly one of them: the CID text of a usage or of a claim, the SHA-256 of a model, or CID texts of grants. */
export interface EvidenceQuestion {
  use?: string
  model?: Uint8Array
  claim?: string
  grants?: readonly string[]
}

export const evidenceExchange: StreamExchange<EvidenceQuestion, Uint8Array> = {
  protocol: protocol('evidence', { maxResponseBytes: MAX_EVIDENCE_BYTES + (1 << 20), firstFrameTimeoutMs: 30_000 }),
  request: record<EvidenceQuestion>({
    use: optional(text(128)),
    model: optional(hash),
    claim: optional(text(128)),
    grants: optional(list(text(128), MAX_GRANTS_ASKED)),
  }),
  item: bytes(1, MAX_PAGE_BYTES),
}
