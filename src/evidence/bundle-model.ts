/**
 * The evidence bundle: everything a stranger needs to judge one question offline, in one CARv1 file (docs/formats.md,
 * "evidence bundle"). Its root block is one deterministic CBOR map that names all other blocks:
 *
 *     {v: 1, question: {use: CID} | {model: bstr} | {claim: CID}, policyHint?: {name, sha256},
 *      logs: [{origin, genesis: CID, notes: [{note: CID, rootSig?: bstr, consistency: [hash]}],
 *              forks?: [{proof: CID, common?: {size, path: [hash]}}], entries?: bstr}],
 *      statements: [{cid, origin, index, path: [hash]}], absences: [CID], cited: [CID], blobs: [CID]}
 *
 * A log with `entries` is *replayed*: the 32-byte digests of all its entries, 0 to size - 1 of its last note, one after
 * another; its root is recomputed, so it needs no proofs. A log without is *partial*: each of its statements has an
 * inclusion path to the last note, each note a consistency proof to it. What else a partial log says about their subjects,
 * and that it says no more, is shown by its index evidence (subject-index/evidence.ts), one block for each such log at most.
 *
 * One content has one encoding: logs by origin, statements by origin and index, notes by size, the others by digest; blocks
 * follow the root in the order in which it first names them. A bundle brings no trust of its own.
 */
import type { Hash } from '../merkle/hash.ts'
import type { Question } from '../terms/view.ts'

/** Something the root names. `data` is undefined where the file lacks it or has other bytes under its CID. */
export interface Block {
  readonly digest: Uint8Array
  readonly data: Uint8Array | undefined
}

export interface BundleNote {
  readonly note: Block
  /** COSE signature of the log over the root: with it anyone assembles receipts. */
  readonly rootSignature?: Uint8Array
  /** Proof to the last note of the log (RFC 9162 section 2.1.4); empty in a replayed log. */
  readonly consistency: readonly Hash[]
}

/** A proof that the log signed two histories. */
export interface BundleFork {
  /** Bytes of an equivocation proof (note/equivocation.ts). */
  readonly proof: Block
  /**
   * A size among `notes` up to which both histories are one, with the consistency proof from there to the note of the
   * proof that is not of the bundle's own history. Left out: nothing is known to be common.
   */
  readonly common?: { readonly size: number; readonly path: readonly Hash[] }
}

export interface BundleLog {
  readonly origin: string
  readonly genesis: Block
  readonly notes: readonly BundleNote[]
  readonly forks: readonly BundleFork[]
  /** All entries in their order: replay. */
  readonly entries?: readonly Block[]
}

/** A statement of a partial log. */
export interface BundleStatement {
  readonly entry: Block
  readonly origin: string
  readonly index: number
  /** Inclusion path to the last note of the log (RFC 9162 section 2.1.3). */
  readonly path: readonly Hash[]
}

/** Which policy the maker of the bundle had in mind. Nothing signs it, and it decides nothing. */
export interface PolicyHint {
  readonly name: string
  readonly sha256: Uint8Array
}

export interface Bundle {
  readonly question: Question
  readonly policyHint?: PolicyHint
  readonly logs: readonly BundleLog[]
  readonly statements: readonly BundleStatement[]
  /** Index evidence of partial logs, as of their last note. */
  readonly absences: readonly Block[]
  /** Notes that statements cite in `seen`, with the cosignatures they were cited with. */
  readonly cited: readonly Block[]
  readonly blobs: readonly Block[]
}
