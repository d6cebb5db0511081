/**
 * Whom a verifier trusts, as a value: logs, witnesses, groups and the quorum (C2SP tlog-policy, "Structure"). The text
 * form is decided in tlog-policy.ts, what a quorum is in quorum.ts.
 */
import type { CidText } from '../encoding/cid.ts'
import type { VerifierKey } from './verifier-key.ts'

/** Name of the group that is the mirror quorum, where a policy has one. */
export const MIRRORS_GROUP = 'mirrors'

export interface PolicyLog {
  /** Its name is the log's origin. */
  readonly key: VerifierKey
  readonly url?: string
}

export interface PolicyWitness {
  /** A name within the policy only; the key has its own. */
  readonly name: string
  readonly key: VerifierKey
  readonly url?: string
}

export interface PolicyGroup {
  readonly name: string
  /** How many members must be satisfied; `any` is 1, `all` the number of members. */
  readonly threshold: number
  /** Names of witnesses and of groups that stand before this one. */
  readonly members: readonly string[]
}

export interface TrustPolicy {
  readonly logs: readonly PolicyLog[]
  readonly witnesses: readonly PolicyWitness[]
  /** In the order of the file: members stand before the groups they are in. */
  readonly groups: readonly PolicyGroup[]
  /** Name of a witness or group; undefined for `quorum none`, when no cosignature is asked for. */
  readonly quorum: string | undefined
  /** Parties whose statements about others the verifier believes. */
  readonly endorsers: readonly CidText[]
  readonly maxStalenessSeconds?: number
}
