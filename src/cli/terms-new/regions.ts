/**
 * Where a dataset may be used: countries and regions by name or by code, and which of five facts "there" is about.
 */
import { plainName, regionName, regionNames, regionOfName } from '../../statement/tables/region-names.ts'
import { isRegion } from '../../statement/tables/regions.ts'
import { type Choice, choiceOf } from './choice.ts'
import type { Answerable, Parsed } from './dialogue.ts'
import { listed } from '../../terms/explain/words.ts'
import { similarWords } from './similar.ts'

export type RegionFact = 'establishment' | 'parent' | 'processing' | 'deployment' | 'benefit'

/** No statement carries where a model is used and whom it benefits: said before somebody builds on it. */
const UNSHOWN = 'nobody can show this so far, so no use is ever judged allowed'

export const REGION_FACT: Choice<RegionFact> = choiceOf('region-fact', {
  establishment: 'the organisation that uses the data has its seat there',
  parent: 'its parent company has its seat there',
  processing: 'the computers that process the data stand there',
  deployment: `the finished model is used there (${UNSHOWN})`,
  benefit: `the people who benefit live there (${UNSHOWN})`,
})

const MOST_SUGGESTED = 4

const ANYWHERE = new Set(['anywhere', 'everywhere', 'world', 'worldwide', 'any', 'all', 'nothing', 'none', 'nowhere'])

/** @param onEnter what an empty answer means */
export function whereQuestion(onEnter: 'anywhere' | 'again'): Answerable<readonly string[]> {
  return {
    flag: 'region',
    takes: 'a country or region such as Kenya, KE, Africa or EU, several with commas, or anywhere',
    parse(text) {
      const typed = plainName(text)
      if (text.trim() === '') {
        return onEnter === 'anywhere'
          ? { value: [], echo: 'anywhere in the world' }
          : {
              problem:
                'Please name a country or region, for example Kenya or Africa. If anywhere is fine, type: anywhere',
            }
      }
      // To a question, "no" is more often an answer than Norway.
      if (typed === 'no')
        return { problem: 'If anywhere is fine, type: anywhere. If you mean the country, type: Norway' }
      return parseRegions(text)
    },
    parseFlag: parseRegions,
  }
}

function parseRegions(text: string): Parsed<readonly string[]> {
  if (ANYWHERE.has(plainName(text))) return { value: [], echo: 'anywhere in the world' }
  const codes: string[] = []
  for (const part of partsOf(text)) {
    const code = regionOf(part)
    if (code === undefined) return { problem: problemOf(part) }
    if (!codes.includes(code)) codes.push(code)
  }
  return codes.length === 0 ? { problem: problemOf(text) } : { value: codes, echo: listed(codes.map(withCode), 'and') }
}

/** A name may hold an "and" of its own. */
function partsOf(text: string): readonly string[] {
  return text
    .split(/[,;+]+/u)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .flatMap((part) => (regionOf(part) === undefined ? part.split(/\s+(?:and|or)\s+|\s*&\s*/iu) : [part]))
    .flatMap((part) => (/^(?:[A-Z]{2}|\d{3})(?:\s+(?:[A-Z]{2}|\d{3}))+$/u.test(part) ? part.split(/\s+/u) : [part]))
}

function regionOf(typed: string): string | undefined {
  const code = typed.trim().toUpperCase()
  if (/^(?:[A-Z]{2,3}|\d{3}|[A-Z]{2}-[A-Z0-9]{1,3})$/u.test(code) && isRegion(code)) return code
  return regionOfName(typed)
}

function problemOf(typed: string): string {
  const names = similarWords(plainName(typed), [...regionNames().keys()])
  const meant = [...new Set(names.flatMap(codeOf))].slice(0, MOST_SUGGESTED).map(withCode)
  const please = 'Please type a country or region, for example Kenya or Africa.'
  return meant.length === 0
    ? `I do not know the region "${typed.trim()}". ${please}`
    : `I do not know the region "${typed.trim()}": did you mean ${listed(meant, 'or')}? ${please}`
}

function codeOf(name: string): readonly string[] {
  const code = regionNames().get(name)
  return code === undefined ? [] : [code]
}

/** Africa (002). The name of a subdivision begins with its code. */
export function withCode(code: string): string {
  const name = regionName(code)
  return name.startsWith(code) ? name : `${name} (${code})`
}

/** As it stands in a sentence: Kenya or Uganda. */
export function regionWords(codes: readonly string[]): string {
  return listed(codes.map(regionName), 'or')
}
