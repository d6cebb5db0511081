/**
 * The facts of `tally terms try --for`: actions, purposes and facts in any order, in short words or in the words of terms.
 * Nothing is made up: what is not said stays unknown, and a word that nothing is known about is refused.
 */
import { didYouMean } from '../encoding/nearest-word.ts'
import { LedgerError } from '../errors.ts'
import { comparisons } from '../statement/constraint.ts'
import { isRegion } from '../statement/tables/regions.ts'
import type { Terms } from '../statement/terms.ts'
import { ACTIONS, CAPABILITIES, OPENNESS, ORGANISATION_KINDS, PURPOSES } from '../statement/vocabulary.ts'
import { listed } from '../terms/explain/words.ts'
import type { SupposedUse } from '../terms/try.ts'
import type { NamedTerms } from './terms-file.ts'
import { parseDuration, parseTime } from './time-input.ts'

type Building = { -readonly [K in keyof SupposedUse]: SupposedUse[K] }

/** The words of terms, and the short ones. */
const SAME: ReadonlyMap<string, string> = new Map([
  ['region.processing', 'region'],
  ['processing', 'region'],
  ['region.establishment', 'established'],
  ['region.parent', 'parent'],
  ['region.deployment', 'deployed'],
  ['region.benefit', 'benefit'],
  ['org.kind', 'kind'],
  ['org.affiliation', 'group'],
  ['model.open', 'open'],
])

const FACTS = [
  'region',
  'established',
  'parent',
  'deployed',
  'benefit',
  'kind',
  'party',
  'group',
  'capability',
  'open',
  'project',
  'subset',
  'language',
  'time',
  'elapsed',
  'purpose',
  'commercial',
] as const

/** @throws LedgerError USAGE */
export function parseFacts(text: string, named: NamedTerms): SupposedUse {
  const use: Building = { actions: [] }
  for (const part of text.split(',').map((each) => each.trim())) {
    const at = part.indexOf('=')
    if (at < 0) readWord(use, part)
    else readFact(use, part.slice(0, at), part.slice(at + 1), named)
  }
  if (use.actions.length === 0)
    throw new LedgerError('USAGE', `--for names no action; actions are ${ACTIONS.join(', ')}`)
  return use
}

/** A word alone is an action or a purpose; two of the purposes say which side of the other axis the use is on. */
function readWord(use: Building, word: string): void {
  const action = ACTIONS.find((each) => each === word)
  if (action !== undefined) use.actions = [...use.actions, action]
  else if (word === 'commercial' || word === 'noncommercial') setCommercial(use, word === 'commercial')
  else if (PURPOSES.some((each) => each === word)) addPurpose(use, word)
  else {
    const words = [...ACTIONS, ...PURPOSES, ...FACTS]
    throw new LedgerError('USAGE', `--for: "${word}" is no action, purpose or fact${didYouMean(word, words)}`, {
      hint: `facts are ${FACTS.map((fact) => `${fact}=...`).join(', ')}; words alone are actions, purposes, commercial or noncommercial`,
    })
  }
}

function setCommercial(use: Building, isCommercial: boolean): void {
  if (use.commercial !== undefined && use.commercial !== isCommercial)
    throw new LedgerError('USAGE', '--for: a use is commercial or noncommercial, not both')
  use.commercial = isCommercial
}

function addPurpose(use: Building, word: string): void {
  use.purposes = [...(use.purposes ?? []), oneOf('purpose', PURPOSES, word)]
}

function readFact(use: Building, written: string, value: string, named: NamedTerms): void {
  const fact = SAME.get(written) ?? written
  switch (fact) {
    case 'region':
      use.places = [...(use.places ?? []), region(value)]
      break
    case 'established':
    case 'parent':
    case 'deployed':
    case 'benefit':
      use[fact] = region(value)
      break
    case 'kind':
      use.kind = oneOf('kind', ORGANISATION_KINDS, value)
      break
    case 'party':
      use.party = named.idOf(value) as NonNullable<SupposedUse['party']>
      break
    case 'group':
      use.groups = value === 'none' ? [] : [...(use.groups ?? []), group(value, named)]
      break
    case 'capability':
      use.capabilities = [
        ...(use.capabilities ?? []),
        ...(value === 'none' ? [] : [oneOf('capability', CAPABILITIES, value, 'none')]),
      ]
      break
    case 'open':
      use.openness = oneOf('open', OPENNESS, value)
      break
    case 'project':
      use.project = value
      break
    case 'language':
      use.language = value
      break
    case 'subset':
      if (!/^\d{1,3}%?$/u.test(value)) throw new LedgerError('USAGE', '--for subset: a whole number of percent')
      use.subsetPercent = Number.parseInt(value, 10)
      break
    case 'time':
      use.time = parseTime(value, '--for time')
      break
    case 'elapsed':
      use.elapsed = parseDuration(value, '--for elapsed')
      break
    case 'purpose':
      addPurpose(use, value)
      break
    case 'commercial':
      setCommercial(use, oneOf('commercial', ['true', 'false'] as const, value) === 'true')
      break
    default:
      throw new LedgerError(
        'USAGE',
        `--for: "${written}" is no fact${didYouMean(written, [...FACTS, ...SAME.keys()])}`,
        {
          hint: `facts are ${FACTS.join(', ')}`,
        },
      )
  }
}

function oneOf<T extends string>(fact: string, words: readonly T[], value: string, besides?: string): T {
  const word = words.find((each) => each === value)
  if (word !== undefined) return word
  const known = besides === undefined ? words : [besides, ...words]
  throw new LedgerError('USAGE', `--for ${fact}: one of ${known.join(', ')}, not "${value}"${didYouMean(value, known)}`)
}

function region(code: string): string {
  if (isRegion(code)) return code
  throw new LedgerError('USAGE', `--for: "${code}" is no region (ISO 3166 as KE or ZA-NW, UN M49 as 002, EU, EEA)`)
}

/** A group that the terms do not name would only seem to be let in. */
function group(value: string, { terms, nameOf, setOf }: NamedTerms): string {
  const ids = groupsOf(terms)
  const id = ids.find((each) => each === value || nameOf(each) === value || setOf(each)?.title === value)
  if (id !== undefined) return id
  const known = ids.map((each) => setOf(each)?.title ?? nameOf(each))
  throw new LedgerError('USAGE', `--for group: the terms name no group "${value}"${didYouMean(value, known)}`, {
    hint:
      known.length === 0 ? 'the terms name no group at all' : `they name ${listed(known, 'and')}; or say group=none`,
  })
}

/** Ids of the sets and parties that conditions on affiliation name. */
function groupsOf(terms: Terms): readonly string[] {
  const conditions = [...terms.permit, ...terms.prohibit].flatMap((rule) => rule.if ?? [])
  return [...comparisons(conditions)]
    .filter(({ l }) => l === 'org.affiliation')
    .flatMap(({ r }) => (typeof r === 'string' ? [r] : typeof r === 'object' ? r : []))
}
