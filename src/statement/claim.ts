/**
 * Kind 20, claim: one party says that another broke terms. It names what it is about and changes nothing by itself.
 */
import type { CidText } from '../encoding/cid.ts'
import { type Claimed, claimed, code, title } from './common.ts'
import { type Schema, bytes32, cid, list, optional, struct } from './schema.ts'

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
