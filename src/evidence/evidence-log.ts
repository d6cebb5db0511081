/**
 * A log as evidence is taken from it: at its newest published size, whoever stores it.
 */
import type { CidText } from '../encoding/cid.ts'
import type { LedgerError } from '../errors.ts'
import type { HashReader } from '../merkle/hash-reader.ts'
import type { Hash } from '../merkle/hash.ts'
import type { IndexSubtree } from '../subject-index/proof.ts'
import type { SourceFork, SourceNote } from './prepare-bundle.ts'

export interface EvidenceLog {
  readonly origin: string
  /** Entries under its newest published note; nothing beyond is asked for. */
  readonly size: number
  /** For proofs at any size up to this one. */
  readonly reader: HashReader
  /** Sizes that have a note, ascending; the last is `size`. */
  readonly noteSizes: readonly number[]
  /** The first quorum note of one of these sizes, and the last that was cosigned again, where there is one. */
  notesAt(size: number): readonly [SourceNote, ...SourceNote[]]
  readonly forks: readonly SourceFork[]
  readEntry(index: number): Uint8Array
  /** Where a statement stands; undefined: not in this log. */
  indexOf(id: CidText): number | undefined
  readonly index: IndexLookup
  /** With it the answers of the index can be proved; undefined: the log can only travel whole. */
  readonly provable?: ProvableIndex
  /** Why they cannot: said where the log is too large to travel whole. */
  readonly whyWhole?: LedgerError
}

/** Answers what refers to a subject. */
export interface IndexLookup {
  /** How many statements refer to it, by their kind. */
  counts(key: Hash): ReadonlyMap<number, number>
  /** Their positions, ascending. */
  positions(key: Hash, relation: number): readonly number[]
}

export interface ProvableIndex {
  readonly tree: () => IndexSubtree | undefined
  /** The last entry under the newest note. */
  readonly commitment: Uint8Array
  /** Whether anybody but the log's operator has recomputed it, as far as the newest note tells. */
  readonly isMirrored: boolean
}
