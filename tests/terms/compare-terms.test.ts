/** What changed between two terms: the value alone where one differs, and whether users are better or worse off. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Terms } from '../../src/statement/terms.ts'
import { ACTIONS } from '../../src/statement/vocabulary.ts'
import { compareTerms } from '../../src/terms/explain/compare-terms.ts'
import { tryTerms } from '../../src/terms/try.ts'
import { anyTerms, fullTerms } from '../support/any-terms.ts'

const DAY = 86_400
const PAID: Terms = {
  ...fullTerms,
  permit: [{ id: 'use', actions: ['train', 'evaluate'], duties: ['pay'] }],
  prohibit: [{ id: 'no', actions: ['distribute'] }],
  duties: new Map([['pay', { action: 'pay', due: { event: 'grant', within: 30 * DAY }, cure: DAY }]]),
  obligations: [],
  price: { model: 'flat', amount: 100_000, currency: 'USD' },
}

function differences(change: Partial<Terms>, from: Terms = PAID): ReturnType<typeof compareTerms>['differences'] {
  return compareTerms(from, { ...from, ...change }).differences
}

describe('terms diff', () => {
  it.each<[Partial<Terms>, string, string | undefined]>([
    [{ price: { model: 'flat', amount: 200_000, currency: 'USD' } }, 'Price: USD 1000.00 -> USD 2000.00', 'stricter'],
    [{ price: { model: 'flat', amount: 1, currency: 'USD' } }, 'Price: USD 1000.00 -> USD 0.01', 'looser'],
    [
      { duties: new Map([['pay', { action: 'pay', due: { event: 'grant', within: 60 * DAY }, cure: DAY }]]) },
      'Time for [pay]: 30 days -> 60 days',
      'looser',
    ],
    [
      { revoke: { allowed: 'any', notice: 0, effect: { mode: 'stop-running', grace: 30 } } },
      'Time for running uses to stop: 1 minute -> 30 seconds',
      'stricter',
    ],
    [{ prove: [{ fact: 'org.kind', within: 2 * DAY }] }, 'Time to show org.kind: 1 day -> 2 days', 'looser'],
    [
      { amend: { mode: 'owner-may-change', notice: 30 } },
      'Notice before changed terms count: 1 minute -> 30 seconds',
      'stricter',
    ],
    [{ withdrawal: { honour: true, within: DAY } }, 'Time to honour withdrawals: 1 minute -> 1 day', 'looser'],
  ])('of one value %j is that value', (change, value, weight) => {
    expect(differences(change)).toEqual([{ before: [], after: [], value, weight: `${weight} for users` }])
  })

  it('weighs no price that nobody owes', () => {
    const idle: Terms = { ...PAID, permit: [{ id: 'use', actions: ['train'] }] }
    const [only] = differences({ price: { model: 'flat', amount: 200_000, currency: 'USD' } }, idle)
    expect(only).toEqual({ before: [], after: [], value: 'Price: USD 1000.00 -> USD 2000.00' })
  })

  it('of a rule says both sentences, and which way it goes', () => {
    const wider = [{ id: 'use', actions: ['train', 'evaluate', 'index'] as const, duties: ['pay'] }]
    expect(differences({ permit: wider })).toEqual([
      {
        before: [expect.stringMatching(/^Allowed: train/u)],
        after: [expect.stringMatching(/^Allowed: train.*index/u)],
        weight: 'can only be looser for users',
      },
    ])
    const forbidding = [{ id: 'no', actions: ['distribute', 'index'] as const }]
    expect(differences({ prohibit: forbidding })[0]?.weight).toBe('can only be stricter for users')
    expect(differences({ prohibit: [] })[0]?.weight).toBe('can only be looser for users')
    expect(differences({ permit: [{ id: 'use', actions: ['index'] }] })[0]?.weight).toBeUndefined()
    // The rule names the same duty, which asks for something else now.
    const other = new Map([['pay', { action: 'notify' as const, due: { event: 'grant' as const, within: 0 } }]])
    const asks = differences({ duties: other }).find(({ after }) => after[0]?.startsWith('Allowed') === true)
    expect(asks).toBeDefined()
    expect(asks?.weight).toBeUndefined()
  })

  it('of a name says that it is only a name', () => {
    const renamed = [{ id: 'training', actions: ['train', 'evaluate'] as const, duties: ['pay'] }]
    const [rule] = differences({ permit: renamed })
    expect(rule).toMatchObject({ weight: 'only a name changed' })
    expect(rule?.before).toHaveLength(1)
    expect(rule?.after).toHaveLength(1)
  })

  it('of nothing is nothing', () => {
    expect(compareTerms(PAID, PAID)).toEqual({ changes: [], differences: [], hits: 'Nothing changes for anybody.' })
  })

  it('has every changed sentence somewhere, or a value in its place', () => {
    fc.assert(
      fc.property(anyTerms, anyTerms, (before, after) => {
        const { changes, differences: found } = compareTerms(before, after)
        const told = new Set(found.flatMap((each) => [...each.before, ...each.after]))
        if (found.every(({ value }) => value === undefined))
          expect(changes.filter(({ sentence }) => !told.has(sentence))).toEqual([])
        expect(found.length > 0).toBe(changes.length > 0)
      }),
      { numRuns: 200 },
    )
  })

  it('calls looser what allows no less, and stricter what allows no more', () => {
    const RANK = { 'not allowed': 0, depends: 1, allowed: 2 } as const
    fc.assert(
      fc.property(anyTerms, anyTerms, fc.constantFrom(...ACTIONS), (before, other, action) => {
        const rules = { permit: other.permit.slice(0, 1), prohibit: before.prohibit }
        for (const after of [
          { ...before, ...rules },
          { ...before, prohibit: other.prohibit.slice(0, 1) },
        ]) {
          const weights = new Set(compareTerms(before, after).differences.map(({ weight }) => weight))
          const answer = (terms: Terms): number =>
            RANK[
              tryTerms(terms, { actions: [action], purposes: ['research'], commercial: false, places: ['KE'] }).answer
            ]
          const rulesOnly = [...weights].every((weight) => weight?.startsWith('can only') === true)
          if (!rulesOnly || weights.size !== 1) continue
          if (weights.has('can only be looser for users')) expect(answer(after)).toBeGreaterThanOrEqual(answer(before))
          else expect(answer(after)).toBeLessThanOrEqual(answer(before))
        }
      }),
      { numRuns: 300 },
    )
  })
})
