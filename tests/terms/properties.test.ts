import fc from 'fast-check'
import { describe, test } from 'vitest'
import type { CidText } from '../../src/encoding/cid.ts'
import type { Permission, Terms } from '../../src/statement/terms.ts'
import { ACTIONS, PURPOSES } from '../../src/statement/vocabulary.ts'
import { evaluate } from '../../src/terms/evaluate.ts'
import { type Outcome, compareOutcomes } from '../../src/terms/verdict.ts'
import type { EvidenceView } from '../../src/terms/view.ts'
import { MAIN, TRUST, type Agreed, agreed, attest, day } from '../support/terms-story.ts'

const RUNS = { numRuns: Number(process.env['TALLYSTICK_PROPERTY_RUNS'] ?? 300) }

const constraint = fc.oneof(
  fc.record({
    l: fc.constant('purpose' as const),
    op: fc.constantFrom('isAnyOf' as const, 'isNoneOf' as const, 'isAllOf' as const),
    r: fc.uniqueArray(fc.constantFrom(...PURPOSES), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    l: fc.constant('commercial' as const),
    op: fc.constantFrom('eq' as const, 'neq' as const),
    r: fc.boolean(),
  }),
  fc.record({
    l: fc.constant('capability' as const),
    op: fc.constantFrom('isAnyOf' as const, 'isNoneOf' as const),
    r: fc.uniqueArray(fc.constantFrom('asr', 'tts', 'voice-clone'), { minLength: 1, maxLength: 2 }),
  }),
)

const clause = fc.record({
  actions: fc.uniqueArray(fc.constantFrom(...ACTIONS), { minLength: 1, maxLength: 3 }),
  if: fc.array(constraint, { minLength: 1, maxLength: 2 }),
})

const clauses = fc.record({
  permit: fc.array(clause, { maxLength: 3 }),
  prohibit: fc.array(clause, { maxLength: 2 }),
})

const facts = fc.record({
  actions: fc.uniqueArray(fc.constantFrom(...ACTIONS), { minLength: 1, maxLength: 2 }),
  purposes: fc.uniqueArray(fc.constantFrom(...PURPOSES), { minLength: 1, maxLength: 2 }),
  commercial: fc.boolean(),
  capabilities: fc.uniqueArray(fc.constantFrom('asr' as const, 'tts' as const, 'voice-clone' as const), {
    maxLength: 2,
  }),
})

type Clauses = Pick<Terms, 'permit' | 'prohibit'>

function named({
  permit,
  prohibit,
}: {
  permit: Omit<Permission, 'id'>[]
  prohibit: Omit<Permission, 'id'>[]
}): Clauses {
  return {
    permit: permit.map((each, i) => ({ id: `p${i}`, ...each })),
    prohibit: prohibit.map((each, i) => ({ id: `x${i}`, ...each })),
  }
}

function outcomeOf(terms: Partial<Terms>, declared: Parameters<typeof attest>[2]): Outcome {
  const set = agreed(terms)
  return set.story.use1(attest(set, 30, declared), 40).outcome
}

/** The declared facts without one of them: `undefined` is written as a field left out. */
function without(declared: object, key: string): Parameters<typeof attest>[2] {
  return { ...declared, [key]: undefined }
}

function shuffled(view: EvidenceView, seed: number): EvidenceView {
  const mix = <T>(entries: readonly T[]): T[] => {
    const out = [...entries]
    let state = seed
    for (let i = out.length - 1; i > 0; i--) {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      const j = state % (i + 1)
      const held = out[i] as T
      out[i] = out[j] as T
      out[j] = held
    }
    return out
  }
  const statements = mix([...view.statements]).map(
    ([id, viewed]) => [id, { ...viewed, placements: mix(viewed.placements) }] as const,
  )
  return { ...view, logs: new Map(mix([...view.logs])), statements: new Map(statements) }
}

/** A story with revocations, rotations, amendments, forks and several logs, chosen by numbers. */
function eventful(events: readonly number[]): { set: Agreed; use: CidText } {
  const set = agreed({ amend: { mode: 'owner-may-change', notice: 0 } })
  const { story, grant, lineage, terms } = set
  story.log('second.example/log')
  let prev = story.id('O')
  for (const [i, event] of events.entries()) {
    const at = 3 + i
    if (event === 0) story.add(at, 13, { target: grant, effective: day(at) }, { by: 'O' })
    if (event === 1) {
      const key = `O.next${i}`
      prev = story.add(at, 4, { prev, add: [story.key(key).publicKey] }, { by: 'O' })
    }
    if (event === 2) story.add(at, 7, { ...laterTerms(lineage), prev: terms }, { by: 'O' })
    if (event === 3) story.add(at, 14, { run: 'R1', grants: [grant], actions: ['train'] }, { by: 'U' })
    if (event === 4)
      story.add(at, 10, { grant, terms, log: 'second.example/log' }, { by: 'U', logs: [MAIN, 'second.example/log'] })
    if (event === 5) story.add(at, 4, { prev: story.id('O'), revoke: [story.kid('O.key1')] }, { by: 'O' })
  }
  return { set, use: attest(set, 30) }
}

function laterTerms(lineage: CidText): Terms {
  return {
    v: 1,
    profile: 'https://w3id.org/tallystick/terms/v1',
    lineage,
    versions: { mode: 'lineage' },
    permit: [{ id: 'use', actions: ['evaluate'] }],
    prohibit: [],
    duties: new Map(),
  }
}

describe('properties that always hold', () => {
  test('leaving a known fact out never turns compliant and violation into each other', () => {
    fc.assert(
      fc.property(
        clauses,
        facts,
        fc.constantFrom('purposes', 'commercial', 'capabilities', 'actions'),
        (given, declared, key) => {
          const terms = named(given)
          const known = outcomeOf(terms, declared)
          const less = outcomeOf(terms, without(declared, key))
          return less === known || less === 'undetermined'
        },
      ),
      RUNS,
    )
  })

  test('narrowing a permission or widening a prohibition never turns violation into compliant', () => {
    fc.assert(
      fc.property(clauses, facts, clause, fc.boolean(), (given, declared, extra, isPermission) => {
        const before = outcomeOf(named(given), declared)
        const after = isPermission
          ? { ...given, permit: given.permit.map((each) => ({ ...each, if: [...each.if, ...extra.if] })) }
          : { ...given, prohibit: [...given.prohibit, extra] }
        return !(before === 'violation' && outcomeOf(named(after), declared) === 'compliant')
      }),
      RUNS,
    )
  })

  test('adding a dataset never improves the outcome', () => {
    fc.assert(
      fc.property(clauses, facts, fc.boolean(), (given, declared, isGranted) => {
        const set = agreed(named(given))
        const one = { version: set.v1, grants: [set.grant] }
        const two = { version: set.v2, grants: isGranted ? [set.grant] : [] }
        const single = set.story.use1(attest(set, 30, { ...declared, datasets: [one] }), 40)
        const both = set.story.use1(attest(set, 30, { ...declared, run: 'R2', datasets: [one, two] }), 40)
        return compareOutcomes(both.outcome, single.outcome) >= 0
      }),
      RUNS,
    )
  })

  test('neither arrival order nor running it twice matters', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 6 }), fc.nat(), (events, seed) => {
        const { set, use } = eventful(events)
        const view = set.story.view(40)
        const texts = [view, view, shuffled(view, seed)].map((each) => JSON.stringify(evaluate(each, TRUST, { use })))
        return new Set(texts).size === 1
      }),
      RUNS,
    )
  })

  test('a second placement of the statements of a log changes no outcome', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 6 }), (events) => {
        const { set, use } = eventful(events)
        const view = set.story.view(40)
        const doubled: EvidenceView = {
          ...view,
          statements: new Map(
            [...view.statements].map(([id, viewed]) => [
              id,
              { ...viewed, placements: [...viewed.placements, ...viewed.placements] },
            ]),
          ),
        }
        const [a, b] = [view, doubled].map((each) => evaluate(each, TRUST, { use }).outcome)
        return a === b
      }),
      RUNS,
    )
  })

  test('hiding statements never throws and never makes a violation compliant by itself', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 6 }), fc.array(fc.nat(40), { maxLength: 4 }), (events, hidden) => {
        const { set, use } = eventful(events)
        const view = set.story.view(40)
        const ids = [...view.statements.keys()]
        for (const index of hidden) {
          const id = ids[index % ids.length]
          if (id !== undefined) set.story.hidden.add(id)
        }
        // What is hidden is not complete, and the logs say so.
        const partial: EvidenceView = {
          ...set.story.view(40),
          logs: new Map(
            [...view.logs].map(([origin, log]) => [
              origin,
              { ...log, completeUpTo: hidden.length === 0 ? log.completeUpTo : 0 },
            ]),
          ),
        }
        const whole = evaluate(view, TRUST, { use }).outcome
        const less = evaluate(partial, TRUST, { use }).outcome
        return !(whole === 'violation' && less === 'compliant')
      }),
      RUNS,
    )
  })
})
