/**
 * From a policy to whose word counts for a log. Three rules go beyond the policy's text: a log's own operator never
 * counts for it, one operator never counts twice, and the thresholds are not lowered for either (docs/protocol.md,
 * "Quorum"). Who operates what is known from the geneses in evidence, and from keys that share a name: a rotated key
 * keeps it.
 */
import { toHex } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import type { Sha256 } from '../merkle/hash.ts'
import { parsePolicy } from '../note/tlog-policy.ts'
import type { PolicyWitness, TrustPolicy } from '../note/trust-policy.ts'
import { MIRRORS_GROUP } from '../note/trust-policy.ts'
import type { VerifierKey } from '../note/verifier-key.ts'
import { parseVerifierKey } from '../note/verifier-key.ts'
import type { TrustView } from '../terms/view.ts'
import type { VerifiedLog } from './verify-log.ts'

export interface Trust {
  readonly policy: TrustPolicy
  /** Hex digest of the policy's text: it covers everything a verifier chose. */
  readonly sha256: string
}

/** 30 days, where the policy does not say. */
export const DEFAULT_MAX_STALENESS_SECONDS: number = 30 * 86_400

/** @throws LedgerError POLICY_MALFORMED, VKEY_MALFORMED, KEY_MALFORMED, KEY_WEAK */
export function parseTrust(policyText: string, sha256: Sha256): Trust {
  return { policy: parsePolicy(policyText), sha256: toHex(sha256(encodeUtf8(policyText))) }
}

export function trustView({ policy }: Trust): TrustView {
  return {
    endorsers: policy.endorsers,
    maxStalenessSeconds: policy.maxStalenessSeconds ?? DEFAULT_MAX_STALENESS_SECONDS,
  }
}

/** Why the policy does not take this log; undefined when it does. */
export function refusalOf(policy: TrustPolicy, log: VerifiedLog): string | undefined {
  if (policy.logs.length === 0) return undefined
  const known = policy.logs.find(({ key }) => key.name === log.origin)
  if (known === undefined) return 'your policy names other logs, not this one'
  return isSameKey(known.key, log.logKey) ? undefined : 'your policy names another key for this log'
}

export interface Quorum {
  /** Cosignatures needed at the least; undefined when the policy asks for none, or they cannot be reached. */
  readonly k: number | undefined
  /** Operators that can count. */
  readonly n: number
}

/** Whose cosignatures count for one log. */
export class Electorate {
  private readonly policy: TrustPolicy
  private readonly operators: OperatorDirectory
  private readonly log: VerifiedLog

  constructor(policy: TrustPolicy, operators: OperatorDirectory, log: VerifiedLog) {
    this.policy = policy
    this.operators = operators
    this.log = log
  }

  /** Members of the policy's quorum, each with the reason why it does not count here, in the order of the policy. */
  get members(): readonly { witness: PolicyWitness; refusal: string | undefined }[] {
    return leavesOf(this.policy, this.policy.quorum).map((witness) => ({ witness, refusal: this.refusalOf(witness) }))
  }

  get mirrors(): readonly PolicyWitness[] {
    const hasGroup = this.policy.groups.some(({ name }) => name === MIRRORS_GROUP)
    return hasGroup ? leavesOf(this.policy, MIRRORS_GROUP).filter((mirror) => this.refusalOf(mirror) === undefined) : []
  }

  get quorum(): Quorum {
    const eligible = this.members.filter(({ refusal }) => refusal === undefined).map(({ witness }) => witness)
    const names = new Set(eligible.map(({ name }) => name))
    const cost = this.policy.quorum === undefined ? Infinity : leastCosigners(this.policy, this.policy.quorum, names)
    return { k: Number.isFinite(cost) ? cost : undefined, n: this.onePerOperator(eligible).length }
  }

  /** The witnesses that remain when every operator counts once. */
  onePerOperator(witnesses: readonly PolicyWitness[]): PolicyWitness[] {
    const taken = new Set<string>()
    return witnesses.filter((witness) => {
      const operators = this.operators.of(witness.key)
      if (operators.some((operator) => taken.has(operator))) return false
      for (const operator of operators) taken.add(operator)
      return true
    })
  }

  private refusalOf({ key }: PolicyWitness): string | undefined {
    const isOwn =
      this.operators.of(key).includes(this.log.genesis.operator) ||
      isSamePublicKey(key, this.log.logKey) ||
      key.name.startsWith(`${this.log.origin}/`)
    return isOwn ? 'it belongs to the operator of this log' : undefined
  }
}

/** Which operator a key belongs to, as far as the geneses in evidence say. A key may be claimed by several. */
export class OperatorDirectory {
  private readonly claims = new Map<string, Set<string>>()

  constructor(logs: readonly VerifiedLog[]) {
    for (const { genesis } of logs) {
      for (const text of [genesis.witnessKey, genesis.mirrorKey]) {
        const key = parseVerifierKey(text)
        this.claim(key.name, genesis.operator)
        this.claim(toHex(key.publicKey), genesis.operator)
      }
    }
  }

  of(key: VerifierKey): string[] {
    const claims = [...(this.claims.get(key.name) ?? []), ...(this.claims.get(toHex(key.publicKey)) ?? [])]
    return [...new Set([...claims, key.name])]
  }

  private claim(name: string, operator: string): void {
    const operators = this.claims.get(name) ?? new Set()
    this.claims.set(name, operators.add(operator))
  }
}

function isSameKey(a: VerifierKey, b: VerifierKey): boolean {
  return a.name === b.name && a.type === b.type && isSamePublicKey(a, b)
}

function isSamePublicKey(a: VerifierKey, b: VerifierKey): boolean {
  return toHex(a.publicKey) === toHex(b.publicKey)
}

/** The witnesses of a group, through all groups in it; in the order of the policy. */
function leavesOf(policy: TrustPolicy, group: string | undefined): PolicyWitness[] {
  const names = new Set(group === undefined ? [] : [group])
  for (const { name, members } of policy.groups.toReversed()) {
    if (names.has(name)) for (const member of members) names.add(member)
  }
  return policy.witnesses.filter(({ name }) => names.has(name))
}

/** The fewest cosigners among `eligible` that satisfy a group; Infinity when none do. */
function leastCosigners(policy: TrustPolicy, group: string, eligible: ReadonlySet<string>): number {
  const cost = new Map(policy.witnesses.map(({ name }) => [name, eligible.has(name) ? 1 : Infinity]))
  // Groups stand behind their members, so one pass settles all.
  for (const { name, threshold, members } of policy.groups) {
    const costs = members.map((member) => cost.get(member) ?? Infinity).toSorted((a, b) => a - b)
    cost.set(
      name,
      costs.slice(0, threshold).reduce((sum, each) => sum + each, 0),
    )
  }
  return cost.get(group) ?? Infinity
}
