/**
 * What the evaluator is given: statements with the logs they stand in and the times those logs prove.
 *
 * Everything here is already checked by whoever built the view (bytes hash to their ids, checkpoints are signed and
 * cosigned, statements are included). What a statement *means* is decided in this folder.
 */
import type { CidText } from '../encoding/cid.ts'
import type { Statement } from '../statement/envelope.ts'
import type { ReadKind } from '../statement/payload.ts'
import type { Subject } from '../statement/references.ts'

/** One checkpoint of a log, and the times its cosignatures prove under the verifier's policy; Unix seconds. */
export interface CheckpointTime {
  /** Tree size, in leaves. */
  size: number
  /** Earliest t such that the cosignatures dated at or before t satisfy the policy; undefined = no quorum. */
  first?: number
  /** Latest t such that the cosignatures dated at or after t satisfy the policy; undefined = no quorum. */
  fresh?: number
}

/** One log in evidence. */
export interface LogView {
  origin: string
  /** Party id of the operator, from the genesis entry; undefined where the genesis is not in evidence. */
  operator: CidText | undefined
  /** Checkpoints by ascending size; one size may occur twice (first quorum note, newest re-cosigned note). */
  times: readonly CheckpointTime[]
  /** Entries 0..n-1 are all in evidence (replay) or proved; 0 = no complete lists. */
  completeUpTo: number
  /** Size of the last checkpoint common to both branches of a shown fork; undefined = no fork shown. */
  forkedAt?: number
}

/** A position in a log: entry number `index`, counted from 0. */
export interface Placement {
  origin: string
  index: number
}

/** A statement in evidence and every place it is logged. */
export interface ViewedStatement {
  statement: Statement
  placements: readonly Placement[]
  /** Valid under the key its `kid` names, whoever owns that key. */
  isSignatureValid: boolean
  /** Nobody in evidence introduced that key, so the signature could not be checked. */
  isKeyUnknown?: boolean
}

/** Times of a cosigned note that some statement cites in `seen`. */
export interface CitedNoteTimes {
  first?: number
  fresh?: number
}

/**
 * Told what evaluation asks of the evidence. Whoever collects evidence fetches the answers; whoever verifies some that is
 * not a whole log checks that the answers are all there (evidence/completeness.ts).
 */
export interface Inquiry {
  /** Every statement of this kind that refers to each of these subjects. */
  listed(kind: ReadKind, subjects: readonly Subject[]): void
  /** A statement that is not in evidence. */
  missed(id: CidText): void
}

export interface EvidenceView {
  /** By origin. */
  logs: ReadonlyMap<string, LogView>
  statements: ReadonlyMap<CidText, ViewedStatement>
  /** By hex sha-256 of the note with its cosignatures. */
  citedNotes: ReadonlyMap<string, CitedNoteTimes>
  inquiry?: Inquiry
  /** Statements that are taken to have been witnessed as early as the evidence allows (precision.ts). */
  early?: ReadonlySet<CidText>
}

/** The part of the verifier's policy the evaluator reads. */
export interface TrustView {
  /** Party ids whose credentials count. */
  endorsers: readonly CidText[]
  maxStalenessSeconds: number
}

/** A run names at most 200 datasets; each is asked about by one grant. */
export const MAX_GRANTS_ASKED = 200

/** What is asked: one usage, one model (32-byte digest of an output), one claim, or every use that relies on these grants. */
export type Question = { use: CidText } | { model: Uint8Array } | { claim: CidText } | { grants: readonly CidText[] }
