/** Regions by the countries they hold, every pair of the table against sets made from its lines in another way. */
import { expect, test } from 'vitest'
import { regionName } from '../../src/statement/tables/region-names.ts'
import { REGION_TABLE, doRegionsOverlap, isRegion, isRegionWithin } from '../../src/statement/tables/regions.ts'

/** Countries of every code, by repeating "replace a group by its members" until nothing changes. */
function oracle(): Map<string, Set<string>> {
  const groups = new Map(
    REGION_TABLE.trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2).split(' ')]),
  )
  const found = new Map<string, Set<string>>()
  for (const code of new Set([...groups.keys(), ...[...groups.values()].flat()])) {
    let open = [code]
    while (open.some((each) => groups.has(each))) open = open.flatMap((each) => groups.get(each) ?? [each])
    found.set(code, new Set(open))
  }
  return found
}

test('inclusion and overlap of every pair follow from their countries', () => {
  const sets = oracle()
  const wrong: string[] = []
  for (const [a, left] of sets) {
    for (const [b, right] of sets) {
      if (isRegionWithin(a, b) !== [...left].every((country) => right.has(country))) wrong.push(`${a} within ${b}`)
      if (doRegionsOverlap(a, b) !== [...left].some((country) => right.has(country))) wrong.push(`${a} overlaps ${b}`)
    }
  }
  expect(wrong).toEqual([])
  expect(sets.size).toBeGreaterThan(250)
})

test.each([
  ['EU', '001', true, true],
  ['EU', '150', false, true],
  ['EU', '154', false, true],
  ['155', 'EEA', false, true],
  ['EU', '002', false, false],
  ['ZA-NW', 'ZA', true, true],
  ['ZA-NW', '002', true, true],
  ['ZA', 'ZA-NW', false, true],
  ['ZA-NW', 'ZA-GP', false, false],
  ['KE', 'ZA-NW', false, false],
])('%s in %s: %s, overlapping: %s', (a, b, isWithin, overlaps) => {
  expect(isRegionWithin(a, b)).toBe(isWithin)
  expect(doRegionsOverlap(a, b)).toBe(overlaps)
  expect(doRegionsOverlap(b, a)).toBe(overlaps)
})

test('a subdivision needs a country: groups have none', () => {
  for (const code of ['ZA-NW', 'XK', '002', 'EU']) expect(isRegion(code)).toBe(true)
  for (const code of ['EU-NW', 'EEA-1', '002-X', 'QQ', 'QQ-1', '']) expect(isRegion(code)).toBe(false)
})

test('every region has a name of its own, and a subdivision that of its country', () => {
  const codes = [...oracle().keys()]
  const names = codes.map(regionName)
  expect(names.filter((name, i) => name === codes[i])).toEqual([])
  expect(new Set(names).size).toBe(codes.length)
  expect(regionName('ZA-NW')).toBe('ZA-NW (a part of South Africa)')
  expect(regionName('EU-NW')).toBe('EU-NW')
  expect(regionName('Atlantis')).toBe('Atlantis')
})
