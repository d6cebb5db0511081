/**
 * Reasons and judgements. A judgement is a three-valued answer with the reasons for it; a note is a reason that is
 * reported whatever the answer, because it explains and does not decide.
 */
import type { CidText } from '../encoding/cid.ts'
import type { ReasonCode } from './reason-code.ts'
import { sentence } from './sentences/messages.ts'
import { type Trilean, and } from './trilean.ts'
import type { Reason } from './verdict.ts'

export interface ReasonDetails {
  clause?: string
  /** Fills in the names in the sentence. */
  values?: Readonly<Record<string, string | number>>
}

export function reason(code: ReasonCode, statements: readonly CidText[], details: ReasonDetails = {}): Reason {
  const values: Record<string, string> = { clause: details.clause ?? '' }
  for (const [name, value] of Object.entries(details.values ?? {})) values[name] = `${value}`
  const common = { code, statements, values, sentence: sentence(code, values) }
  return details.clause === undefined ? common : { ...common, clause: details.clause }
}

export interface Judgement {
  readonly value: Trilean
  /** Why the value is not T. */
  readonly reasons: readonly Reason[]
  /** Reported in any case. */
  readonly notes: readonly Reason[]
}

export const HOLDS: Judgement = { value: 'T', reasons: [], notes: [] }

export function holds(...notes: readonly Reason[]): Judgement {
  return { value: 'T', reasons: [], notes }
}

export function fails(...reasons: readonly Reason[]): Judgement {
  return { value: 'F', reasons, notes: [] }
}

export function unknown(...reasons: readonly Reason[]): Judgement {
  return { value: 'U', reasons, notes: [] }
}

export function withNotes(judgement: Judgement, notes: readonly Reason[]): Judgement {
  return { ...judgement, notes: [...judgement.notes, ...notes] }
}

/** All of them: the reasons are those of the judgements that decide the value. */
export function all(judgements: readonly Judgement[]): Judgement {
  const value = and(judgements.map((judgement) => judgement.value))
  return {
    value,
    reasons: value === 'T' ? [] : judgements.filter((j) => j.value === value).flatMap((j) => j.reasons),
    notes: judgements.flatMap((j) => j.notes),
  }
}

const PREFERENCE: Readonly<Record<Trilean, number>> = { T: 0, U: 1, F: 2 }

/** The best of several alternatives, the first of equals; `none` when there are no alternatives. */
export function best(judgements: readonly Judgement[], none: Judgement): Judgement {
  let result: Judgement | undefined
  for (const judgement of judgements) {
    if (result === undefined || PREFERENCE[judgement.value] < PREFERENCE[result.value]) result = judgement
  }
  return result ?? none
}
