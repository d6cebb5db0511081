/**
 * Gets the notes of earlier sizes of a log whose entries are here: with them come the dates at which its entries were first
 * witnessed. A copy that got its entries back from others, or follows a log late, has the newest note alone.
 */
import { equalBytes } from '../encoding/bytes.ts'
import { isLedgerError } from '../errors.ts'
import type { Hash } from '../merkle/hash.ts'
import { openCheckpoint } from '../note/checkpoint.ts'
import { verifyCosignature } from '../note/cosignature.ts'
import { formatNote, type Note, parseNote } from '../note/note.ts'
import type { VerifierKey } from '../note/verifier-key.ts'
import { ask } from '../network/exchange.ts'
import type { Host } from '../network/host.ts'
import { logIdOf } from '../network/log-id.ts'
import { notesExchange, type PublishedNote } from '../network/messages/notes.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { rootSignatureInput } from '../statement/receipt.ts'
import type { Store } from '../storage/store.ts'
import type { HeldLog } from './log-registry.ts'

export interface NoteHistoryOptions {
  host: Host
  store: Store
  verifier: SignatureVerifier
  /** Whose cosignatures date a note: one without any of them says nothing that is worth keeping. */
  witnesses: readonly VerifierKey[]
  /** The root signature, for the own log: others may not have it, and without it there are no receipts of that size. */
  signRoot?: (root: Hash) => Uint8Array
}

/**
 * Asks one peer after the other, since each has the notes of the time in which it followed. What a peer sends is kept where the
 * log signed it, it is of the tree that is here, and a known witness dated it; a peer that fails is passed over.
 */
export async function fetchNoteHistory(
  log: HeldLog,
  peerIds: readonly string[],
  options: NoteHistoryOptions,
): Promise<void> {
  for (const peerId of peerIds) {
    try {
      await fetchFrom(log, peerId, options)
    } catch (error) {
      if (!isLedgerError(error) || error.code.startsWith('STORE_')) throw error
    }
  }
}

async function fetchFrom(log: HeldLog, peerId: string, options: NoteHistoryOptions): Promise<void> {
  const to = log.store.size
  for (let from = 1; from <= to;) {
    const request = { logId: logIdOf(log.origin), from, to }
    const { notes, next } = await ask(options.host, peerId, notesExchange, request)
    for (const published of notes) await keep(log, published, options)
    if (notes.length === 0 || next <= from) return
    from = next
  }
}

async function keep(log: HeldLog, published: PublishedNote, options: NoteHistoryOptions): Promise<void> {
  const { verifier, store } = options
  const note = parseNote(published.note)
  const { origin, size, root } = await openCheckpoint(note, log.logKey, verifier)
  const { notes } = log.store
  if (origin !== log.origin || size < 1 || size > log.store.size || notes.noteAt(size) !== undefined) return
  if (!equalBytes(log.store.rootAt(size), root) || !(await isDated(note, log, options))) return
  const rootSig = options.signRoot?.(root) ?? (await rootSignature(log, root, published, verifier))
  const prepared = notes.prepareNote(size, formatNote(note), rootSig)
  await store.commit(prepared.operations)
  notes.applied(prepared)
}

async function isDated(note: Note, log: HeldLog, { witnesses, verifier }: NoteHistoryOptions): Promise<boolean> {
  for (const key of witnesses) {
    // A log's own operator does not vouch for it.
    if (key.name.startsWith(`${log.origin}/`)) continue
    if ((await verifyCosignature(note, key, verifier)) !== undefined) return true
  }
  return false
}

async function rootSignature(
  log: HeldLog,
  root: Hash,
  { rootSig }: PublishedNote,
  verifier: SignatureVerifier,
): Promise<Uint8Array | undefined> {
  if (rootSig === undefined) return undefined
  const { publicKey } = log.logKey
  const isSigned = await verifier.verify(publicKey, rootSignatureInput(log.origin, publicKey, root), rootSig)
  return isSigned ? rootSig : undefined
}
