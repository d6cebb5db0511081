import fc from 'fast-check'
import jsonld from 'jsonld'
import { describe, expect, it } from 'vitest'
import { parseOdrl } from '../../src/interchange/odrl-read.ts'
import { formatOdrl } from '../../src/interchange/odrl-write.ts'
import { NAMESPACES } from '../../src/interchange/odrl-words.ts'
import type { Terms } from '../../src/statement/terms.ts'
import { termsPayloadSchema } from '../../src/statement/terms-schema.ts'
import { codeOf } from '../support/error-code.ts'
import { anyTerms, fullTerms as full } from '../support/any-terms.ts'
import { SAMPLES, sampleCid } from '../support/statement-samples.ts'

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
      fc.property(anyTerms, (payload) => {
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
