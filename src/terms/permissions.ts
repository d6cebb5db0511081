/**
 * The act: which prohibitions and permissions of the terms match one combination of declared facts (docs/terms.md C,
 * steps 1, 2, 5 and 6). Prohibition wins; what no permission covers is not permitted.
 */
import type { CidText } from '../encoding/cid.ts'
import type { Constraint } from '../statement/constraint.ts'
import { comparisons } from '../statement/constraint.ts'
import type { Permission, Prohibition, Terms } from '../statement/terms.ts'
import type { Action } from '../statement/vocabulary.ts'
import { type ConstraintAnswer, evaluateConstraints } from './constraint.ts'
import { type Answer, type Combination, type FactContext, tooBroad } from './facts/operand.ts'
import { fitOf, isActionWithin } from './hierarchy.ts'
import { type Judgement, fails, holds, reason, unknown } from './reason.ts'
import { type Trilean, and, or } from './trilean.ts'
import type { UseFacts } from './use-facts.ts'
import type { Reason } from './verdict.ts'

/** Every combination of one action, one purpose and one place that the use declares. */
export function combinations(use: UseFacts, terms: Terms): readonly Combination[] {
  const clauses = [...terms.permit, ...terms.prohibit]
  const constraints: readonly Constraint[] = clauses.flatMap((clause) => clause.if ?? [])
  const operands = new Set([...comparisons(constraints)].map(({ l }) => l))
  // Facts that no clause reads would only repeat the same combinations.
  const purposes = operands.has('purpose') ? alternatives(use.purposes) : [undefined]
  const places = operands.has('region.processing') ? alternatives(use.places) : [undefined]
  return alternatives(use.actions).flatMap((action) =>
    purposes.flatMap((purpose) => places.map((place) => ({ action, purpose, place }))),
  )
}

function alternatives<T>(declared: readonly T[] | undefined): readonly (T | undefined)[] {
  return declared === undefined || declared.length === 0 ? [undefined] : declared
}

/** Whether a clause matches. */
export interface ClauseMatch {
  readonly judgement: Judgement
  /** A fact it rests on is attested by a third party that the verifier trusts. */
  readonly isAttested: boolean
}

/** X: T when a prohibition matches; the reasons are those of the matching or unsettled ones. */
export function prohibited(terms: Terms, termsId: CidText, facts: FactContext, combination: Combination): ClauseMatch {
  const each = terms.prohibit.map((clause) => matchProhibition(clause, termsId, facts, combination))
  const value = or(each.map(({ judgement }) => judgement.value))
  const deciding = each.filter(({ judgement }) => judgement.value === value)
  const reasons = value === 'F' ? [] : deciding.flatMap(({ judgement }) => judgement.reasons)
  return { judgement: { value, reasons, notes: [] }, isAttested: deciding.some(({ isAttested }) => isAttested) }
}

function matchProhibition(
  clause: Prohibition,
  termsId: CidText,
  facts: FactContext,
  combination: Combination,
): ClauseMatch {
  const action = matchAction(clause.actions, combination.action, 'prohibit')
  // A prohibition of something else has nothing to say about this use.
  if (action.value === 'F') return { judgement: { value: 'F', reasons: [], notes: [] }, isAttested: false }
  const constraint = evaluateConstraints(clause.if ?? [], facts, combination, 'prohibit')
  const value = and([action.value, constraint.value])
  const isAttested = constraint.deciding.some((part) => part.isAttested === true)
  if (value === 'F') return { judgement: { value, reasons: [], notes: [] }, isAttested }
  const isSpecific = !clause.actions.includes('use') || (clause.if ?? []).length === 0
  const reasons = [
    ...(action.value === value && (value === 'U' || isSpecific) ? [action] : []),
    ...(constraint.value === value ? constraint.deciding : []),
  ].map((part) => toReason(part, clause.id, termsId))
  return { judgement: { value, reasons, notes: [] }, isAttested }
}

export interface PermissionMatch extends ClauseMatch {
  readonly permission: Permission
}

/** Every permission, in the order of the file, with whether it matches. */
export function permissionMatches(
  terms: Terms,
  termsId: CidText,
  facts: FactContext,
  combination: Combination,
): readonly PermissionMatch[] {
  return terms.permit.map((permission) => ({
    permission,
    ...matchPermission(permission, termsId, facts, combination),
  }))
}

function matchPermission(
  permission: Permission,
  termsId: CidText,
  facts: FactContext,
  combination: Combination,
): ClauseMatch {
  const action = matchAction(permission.actions, combination.action, 'permit')
  // A permission for something else has nothing to say about this use.
  if (action.value === 'F') return { judgement: { value: 'F', reasons: [], notes: [] }, isAttested: false }
  const constraint: ConstraintAnswer = evaluateConstraints(permission.if ?? [], facts, combination, 'permit')
  const value = and([action.value, constraint.value])
  const isAttested = constraint.deciding.some((part) => part.isAttested === true)
  if (value === 'T') return { judgement: holds(), isAttested }
  const parts = [
    ...(action.value === value ? [action] : []),
    ...(constraint.value === value ? constraint.deciding : []),
  ]
  const reasons = parts.map((part) => toReason(part, permission.id, termsId))
  return { judgement: value === 'F' ? fails(...reasons) : unknown(...reasons), isAttested }
}

/** Reasons when no permission matches: those of the permissions for this action, or that there is none for it. */
export function refusals(matches: readonly PermissionMatch[], termsId: CidText, combination: Combination): Reason[] {
  const own = matches.flatMap(({ judgement }) => judgement.reasons)
  if (own.length > 0) return own
  return [reason('ACTION_PROHIBITED', [termsId], { values: { what: combination.action ?? 'that was not declared' } })]
}

function matchAction(actions: readonly Action[], declared: Action | undefined, side: 'permit' | 'prohibit'): Answer {
  if (declared === undefined) {
    const value: Trilean = actions.includes('use') ? 'T' : 'U'
    return { value, code: value === 'T' ? 'ACTION_PROHIBITED' : 'FACT_UNKNOWN', what: 'the action' }
  }
  const fit = fitOf(declared, actions, isActionWithin)
  if (fit === 'broader' && side === 'prohibit')
    return tooBroad(
      'ACTION_PROHIBITED',
      declared,
      actions.filter((action) => isActionWithin(action, declared)),
      'action',
    )
  return { value: fit === 'covered' ? 'T' : 'F', code: 'ACTION_PROHIBITED', what: declared }
}

function toReason(part: Answer, clause: string, termsId: CidText): Reason {
  const { code, what, narrower, about, statements = [] } = part
  const values = {
    what,
    ...(narrower === undefined ? {} : { narrower }),
    ...(about === undefined ? {} : { about }),
  }
  return reason(code, [termsId, ...statements], { clause, values })
}
