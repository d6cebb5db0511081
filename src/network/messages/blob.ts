/** blob/1: bytes kept beside the log, by their SHA-256, in chunks. Not-available when there are none, or they were erased. */
import { bytes, hash, record } from '../fields.ts'
import { MAX_EVIDENCE_BYTES, MAX_PAGE_BYTES } from '../limits.ts'
import { protocol } from '../protocol.ts'
import type { StreamExchange } from '../exchange.ts'

export interface BlobRequest {
  sha256: Uint8Array
}

/** The asker compares the digest of all chunks. */
export const blobExchange: StreamExchange<BlobRequest, Uint8Array> = {
  protocol: protocol('blob', { maxResponseBytes: MAX_EVIDENCE_BYTES }),
  request: record<BlobRequest>({ sha256: hash }),
  item: bytes(1, MAX_PAGE_BYTES),
}
