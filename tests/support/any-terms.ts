/** Terms of every shape the language has, made from a full sample, for properties. */
import fc from 'fast-check'
import type { Constraint } from '../../src/statement/constraint.ts'
import type { Duty, Terms } from '../../src/statement/terms.ts'
import {
  ACTIONS,
  CAPABILITIES,
  DUTY_ACTIONS,
  DUTY_EVENTS,
  ORGANISATION_KINDS,
  PURPOSES,
  TERMS_PROFILE,
} from '../../src/statement/vocabulary.ts'
import { SAMPLES, sampleCid } from './statement-samples.ts'

/** Every field of the language at once. */
export const fullTerms = SAMPLES[7].full as Terms

/** Terms with one unconditional permission, and what a test is about. */
export function termsWith(more: Partial<Terms>): Terms {
  return {
    v: 1,
    profile: TERMS_PROFILE,
    lineage: sampleCid(11),
    versions: { mode: 'lineage' },
    permit: [{ id: 'r', actions: ['train'] }],
    prohibit: [],
    duties: new Map(),
    ...more,
  }
}

const comparison: fc.Arbitrary<Constraint> = fc.oneof(
  fc.record({
    l: fc.constant('purpose' as const),
    op: fc.constantFrom('isAnyOf' as const, 'isNoneOf' as const),
    r: fc.uniqueArray(fc.constantFrom<string>(...PURPOSES), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    l: fc.constant('commercial' as const),
    op: fc.constantFrom('eq' as const, 'neq' as const),
    r: fc.boolean(),
  }),
  fc.record({
    l: fc.constantFrom('region.processing' as const, 'region.establishment' as const),
    op: fc.constantFrom('isPartOf' as const, 'neq' as const),
    r: fc.constantFrom('KE', '002', 'ZA-NW', 'EU'),
  }),
  fc.record({
    l: fc.constant('capability' as const),
    op: fc.constant('isAllOf' as const),
    r: fc.uniqueArray(fc.constantFrom<string>(...CAPABILITIES), { minLength: 1 }),
  }),
  fc.record({
    l: fc.constant('org.kind' as const),
    op: fc.constant('isA' as const),
    r: fc.constantFrom<string>(...ORGANISATION_KINDS),
  }),
  fc.record({
    l: fc.constant('party' as const),
    op: fc.constant('isAnyOf' as const),
    r: fc.constant([sampleCid(1) as string, sampleCid(2)]),
  }),
  fc.record({
    l: fc.constant('org.affiliation' as const),
    op: fc.constant('isNoneOf' as const),
    r: fc.constant(sampleCid(3) as string),
  }),
  fc.record({
    l: fc.constantFrom('time' as const, 'elapsed' as const),
    op: fc.constantFrom('lt' as const, 'gteq' as const),
    r: fc.nat(4_000_000_000),
  }),
  fc.record({
    l: fc.constantFrom('subset' as const, 'count' as const),
    op: fc.constant('lteq' as const),
    r: fc.nat(100),
  }),
)

const constraint: fc.Arbitrary<Constraint> = fc.oneof(
  { weight: 4, arbitrary: comparison },
  { weight: 1, arbitrary: fc.record({ and: fc.array(comparison, { minLength: 1, maxLength: 3 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      or: fc.array(fc.oneof(comparison, fc.record({ and: fc.array(comparison, { minLength: 1, maxLength: 2 }) })), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
)

const duty: fc.Arbitrary<Duty> = fc.record(
  {
    action: fc.constantFrom(...DUTY_ACTIONS),
    to: fc.constant(sampleCid(9)),
    due: fc.record({ event: fc.constantFrom(...DUTY_EVENTS), within: fc.nat(10_000_000) }),
    cure: fc.nat(1000),
  },
  { requiredKeys: ['action', 'due'] },
)

export const anyTerms: fc.Arbitrary<Terms> = fc
  .record({
    actions: fc.array(fc.uniqueArray(fc.constantFrom(...ACTIONS), { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
    prohibited: fc.array(fc.uniqueArray(fc.constantFrom(...ACTIONS), { minLength: 1, maxLength: 4 }), { maxLength: 3 }),
    conditions: fc.array(fc.array(constraint, { minLength: 1, maxLength: 3 }), { minLength: 8, maxLength: 8 }),
    duties: fc.array(duty, { maxLength: 3 }),
    optional: fc.subarray([
      'prove',
      'price',
      'split',
      'benefit',
      'asOf',
      'attach',
      'revoke',
      'amend',
      'sublicense',
      'reach',
      'withdrawal',
      'disputes',
      'text',
      'precedence',
      'licence',
      'labels',
      'tables',
      'prev',
      'iat',
      'seen',
    ] as const),
  })
  .map(({ actions, prohibited, conditions, duties, optional }) => {
    const owed = new Map(duties.map((each, i) => [`d${i}`, each]))
    const more = Object.fromEntries(
      optional.filter((key) => fullTerms[key] !== undefined).map((key) => [key, fullTerms[key]]),
    )
    const made: Terms = {
      v: 1,
      profile: TERMS_PROFILE,
      lineage: sampleCid(11),
      versions: { mode: 'lineage' },
      permit: actions.map((each, i) => ({
        id: `p${i}`,
        actions: each,
        if: conditions[i] ?? [],
        ...(owed.size > 0 ? { duties: [...owed.keys()] } : {}),
      })),
      prohibit: prohibited.map((each, i) => ({ id: `n${i}`, actions: each, if: conditions[i + 4] ?? [] })),
      duties: owed,
      ...more,
    }
    return made
  })
