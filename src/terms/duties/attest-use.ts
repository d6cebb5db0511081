/**
 * Duty `attest-use`: the usage that names the dataset is witnessed in a named log by the due date.
 */
import { deadlineMet } from '../absence.ts'
import { type Witnessed, witnessed } from '../time-interval.ts'
import { overdue, undetermined } from './discharge.ts'
import { type DutyContext, type DutyRule, FULFILLED, pending } from './duty-context.ts'

export const attestUse: DutyRule = (context, owed) => {
  const attested = attestationOf(context)
  const met = deadlineMet(context.horizon, attested, owed.due)
  if (met.value === 'T') return FULFILLED
  if (owed.isDueLater) return pending(context, owed.id)
  return met.value === 'U' ? undetermined(owed.id, met.reasons) : overdue(context, owed, attested, 'ATTEST_LATE')
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
