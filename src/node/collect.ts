/**
 * Gives the logs held here to whoever collects evidence (evidence/collect.ts), with the files that statements name.
 */
import { toHex } from '../encoding/bytes.ts'
import { digestOf } from '../encoding/cid.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import { encodeBundle } from '../evidence/bundle.ts'
import { collect } from '../evidence/collect.ts'
import type { EvidenceLog } from '../evidence/evidence-log.ts'
import type { EvidenceRequest } from '../evidence/evidence-request.ts'
import { prepareBundle, type SourceNote } from '../evidence/prepare-bundle.ts'
import { namesIn } from '../evidence/verify-cited.ts'
import { findSignature, parseNote } from '../note/note.ts'
import type { VerifierKey } from '../note/verifier-key.ts'
import type { Statement } from '../statement/envelope.ts'
import type { BlobStore } from '../storage/blob-store.ts'
import type { IndexStore } from '../storage/index-store.ts'
import type { IndexVersion } from '../storage/index-version.ts'
import type { LogNotes } from '../storage/log-notes.ts'
import type { ForkKeeper } from './fork-keeper.ts'
import { publishedIndex } from './index-proofs.ts'
import type { HeldLog } from './log-registry.ts'
import type { NodeParts } from './parts.ts'
import { nativeSha256 } from './native-crypto.ts'

const MAX_BUNDLE_BLOB_BYTES = 6 << 20

/**
 * @throws LedgerError NOT_FOUND when no held log has what is asked about; BUNDLE_LIMIT when the evidence is too large
 */
export async function collectEvidence(
  { logs, forks, blobs, home }: Pick<NodeParts, 'logs' | 'forks' | 'blobs' | 'home'>,
  request: EvidenceRequest,
): Promise<Uint8Array> {
  const cards = logs.all().flatMap(({ card }) => card ?? [])
  const mirrors = [home.card, ...cards].map(({ mirrorKey, origin }) => ({ origin, key: mirrorKey }))
  const sources = logs.all().flatMap((log) => evidenceLogOf(log, mirrors, forks) ?? [])
  const { logs: parts, statements } = collect(request, sources, nativeSha256)
  const named = await readNamedBlobs(blobs, statements)
  return encodeBundle(
    prepareBundle({ question: request.question, logs: parts, blobs: named }, nativeSha256),
    nativeSha256,
  )
}

/** The blobs held here that these statements name, as far as they fit. */
async function readNamedBlobs(blobs: BlobStore, statements: readonly Statement[]): Promise<Uint8Array[]> {
  const names = namesIn(statements)
  const found: Uint8Array[] = []
  let left = MAX_BUNDLE_BLOB_BYTES
  for (const { id, bytes } of await blobs.list()) {
    if (!names.has(id) && !names.has(toHex(digestOf(id)))) continue
    const blob = bytes > left ? undefined : await blobs.read(id)
    if (blob === undefined) continue
    left -= blob.length
    found.push(blob)
  }
  return found
}

interface Mirror {
  readonly origin: string
  readonly key: VerifierKey
}

/** @returns undefined when nothing of the log is published yet */
function evidenceLogOf(log: HeldLog, mirrors: readonly Mirror[], forks: ForkKeeper): EvidenceLog | undefined {
  const { store, origin } = log
  const { notes } = store
  const noteSizes = notes.sizes.filter((size) => size <= store.size)
  const size = noteSizes.at(-1)
  // Where the index of a damaged home cannot be built either, what it leaves out would look as if it were not there.
  if (size === undefined || log.index.size < size) return undefined
  const fork = forks.find(origin)
  const base = {
    origin,
    size,
    reader: store.hashReader(),
    noteSizes,
    notesAt: (at: number) => notesOf(notes, at),
    forks: fork === undefined ? [] : [{ proof: fork.proof }],
    readEntry: (index: number) => store.readEntry(index),
  }
  const indexOf: EvidenceLog['indexOf'] = (id) => {
    const found = store.indexOf(digestOf(id))
    return found === undefined || found >= size ? undefined : found
  }
  const evidence = { ...base, indexOf, index: lookupUpTo(log.index, size) }
  // A forked log travels whole, with the proof of its fork.
  return fork === undefined ? { ...evidence, ...provableIndexOf(log, mirrors) } : evidence
}

/** What the index says about the first `size` entries; it may be ahead of them. */
function lookupUpTo(index: IndexStore, size: number): EvidenceLog['index'] {
  const newest = (): IndexVersion => {
    const version = index.at(index.size)
    if (version === undefined) throw new LedgerError('INVARIANT', 'an index always stands at its own size')
    return version
  }
  return {
    counts: (key) => newest().counts(key),
    positions: (key, relation) =>
      newest()
        .positions(key, relation)
        .filter((position) => position < size),
  }
}

function notesOf(notes: LogNotes, size: number): [SourceNote, ...SourceNote[]] {
  const note = notes.noteAt(size)
  if (note === undefined) throw new LedgerError('STORE_CORRUPT', `the note of size ${size} is missing`)
  const rootSignature = notes.rootSignatureAt(size)
  const first = rootSignature === undefined ? { note } : { note, rootSignature }
  const closing = notes.closingNoteAt(size)
  return closing === undefined ? [first] : [first, { note: closing }]
}

/** Without a provable index the log travels whole, or not at all. */
function provableIndexOf(
  log: HeldLog,
  mirrors: readonly Mirror[],
): Pick<EvidenceLog, 'index' | 'provable'> | Pick<EvidenceLog, 'whyWhole'> {
  try {
    const { version, note, commitment } = publishedIndex(log)
    const parsed = parseNote(note)
    const isMirrored = mirrors.some(
      ({ origin, key }) => origin !== log.origin && findSignature(parsed, key) !== undefined,
    )
    return { index: version, provable: { tree: () => version.tree(), commitment, isMirrored } }
  } catch (error) {
    if (isLedgerError(error, 'NOT_FOUND') || isLedgerError(error, 'NOT_READY')) return { whyWhole: error }
    throw error
  }
}
