/**
 * How many other operators must agree (docs/protocol.md, "Quorum"): any two majorities of the same m share a member, so
 * nothing that one majority granted can be granted again by another without a member noticing.
 */

/** @param otherOperators m: the operators that count for a log, its own excluded */
export function quorumOf(otherOperators: number): number {
  return otherOperators === 0 ? 0 : Math.floor(otherOperators / 2) + 1
}
