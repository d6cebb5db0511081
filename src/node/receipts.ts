/**
 * Receipts of logged statements, assembled from the log and its notes. The receipt of a statement is always made for the
 * first published size that covers it, so whoever asks again gets the same bytes.
 */
import { type CidText, digestOf } from '../encoding/cid.ts'
import { proveInclusion } from '../merkle/inclusion.ts'
import { assembleReceipt } from '../statement/receipt.ts'
import type { StatementReceipt } from './api.ts'
import type { HeldLog } from './log-registry.ts'
import { nativeSha256 } from './native-crypto.ts'

/** Undefined while the statement is not in the log, or not covered by a published checkpoint with a root signature. */
export function readReceiptOf(log: HeldLog, id: CidText): StatementReceipt | undefined {
  const index = log.store.indexOf(digestOf(id))
  const size = index === undefined ? undefined : log.store.notes.firstSizeCovering(index)
  if (index === undefined || size === undefined) return undefined
  const note = log.store.notes.noteAt(size)
  const rootSignature = log.store.notes.rootSignatureAt(size)
  if (note === undefined || rootSignature === undefined || size < 2) return undefined
  const path = proveInclusion(log.store.hashReader(), index, size, nativeSha256)
  const parts = { origin: log.origin, logPublicKey: log.logKey.publicKey, rootSignature, size, index, path }
  return { id, origin: log.origin, index, size, receipt: assembleReceipt(parts), note, path }
}
