/**
 * From the statements that a question needs to the parts of a bundle. Of every log travels what is smaller: the whole log,
 * so that nobody has to be believed that nothing is left out, or single entries with the proofs of its index.
 */
import { LedgerError } from '../errors.ts'
import type { Sha256 } from '../merkle/hash.ts'
import { proveInclusion } from '../merkle/inclusion.ts'
import type { Statement } from '../statement/envelope.ts'
import { encodeIndexEvidence } from '../subject-index/evidence.ts'
import { MAP_ID } from '../subject-index/postings.ts'
import { proveKeys } from '../subject-index/proof.ts'
import type { EvidenceLog, ProvableIndex } from './evidence-log.ts'
import type { EvidenceRequest } from './evidence-request.ts'
import { gather, type GatheredLog, MAX_GATHERED_BYTES } from './gather.ts'
import type { LogSource, PathsSource, ReplaySource, SourceNote } from './prepare-bundle.ts'

export interface Collected {
  readonly logs: readonly LogSource[]
  /** Those that bear on the question. */
  readonly statements: readonly Statement[]
}

/**
 * @throws LedgerError NOT_FOUND when no log has what is asked about; BUNDLE_LIMIT when the evidence is too large
 */
export function collect(request: EvidenceRequest, logs: readonly EvidenceLog[], sha256: Sha256): Collected {
  const gathered = gather(request, logs, sha256)
  return { logs: gathered.logs.map((each) => sourceOf(each, request, sha256)), statements: gathered.statements }
}

function sourceOf(gathered: GatheredLog, { form }: EvidenceRequest, sha256: Sha256): LogSource {
  const { log } = gathered
  const { provable } = log
  if (form === 'whole' || provable === undefined) return replayOf(log)
  const parts = partsOf(gathered, provable, sha256)
  if (form === 'parts') return parts
  // An index that nobody recomputed proves no absence, so the whole log is better where it fits.
  const limit = provable.isMirrored ? sizeOf(parts, log.size) : MAX_GATHERED_BYTES
  return isLargerThan(log, limit) ? parts : replayOf(log)
}

/** Reads no more than it takes to tell. */
function isLargerThan(log: EvidenceLog, limit: number): boolean {
  let bytes = 0
  for (let index = 0; index < log.size && bytes <= limit; index++) bytes += log.readEntry(index).length
  for (const size of log.noteSizes) {
    if (bytes > limit) break
    for (const { note } of log.notesAt(size)) bytes += note.length
  }
  return bytes > limit
}

/** In bytes, as it will be in the file, roughly. */
function sizeOf({ notes, entries, index }: PathsSource, size: number): number {
  const path = 32 * Math.ceil(Math.log2(size + 1)) + 100
  const ofNotes = notes.reduce((sum, { note }) => sum + note.length + path, 0)
  return ofNotes + entries.reduce((sum, { bytes }) => sum + bytes.length + path, 0) + (index?.length ?? 0)
}

function notesOf(log: EvidenceLog, sizes: readonly number[]): SourceNote[] {
  return sizes.flatMap((size) => log.notesAt(size))
}

function newestNote(log: EvidenceLog): Uint8Array {
  const [first, ...later] = log.notesAt(log.size)
  return (later.at(-1) ?? first).note
}

/** @throws LedgerError BUNDLE_LIMIT when the log is too large to travel whole */
export function replayOf(log: EvidenceLog): ReplaySource {
  const entries: Uint8Array[] = []
  let bytes = 0
  for (let index = 0; index < log.size; index++) {
    const entry = log.readEntry(index)
    bytes += entry.length
    if (bytes > MAX_GATHERED_BYTES)
      throw (
        log.whyWhole ??
        new LedgerError('BUNDLE_LIMIT', `the log ${log.origin} is too large to travel whole`, {
          hint: 'ask without --replay, or export the log: tally export',
        })
      )
    entries.push(entry)
  }
  return { mode: 'replay', origin: log.origin, notes: notesOf(log, log.noteSizes), entries, forks: log.forks }
}

function partsOf(
  { log, entries, asked, noteSizes }: GatheredLog,
  provable: ProvableIndex,
  sha256: Sha256,
): PathsSource {
  const sizes = [...noteSizes].toSorted((a, b) => a - b)
  const index = encodeIndexEvidence({
    note: newestNote(log),
    commitment: provable.commitment,
    path: proveInclusion(log.reader, log.size - 1, log.size, sha256),
    mapId: MAP_ID,
    proof: proveKeys(
      provable.tree(),
      [...asked.values()].map(({ key }) => key),
    ),
    lists: [...asked.values()].flatMap(({ key, relations }) =>
      [...relations].flatMap((relation) => {
        const items = log.index
          .positions(key, relation)
          .map((position) => ({ index: position, leafHash: log.reader.readHash(0, position) }))
        return items.length === 0 ? [] : [{ key, relation, items }]
      }),
    ),
    elements: [],
  })
  return {
    mode: 'paths',
    origin: log.origin,
    notes: notesOf(log, sizes),
    reader: log.reader,
    entries: [...entries]
      .map(([position, bytes]) => ({ index: position, bytes }))
      .toSorted((a, b) => a.index - b.index),
    index,
    forks: log.forks,
  }
}
