/**
 * Withdrawals of consent (docs/terms.md, "withdrawals"): for each batch the holder says by its due date what it did. Owed
 * under every terms unless they say otherwise.
 */
import { actorsFor } from '../actors.ts'
import type { Act } from '../ledger.ts'
import { listsComplete } from '../absence.ts'
import { type Judgement, all } from '../reason.ts'
import { mayAct, signedAct } from '../signer.ts'
import { judgeDischarge, undetermined } from './discharge.ts'
import { type DueDuty, type DutyContext, type DutyRule, type DutyVerdict } from './duty-context.ts'

export const CLAUSE = 'withdrawal'

export interface Batch {
  readonly act: Act<18>
  /** When it was witnessed, Unix seconds. */
  readonly hi: number
  /** T or U: whether the owner or steward said it. */
  readonly judgement: Judgement
}

/** The batches that concern the version used, of the owner or steward. */
export function withdrawalsOf(context: DutyContext): readonly Batch[] {
  const { ledger, lineage, owner, steward, used } = context
  const concerning = ledger.linked(18, lineage).filter(({ payload }) => {
    const { versions } = payload
    return versions === undefined || versions.some((version) => ledger.canonical(version) === used.version)
  })
  const by = steward === undefined ? [owner] : [owner, steward]
  return concerning.flatMap((act): Batch[] => {
    // In any log: only what discharges a duty has to stand in a named one.
    const signed = signedAct(ledger, act)
    const judgement = all([signed.judgement, mayAct(ledger, signed, by, 'withdrawal', lineage)])
    if (signed.at === undefined || judgement.value === 'F') return []
    return [{ act, hi: signed.at.interval.hi, judgement }]
  })
}

/** Its moment, and that it is the owner's, are both settled. */
export function isSure({ judgement, hi }: Batch): boolean {
  return judgement.value === 'T' && hi !== Number.POSITIVE_INFINITY
}

/** One batch: a receipt of the user that says something about the version. */
export const honourWithdrawal: DutyRule = (context, owed) => {
  const { ledger, used } = context
  const { trigger } = owed
  const acts = trigger === undefined ? [] : receiptsFor(context, trigger)
  const about = acts.filter((act) =>
    ledger.find(19, act.id)?.payload.versions.some(({ version }) => ledger.canonical(version) === used.version),
  )
  return judgeDischarge(context, owed, { acts: about, overdue: 'WITHDRAWAL_OVERDUE' })
}

function receiptsFor({ ledger, user }: DutyContext, trigger: Act): readonly Act<19>[] {
  return ledger.linked(19, trigger.id, actorsFor(ledger, [user]))
}

/** What every holder owes where the terms have no duty of their own about it. */
export function judgeWithdrawals(context: DutyContext): readonly DutyVerdict[] {
  const { withdrawal } = context.terms
  if (withdrawal?.honour === false) return []
  const batches = withdrawalsOf(context)
  if (batches.length === 0) return noneKnown(context)
  return batches.map((batch) => {
    if (!isSure(batch)) return undetermined(CLAUSE, batch.judgement.reasons)
    const { act, hi } = batch
    const due = withdrawal?.within === undefined ? Math.max(act.payload.due, hi) : hi + withdrawal.within
    const isDueLater = context.judgedAt !== undefined && due > context.judgedAt
    const owed: DueDuty = {
      id: CLAUSE,
      duty: { action: 'honour-withdrawals', due: { event: 'withdrawal', within: due - hi } },
      due,
      isDueLater,
      trigger: act,
    }
    return honourWithdrawal(context, owed)
  })
}

/** That nobody withdrew rests on complete lists. */
function noneKnown(context: DutyContext): readonly DutyVerdict[] {
  if (context.judgedAt === undefined) return []
  const complete = listsComplete(context.horizon, context.judgedAt)
  return complete.value === 'T' ? [] : [undetermined(CLAUSE, complete.reasons)]
}
