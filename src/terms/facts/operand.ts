/**
 * One comparison of a fact with the terms' value. Each operand that can be evaluated has a file beside this one; an
 * operand without one is a fact nobody can supply, which is unknown, never false.
 */
import type { Comparison } from '../../statement/constraint.ts'
import type { Action, Operator, Purpose } from '../../statement/vocabulary.ts'
import { type Fit, type IsWithin, fitOf } from '../hierarchy.ts'
import type { ReasonCode } from '../reason-code.ts'
import { type Trilean, not, trilean } from '../trilean.ts'
import type { CidText } from '../../encoding/cid.ts'
import type { Moment } from '../../statement/vocabulary.ts'
import type { UsedDataset } from '../../statement/usage.ts'
import type { Horizon } from '../absence.ts'
import type { Ledger } from '../ledger.ts'
import type { RunTimes } from '../revocation.ts'
import type { UseFacts } from '../use-facts.ts'
import type { TrustView } from '../view.ts'

/** One combination of what a use declares: it has to pass for each. */
export interface Combination {
  readonly action: Action | undefined
  readonly purpose: Purpose | undefined
  readonly place: string | undefined
}

/** What operands are read from: the use as declared, and what others say about the user. */
export interface FactContext {
  readonly ledger: Ledger
  readonly trust: TrustView
  readonly horizon: Horizon
  /** min(instant, asOf), Unix seconds; undefined where the named logs prove no time. */
  readonly judgedAt: number | undefined
  readonly use: UseFacts
  readonly times: RunTimes
  /** The moment at which facts about a party are looked at. */
  readonly asOf: Moment
  /** hi of the acceptance; undefined when not settled. */
  readonly acceptedAt: number | undefined
  /** What each statement of the use says was used of the version; undefined: it does not say. */
  readonly subsets: readonly UsedDataset['subset'][]
  /** As the use says, else as the grant fixes it. */
  readonly project: string | undefined
  /** Where terms are only tried out: facts that are taken as shown. One that is left out is unknown. */
  readonly supposed?: SupposedFacts
}

export interface SupposedFacts {
  readonly party?: CidText
  readonly established?: string
  readonly parent?: string
  readonly kind?: string
  /** Ids of party sets it belongs to. */
  readonly groups?: readonly string[]
  readonly commercial?: boolean
  /** Where the model is used, and where the people live who benefit. */
  readonly deployed?: string
  readonly benefit?: string
  /** Of the model's output. */
  readonly language?: string
  readonly subsetPercent?: number
  /** When it runs, Unix seconds. */
  readonly time?: number
}

/** Whether a clause permits or prohibits: a broader declaration fails the one and leaves the other unknown. */
export type Side = 'permit' | 'prohibit'

export interface Answer {
  readonly value: Trilean
  /** What to report when this comparison decides against the use, or is unknown. */
  readonly code: ReasonCode
  /** Said in the sentence. */
  readonly what: string
  /** Of a declaration that is too broad: what it could be narrower, and whether it is an action. */
  readonly narrower?: string
  readonly about?: 'action' | 'fact'
  /** What it rests on beside the terms. */
  readonly statements?: readonly CidText[]
  /** A third party that the verifier trusts says so. */
  readonly isAttested?: boolean
}

export type OperandRule = (comparison: Comparison, facts: FactContext, combination: Combination, side: Side) => Answer

export function answer(
  value: Trilean,
  against: ReasonCode,
  what: string,
  unknown: ReasonCode = 'FACT_UNKNOWN',
): Answer {
  return { value, code: value === 'U' ? unknown : against, what }
}

/** What was declared is broader than something that the terms tell from the rest. */
export function tooBroad(
  against: ReasonCode,
  declared: string,
  narrower: readonly string[],
  about: 'action' | 'fact' = 'fact',
): Answer {
  const words = narrower
    .map((word) => `"${word}"`)
    .join(' or ')
    .slice(1, -1)
  return { ...answer('U', against, declared, 'NOT_SPECIFIC_ENOUGH'), narrower: words, about }
}

/** One word of a hierarchy against the terms' value. */
export function compareWord<T extends string>(
  comparison: Comparison,
  word: T,
  isWithin: IsWithin<T>,
  side: Side,
  doOverlap?: IsWithin<T>,
): Trilean | 'broader' {
  const words = valuesOf(comparison) as readonly T[]
  const positive = (fit: Fit): Trilean | 'broader' =>
    fit === 'covered' ? 'T' : fit === 'broader' && side === 'prohibit' ? 'broader' : 'F'
  switch (comparison.op) {
    case 'eq':
    case 'isA':
    case 'isPartOf':
    case 'isAnyOf':
      return positive(fitOf(word, words, isWithin, doOverlap))
    case 'isAllOf': {
      const fits = new Set(words.map((other) => fitOf(word, [other], isWithin, doOverlap)))
      if (fits.has('disjoint')) return 'F'
      return positive(fits.has('broader') ? 'broader' : 'covered')
    }
    case 'neq':
    case 'isNoneOf': {
      const fit = fitOf(word, words, isWithin, doOverlap)
      return fit === 'covered' ? 'F' : fit === 'broader' ? 'broader' : 'T'
    }
    case 'lt':
    case 'lteq':
    case 'gt':
    case 'gteq':
      break
  }
  // Words have no order.
  return 'U'
}

/** A known set of words without a hierarchy against the terms' value. */
export function compareSet(comparison: Comparison, known: readonly string[]): Trilean {
  const words = valuesOf(comparison)
  const given = new Set(known)
  const isAny = trilean(words.some((word) => given.has(word)))
  const rules: Partial<Record<Operator, Trilean>> = {
    eq: isAny,
    isA: isAny,
    isPartOf: isAny,
    isAnyOf: isAny,
    isAllOf: trilean(words.every((word) => given.has(word))),
    neq: not(isAny),
    isNoneOf: not(isAny),
  }
  return rules[comparison.op] ?? 'U'
}

export function valuesOf({ r }: Comparison): readonly string[] {
  return typeof r === 'object' ? r : [String(r)]
}
