import { expect, test } from 'vitest'
import { type Trilean, and, not, or } from '../../src/terms/trilean.ts'

const ALL: readonly Trilean[] = ['T', 'F', 'U']

test('what follows from an unknown follows from either way it may turn out', () => {
  const refine = (value: Trilean): readonly Trilean[] => (value === 'U' ? ['T', 'F'] : [value])
  for (const a of ALL) {
    for (const b of ALL) {
      for (const operator of [and, or]) {
        const results = refine(a).flatMap((left) => refine(b).map((right) => operator([left, right])))
        const expected = new Set(results).size === 1 ? results[0] : 'U'
        expect(operator([a, b]), `${a} ${b}`).toBe(expected)
      }
      expect(not(and([a, b]))).toBe(or([not(a), not(b)]))
    }
  }
})

test('nothing at all is true for every one and false for any one', () => {
  expect([and([]), or([])]).toEqual(['T', 'F'])
})
