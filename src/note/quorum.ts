/**
 * What a quorum is, and since and until when cosignatures make one (C2SP tlog-policy, "Defining the quorum").
 *
 * A group is satisfied by `threshold` satisfied members, so satisfaction only grows with the set of cosigners. That makes
 * the two times exact for any nesting: a group is first satisfied at the k-th smallest of its members' first times, and
 * still satisfied by cosignatures from the k-th largest of their fresh times on.
 */
import type { TrustPolicy } from './trust-policy.ts'

export interface DatedCosigner {
  /** Name of a witness in the policy; others do not count. */
  readonly name: string
  /** Unix seconds, from a verified cosignature. */
  readonly timestamp: number
}

export interface QuorumTimes {
  /** Earliest t such that the cosignatures dated t or before satisfy; Unix seconds. */
  readonly first?: number
  /** Latest t such that the cosignatures dated t or after satisfy; Unix seconds. */
  readonly fresh?: number
}

/**
 * Whether a set of cosigners satisfies a group or is a witness of the policy. `none` (undefined) is satisfied always.
 *
 * The log operator's own witness is left out of the names by the caller; thresholds stay as they are.
 *
 * @param group name of a group or witness of the policy, as policy.quorum; a RangeError when it is neither
 */
export function isQuorum(policy: TrustPolicy, group: string | undefined, names: ReadonlySet<string>): boolean {
  if (group === undefined) return true
  const isSatisfied = new Map(policy.witnesses.map(({ name }) => [name, names.has(name)]))
  // Groups stand behind their members, so one pass in the order of the file settles all, however deep they nest.
  for (const { name, threshold, members } of policy.groups) {
    isSatisfied.set(name, members.filter((member) => isSatisfied.get(member) === true).length >= threshold)
  }
  const answer = isSatisfied.get(group)
  if (answer === undefined) throw new RangeError(`the policy defines no witness or group "${group}"`)
  return answer
}

/**
 * Both times, or neither when all cosignatures together do not satisfy; neither for `quorum none`, which no time follows
 * from. The log operator's own witness is left out by the caller.
 *
 * @param cosignatures verified; where a name occurs more than once, each of its times counts
 * @param group name of a group or witness of the policy; the policy's quorum unless given
 */
export function quorumTimes(
  policy: TrustPolicy,
  cosignatures: readonly DatedCosigner[],
  group: string | undefined = policy.quorum,
): QuorumTimes {
  if (group === undefined) return {}
  const times = new Map<string, Required<QuorumTimes>>()
  const known = new Set(policy.witnesses.map(({ name }) => name))
  for (const { name, timestamp } of cosignatures) {
    if (!known.has(name)) continue
    const { first, fresh } = times.get(name) ?? { first: timestamp, fresh: timestamp }
    times.set(name, { first: Math.min(first, timestamp), fresh: Math.max(fresh, timestamp) })
  }
  for (const { name, threshold, members } of policy.groups) {
    known.add(name)
    const satisfied = members.flatMap((member) => times.get(member) ?? [])
    const first = satisfied.map((member) => member.first).toSorted((a, b) => a - b)[threshold - 1]
    const fresh = satisfied.map((member) => member.fresh).toSorted((a, b) => b - a)[threshold - 1]
    if (first !== undefined && fresh !== undefined) times.set(name, { first, fresh })
  }
  if (!known.has(group)) throw new RangeError(`the policy defines no witness or group "${group}"`)
  return times.get(group) ?? {}
}
