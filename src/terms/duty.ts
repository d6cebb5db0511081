/**
 * Duties: when one is due, and what it means for the outcome (docs/terms.md, "duties"). How a kind of duty is discharged
 * is decided under duties/.
 */
import { ISSUED_BY, REFERS_TO_CID } from '../statement/references.ts'
import type { Duty } from '../statement/terms.ts'
import type { DutyAction } from '../statement/vocabulary.ts'
import { listsComplete } from './absence.ts'
import {
  attribute,
  deleteData,
  ensureExclusivity,
  ethicsApproval,
  notify,
  obtainConsent,
  prove,
  respond,
  retireModel,
  shareBenefit,
} from './duties/answers.ts'
import { attestUse } from './duties/attest-use.ts'
import { standingActs, undetermined } from './duties/discharge.ts'
import { type DutyContext, type DutyRule, type DutyVerdict } from './duties/duty-context.ts'
import { pay, worstOf } from './duties/pay.ts'
import { shareDataAlike, shareModelAlike } from './duties/share-alike.ts'
import { honourWithdrawal, isSure, withdrawalsOf } from './duties/withdrawals.ts'
import type { Act } from './ledger.ts'
import { all, reason } from './reason.ts'
import { signedAct } from './signer.ts'
import { standing } from './standing.ts'
import type { Reason } from './verdict.ts'

const RULES: Readonly<Record<DutyAction, DutyRule>> = {
  attribute,
  pay,
  notify,
  'attest-use': attestUse,
  'share-alike': shareDataAlike,
  'share-model-alike': shareModelAlike,
  delete: deleteData,
  'retire-model': retireModel,
  'honour-withdrawals': honourWithdrawal,
  'share-benefit': shareBenefit,
  'obtain-consent': obtainConsent,
  'ethics-approval': ethicsApproval,
  prove,
  'ensure-exclusivity': ensureExclusivity,
  'allow-audit': respond,
  'respond-to-claim': respond,
}

export function judgeDuty(context: DutyContext, id: string, duty: Duty): DutyVerdict {
  // Whether a model is published is a fact of the use itself: no other event has to tell.
  if (duty.action === 'share-model-alike') return shareModelAlike(context, dueAt(context, id, duty, context.times.to))
  const events = eventsOf(context, duty)
  if (events.length === 0)
    return { outcome: 'compliant', reasons: [reason('DUTY_NOT_TRIGGERED', [context.termsId], { clause: id })] }
  return worstOf(
    events.map((event) => {
      if ('reasons' in event) return undetermined(id, event.reasons)
      const due = dueAt(context, id, duty, event.at)
      return RULES[duty.action](context, event.trigger === undefined ? due : { ...due, trigger: event.trigger })
    }),
  )
}

function dueAt(context: DutyContext, id: string, duty: Duty, at: number): Parameters<DutyRule>[1] {
  const due = at + duty.due.within
  return { id, duty, due, isDueLater: context.judgedAt !== undefined && due > context.judgedAt }
}

/** Something that triggers the duty, or why it is not known whether it happened. */
type Event = { readonly at: number; readonly trigger?: Act } | { readonly reasons: readonly Reason[] }

function eventsOf(context: DutyContext, duty: Duty): readonly Event[] {
  const { times } = context
  switch (duty.due.event) {
    case 'grant':
      return context.acceptedAt === undefined ? [unknownEvent(context, duty)] : [{ at: context.acceptedAt }]
    case 'use-start':
      return [{ at: times.from }]
    case 'use-end':
      return [{ at: times.to }]
    case 'revoked':
      return context.revokedAt === undefined ? ifComplete(context, duty) : [{ at: context.revokedAt }]
    case 'withdrawal': {
      const batches = withdrawalsOf(context)
      if (batches.length === 0) return ifComplete(context, duty)
      return batches.map((batch) =>
        isSure(batch) ? { at: batch.hi, trigger: batch.act } : unknownEvent(context, duty),
      )
    }
    case 'claim':
      return claimsAgainst(context, duty)
    case 'model-release':
    case 'deploy':
    case 'period-end':
      break
  }
  return [statedBy(context, duty)]
}

/** No event in evidence: inactive where the lists are complete. */
function ifComplete(context: DutyContext, duty: Duty): readonly Event[] {
  if (context.judgedAt === undefined) return [unknownEvent(context, duty)]
  const complete = listsComplete(context.horizon, context.judgedAt)
  return complete.value === 'T' ? [] : [{ reasons: complete.reasons }]
}

/** Admissible claims against the user about this use, this dataset, or nothing in particular. */
function claimsAgainst(context: DutyContext, duty: Duty): readonly Event[] {
  const { ledger, user, chain, lineage, used } = context
  const uses = new Set([chain.rootAct.id, ...chain.amendments.map(({ act }) => act.id)])
  const claims = ledger.referring(20, { type: REFERS_TO_CID, subject: user }).filter(({ payload }) => {
    if (payload.respondent !== user) return false
    if (payload.use !== undefined) return uses.has(ledger.canonical(payload.use))
    return (
      payload.dataset === undefined || payload.dataset === lineage || ledger.canonical(payload.dataset) === used.version
    )
  })
  const events = claims.flatMap((claim): readonly Event[] => {
    // In any log: only what discharges a duty has to stand in a named one.
    const { at, judgement } = signedAct(ledger, claim)
    const admissible = all([judgement, standing(context, claim, [chain])])
    if (at === undefined || admissible.value === 'F') return []
    const isSettled = admissible.value === 'T' && at.interval.hi !== Number.POSITIVE_INFINITY
    return isSettled ? [{ at: at.interval.hi, trigger: claim }] : [unknownEvent(context, duty)]
  })
  return events.length === 0 ? ifComplete(context, duty) : events
}

/** Only the user can say that it released or deployed a model, or that a period ended. */
function statedBy(context: DutyContext, duty: Duty): Event {
  const { ledger, user, use, times, grant, chain } = context
  const stated = ledger
    .referring(24, { type: ISSUED_BY, subject: user })
    .filter(({ payload }) => payload.event === duty.due.event)
    .filter(({ payload }) => {
      const subjects = payload.about ?? []
      return subjects.length === 0 || subjects.some((id) => [grant, chain.rootAct.id].includes(ledger.canonical(id)))
    })
  const moments = standingActs(context, stated).flatMap(({ act }) => ledger.find(24, act.id)?.payload.at ?? [])
  if (duty.due.event === 'model-release' && use.published === true) moments.push(times.to)
  return moments.length === 0 ? unknownEvent(context, duty) : { at: Math.min(...moments) }
}

function unknownEvent({ termsId }: DutyContext, duty: Duty): Event {
  return { reasons: [reason('FACT_UNKNOWN', [termsId], { values: { what: `the event ${duty.due.event}` } })] }
}
