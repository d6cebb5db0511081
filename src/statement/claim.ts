/**
 * Kinds 20 to 23: one party says that another broke terms; the other answers; an arbiter finds; they settle. A claim
 * names what it is about and changes nothing by itself.
 */
import type { CidText } from '../encoding/cid.ts'
import { type Claimed, claimed, code, instant, title } from './common.ts'
import { type Schema, bytes32, cid, list, optional, struct, token, uint } from './schema.ts'

export interface Claim extends Claimed {
  readonly respondent: CidText
  /** A lineage or a version. */
  readonly dataset?: CidText
  readonly use?: CidText
  /** SHA-256 of a model. */
  readonly model?: Uint8Array
  /** A word, such as NO_PERMISSION. */
  readonly allegation: string
  /** Ids of the clauses in question. */
  readonly clauses?: readonly string[]
  /** Statements or blobs. */
  readonly evidence?: readonly CidText[]
  readonly remedy?: string
}

export interface ClaimResponse extends Claimed {
  readonly claim: CidText
  readonly answer: (typeof ANSWERS)[number]
  /** Statements or blobs. */
  readonly evidence?: readonly CidText[]
}

export const ANSWERS = ['admit', 'deny', 'justify'] as const

/** What an arbiter found, so that anyone can evaluate the same evidence again and compare. */
export interface Finding extends Claimed {
  readonly claim: CidText
  /** CID of the bundle that was judged. */
  readonly bundle?: CidText
  /** Version of the rules of evaluation. */
  readonly evaluator: string
  /** Unix seconds the verdict is for. */
  readonly instant: number
  /** The logs as far as they were judged. */
  readonly checkpoints: readonly { readonly origin: string; readonly size: number }[]
  readonly outcomes: readonly FoundOutcome[]
  /** Usages that the arbiter, by its own judgement, found untrue. */
  readonly contradicts?: readonly CidText[]
  /** What no rule decides stands apart: a blob. */
  readonly discretion?: CidText
}

export interface FoundOutcome {
  /** Left out where nothing was attested. */
  readonly use?: CidText
  /** The version judged; left out: the use as a whole. */
  readonly version?: CidText
  readonly outcome: (typeof FOUND)[number]
  readonly reasons: readonly string[]
}

export const FOUND = ['compliant', 'pending', 'undetermined', 'breach', 'violation'] as const

export interface Settlement extends Claimed {
  readonly claim: CidText
  readonly result: (typeof SETTLEMENTS)[number]
}

export const SETTLEMENTS = ['settled', 'withdrawn'] as const

export const claimSchema: Schema<Claim> = struct<Claim>({
  ...claimed,
  respondent: cid,
  dataset: optional(cid),
  use: optional(cid),
  model: optional(bytes32),
  allegation: code,
  clauses: optional(list(code, 1, 64)),
  evidence: optional(list(cid, 1, 128)),
  remedy: optional(title),
})

export const responseSchema: Schema<ClaimResponse> = struct<ClaimResponse>({
  ...claimed,
  claim: cid,
  answer: token(...ANSWERS),
  evidence: optional(list(cid, 1, 128)),
})

export const findingSchema: Schema<Finding> = struct<Finding>({
  ...claimed,
  claim: cid,
  bundle: optional(cid),
  evaluator: code,
  instant,
  checkpoints: list(struct<{ origin: string; size: number }>({ origin: title, size: uint() }), 1, 64),
  outcomes: list(
    struct<FoundOutcome>({
      use: optional(cid),
      version: optional(cid),
      outcome: token(...FOUND),
      reasons: list(code, 0, 64),
    }),
    0,
    200,
  ),
  contradicts: optional(list(cid, 1, 32)),
  discretion: optional(cid),
})

export const settlementSchema: Schema<Settlement> = struct<Settlement>({
  ...claimed,
  claim: cid,
  result: token(...SETTLEMENTS),
})
