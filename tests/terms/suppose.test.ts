/** A use that nobody attested yet, judged before the run: what the record allows, and what a stale log cannot hide. */
import { describe, expect, test } from 'vitest'
import { evaluateIntended } from '../../src/terms/suppose.ts'
import type { Verdict } from '../../src/terms/verdict.ts'
import { type Agreed, MAIN, TRUST, agreed, codes, day, only } from '../support/terms-story.ts'

const SECOND = 'second.example/log'
const NO_NOTICE = { revoke: { allowed: 'any', notice: 0, effect: { mode: 'no-new-use' } } } as const

function intend(set: Agreed, now: number, more: object = {}): Verdict {
  const usage = {
    actions: ['train'] as const,
    purposes: ['research'] as const,
    commercial: false,
    places: ['KE'],
    datasets: [{ version: set.v1, grants: [set.grant] }],
    ...more,
  }
  return evaluateIntended(set.story.view(now), TRUST, { user: set.story.id('U'), usage })
}

/** Known in the first log up to day 100, in the second only up to day 50. */
function lagging(): Agreed {
  const set = agreed(NO_NOTICE, [MAIN, SECOND])
  set.story.log(SECOND, { until: 50 })
  return set
}

describe('an intended use', () => {
  test('is allowed as long as its grant is, owes an attestation, and is no statement', () => {
    const verdict = intend(agreed(NO_NOTICE), 40)
    expect(verdict).toMatchObject({ outcome: 'pending', uses: [{ use: undefined, assurance: 'A2' }], asOf: day(40) })
    expect(verdict.notProved).toEqual(['intended-use-happens'])
    const [use] = verdict.uses
    expect(codes(only(use ?? expect.fail('no use')))).toEqual(['DUTY_PENDING'])
  })

  test('is refused once the grant was taken back, also where that shows in one log only and the other is behind', () => {
    expect(intend(lagging(), 100)).toMatchObject({ outcome: 'pending', asOf: day(50) })
    const set = lagging()
    set.story.add(80, 13, { target: set.grant }, { by: 'O' })
    const verdict = intend(set, 100)
    expect(verdict.outcome).toBe('violation')
    expect(verdict.uses.flatMap(({ datasets }) => datasets.flatMap(codes))).toContain('GRANT_REVOKED')
  })

  test('is refused by a revocation that one witness dated a second later than the other', () => {
    const set = agreed(NO_NOTICE)
    set.story.add(80, 13, { target: set.grant }, { by: 'O' })
    const view = set.story.view(80)
    const main = view.logs.get(MAIN) ?? expect.fail('no log')
    const last = main.times.at(-1) ?? expect.fail('no checkpoint')
    // A quorum has it from one second on, and says a second earlier that it is the newest.
    const fresh = (last.first ?? 0) - 1
    const times = [...main.times.slice(0, -1), { ...last, fresh }]
    const apart = { ...view, logs: new Map([...view.logs, [MAIN, { ...main, times }]]) }
    const usage = { actions: ['train'] as const, datasets: [{ version: set.v1, grants: [set.grant] }] }
    expect(evaluateIntended(apart, TRUST, { user: set.story.id('U'), usage }).outcome).toBe('violation')
  })

  test('is not allowed by an acceptance that a log which is behind might contradict', () => {
    const set = agreed(NO_NOTICE, [MAIN, SECOND])
    set.story.log(SECOND, { until: 1 })
    expect(intend(set, 100).outcome).not.toBe('pending')
  })

  test('by a user with a new key is judged by the new one', () => {
    const set = agreed(NO_NOTICE)
    const update = {
      prev: set.story.id('U'),
      add: [set.story.key('U.key2').publicKey],
      revoke: [set.story.kid('U.key1')],
    }
    set.story.add(20, 4, update, { by: 'U' })
    expect(intend(set, 40).outcome).toBe('pending')
  })

  test('is not settled where a log that counts is not in evidence, or nobody knows the user', () => {
    const set = agreed(NO_NOTICE, [MAIN, 'missing.example/log'])
    expect(intend(set, 40)).toMatchObject({
      outcome: 'undetermined',
      uses: [{ reasons: [{ code: 'EVIDENCE_MISSING' }] }],
    })
    const unknown = agreed(NO_NOTICE)
    unknown.story.hidden.add(unknown.story.id('U'))
    expect(intend(unknown, 40).outcome).not.toBe('pending')
  })

  test('leaves unsaid what it does not say', () => {
    const set = agreed({
      ...NO_NOTICE,
      prohibit: [{ id: 'no', actions: ['train'], if: [{ l: 'commercial', op: 'eq', r: true }] }],
    })
    expect(intend(set, 40).outcome).toBe('pending')
    expect(intend(set, 40, { commercial: undefined }).outcome).toBe('undetermined')
    expect(intend(set, 40, { commercial: true }).outcome).toBe('violation')
  })
})
