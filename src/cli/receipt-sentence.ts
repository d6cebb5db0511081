/**
 * What a receipt says, in one sentence: the number of the entry, the log, and who saw it when.
 */
import { parseNote } from '../note/note.ts'
import type { StatementReceipt } from '../node/api.ts'
import type { JsonObject } from './output.ts'
import { formatTime } from './time-input.ts'

const COSIGNATURE_BYTES = 72

interface Seen {
  /** Names of the keys that cosigned, witnesses and mirrors alike. */
  cosigners: string[]
  /** Unix seconds of the latest cosignature in the quorum note. */
  at: number | undefined
}

/**
 * Who cosigned, as the note says. For display: the signatures were checked by the node; `tally verify` checks them
 * against a policy of one's own.
 */
export function readCosigners(note: Uint8Array): Seen {
  const { signatures } = parseNote(note)
  const cosigners: string[] = []
  let at: number | undefined
  for (const { name, signature } of signatures) {
    if (signature.length !== COSIGNATURE_BYTES) continue
    cosigners.push(name)
    const time = Number(new DataView(signature.buffer, signature.byteOffset, 8).getBigUint64(0))
    at = Math.max(at ?? 0, time)
  }
  return { cosigners, at }
}

export function receiptSentence(receipt: StatementReceipt): string {
  const { cosigners, at } = readCosigners(receipt.note)
  const place = `Recorded as no. ${receipt.index} in ${receipt.origin}`
  const witnesses = cosigners.filter((name) => !isMirror(name)).length
  if (at === undefined) return `${place}, not witnessed by anyone: this log has no other operators yet`
  return `${place}, seen by ${witnesses} ${witnesses === 1 ? 'witness' : 'witnesses'}, ${formatTime(at)}`
}

export function receiptSummary(receipt: StatementReceipt): JsonObject {
  const { cosigners, at } = readCosigners(receipt.note)
  return {
    // A log without other operators publishes alone.
    state: at === undefined ? 'unwitnessed' : 'witnessed',
    id: receipt.id,
    origin: receipt.origin,
    index: receipt.index,
    size: receipt.size,
    cosigners,
    witnessedAt: at ?? null,
  }
}

function isMirror(name: string): boolean {
  return /(?:^|[./+-])mirror$/u.test(name)
}
