/**
 * Was a duty discharged by its due date? By any of these acts, witnessed in a named log, signed by whoever owes it
 * (docs/terms.md C, "duties").
 */
import type { CidText } from '../../encoding/cid.ts'
import type { KindName } from '../../statement/kind.ts'
import { deadlineMet } from '../absence.ts'
import type { Act } from '../ledger.ts'
import { type Judgement, all, reason } from '../reason.ts'
import type { ReasonCode } from '../reason-code.ts'
import { mayAct, signedAct } from '../signer.ts'
import type { Witnessed } from '../time-interval.ts'
import { type Reason, sortReasons } from '../verdict.ts'
import {
  type DueDuty,
  type DutyContext,
  type DutyVerdict,
  FULFILLED,
  delayInDays,
  lateness,
  pending,
  underClause,
} from './duty-context.ts'

export interface Discharge {
  /** Acts that would discharge it, by whomever. */
  readonly acts: readonly Act[]
  /** Whose word discharges it; left out: the user's. */
  readonly by?: readonly CidText[]
  /** Said when it is overdue; left out: DUTY_OVERDUE. */
  readonly overdue?: ReasonCode
}

export interface SettledAct {
  readonly act: Act
  readonly at: Witnessed
  /** T or U: whether its issuer said it and had the right to. */
  readonly judgement: Judgement
}

/** The acts that stand in a named log and are not void. */
export function standingActs(
  { ledger, horizon, lineage, user }: DutyContext,
  acts: readonly Act[],
  by: readonly CidText[] = [user],
): readonly SettledAct[] {
  return acts.flatMap((act): SettledAct[] => {
    const signed = signedAct(ledger, act, horizon.origins)
    if (signed.at === undefined) return []
    const right = act.variants[0]?.statement.kindName
    const authority = mayAct(ledger, signed, by, right as KindName, lineage)
    const judgement = all([signed.judgement, authority])
    return judgement.value === 'F' ? [] : [{ act, at: signed.at, judgement }]
  })
}

export function judgeDischarge(context: DutyContext, owed: DueDuty, discharge: Discharge): DutyVerdict {
  const { id, due, isDueLater } = owed
  const standing = standingActs(context, discharge.acts, discharge.by)
  const inTime = standing.map(({ at, judgement }) => all([judgement, deadlineMet(context.horizon, at, due)]))
  const fulfilling = standing.find((_, i) => inTime[i]?.value === 'T')
  if (fulfilling !== undefined) return fulfilling.act.kind === 16 ? { ...FULFILLED, isAttested: true } : FULFILLED
  if (isDueLater) return pending(context, id)
  const open = inTime.filter(({ value }) => value === 'U').flatMap(({ reasons }) => reasons)
  if (open.length > 0) return undetermined(id, open)
  const late = standing.filter(({ judgement }) => judgement.value === 'T').toSorted((a, b) => hi(a) - hi(b))[0]
  return overdue(context, owed, late?.at, discharge.overdue ?? 'DUTY_OVERDUE')
}

function hi({ at }: SettledAct): number {
  return at.interval.hi
}

export function undetermined(id: string, reasons: readonly Reason[]): DutyVerdict {
  return { outcome: 'undetermined', reasons: sortReasons(reasons.map((each) => underClause(each, id))) }
}

/**
 * Not done by the due date, as far as the named logs are complete.
 *
 * @param late when it was done after all
 */
export function overdue(
  context: DutyContext,
  { id, duty, due }: DueDuty,
  late: Witnessed | undefined,
  code: ReasonCode,
): DutyVerdict {
  const missed = deadlineMet(context.horizon, late, due)
  if (missed.value === 'T') return FULFILLED
  if (missed.value === 'U') return undetermined(id, missed.reasons)
  const lateAt = late?.interval.hi ?? Number.POSITIVE_INFINITY
  const isDone = lateAt !== Number.POSITIVE_INFINITY
  const delayDays = delayInDays(isDone ? lateAt : (context.judgedAt ?? due), due)
  const isCured = isDone && duty.cure !== undefined && lateAt <= due + duty.cure
  const statements = [context.termsId, ...(late?.statements ?? []).map(({ statement }) => statement.id)]
  const values = {
    days: delayDays,
    lateness: lateness(delayDays),
    task: taskOf(duty),
    cured: isCured ? 'within the time to make it good' : 'and not made good in time',
  }
  return { outcome: 'breach', reasons: [reason(code, statements, { clause: id, values })], delayDays }
}

/** What was to be done, where the sentence says it: what is owed after a revocation has no clause that people know. */
function taskOf({ action, due }: DueDuty['duty']): 'delete' | 'retire' | 'other' {
  if (due.event !== 'revoked') return 'other'
  return action === 'delete' ? 'delete' : action === 'retire-model' ? 'retire' : 'other'
}
