/**
 * Duty `attest-use`: the usage that names the dataset is witnessed in a named log by the due date.
 */
import { deadlineMet } from '../absence.ts'
import { type DueDuty, type DutyContext, type DutyVerdict, delayInDays, pending } from './duty-context.ts'
import { reason } from '../reason.ts'
import { type Witnessed, witnessed } from '../time-interval.ts'
import { type Reason, sortReasons } from '../verdict.ts'

export function attestUse(context: DutyContext, { id, duty, due, isDueLater }: DueDuty): DutyVerdict {
  const attested = attestationOf(context)
  const met = deadlineMet(context.horizon, attested, due)
  if (met.value === 'T') return { outcome: 'compliant', reasons: [] }
  if (isDueLater) return pending(context, id)
  if (met.value === 'U') {
    const reasons = met.reasons.map((each) => underClause(each, id))
    return { outcome: 'undetermined', reasons: sortReasons(reasons) }
  }
  const hi = attested?.interval.hi ?? Number.POSITIVE_INFINITY
  const doneAt = hi === Number.POSITIVE_INFINITY ? (context.judgedAt ?? due) : hi
  const delayDays = delayInDays(doneAt, due)
  const isCured = hi !== Number.POSITIVE_INFINITY && duty.cure !== undefined && hi <= due + duty.cure
  const statements = [context.termsId, ...(attested?.statements ?? []).map(({ statement }) => statement.id)]
  const values = { days: delayDays, cured: isCured ? 'within the time to make it good' : 'and not made good in time' }
  return { outcome: 'breach', reasons: [reason('ATTEST_LATE', statements, { clause: id, values })], delayDays }
}

function underClause({ code, statements, sentence }: Reason, clause: string): Reason {
  return { code, clause, statements, sentence }
}

/** The first statement that names the dataset, as witnessed in the named logs. */
function attestationOf({ ledger, horizon, used }: DutyContext): Witnessed | undefined {
  let first: Witnessed | undefined
  for (const { act } of used.namedBy) {
    for (const variant of act.variants) {
      if (!variant.isSignatureValid) continue
      const at = witnessed(ledger.view, variant, horizon.origins)
      if (at !== undefined && (first === undefined || at.interval.hi < first.interval.hi)) first = at
    }
  }
  return first
}
