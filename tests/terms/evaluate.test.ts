import { describe, expect, test } from 'vitest'
import { sha256 } from '@noble/hashes/sha2.js'
import { DAY, MAIN, TRUST, agreed, attest, codes, day, only, scene, termsOf } from '../support/terms-story.ts'

const M9 = sha256(Uint8Array.of(9))

describe('grants', () => {
  test('a use within a grant that was accepted and attested in time is compliant, both sides having signed', () => {
    const set = agreed()
    const use = set.story.use1(attest(set, 30), 40)
    expect(only(use)).toMatchObject({ outcome: 'compliant', assurance: 'A2', grant: set.grant, terms: set.terms })
    expect(codes(only(use))).toEqual(['PERMITTED'])
    expect(use).toMatchObject({ outcome: 'compliant', assurance: 'A2' })
  })

  test('a dataset for which no grant is named is a violation', () => {
    const set = agreed()
    const use = set.story.use1(attest(set, 30, { datasets: [{ version: set.v1, grants: [] }] }), 40)
    expect(only(use)).toMatchObject({ outcome: 'violation', assurance: 'A1' })
    expect(codes(only(use))).toEqual(['NO_PERMISSION'])
  })

  test('a grant that is named but not in evidence leaves it undetermined', () => {
    const set = agreed()
    const use = attest(set, 30)
    set.story.hidden.add(set.grant)
    const verdict = only(set.story.use1(use, 40))
    expect(verdict.outcome).toBe('undetermined')
    expect(codes(verdict)).toEqual(['EVIDENCE_MISSING'])
  })

  test('an offer that was not accepted permits nothing', () => {
    const set = scene()
    const grant = set.story.add(1, 9, { terms: set.terms, assignee: set.story.id('U') }, { by: 'O' })
    const verdict = only(set.story.use1(attest({ ...set, grant }, 30), 40))
    expect(verdict).toMatchObject({ outcome: 'violation', assurance: 'A1' })
    expect(codes(verdict)).toEqual(['GRANT_NOT_ACCEPTED', 'NO_PERMISSION'])
  })

  test('an acceptance witnessed after the start comes too late, one of the same day does not', () => {
    const set = agreed()
    expect(codes(only(set.story.use1(attest(set, 30, { from: 1 }), 40)))).toContain('GRANT_NOT_ACCEPTED')
    expect(only(set.story.use1(attest(set, 30, { from: 2, run: 'R2' }), 40)).outcome).toBe('compliant')
  })

  test('that nobody accepted cannot be said without complete lists', () => {
    const set = scene()
    set.story.log(MAIN, { completeUntil: 3 })
    const grant = set.story.add(1, 9, { terms: set.terms, assignee: set.story.id('U') }, { by: 'O' })
    const verdict = only(set.story.use1(attest({ ...set, grant }, 30), 40))
    expect(verdict.outcome).toBe('undetermined')
    expect(codes(verdict)).toContain('EVIDENCE_MISSING')
  })

  test('a grant of somebody else permits nothing', () => {
    const set = agreed()
    const verdict = only(set.story.use1(attest(set, 30, {}, { by: 'N' }), 40))
    expect(verdict.outcome).toBe('violation')
    expect(codes(verdict)).toContain('PARTY_NOT_PERMITTED')
  })

  test('an open grant serves every party that accepted it, and only those', () => {
    const set = scene()
    const grant = set.story.add(1, 9, { terms: set.terms }, { by: 'O' })
    for (const by of ['U', 'N']) set.story.add(2, 10, { grant, terms: set.terms }, { by })
    const open = { ...set, grant }
    for (const by of ['U', 'N']) {
      expect(only(set.story.use1(attest(open, 30, { run: by }, { by }), 40)).outcome).toBe('compliant')
    }
    expect(codes(only(set.story.use1(attest(open, 30, {}, { by: 'A' }), 40)))).toContain('GRANT_NOT_ACCEPTED')
  })

  test('a version that the grant does not list is not granted', () => {
    const set = scene()
    const grant = set.story.add(
      1,
      9,
      { terms: set.terms, versions: [set.v1], assignee: set.story.id('U') },
      { by: 'O' },
    )
    set.story.add(2, 10, { grant, terms: set.terms }, { by: 'U' })
    const other = { ...set, grant }
    const verdict = only(set.story.use1(attest(other, 30, { datasets: [{ version: set.v2, grants: [grant] }] }), 40))
    expect(verdict.outcome).toBe('violation')
    expect(codes(verdict)).toEqual(['NO_PERMISSION', 'VERSION_NOT_GRANTED'])
  })

  test('a version that is not in evidence is unknown', () => {
    const set = agreed()
    const use = attest(set, 30)
    set.story.hidden.add(set.v1)
    const verdict = only(set.story.use1(use, 40))
    expect(verdict).toMatchObject({ outcome: 'undetermined', lineage: undefined })
    expect(codes(verdict)).toContain('DATASET_VERSION_UNKNOWN')
  })

  test('a window that ended before the start, and one that has not begun, permit nothing', () => {
    const set = scene()
    const { story, terms } = set
    const early = story.add(1, 9, { terms, assignee: story.id('U'), until: day(5) }, { by: 'O' })
    const late = story.add(1, 9, { terms, assignee: story.id('U'), from: day(7) }, { by: 'O' })
    for (const grant of [early, late]) {
      story.add(2, 10, { grant, terms }, { by: 'U' })
      const verdict = only(story.use1(attest({ ...set, grant }, 30, { run: grant }), 40))
      expect(verdict.outcome).toBe('violation')
      expect(codes(verdict)).toContain('GRANT_EXPIRED')
    }
  })

  test('of several grants the one with the best outcome counts', () => {
    const set = agreed()
    const lapsed = set.story.add(1, 9, { terms: set.terms, assignee: set.story.id('U'), until: day(3) }, { by: 'O' })
    set.story.add(2, 10, { grant: lapsed, terms: set.terms }, { by: 'U' })
    const use = attest(set, 30, { datasets: [{ version: set.v1, grants: [lapsed, set.grant] }] })
    expect(only(set.story.use1(use, 40))).toMatchObject({ outcome: 'compliant', grant: set.grant })
  })

  test('a grant by somebody without the right is void; by a delegate it holds, within the scope', () => {
    const set = scene()
    const { story, terms } = set
    const grantBy = (at: number): ReturnType<typeof attest> => {
      const grant = story.add(at, 9, { terms, assignee: story.id('U'), until: day(300 + at) }, { by: 'S' })
      story.add(at + 1, 10, { grant, terms }, { by: 'U' })
      return attest({ ...set, grant }, 60, { from: 40, to: 50, run: `R${at}` })
    }
    const before = grantBy(1)
    story.add(
      5,
      4,
      { prev: story.id('O'), delegates: [{ party: story.id('S'), rights: ['grant'], until: day(20) }] },
      { by: 'O' },
    )
    const within = grantBy(10)
    const after = grantBy(30)
    expect(codes(only(story.use1(before, 70)))).toContain('DELEGATE_SCOPE')
    expect(only(story.use1(within, 70)).outcome).toBe('compliant')
    expect(only(story.use1(after, 70)).outcome).toBe('violation')
  })

  test('two signatures of one grant are one grant', () => {
    const set = scene()
    const { story, terms } = set
    story.add(0, 4, { prev: story.id('O'), add: [story.key('O.key2').publicKey] }, { by: 'O' })
    const payload = { terms, assignee: story.id('U') }
    const first = story.add(1, 9, payload, { by: 'O' })
    const second = story.add(1, 9, payload, { by: 'O', key: 'O.key2' })
    story.add(2, 10, { grant: first, terms }, { by: 'U' })
    story.add(3, 13, { target: second, effective: day(3) }, { by: 'O' })
    const use = only(story.use1(attest({ ...set, grant: first }, 70, { from: 40, to: 50 }), 80))
    expect(codes(use)).toEqual(expect.arrayContaining(['DUPLICATE_ACT', 'GRANT_REVOKED']))
  })
})

describe('the act', () => {
  test('prohibited purposes and commercial use are violations that name the purpose', () => {
    const research = agreed({
      permit: [{ id: 'p', actions: ['train'], if: [{ l: 'purpose', op: 'isAnyOf', r: ['research'] }] }],
    })
    const use = attest(research, 30, { purposes: ['commercial'], commercial: true })
    expect(codes(only(research.story.use1(use, 40)))).toEqual(['NO_PERMISSION', 'PURPOSE_NOT_PERMITTED'])
    const banned = agreed({
      prohibit: [{ id: 'x', actions: ['use'], if: [{ l: 'commercial', op: 'eq', r: true }] }],
    })
    const hidden = attest(banned, 30, { purposes: ['commercial-research'], commercial: false })
    const verdict = only(banned.story.use1(hidden, 40))
    expect(verdict.outcome).toBe('violation')
    expect(codes(verdict)).toEqual(['PURPOSE_NOT_PERMITTED'])
  })

  test('a declaration broader than a prohibition is not specific enough', () => {
    const set = agreed({ prohibit: [{ id: 'x', actions: ['train-generative'] }] })
    const verdict = only(set.story.use1(attest(set, 30), 40))
    expect(verdict.outcome).toBe('undetermined')
    expect(codes(verdict)).toEqual(['NOT_SPECIFIC_ENOUGH'])
    const narrow = only(set.story.use1(attest(set, 30, { actions: ['train-generative'], run: 'R2' }), 40))
    expect(codes(narrow)).toEqual(['ACTION_PROHIBITED'])
  })

  test('every declared action has to pass', () => {
    const set = agreed()
    const verdict = only(set.story.use1(attest(set, 30, { actions: ['train', 'distribute'] }), 40))
    expect(verdict.outcome).toBe('violation')
    expect(codes(verdict)).toEqual(expect.arrayContaining(['NO_PERMISSION', 'ACTION_PROHIBITED']))
  })

  test('an unknown fact never excuses what no permission covers', () => {
    const set = agreed({
      prohibit: [{ id: 'x', actions: ['use'], if: [{ l: 'org.kind', op: 'isA', r: 'ForProfitOrganisation' }] }],
    })
    expect(only(set.story.use1(attest(set, 30), 40)).outcome).toBe('undetermined')
    const other = only(set.story.use1(attest(set, 30, { actions: ['distribute'], run: 'R2' }), 40))
    expect(other.outcome).toBe('violation')
    expect(codes(other)).toContain('NO_PERMISSION')
  })

  test('facts nobody supplies are unknown', () => {
    const set = agreed({ permit: [{ id: 'p', actions: ['train'], if: [{ l: 'commercial', op: 'eq', r: false }] }] })
    const id = set.story.add(
      30,
      15,
      {
        run: 'R1',
        actions: ['train'],
        commercial: false,
        from: day(6),
        to: day(20),
        datasets: [{ version: set.v1, grants: [set.grant] }],
      },
      { by: 'U' },
    )
    const verdict = only(set.story.use1(id, 40))
    expect(verdict.outcome).toBe('undetermined')
    expect(codes(verdict)).toEqual(['FACT_UNKNOWN'])
  })

  test('terms of another profile are not read', () => {
    const set = agreed({ tables: new Map([['purpose', M9]]) })
    const verdict = only(set.story.use1(attest(set, 30), 40))
    expect(verdict.outcome).toBe('undetermined')
    expect(codes(verdict)).toEqual(['PROFILE_UNSUPPORTED'])
  })

  test('draft machine terms settle nothing', () => {
    const set = agreed({ precedence: 'human' })
    expect(codes(only(set.story.use1(attest(set, 30), 40)))).toContain('MACHINE_TERMS_NOT_APPROVED')
  })

  test('a use is as bad as its worst dataset', () => {
    const set = agreed()
    const use = attest(set, 30, {
      datasets: [
        { version: set.v1, grants: [set.grant] },
        { version: set.v2, grants: [] },
      ],
    })
    const verdict = set.story.use1(use, 40)
    expect(verdict.outcome).toBe('violation')
    expect(verdict.datasets.map(({ outcome }) => outcome).sort()).toEqual(['compliant', 'violation'])
  })
})

describe('the duty to attest', () => {
  test('attested 15 days late within the time to make it good is a breach of 15 days', () => {
    const set = agreed()
    const verdict = only(set.story.use1(attest(set, 65), 66))
    expect(verdict).toMatchObject({ outcome: 'breach', delayDays: 15 })
    expect(codes(verdict)).toEqual(['ATTEST_LATE'])
  })

  test('attested only where nobody looks is not attested', () => {
    const set = agreed()
    set.story.log('other.example/log')
    const use = attest(set, 30, {}, { logs: ['other.example/log'] })
    expect(only(set.story.use1(use, 40))).toMatchObject({ outcome: 'pending' })
    expect(only(set.story.use1(use, 60))).toMatchObject({ outcome: 'breach', delayDays: 10 })
  })

  test('a dataset counts as attested when the amendment that adds it is witnessed', () => {
    const set = agreed()
    const first = attest(set, 30)
    attest(set, 65, { prev: first, datasets: [{ version: set.v2, grants: [set.grant] }] })
    const verdict = set.story.use1(first, 70)
    expect(verdict.datasets.map(({ outcome }) => outcome).sort()).toEqual(['breach', 'compliant'])
  })

  test('a duty that cannot be judged yet is pending until it is due, then unknown', () => {
    const set = agreed({
      permit: [{ id: 'use', actions: ['train'], duties: ['pay'] }],
      duties: new Map([['pay', { action: 'pay', due: { event: 'grant', within: 30 * DAY } }]]),
      price: { model: 'negotiated', currency: 'USD' },
    })
    const use = attest(set, 12, { from: 4, to: 10 })
    expect(codes(only(set.story.use1(use, 12)))).toEqual(['DUTY_PENDING'])
    expect(codes(only(set.story.use1(use, 40)))).toEqual(['FACT_UNKNOWN'])
  })
})

describe('revocation', () => {
  const revoked = (logStart: boolean) => {
    const set = agreed()
    if (logStart) set.story.add(10, 14, { run: 'R1', grants: [set.grant], actions: ['train'] }, { by: 'U' })
    set.story.add(12, 13, { target: set.grant, effective: day(12) }, { by: 'O' })
    return set
  }

  test('a run whose start was witnessed before may finish; a later one is a violation', () => {
    const set = revoked(true)
    const x = attest(set, 45, { from: 10, to: 40 })
    const y = attest(set, 60, { from: 41, to: 50, run: 'R2' })
    expect(only(set.story.use1(x, 61)).outcome).toBe('compliant')
    expect(codes(only(set.story.use1(x, 61)))).toEqual(['ATTACHED_AT_START', 'PERMITTED'])
    expect(only(set.story.use1(y, 61)).outcome).toBe('violation')
    expect(codes(only(set.story.use1(y, 61)))).toEqual(['GRANT_REVOKED', 'NO_PERMISSION'])
  })

  test('a start known only from the user is not proved', () => {
    const set = revoked(false)
    const verdict = only(set.story.use1(attest(set, 45, { from: 10, to: 40 }), 46))
    expect(verdict.outcome).toBe('undetermined')
    expect(codes(verdict)).toEqual(['ORDER_UNPROVEN'])
  })

  test('a usage-start protects only the first usage of its run', () => {
    const set = revoked(true)
    attest(set, 45, { from: 10, to: 40 })
    const second = attest(set, 46, { from: 10, to: 41 })
    expect(only(set.story.use1(second, 50)).outcome).toBe('undetermined')
  })

  test('a grant stays where its terms forbid revocation or do not speak of it', () => {
    for (const revoke of [{ allowed: 'never' }, undefined] as const) {
      // A field given as undefined is written as a field left out.
      const set = agreed({ revoke } as Parameters<typeof agreed>[0])
      set.story.add(3, 13, { target: set.grant }, { by: 'O' })
      const verdict = only(set.story.use1(attest(set, 30), 40))
      expect(verdict.outcome).toBe('compliant')
      expect(codes(verdict)).toEqual(['PERMITTED', 'REVOCATION_NOT_PERMITTED'])
    }
  })

  test('the grantee may give it back at once whatever the terms say', () => {
    const set = agreed({ revoke: { allowed: 'never' } })
    set.story.add(3, 13, { target: set.grant }, { by: 'U' })
    expect(codes(only(set.story.use1(attest(set, 30), 40)))).toContain('GRANT_REVOKED')
  })

  test('a revocation by a stranger, or in a log nobody named, ends nothing', () => {
    const set = agreed()
    set.story.log('other.example/log')
    set.story.add(3, 13, { target: set.grant, effective: day(3) }, { by: 'N' })
    set.story.add(3, 13, { target: set.grant }, { by: 'O', logs: ['other.example/log'] })
    const verdict = only(set.story.use1(attest(set, 60, { from: 40, to: 50 }), 70))
    expect(verdict.outcome).toBe('compliant')
    expect(codes(verdict)).toContain('DELEGATE_SCOPE')
  })

  test('stop-running ends a run when the grace period is over', () => {
    const set = agreed({ revoke: { allowed: 'any', notice: 0, effect: { mode: 'stop-running', grace: 10 * DAY } } })
    set.story.add(8, 13, { target: set.grant }, { by: 'O' })
    set.story.add(6, 14, { run: 'R1', grants: [set.grant], actions: ['train'] }, { by: 'U' })
    expect(codes(only(set.story.use1(attest(set, 30), 40)))).toContain('RUN_PAST_GRACE')
    const short = agreed({ revoke: { allowed: 'any', notice: 0, effect: { mode: 'stop-running', grace: 10 * DAY } } })
    short.story.add(8, 13, { target: short.grant }, { by: 'O' })
    short.story.add(6, 14, { run: 'R1', grants: [short.grant], actions: ['train'] }, { by: 'U' })
    expect(only(short.story.use1(attest(short, 18, { to: 17 }), 40)).outcome).toBe('compliant')
  })

  test('continuous use ends with the grant', () => {
    const set = agreed({ attach: 'continuous' })
    set.story.add(3, 13, { target: set.grant, effective: day(18) }, { by: 'O' })
    expect(codes(only(set.story.use1(attest(set, 21), 40)))).toContain('GRANT_REVOKED')
    expect(only(set.story.use1(attest(set, 17, { to: 17, run: 'R2' }), 40)).outcome).toBe('compliant')
  })

  test('revoking the terms or the version revokes each grant under it', () => {
    for (const target of ['terms', 'v1'] as const) {
      const set = agreed()
      set.story.add(3, 13, { target: set[target] }, { by: 'O' })
      expect(codes(only(set.story.use1(attest(set, 60, { from: 40, to: 50 }), 70)))).toContain('GRANT_REVOKED')
    }
  })

  test('a run that goes on for more than a year after the end is not covered', () => {
    const set = revoked(true)
    expect(codes(only(set.story.use1(attest(set, 400, { from: 10, to: 395 }), 400)))).toContain('GRANT_REVOKED')
  })
})

describe('amended terms', () => {
  const tightened = {
    permit: [
      {
        id: 'use',
        actions: ['train' as const],
        if: [{ l: 'commercial' as const, op: 'eq' as const, r: false }],
        duties: ['attest'],
      },
    ],
  }
  const commercialRun = { purposes: ['commercial' as const], commercial: true }

  test('pinned terms stay', () => {
    const set = agreed()
    set.story.add(5, 7, termsOf(set.lineage, { ...tightened, prev: set.terms }), { by: 'O' })
    const verdict = only(set.story.use1(attest(set, 30, { ...commercialRun, from: 8 }), 40))
    expect(verdict.outcome).toBe('compliant')
    expect(codes(verdict)).toEqual(['PERMITTED', 'TERMS_PINNED'])
  })

  test('terms that the owner may change bind a run that starts after the notice', () => {
    const amend = { mode: 'owner-may-change' as const, notice: 30 * DAY }
    const set = agreed({ amend })
    const next = set.story.add(5, 7, termsOf(set.lineage, { ...tightened, amend, prev: set.terms }), { by: 'O' })
    const late = only(set.story.use1(attest(set, 60, { ...commercialRun, from: 40, to: 50 }), 61))
    expect(late).toMatchObject({ outcome: 'violation', terms: next })
    expect(codes(late)).toEqual(['NO_PERMISSION', 'PURPOSE_NOT_PERMITTED', 'TERMS_AMENDED'])
    const early = only(set.story.use1(attest(set, 30, { ...commercialRun, from: 10, run: 'R2' }), 61))
    expect(early.outcome).toBe('compliant')
    const unproved = only(set.story.use1(attest(set, 50, { ...commercialRun, from: 10, to: 45, run: 'R3' }), 61))
    expect(unproved.outcome).toBe('undetermined')
    expect(codes(unproved)).toContain('ORDER_UNPROVEN')
  })

  test('a fork of amendments stands against the owner and for nobody', () => {
    const amend = { mode: 'owner-may-change' as const, notice: 0 }
    const set = agreed({ amend })
    set.story.add(3, 7, termsOf(set.lineage, { ...tightened, amend, prev: set.terms }), { by: 'O' })
    set.story.add(3, 7, termsOf(set.lineage, { permit: [], amend, prev: set.terms }), { by: 'O' })
    const verdict = only(set.story.use1(attest(set, 30, commercialRun), 40))
    expect(verdict.outcome).toBe('compliant')
    expect(codes(verdict)).toContain('ISSUER_FORK')
  })
})

describe('keys', () => {
  test('a key that was replaced later was valid at the time', () => {
    const set = agreed()
    const { story } = set
    story.add(
      5,
      4,
      { prev: story.id('O'), add: [story.key('O.key2').publicKey], revoke: [story.kid('O.key1')] },
      { by: 'O' },
    )
    const verdict = only(story.use1(attest(set, 30), 40))
    expect(verdict.outcome).toBe('compliant')
    expect(codes(verdict)).toEqual(['KEY_VALID_AT_TIME', 'PERMITTED'])
  })

  test('a statement signed with a key revoked before is nobody s', () => {
    const set = scene()
    const { story, terms } = set
    story.add(
      1,
      4,
      { prev: story.id('O'), add: [story.key('O.key2').publicKey], revoke: [story.kid('O.key1')] },
      { by: 'O' },
    )
    const grant = story.add(2, 9, { terms, assignee: story.id('U') }, { by: 'O' })
    story.add(3, 10, { grant, terms }, { by: 'U' })
    const verdict = only(story.use1(attest({ ...set, grant }, 30), 40))
    expect(verdict.outcome).toBe('violation')
    expect(codes(verdict)).toEqual(expect.arrayContaining(['KEY_NOT_VALID', 'NO_PERMISSION']))
  })

  test('a usage signed with a foreign key is no signed usage', () => {
    const set = agreed()
    const use = set.story.use1(attest(set, 30, {}, { key: 'N.key1' }), 40)
    expect(use).toMatchObject({ outcome: 'undetermined', assurance: 'A0' })
    expect(codes(use)).toEqual(['KEY_NOT_VALID'])
  })

  test('a rotation needs the threshold of keys', () => {
    const set = scene()
    const { story, terms } = set
    story.party('T', 0, { keys: [story.key('T.key1').publicKey, story.key('T.key2').publicKey], threshold: 2 })
    const update = { prev: story.id('T'), revoke: [story.kid('T.key1')] }
    story.add(3, 4, update, { by: 'T' })
    const grant = story.add(4, 9, { terms }, { by: 'O' })
    story.add(5, 10, { grant, terms }, { by: 'T' })
    const use = attest({ ...set, grant }, 30, {}, { by: 'T' })
    expect(only(story.use1(use, 40)).outcome).toBe('compliant')
    story.add(4, 4, update, { by: 'T', key: 'T.key2' })
    expect(story.use1(use, 40).assurance).toBe('A0')
  })

  test('what a recovery set reports as stolen is undetermined unless somebody had answered it', () => {
    const set = scene()
    const { story, terms } = set
    story.party('R', 0, { recovery: { of: [story.id('A'), story.id('S')], k: 2 } })
    const lineage = story.add(0, 5, { title: 'E', owner: story.id('R'), locales: ['sw'], logs: [MAIN] }, { by: 'R' })
    const version = story.add(0, 6, { lineage, label: 'v1' }, { by: 'R' })
    const own = story.add(0, 7, termsOf(lineage), { by: 'R' })
    const answered = story.add(4, 9, { terms: own, assignee: story.id('U') }, { by: 'R' })
    const late = story.add(4, 9, { terms: own }, { by: 'R' })
    story.add(5, 10, { grant: answered, terms: own }, { by: 'U' })
    const recovery = { prev: story.id('R'), keys: [story.key('R.key2').publicKey], compromisedSince: day(3) }
    story.add(6, 4, recovery, { by: 'A' })
    story.add(7, 4, recovery, { by: 'S' })
    story.add(8, 10, { grant: late, terms: own }, { by: 'U' })
    const run = (grant: typeof late): ReturnType<typeof only> =>
      only(
        story.use1(
          attest({ ...set, terms, grant }, 30, { from: 9, run: grant, datasets: [{ version, grants: [grant] }] }),
          40,
        ),
      )
    expect(run(answered).outcome).toBe('compliant')
    expect(run(late).outcome).toBe('undetermined')
    expect(codes(run(late))).toContain('KEY_COMPROMISED')
  })

  test('a key that a forked update added signs nothing for certain', () => {
    const set = scene()
    const { story, terms } = set
    for (const key of ['O.key2', 'O.key3']) {
      story.add(1, 4, { prev: story.id('O'), add: [story.key(key).publicKey] }, { by: 'O' })
    }
    const grant = story.add(2, 9, { terms, assignee: story.id('U') }, { by: 'O', key: 'O.key3' })
    story.add(3, 10, { grant, terms }, { by: 'U' })
    const verdict = only(story.use1(attest({ ...set, grant }, 30), 40))
    expect(verdict.outcome).toBe('undetermined')
    expect(codes(verdict)).toContain('ISSUER_FORK')
  })
})

describe('what the logs prove', () => {
  test('a view older than the policy allows proves no absence', () => {
    const set = agreed()
    const use = attest(set, 30)
    set.story.log(MAIN, { until: 31 })
    const verdict = only(set.story.use1(use, 80, { endorsers: [], maxStalenessSeconds: 30 * DAY }))
    expect(verdict.outcome).toBe('undetermined')
    expect(codes(verdict)).toContain('STALE_VIEW')
  })

  test('a forked log loses time and absence, but not a signed violation', () => {
    const set = agreed()
    set.story.log(MAIN, { forkedFrom: 4 })
    const verdict = only(set.story.use1(attest(set, 30), 40))
    expect(verdict.outcome).toBe('undetermined')
    expect(codes(verdict)).toContain('LOG_EQUIVOCATION')
    const bare = attest(set, 31, { run: 'R2', datasets: [{ version: set.v1, grants: [] }] })
    expect(only(set.story.use1(bare, 40)).outcome).toBe('violation')
  })

  test('checkpoints without a quorum prove nothing', () => {
    const set = agreed()
    set.story.log(MAIN, { noQuorumFrom: 4 })
    const verdict = only(set.story.use1(attest(set, 30), 40))
    expect(verdict.outcome).toBe('undetermined')
    expect(codes(verdict)).toContain('NO_QUORUM')
  })

  test('without complete lists nothing can be said to be absent', () => {
    const set = agreed()
    set.story.log(MAIN, { completeUntil: -1 })
    const verdict = only(set.story.use1(attest(set, 30), 40))
    expect(verdict.outcome).toBe('undetermined')
    expect(codes(verdict)).toEqual(['EVIDENCE_MISSING'])
  })

  test('a silent log of the buyer s own choice does not shield the buyer', () => {
    const second = 'buyer.example/log'
    const set = scene()
    const { story, terms } = set
    const grant = story.add(1, 9, { terms, assignee: story.id('U') }, { by: 'O' })
    story.add(2, 10, { grant, terms, log: second }, { by: 'U' })
    story.log(second, { until: 10 })
    const use = attest({ ...set, grant }, 65)
    const trust = { endorsers: [], maxStalenessSeconds: 20 * DAY }
    expect(only(story.use1(use, 66, trust))).toMatchObject({ outcome: 'breach', delayDays: 15 })
    const fine = attest({ ...set, grant }, 40, { run: 'R2' })
    expect(only(story.use1(fine, 66, trust)).outcome).toBe('undetermined')
  })

  test('a silent log of the owner s own choice does not keep the buyer from showing compliance', () => {
    const second = 'owner.example/log'
    const set = scene()
    const { story, terms } = set
    const grant = story.add(1, 9, { terms, assignee: story.id('U'), logs: [second] }, { by: 'O' })
    story.add(2, 10, { grant, terms, log: MAIN }, { by: 'U' })
    story.log(second, { until: 3 })
    const use = attest({ ...set, grant }, 30)
    expect(only(story.use1(use, 40, { endorsers: [], maxStalenessSeconds: 20 * DAY })).outcome).toBe('compliant')
    expect(only(story.use1(use, 40, TRUST)).outcome).toBe('undetermined')
  })
})

describe('claims', () => {
  test('a claim on a model nobody attested leaves it undetermined', () => {
    const set = scene()
    const claim = set.story.add(
      10,
      20,
      { respondent: set.story.id('U'), model: M9, allegation: 'UNATTESTED_USE_ALLEGED' },
      { by: 'A' },
    )
    for (const question of [{ model: M9 }, { claim }]) {
      const verdict = set.story.ask(question, 90)
      expect(verdict).toMatchObject({ outcome: 'undetermined', claims: [{ claim, isAdmissible: true }] })
      expect(verdict.uses[0]).toMatchObject({ outcome: 'undetermined', assurance: 'A0' })
      expect(codes(verdict.uses[0] ?? { reasons: [] })).toEqual(['UNATTESTED_USE_ALLEGED'])
    }
  })

  test('a model that was attested has the verdict of its maker', () => {
    const set = agreed()
    const use = attest(set, 30, { outputs: [{ sha256: M9 }] })
    attest(set, 31, { outputs: [{ sha256: M9 }], datasets: [{ version: set.v1, grants: [] }] }, { by: 'N' })
    const verdict = set.story.ask({ model: M9 }, 40)
    expect(verdict.uses.map((each) => each.use)).toEqual([use])
    expect(verdict.outcome).toBe('compliant')
  })

  test('a claim without standing is listed and weighs nothing', () => {
    const set = agreed({ disputes: { standing: 'owner', arbiters: [] } })
    const use = attest(set, 30)
    const by = (name: string) =>
      set.story.add(35, 20, { respondent: set.story.id('U'), use, allegation: 'PURPOSE_NOT_PERMITTED' }, { by: name })
    const [stranger, owner] = [by('A'), by('O')]
    const verdict = set.story.ask({ use }, 40)
    const standing = new Map(verdict.claims.map((claim) => [claim.claim, claim.isAdmissible]))
    expect([standing.get(stranger), standing.get(owner)]).toEqual([false, true])
    expect(verdict.outcome).toBe('compliant')
  })

  test('an attestation said to be complete and then contradicted is a breach', () => {
    const set = agreed()
    const use = attest(set, 30, { complete: true })
    attest(set, 31, { prev: use, datasets: [{ version: set.v2, grants: [set.grant] }] })
    const verdict = set.story.use1(use, 40)
    expect(verdict.outcome).toBe('breach')
    expect(codes(verdict)).toContain('FALSE_ATTESTATION')
  })
})
