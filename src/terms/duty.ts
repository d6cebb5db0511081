/**
 * Duties: when one is due, and what it means for the outcome (docs/terms.md, "duties"). How a kind of duty is discharged
 * is decided in one file per kind under duties/; a kind without a file cannot be judged once it is due.
 */
import type { Duty } from '../statement/terms.ts'
import type { DutyAction } from '../statement/vocabulary.ts'
import { listsComplete } from './absence.ts'
import { attestUse } from './duties/attest-use.ts'
import { type DutyContext, type DutyRule, type DutyVerdict, pending } from './duties/duty-context.ts'
import { reason } from './reason.ts'
import type { Reason } from './verdict.ts'

const RULES: Readonly<Partial<Record<DutyAction, DutyRule>>> = { 'attest-use': attestUse }

export function judgeDuty(context: DutyContext, id: string, duty: Duty): DutyVerdict {
  const event = eventMoment(context, duty)
  if (event.state === 'inactive')
    return { outcome: 'compliant', reasons: [reason('DUTY_NOT_TRIGGERED', [context.termsId], { clause: id })] }
  if (event.state === 'unknown') return { outcome: 'undetermined', reasons: event.reasons(id) }
  const due = event.at + duty.due.within
  const isDueLater = context.judgedAt !== undefined && due > context.judgedAt
  const rule = RULES[duty.action]
  if (rule !== undefined) return rule(context, { id, duty, due, isDueLater })
  return isDueLater ? pending(context, id) : cannotJudge(context, id, duty)
}

function cannotJudge(context: DutyContext, id: string, duty: Duty): DutyVerdict {
  const details = { clause: id, values: { what: `whether the duty ${duty.action} was done` } }
  return { outcome: 'undetermined', reasons: [reason('FACT_UNKNOWN', [context.termsId], details)] }
}

type EventMoment =
  | { readonly state: 'at'; readonly at: number }
  | { readonly state: 'inactive' }
  | { readonly state: 'unknown'; readonly reasons: (clause: string) => readonly Reason[] }

function eventMoment(context: DutyContext, duty: Duty): EventMoment {
  const { ledger, times } = context
  const unknownEvent: EventMoment = {
    state: 'unknown',
    reasons: (clause) => [
      reason('FACT_UNKNOWN', [context.termsId], { clause, values: { what: `the event ${duty.due.event}` } }),
    ],
  }
  const notThere = (): EventMoment => {
    if (context.judgedAt === undefined) return unknownEvent
    const complete = listsComplete(context.horizon, context.judgedAt)
    return complete.value === 'T' ? { state: 'inactive' } : { state: 'unknown', reasons: () => complete.reasons }
  }
  switch (duty.due.event) {
    case 'grant':
      return context.acceptedAt === undefined ? unknownEvent : { state: 'at', at: context.acceptedAt }
    case 'use-start':
      return { state: 'at', at: times.from }
    case 'use-end':
      return { state: 'at', at: times.to }
    case 'revoked':
      return context.revokedAt === undefined ? notThere() : { state: 'at', at: context.revokedAt }
    case 'withdrawal':
      return [...ledger.view.statements.values()].some(({ statement }) => statement.kind === 18)
        ? unknownEvent
        : notThere()
    case 'claim':
      return ledger.all(20).some((claim) => claim.payload.respondent === context.user) ? unknownEvent : notThere()
    case 'model-release':
    case 'deploy':
    case 'period-end':
      break
  }
  // Only a statement of the user could tell, and none is read here.
  return unknownEvent
}

/** `prove`: a fact that only the grantee can supply, due after the start of the use. No operand can be proved here yet. */
export function judgeProof(context: DutyContext, fact: string, within: number): DutyVerdict {
  const isDueLater = context.judgedAt !== undefined && context.times.from + within > context.judgedAt
  const clause = `prove ${fact}`
  if (isDueLater) return pending(context, clause)
  const values = { what: `whether ${fact} was proved` }
  return { outcome: 'undetermined', reasons: [reason('FACT_UNKNOWN', [context.termsId], { clause, values })] }
}
