/**
 * Gets the notes of earlier sizes of a log whose entries are here: with them come the dates at which its entries were first
 * witnessed. A copy that got its entries back from others, or follows a log late, has the newest note alone.
 */
import { equalBytes } from '../encoding/bytes.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
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

/** Of the notes that are asked for: from <= size <= to. */
export interface NotedSizes {
  readonly from: number
  readonly to: number
}

/**
 * Asks one peer after the other, since each has the notes of the time in which it followed. What a peer sends is kept where the
 * log signed it, it is of the tree that is here, and a known witness dated it; a peer that fails is passed over.
 *
 * @throws LedgerError STORE_FAILED, STORE_CORRUPT
 */
export async function fetchNotes(
  log: HeldLog,
  sizes: NotedSizes,
  peerIds: readonly string[],
  options: NoteHistoryOptions,
): Promise<void> {
  for (const peerId of peerIds) {
    try {
      await fetchFrom(log, sizes, peerId, options)
    } catch (error) {
      if (!isLedgerError(error) || error.code.startsWith('STORE_')) throw error
    }
  }
}

/** Beside everything else, since a slow peer must hold up nothing. A store that fails shows by whatever is written next. */
export function fetchNotesBeside(...args: Parameters<typeof fetchNotes>): void {
  void fetchNotes(...args).catch(() => undefined)
}

async function fetchFrom(log: HeldLog, sizes: NotedSizes, peerId: string, options: NoteHistoryOptions): Promise<void> {
  const { to } = sizes
  for (let { from } = sizes; from <= to;) {
    const request = { logId: logIdOf(log.origin), from, to }
    const { notes, next } = await ask(options.host, peerId, notesExchange, request)
    for (const published of notes) {
      const size = await keep(log, published, options)
      // A peer that hands out the same note again and again would hold up whoever waits for the rest.
      if (size < from || size >= next)
        throw new LedgerError('PEER_MISBEHAVED', `${peerId} sent a note of ${size}, not of ${from} to ${next - 1}`)
    }
    if (notes.length === 0) return
    from = next
  }
}

/** @returns the size that it is of, kept or not */
async function keep(log: HeldLog, published: PublishedNote, options: NoteHistoryOptions): Promise<number> {
  const { verifier, store } = options
  const note = parseNote(published.note)
  const { origin, size, root } = await openCheckpoint(note, log.logKey, verifier)
  const { notes } = log.store
  const isWanted = origin === log.origin && size >= 1 && size <= log.store.size && notes.noteAt(size) === undefined
  if (!isWanted || !equalBytes(log.store.rootAt(size), root) || !(await isDated(note, log, options))) return size
  const rootSig = options.signRoot?.(root) ?? (await rootSignature(log, root, published, verifier))
  const prepared = notes.prepareNote(size, formatNote(note), rootSig)
  await store.commit(prepared.operations)
  notes.applied(prepared)
  return size
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
