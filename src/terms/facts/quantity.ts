/**
 * Operands with an order or a single value: the part of a version that was used, the time of the run, openness, project.
 */
import type { Comparison } from '../../statement/constraint.ts'
import type { UsedDataset } from '../../statement/usage.ts'
import { type Trilean, and, not, or, trilean } from '../trilean.ts'
import { type OperandRule, type Side, answer, compareSet, valuesOf } from './operand.ts'

/** Each statement that names the version has to pass. */
export const subset: OperandRule = (comparison, facts, _combination, side) => {
  const what = 'how much of the dataset was used'
  // A usage that names no part says that all of it was used; a question that names none says nothing.
  if (facts.supposed !== undefined && facts.supposed.subsetPercent === undefined)
    return answer('U', 'SUBSET_EXCEEDED', what)
  const values = facts.subsets.map((part) => compareSubset(comparison, part))
  return answer(everyOrAny(values, side), 'SUBSET_EXCEEDED', what)
}

function compareSubset(comparison: Comparison, part: UsedDataset['subset']): Trilean {
  // Nobody said how much: not the whole, or keeping silent would be worse than using all of it, or better.
  if (part === undefined) return 'U'
  if (typeof comparison.r === 'number') return 'paths' in part ? 'U' : compareNumber(comparison, part.percent)
  if ('percent' in part) return 'U'
  const listed = new Set(valuesOf(comparison))
  const isWithin = part.paths.every((path) => listed.has(path))
  const isApart = part.paths.every((path) => !listed.has(path))
  if (comparison.op === 'isNoneOf' || comparison.op === 'neq') return trilean(isApart)
  return comparison.op === 'isAllOf' ? compareSet(comparison, part.paths) : trilean(isWithin)
}

/** Every moment of the run has to be permitted; one that is prohibited is enough. */
export const time: OperandRule = (comparison, facts, _combination, side) => {
  if (facts.supposed !== undefined && facts.supposed.time === undefined)
    return answer('U', 'ACTION_PROHIBITED', 'when it ran')
  const { from, to, endedBy } = facts.times
  const last = Math.max(from, to - 1)
  return within(comparison, { first: from, last, isEndProved: (limit) => endedBy <= limit }, side, 'when it ran')
}

/** Seconds since the agreement. */
export const elapsed: OperandRule = (comparison, facts, _combination, side) => {
  const { acceptedAt, times } = facts
  const what = 'how long after the grant it ran'
  if (acceptedAt === undefined) return answer('U', 'ACTION_PROHIBITED', what)
  const last = Math.max(times.from, times.to - 1) - acceptedAt
  const isEndProved = (limit: number): boolean => times.endedBy - acceptedAt <= limit
  return within(comparison, { first: times.from - acceptedAt, last, isEndProved }, side, what)
}

interface Span {
  readonly first: number
  readonly last: number
  readonly isEndProved: (limit: number) => boolean
}

function within(comparison: Comparison, span: Span, side: Side, what: string): ReturnType<OperandRule> {
  const values = [span.first, span.last].map((moment) => compareNumber(comparison, moment))
  const value = everyOrAny(values, side)
  const isBefore = comparison.op === 'lt' || comparison.op === 'lteq'
  const isHelping = value === (side === 'permit' ? 'T' : 'F')
  // That a run ended before a moment is taken on nobody's word; that it began after one is taken as declared.
  const needsProof = isHelping && (isBefore ? side === 'permit' : side === 'prohibit' && comparison.op !== 'eq')
  if (needsProof && !span.isEndProved(Number(comparison.r)))
    return answer('U', 'ACTION_PROHIBITED', what, 'ORDER_UNPROVEN')
  return answer(value, 'ACTION_PROHIBITED', what)
}

function everyOrAny(values: readonly Trilean[], side: Side): Trilean {
  return side === 'permit' ? and(values) : or(values)
}

export function compareNumber({ op, r }: Comparison, known: number): Trilean {
  const limit = Number(r)
  switch (op) {
    case 'eq':
      return trilean(known === limit)
    case 'neq':
      return not(trilean(known === limit))
    case 'lt':
      return trilean(known < limit)
    case 'lteq':
      return trilean(known <= limit)
    case 'gt':
      return trilean(known > limit)
    case 'gteq':
      return trilean(known >= limit)
    case 'isA':
    case 'isPartOf':
    case 'isAnyOf':
    case 'isAllOf':
    case 'isNoneOf':
      break
  }
  // Sets are of words, not of numbers.
  return 'U'
}

/** How many runs or models: reported with the uses, and changes no outcome. */
export const count: OperandRule = (_comparison, _facts, _combination, side) =>
  answer(side === 'permit' ? 'T' : 'F', 'ACTION_PROHIBITED', 'how often it was used')

/** Of the model's output: no statement says it. */
export const language: OperandRule = (comparison, { supposed }) =>
  answer(
    supposed?.language === undefined ? 'U' : compareSet(comparison, [supposed.language]),
    'ACTION_PROHIBITED',
    'the language of what the model gives out',
  )

export const openness: OperandRule = (comparison, { use }) =>
  answer(
    use.openness === undefined ? 'U' : compareSet(comparison, [use.openness]),
    'ACTION_PROHIBITED',
    'how open the model is',
  )

export const project: OperandRule = (comparison, facts) =>
  answer(
    facts.project === undefined ? 'U' : compareSet(comparison, [facts.project]),
    'ACTION_PROHIBITED',
    'the project of the use',
  )
