/** English names of regions: complete, unambiguous, and outside the table that statements pin. */
import { describe, expect, it } from 'vitest'
import { plainName, regionName, regionNames, regionOfName } from '../../src/statement/tables/region-names.ts'
import { REGION_TABLE, isRegion } from '../../src/statement/tables/regions.ts'

const codes = [...new Set(REGION_TABLE.match(/\b(?:\d{3}|EEA|[A-Z]{2})\b/gu))]

describe('names of regions', () => {
  it('are there for every code', () => {
    expect(codes.length).toBeGreaterThan(250)
    expect(codes.filter((code) => regionName(code) === code)).toEqual([])
  })

  it('lead back to their code, whatever the case, the accents and the article', () => {
    for (const code of codes) expect(regionOfName(regionName(code)), code).toBe(code)
    expect(['kenya', 'KENYA', "the Cote d'ivoire", 'Saint Lucia', 'Trinidad and Tobago'].map(regionOfName)).toEqual([
      'KE',
      'KE',
      'CI',
      'LC',
      'TT',
    ])
    expect(regionOfName('Atlantis')).toBeUndefined()
    expect(regionOfName('كينيا')).toBeUndefined()
  })

  it('name codes of the table alone', () => {
    expect([...regionNames().values()].filter((code) => !isRegion(code))).toEqual([])
  })

  it('are no code where they could be that of two', () => {
    expect([...regionNames().keys()].every((name) => plainName(name) === name)).toBe(true)
    expect(['Congo', 'Korea', 'America'].map(regionOfName)).toEqual([undefined, undefined, undefined])
  })
})
