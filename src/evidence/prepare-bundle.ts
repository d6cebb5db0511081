/**
 * Making a bundle from what a node stores: whole logs (replay), or single entries with their proofs.
 */
import { toHex } from '../encoding/bytes.ts'
import { isLedgerError } from '../errors.ts'
import { proveConsistency } from '../merkle/consistency.ts'
import type { HashReader } from '../merkle/hash-reader.ts'
import type { Hash, Sha256 } from '../merkle/hash.ts'
import { proveInclusion } from '../merkle/inclusion.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { parseNote } from '../note/note.ts'
import { decodeStatement } from '../statement/envelope.ts'
import type { Question } from '../terms/view.ts'
import type { Block, Bundle, BundleFork, BundleLog, BundleNote, BundleStatement, PolicyHint } from './bundle-model.ts'

export interface SourceNote {
  readonly note: Uint8Array
  /** COSE signature of the log over the root of this note. */
  readonly rootSignature?: Uint8Array
}

export interface SourceFork {
  /** Bytes of an equivocation proof against the log. */
  readonly proof: Uint8Array
  /** As in BundleFork. */
  readonly common?: { readonly size: number; readonly path: readonly Hash[] }
}

interface LogSourceBase {
  readonly origin: string
  /** At least one, of any sizes, in any order. The last by size is the one that everything is proved against. */
  readonly notes: readonly SourceNote[]
  readonly forks?: readonly SourceFork[]
}

export interface ReplaySource extends LogSourceBase {
  readonly mode: 'replay'
  /** All entries from 0; those beyond the last note are left out. */
  readonly entries: readonly Uint8Array[]
}

export interface PathsSource extends LogSourceBase {
  readonly mode: 'paths'
  readonly reader: HashReader
  /** Entry 0, the genesis, and 1, the operator's party, are needed by every verifier. */
  readonly entries: readonly { readonly index: number; readonly bytes: Uint8Array }[]
  /** Index evidence as of the last note: shows that there is no more about what was asked. */
  readonly index?: Uint8Array
}

export type LogSource = ReplaySource | PathsSource

export interface BundleSource {
  readonly question: Question
  readonly policyHint?: PolicyHint
  readonly logs: readonly LogSource[]
  /** Notes that statements may cite in `seen`; those that none of the bundle's cites are left out. */
  readonly citedNotes?: readonly Uint8Array[]
  /** Blobs that statements name. */
  readonly blobs?: readonly Uint8Array[]
}

/**
 * @throws LedgerError NOTE_MALFORMED, CHECKPOINT_MALFORMED for a note that is none
 * @throws RangeError when a log has no note, or not the entries that its last note covers
 */
export function prepareBundle(source: BundleSource, sha256: Sha256): Bundle {
  const block = (data: Uint8Array): Block => ({ digest: sha256(data), data })
  const logs: BundleLog[] = []
  const statements: BundleStatement[] = []
  const absences: Block[] = []
  for (const log of source.logs) {
    const notes = log.notes
      .map((note) => ({ ...note, size: parseCheckpoint(parseNote(note.note).text).size }))
      .toSorted((a, b) => a.size - b.size)
    const size = notes.at(-1)?.size
    if (size === undefined) throw new RangeError(`the log ${log.origin} has no note to prove anything against`)
    const proofs = notes.map((note) =>
      log.mode === 'paths' ? proveConsistency(log.reader, note.size, size, sha256) : [],
    )
    const bundleNotes = notes.map(({ note, rootSignature }, i) => noteOf(block(note), rootSignature, proofs[i] ?? []))
    const base = { origin: log.origin, notes: bundleNotes, forks: (log.forks ?? []).map((fork) => forkOf(fork, block)) }
    const genesis = log.mode === 'replay' ? log.entries[0] : log.entries.find(({ index }) => index === 0)?.bytes
    if (genesis === undefined) throw new RangeError(`the genesis of ${log.origin} is not among its entries`)
    if (log.mode === 'replay') {
      if (log.entries.length < size) throw new RangeError(`${log.origin} has ${log.entries.length} entries of ${size}`)
      logs.push({ ...base, genesis: block(genesis), entries: log.entries.slice(0, size).map(block) })
    } else {
      logs.push({ ...base, genesis: block(genesis) })
      if (log.index !== undefined) absences.push(block(log.index))
      for (const { index, bytes } of log.entries) {
        const path = proveInclusion(log.reader, index, size, sha256)
        statements.push({ entry: block(bytes), origin: log.origin, index, path })
      }
    }
  }
  return {
    question: source.question,
    ...(source.policyHint === undefined ? {} : { policyHint: source.policyHint }),
    logs,
    statements,
    absences,
    cited: selectCited((source.citedNotes ?? []).map(block), logs, statements),
    blobs: (source.blobs ?? []).map(block),
  }
}

function noteOf(note: Block, rootSignature: Uint8Array | undefined, consistency: readonly Hash[]): BundleNote {
  return rootSignature === undefined ? { note, consistency } : { note, rootSignature, consistency }
}

function forkOf({ proof, common }: SourceFork, block: (data: Uint8Array) => Block): BundleFork {
  return { proof: block(proof), ...(common === undefined ? {} : { common }) }
}

function selectCited(
  notes: readonly Block[],
  logs: readonly BundleLog[],
  statements: readonly BundleStatement[],
): Block[] {
  if (notes.length === 0) return []
  const wanted = new Map(notes.map((note) => [toHex(note.digest), note]))
  const cited = new Map<string, Block>()
  for (const { data } of [...logs.flatMap((log) => log.entries ?? []), ...statements.map(({ entry }) => entry)]) {
    const seen = data === undefined ? undefined : seenBy(data)
    const note = seen === undefined ? undefined : wanted.get(seen)
    if (seen !== undefined && note !== undefined) cited.set(seen, note)
  }
  return [...cited.values()]
}

/** Hex digest of the note that a statement cites; nothing for an entry that is no statement of ours. */
function seenBy(entry: Uint8Array): string | undefined {
  try {
    const seen = decodeStatement(entry).payload?.seen
    return seen === undefined ? undefined : toHex(seen)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    return undefined
  }
}
