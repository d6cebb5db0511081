import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DatedCosigner, type QuorumTimes, isQuorum, quorumTimes } from '../../src/note/quorum.ts'
import { parsePolicy } from '../../src/note/tlog-policy.ts'
import type { PolicyGroup, TrustPolicy } from '../../src/note/trust-policy.ts'
import { formatVerifierKey, verifierKey } from '../../src/note/verifier-key.ts'
import { signerOf, witnessKey } from './sample-keys.ts'

function policyOf(
  witnesses: readonly string[],
  groups: readonly PolicyGroup[],
  quorum: string | undefined,
): TrustPolicy {
  return {
    logs: [],
    witnesses: witnesses.map((name) => ({ name, key: witnessKey })),
    groups,
    quorum,
    endorsers: [],
  }
}

/** The definition, tried at every time there is: slow and obviously right. */
function timesByTrial(policy: TrustPolicy, cosignatures: readonly DatedCosigner[], group: string): QuorumTimes {
  const times = cosignatures.map(({ timestamp }) => timestamp).toSorted((a, b) => a - b)
  const holds = (isCounted: (time: number) => boolean): boolean => {
    const names = cosignatures.filter(({ timestamp }) => isCounted(timestamp)).map(({ name }) => name)
    return isQuorumByRecursion(policy, group, new Set(names))
  }
  const first = times.find((t) => holds((time) => time <= t))
  const fresh = times.findLast((t) => holds((time) => time >= t))
  return { ...(first === undefined ? {} : { first }), ...(fresh === undefined ? {} : { fresh }) }
}

function isQuorumByRecursion(policy: TrustPolicy, name: string, names: ReadonlySet<string>): boolean {
  const group = policy.groups.find((each) => each.name === name)
  if (group === undefined) return names.has(name)
  return group.members.filter((member) => isQuorumByRecursion(policy, member, names)).length >= group.threshold
}

/** A policy of 1 to 8 witnesses in groups nested at random; its quorum is the last thing defined. */
const anyPolicy: fc.Arbitrary<TrustPolicy> = fc
  .record({ count: fc.integer({ min: 1, max: 8 }), shape: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 6 }) })
  .map(({ count, shape }) => {
    const witnesses = Array.from({ length: count }, (_, index) => `w${index}`)
    const free = [...witnesses]
    const groups = shape.map(([size, k], index): PolicyGroup => {
      const members = free.splice(0, 1 + (size % free.length))
      free.push(`g${index}`)
      return { name: `g${index}`, threshold: 1 + (k % members.length), members }
    })
    return policyOf(witnesses, groups, free.at(-1))
  })

const anyCosignatures = fc.array(
  fc.record({ name: fc.nat({ max: 9 }).map((index) => `w${index}`), timestamp: fc.integer({ min: 1, max: 12 }) }),
  { maxLength: 12 },
)

describe('a quorum', () => {
  it('of 2 of 3 and any of 2 is reached by the sets one would list by hand', () => {
    const groups = [
      { name: 'x', threshold: 2, members: ['x1', 'x2', 'x3'] },
      { name: 'y', threshold: 1, members: ['y1', 'y2'] },
      { name: 'both', threshold: 2, members: ['x', 'y'] },
    ]
    const policy = policyOf(['x1', 'x2', 'x3', 'y1', 'y2'], groups, 'both')
    expect(isQuorum(policy, 'both', new Set(['x1', 'x3', 'y2']))).toBe(true)
    expect(isQuorum(policy, 'both', new Set(['x1', 'y1', 'y2']))).toBe(false)
    expect(isQuorum(policy, 'both', new Set(['x1', 'x2', 'x3']))).toBe(false)
    expect(isQuorum(policy, 'x', new Set(['x1', 'x2']))).toBe(true)
    expect(isQuorum(policy, 'y1', new Set(['y1']))).toBe(true)
    // A name that the policy gives to a group, or to nobody, is no cosigner.
    expect(isQuorum(policy, 'both', new Set(['x', 'y', 'both', 'z']))).toBe(false)
  })

  it('is not lowered when one of its members is left out', () => {
    const policy = policyOf(['a', 'b', 'c'], [{ name: 'g', threshold: 2, members: ['a', 'b', 'c'] }], 'g')
    expect(isQuorum(policy, 'g', new Set(['a', 'b']))).toBe(true)
    expect(isQuorum(policy, 'g', new Set(['b']))).toBe(false)
  })

  it('that is none is always reached, and no time follows from it', () => {
    const policy = policyOf(['a'], [], undefined)
    expect(isQuorum(policy, policy.quorum, new Set())).toBe(true)
    expect(quorumTimes(policy, [{ name: 'a', timestamp: 5 }])).toEqual({})
  })

  it('of an unknown name is a mistake of the caller', () => {
    const policy = policyOf(['a'], [], 'a')
    expect(() => isQuorum(policy, 'b', new Set())).toThrow(RangeError)
    expect(() => quorumTimes(policy, [], 'b')).toThrow(RangeError)
  })

  it('is what the recursive definition says, for every nesting', () => {
    fc.assert(
      fc.property(anyPolicy, fc.array(fc.nat({ max: 9 })), (policy, indices) => {
        const names = new Set(indices.map((index) => `w${index}`))
        const group = policy.quorum ?? 'w0'
        expect(isQuorum(policy, group, names)).toBe(isQuorumByRecursion(policy, group, names))
      }),
      { numRuns: 500 },
    )
  })
})

describe('the times of a quorum', () => {
  it('of 2 of 3 are the second earliest and the second latest', () => {
    const policy = policyOf(['a', 'b', 'c'], [{ name: 'g', threshold: 2, members: ['a', 'b', 'c'] }], 'g')
    const at = (name: string, timestamp: number): DatedCosigner => ({ name, timestamp })
    expect(quorumTimes(policy, [at('a', 10), at('b', 30), at('c', 20)])).toEqual({ first: 20, fresh: 20 })
    expect(quorumTimes(policy, [at('a', 10), at('b', 30)])).toEqual({ first: 30, fresh: 10 })
    expect(quorumTimes(policy, [at('a', 10)])).toEqual({})
    expect(quorumTimes(policy, [at('a', 10), at('z', 20)])).toEqual({})
    expect(quorumTimes(policy, [at('a', 10), at('a', 40), at('b', 20)])).toEqual({ first: 20, fresh: 20 })
  })

  it('are exact for every nesting, every set of cosignatures, every group', () => {
    fc.assert(
      fc.property(anyPolicy, anyCosignatures, (policy, all) => {
        const cosignatures = all.filter(({ name }) => policy.witnesses.some((witness) => witness.name === name))
        for (const { name } of [...policy.witnesses, ...policy.groups]) {
          expect(quorumTimes(policy, all, name)).toEqual(timesByTrial(policy, cosignatures, name))
        }
        expect(quorumTimes(policy, all)).toEqual(quorumTimes(policy, all, policy.quorum))
      }),
      { numRuns: 1000 },
    )
  })

  it('of the mirrors are asked for by the name of their group', () => {
    const key = (seed: number): string => formatVerifierKey(verifierKey(`k${seed}`, 4, signerOf(seed).publicKey))
    const policy = parsePolicy(
      `witness w ${key(11)}\nwitness m ${key(12)}\ngroup mirrors any m\ngroup witnesses all w\nquorum witnesses\n`,
    )
    const cosignatures = [
      { name: 'w', timestamp: 5 },
      { name: 'm', timestamp: 9 },
    ]
    expect(quorumTimes(policy, cosignatures)).toEqual({ first: 5, fresh: 5 })
    expect(quorumTimes(policy, cosignatures, 'mirrors')).toEqual({ first: 9, fresh: 9 })
  })
})
