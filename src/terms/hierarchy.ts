/**
 * Which action or purpose is narrower than which. Closed tables of the terms profile (docs/terms.md, "hierarchies"):
 * nothing is taken from the transitive closure of a foreign vocabulary.
 *
 * Every action not placed elsewhere is directly under `use`; every purpose without a parent is a root.
 */
import { PURPOSE_PARENTS } from '../statement/tables/purposes.ts'
import type { Action, Purpose } from '../statement/vocabulary.ts'

const ACTION_PARENTS: Readonly<Partial<Record<Action, readonly Action[]>>> = {
  extract: ['reproduce'],
  train: ['mine'],
  'fine-tune': ['train'],
  'train-generative': ['train'],
  distil: ['train'],
}

/** How what was declared stands to a word of the terms. `broader` = it could, but need not, be a case of the word. */
export type Fit = 'covered' | 'broader' | 'disjoint'

/** The table of one hierarchy: is `word` equal to or narrower than `other`? */
export type IsWithin<T extends string> = (word: T, other: T) => boolean

export function isActionWithin(action: Action, other: Action): boolean {
  if (action === other || other === 'use') return true
  return (ACTION_PARENTS[action] ?? []).some((parent) => isActionWithin(parent, other))
}

export function isPurposeWithin(purpose: Purpose, other: Purpose): boolean {
  if (purpose === other) return true
  return (PURPOSE_PARENTS[purpose] ?? []).some((parent) => isPurposeWithin(parent, other))
}

/**
 * The best fit of a declared word to one of several words.
 *
 * @param doOverlap whether something may be a case of both; in a tree that is so where one lies in the other
 */
export function fitOf<T extends string>(
  word: T,
  others: readonly T[],
  isWithin: IsWithin<T>,
  doOverlap: IsWithin<T> = (a, b) => isWithin(b, a),
): Fit {
  if (others.some((other) => isWithin(word, other))) return 'covered'
  return others.some((other) => doOverlap(word, other)) ? 'broader' : 'disjoint'
}
