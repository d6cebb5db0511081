/** What people read says everything that the terms say: no change of meaning explains in the same words. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Terms } from '../../src/statement/terms.ts'
import { compareTerms } from '../../src/terms/compare-terms.ts'
import { explainTerms } from '../../src/terms/explain.ts'
import { anyTerms, fullTerms } from '../support/any-terms.ts'
import { sampleCid } from '../support/statement-samples.ts'

/** What a signer claims about the statement itself, and where it stands, is no rule. */
function rulesOf(terms: Terms): object {
  return Object.fromEntries(Object.entries(terms).filter(([key]) => !['iat', 'seen', 'prev', 'lineage'].includes(key)))
}

/** Every object with one field left out or one leaf changed, at any depth. */
function* changed(value: unknown): Iterable<unknown> {
  if (typeof value === 'number') yield value + 1
  else if (value instanceof Uint8Array) yield value.map((byte, i) => (i === 0 ? byte ^ 1 : byte))
  else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) for (const other of changed(item)) yield value.with(i, other)
  } else if (value instanceof Map) {
    for (const [key, item] of value) for (const other of changed(item)) yield new Map(value).set(key, other)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      for (const other of changed(item)) yield { ...value, [key]: other }
    }
  }
}

describe('terms explain', () => {
  it('differently wherever a number or digest differs, at any depth', () => {
    const known = explainTerms(fullTerms).join('\n')
    let count = 0
    for (const other of changed(rulesOf(fullTerms)) as Iterable<Terms>) {
      const terms = { ...fullTerms, ...other }
      // The version of the language itself is not a rule, and the number of decimals shows in the amount.
      if (terms.v !== 1 || terms.price?.exp !== fullTerms.price?.exp) continue
      expect(explainTerms(terms).join('\n') === known, JSON.stringify(other)).toBe(false)
      count++
    }
    expect(count).toBeGreaterThan(15)
  })

  it.each([
    'prove',
    'price',
    'split',
    'benefit',
    'asOf',
    'revoke',
    'withdrawal',
    'disputes',
    'text',
    'licence',
    'labels',
    'tables',
    'obligations',
    'authoritative',
  ] as const)('less when %s is left out', (field) => {
    const { [field]: given, ...rest } = fullTerms
    expect(given).toBeDefined()
    const { changes } = compareTerms(fullTerms, rest)
    expect(changes.length).toBeGreaterThan(0)
  })

  it('says which versions they are for', () => {
    const scopes: readonly Terms['versions'][] = [
      { mode: 'lineage' },
      { mode: 'all-until', until: 1_800_000_000 },
      { mode: 'listed', ids: [sampleCid(1)] },
      { mode: 'listed', ids: [sampleCid(2)] },
    ]
    const texts = scopes.map((versions) => explainTerms({ ...fullTerms, versions }).join('\n'))
    expect(new Set(texts).size).toBe(scopes.length)
  })

  it('whatever they are, without a gap in the words', () => {
    fc.assert(
      fc.property(anyTerms, (terms) => {
        for (const sentence of explainTerms(terms)) expect(sentence).not.toMatch(/undefined|\[object|NaN|\bnull\b/u)
        expect(compareTerms(terms, terms).changes).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})
