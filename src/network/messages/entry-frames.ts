/** Entries packed into request frames: each frame is a CBOR array of entries in order, filled to the frame's limit. */
import { LedgerError } from '../../errors.ts'
import { decodeCbor } from '../../encoding/cbor.ts'
import { encodeBody, entryBytes, list } from '../fields.ts'
import { MAX_REQUEST_FRAME_BYTES } from '../limits.ts'

/** CBOR spends at most this on an array head, and on the head of a byte string. */
const ARRAY_OVERHEAD = 3
const ENTRY_OVERHEAD = 3
/** Entries in one request: its bytes are bounded too, this bounds the objects. */
export const MAX_ENTRIES_PER_BATCH = 4_096
const frameEntries = list(entryBytes, MAX_ENTRIES_PER_BATCH)

export function* encodeEntryFrames(entries: readonly Uint8Array[]): Generator<Uint8Array, void, undefined> {
  let batch: Uint8Array[] = []
  let used = ARRAY_OVERHEAD
  for (const entry of entries) {
    if (used + entry.length + ENTRY_OVERHEAD > MAX_REQUEST_FRAME_BYTES && batch.length > 0) {
      yield encodeBody(batch)
      batch = []
      used = ARRAY_OVERHEAD
    }
    batch.push(entry)
    used += entry.length + ENTRY_OVERHEAD
  }
  if (batch.length > 0) yield encodeBody(batch)
}

/** @throws LedgerError CBOR_*, SCHEMA_INVALID */
export function decodeEntryFrames(frames: readonly Uint8Array[]): Uint8Array[] {
  const out: Uint8Array[] = []
  for (const frame of frames) {
    const value = decodeCbor(frame, {
      maxBytes: MAX_REQUEST_FRAME_BYTES,
      maxItems: MAX_ENTRIES_PER_BATCH + 1,
      maxDepth: 2,
      views: true,
    })
    out.push(...frameEntries.decode(value, 'entries'))
    if (out.length > MAX_ENTRIES_PER_BATCH)
      throw new LedgerError('SCHEMA_INVALID', `more than ${MAX_ENTRIES_PER_BATCH} entries in a request`)
  }
  return out
}
