import fc from 'fast-check'
import jsonld from 'jsonld'
import { describe, expect, it } from 'vitest'
import { parseOdrl } from '../../src/interchange/odrl-read.ts'
import { formatOdrl } from '../../src/interchange/odrl-write.ts'
import { NAMESPACES } from '../../src/interchange/odrl-words.ts'
import type { Constraint } from '../../src/statement/constraint.ts'
import type { Duty, Terms } from '../../src/statement/terms.ts'
import { termsPayloadSchema } from '../../src/statement/terms-schema.ts'
import {
  ACTIONS,
  CAPABILITIES,
  DUTY_ACTIONS,
  DUTY_EVENTS,
  ORGANISATION_KINDS,
  PURPOSES,
  TERMS_PROFILE,
} from '../../src/statement/vocabulary.ts'
import { codeOf } from '../support/error-code.ts'
import { SAMPLES, sampleCid } from '../support/statement-samples.ts'

const full = SAMPLES[7].full as Terms

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

const terms: fc.Arbitrary<Terms> = fc
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
    const more = Object.fromEntries(optional.filter((key) => full[key] !== undefined).map((key) => [key, full[key]]))
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

/** The document with the first item of a list twice. */
function twice(key: string): object {
  const { document } = formatOdrl(full)
  const list = document[key] as unknown[]
  return { ...document, [key]: [...list, list[0]] }
}

/** The document with more in the first item of a list. */
function within(key: string, more: object): object {
  const { document } = formatOdrl(full)
  const [first, ...rest] = document[key] as object[]
  return { ...document, [key]: [{ ...first, ...more }, ...rest] }
}

/** The due date of the first duty, as if it were due before and not after. */
function swapped(): unknown {
  const [first] = formatOdrl(full).document['tt:duties'] as { constraint: object[] }[]
  return first?.constraint.map((each) => ({ ...each, operator: 'odrl:eq' }))
}

function roundTrip(payload: Terms): Terms {
  return parseOdrl(JSON.parse(JSON.stringify(formatOdrl(payload).document)))
}

describe('terms in ODRL', () => {
  it('are read back as they were written, with every field of the language', () => {
    expect(roundTrip(full)).toEqual(full)
    expect(roundTrip(SAMPLES[7].minimal as Terms)).toEqual(SAMPLES[7].minimal)
  })

  it('are read back as they were written, whatever they are', () => {
    fc.assert(
      fc.property(terms, (payload) => {
        termsPayloadSchema.encode(payload, 'terms')
        expect(roundTrip(payload)).toEqual(payload)
      }),
      { numRuns: Number(process.env['TALLYSTICK_PROPERTY_RUNS'] ?? 1000) },
    )
  })

  it('are JSON-LD that a processor expands to ODRL, with nothing to fetch', async () => {
    const documentLoader = async (url: string): Promise<never> => {
      throw new Error(`fetched ${url}`)
    }
    const [offer] = await jsonld.expand(formatOdrl(full, { id: sampleCid(1), assigner: sampleCid(2) }).document, {
      documentLoader,
    })
    const odrl = NAMESPACES['odrl'] ?? ''
    expect(offer).toMatchObject({ '@type': [`${odrl}Offer`], [`${odrl}conflict`]: [{ '@id': `${odrl}prohibit` }] })
    const text = JSON.stringify(offer)
    for (const iri of [
      `${odrl}permission`,
      `${odrl}prohibition`,
      `${odrl}purpose`,
      `${odrl}isAnyOf`,
      'https://w3id.org/dpv#ResearchAndDevelopment',
      'https://w3id.org/tallystick/terms/v1#Train',
      'https://w3id.org/tallystick/terms/v1#commerciality',
      `ipfs://${sampleCid(11)}`,
    ]) {
      expect(text).toContain(iri)
    }
  })

  it('say what a reader without our profile does not see', () => {
    expect(formatOdrl(full).lost.length).toBeGreaterThan(1)
  })

  it.each([
    ['no object', 7],
    ['another profile', { profile: 'https://example.org/p' }],
    ['an action without a word', { ...formatOdrl(full).document, permission: [{ uid: '#a', action: ['odrl:play'] }] }],
    ['a target that is no id', { ...formatOdrl(full).document, target: 'https://example.org' }],
    [
      'a duration of another form',
      { ...formatOdrl(full).document, 'tt:amend': { 'tt:mode': 'owner-may-change', 'tt:notice': 'P1M' } },
    ],
    [
      'a part that the profile has no place for',
      { ...formatOdrl(full).document, obligation: [{ action: 'odrl:inform' }] },
    ],
    ['another strategy for conflicts', { ...formatOdrl(full).document, conflict: 'odrl:perm' }],
    ['a duty that is there twice', twice('tt:duties')],
    ['a refinement inside a rule', within('permission', { refinement: [] })],
    ['a due date that means something else', within('tt:duties', { constraint: swapped() })],
  ])('are refused with %s', (_, document) => {
    expect(codeOf(() => parseOdrl(document))).toBe('INTERCHANGE_UNSUPPORTED')
  })

  it('are refused where they are no terms of ours', () => {
    const { 'tt:duties': _, ...rest } = formatOdrl(full).document
    expect(codeOf(() => parseOdrl(rest))).toBe('SCHEMA_INVALID')
  })
})
