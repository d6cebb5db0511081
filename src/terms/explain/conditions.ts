/**
 * Conditions of rules in sentences. Several conditions are numbered, and those inside one another with numbers below
 * (2.1, 2.2), because "and" and "or" in one sentence can be read in two ways.
 */
import type { Comparison, Constraint } from '../../statement/constraint.ts'
import { comparisons } from '../../statement/constraint.ts'
import { regionName } from '../../statement/tables/region-names.ts'
import type { Operand, Operator } from '../../statement/vocabulary.ts'
import {
  CAPABILITY_WORDS,
  KIND_WORDS,
  OPENNESS_WORDS,
  PURPOSE_WORDS,
  type Telling,
  counted,
  listed,
  span,
  timeText,
} from './words.ts'

/** Whether all moments and parts of a use have to fit, or one that fits is enough. */
export type Side = 'permit' | 'prohibit'

/** `, if the use is commercial`, or `, if all of this holds: (1) ...; (2) ...`; empty without conditions. */
export function conditionsText(constraints: readonly Constraint[], telling: Telling, side: Side): string {
  if (constraints.length === 0) return ''
  return `, if ${joined(constraints, 'and', '', telling, side)}`
}

function joined(
  parts: readonly Constraint[],
  word: 'and' | 'or',
  number: string,
  telling: Telling,
  side: Side,
): string {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return one(only, number, telling, side)
  const items = parts.map((part, i) => {
    const own = number === '' ? `${i + 1}` : `${number}.${i + 1}`
    return `(${own}) ${one(part, own, telling, side)}`
  })
  return `${word === 'and' ? 'all of this holds' : 'at least one of this holds'}: ${items.join('; ')}`
}

function one(constraint: Constraint, number: string, telling: Telling, side: Side): string {
  if ('and' in constraint) return joined(constraint.and, 'and', number, telling, side)
  if ('or' in constraint) return joined(constraint.or, 'or', number, telling, side)
  return comparisonText(constraint, telling, side)
}

type Shape = 'any' | 'all' | 'none'

const SHAPES: Readonly<Record<Operator, Shape>> = {
  eq: 'any',
  isA: 'any',
  isPartOf: 'any',
  isAnyOf: 'any',
  isAllOf: 'all',
  neq: 'none',
  isNoneOf: 'none',
  // Words have no order, and the language refuses these with words.
  lt: 'any',
  lteq: 'any',
  gt: 'any',
  gteq: 'any',
}

function comparisonText(comparison: Comparison, telling: Telling, side: Side): string {
  const { l, op, r } = comparison
  if (typeof r === 'boolean')
    return (r ? op === 'eq' : op !== 'eq') ? 'the use is commercial' : 'the use is not commercial'
  if (typeof r === 'number') return numberText(l, op, r, side)
  const words = typeof r === 'string' ? [r] : r
  const shape = SHAPES[op]
  switch (l) {
    case 'purpose':
      return is('the purpose', 'is', shape, words.map(spoken(PURPOSE_WORDS)))
    case 'org.kind':
      return is('the user', 'is', shape, words.map(spoken(KIND_WORDS)))
    case 'party':
      return is('the user', 'is', shape, words.map(telling.nameOf))
    case 'region.establishment':
      return is('the user', 'is established', shape, places(words))
    case 'region.parent':
      return is("the user's parent company", 'is established', shape, places(words))
    case 'region.processing':
      return is('the data', 'is processed', shape, places(words))
    case 'region.deployment':
      return is('the model', 'is used', shape, places(words))
    case 'region.benefit':
      return is('the people who benefit', 'live', shape, places(words))
    case 'language':
      return is(
        "the model's output",
        'is',
        shape,
        words.map((word) => `in the language ${word}`),
      )
    case 'project':
      return is(
        'the project',
        'is',
        shape,
        words.map((word) => `"${word}"`),
      )
    case 'capability':
      return capabilityText(shape, words.map(spoken(CAPABILITY_WORDS)))
    case 'model.open':
      return opennessText(shape, words.map(spoken(OPENNESS_WORDS)))
    case 'org.affiliation':
      return affiliationText(shape, words, telling)
    case 'subset':
      return filesText(shape, words)
    case 'commercial':
    case 'time':
    case 'elapsed':
    case 'count':
      break
  }
  // Numbers and truth values, which were told above.
  return `${l} ${op} ${words.join(', ')}`
}

/** A word of a pinned table of somebody else stays as it is. */
function spoken(words: Readonly<Record<string, string>>): (word: string) => string {
  const known = new Map(Object.entries(words))
  return (word) => known.get(word) ?? `"${word}"`
}

function places(codes: readonly string[]): readonly string[] {
  return codes.map((code) => `in ${regionName(code)}`)
}

/** `the user is X or Y`, `the user is neither X nor Y`, `the user is both X and Y`. */
function is(subject: string, verb: string, shape: Shape, words: readonly string[]): string {
  if (shape === 'any') return `${subject} ${verb} ${listed(words, 'or')}`
  if (shape === 'all') {
    const both = words.length === 1 ? '' : words.length === 2 ? 'both ' : 'all of this: '
    return `${subject} ${verb} ${both}${listed(words, 'and')}`
  }
  if (words.length === 1) return `${subject} ${negated(verb)} ${words.join('')}`
  return `${subject} ${verb} neither ${listed(words, 'nor')}`
}

/** `is not established`, `do not live`. */
function negated(verb: string): string {
  return verb.startsWith('is') ? verb.replace('is', 'is not') : `do not ${verb}`
}

function capabilityText(shape: Shape, words: readonly string[]): string {
  const [only = ''] = words
  if (words.length === 1) return shape === 'none' ? `the model cannot ${only}` : `the model can ${only}`
  if (shape === 'none') return `the model can neither ${listed(words, 'nor')}`
  if (shape === 'any') return `the model can ${listed(words, 'or')}`
  return words.length === 2
    ? `the model can both ${listed(words, 'and')}`
    : `the model can do all of this: ${listed(words, 'and')}`
}

function opennessText(shape: Shape, words: readonly string[]): string {
  if (shape === 'none') return `it is not so that ${listed(words, 'or')}`
  return listed(words, shape === 'all' ? 'and' : 'or')
}

/**
 * Tested on the user and on everybody who controls it. A party set is named by its title where it is known; an id that the
 * reader knows nothing of may be a set or a party.
 */
function affiliationText(shape: Shape, ids: readonly string[], { nameOf, setOf }: Telling): string {
  const words = ids.map((id) => {
    const set = setOf(id)
    if (set !== undefined) return `on the list "${set.title}" (${counted(set.members, 'member')})`
    const name = nameOf(id)
    return name === id ? `on the list ${id}, or that party` : `on the list "${name}"`
  })
  if (shape === 'none') return `neither the user nor anyone who controls it is ${listed(words, 'or')}`
  const last = shape === 'all' ? 'and' : 'or'
  return `the user, or somebody who controls it, is ${listed(words, last)}`
}

function filesText(shape: Shape, paths: readonly string[]): string {
  const files = listed(
    paths.map((path) => `"${path}"`),
    'and',
  )
  if (shape === 'none') return `of the dataset, none of these files is used: ${files}`
  if (shape === 'all') return `of the dataset, all of these files are used: ${files}`
  return `of the dataset, nothing but these files is used: ${files}`
}

const NUMBER_WORDS: Readonly<Partial<Record<Operator, string>>> = {
  eq: 'exactly',
  lt: 'less than',
  lteq: 'at most',
  gt: 'more than',
  gteq: 'at least',
}

const TIME_WORDS: Readonly<Partial<Record<Operator, string>>> = {
  eq: 'exactly at',
  lt: 'before',
  lteq: 'on or before',
  gt: 'after',
  gteq: 'on or after',
}

function numberText(operand: Operand, op: Operator, value: number, side: Side): string {
  const how = NUMBER_WORDS[op]
  const amount = how === undefined ? 'anything but' : how
  // A permission needs every moment of the run; for a prohibition one is enough.
  const run = side === 'permit' ? 'the whole use' : 'any part of the use'
  if (operand === 'time') {
    return op === 'neq'
      ? `${run} is at another time than ${timeText(value)}`
      : `${run} is ${TIME_WORDS[op] ?? op} ${timeText(value)}`
  }
  if (operand === 'elapsed') return `${run} is ${amount} ${span(value)} after the grant was accepted`
  if (operand === 'subset') return `${amount} ${value} % of the dataset is used`
  return `the number of runs is ${amount} ${value}`
}

/** What nobody expects of the facts that the conditions ask about: who shows them, and what happens without. */
export function factsText(constraints: readonly Constraint[]): readonly string[] {
  const asked = new Set([...comparisons(constraints)].map(({ l }) => l))
  const shown = [
    ...(asked.has('org.kind') ? ['what kind of organisation the user is'] : []),
    ...(asked.has('region.establishment') ? ['where it is established'] : []),
    ...(asked.has('region.parent') ? ['where its parent company is established'] : []),
  ]
  const unknowable = [
    ...(asked.has('region.deployment') ? ['where the model is used'] : []),
    ...(asked.has('region.benefit') ? ['where the people live who benefit'] : []),
    ...(asked.has('language') ? ["the language of the model's output"] : []),
  ]
  return [
    ...(asked.has('org.affiliation')
      ? [
          'Who controls a user is shown by a credential: without one, the answer to a condition about it stays undetermined, unless the user itself is on the list.',
        ]
      : []),
    ...(shown.length === 0
      ? []
      : [
          `A credential shows ${listed(shown, 'and')}: without one, the answer to such a condition stays undetermined, and the user's own word counts only against it.`,
        ]),
    ...(unknowable.length === 0
      ? []
      : [
          `WARNING: No statement can show yet ${listed(unknowable, 'or')}; so the answer to such a condition is always undetermined.`,
        ]),
    ...(asked.has('count')
      ? [
          'How many runs there are is reported and decides nothing: a condition about it counts as met in a permission, and as not met in a prohibition.',
        ]
      : []),
  ]
}
