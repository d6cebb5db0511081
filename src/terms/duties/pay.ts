/**
 * Duty `pay`: over all payments of the grant by its user, receipted owner lines reach the price and platform lines reach
 * the fee, by the due date (docs/terms.md C, "duties").
 *
 * What was sent is the payer's word, what was received each payee's. Sent in time and not receipted is asserted: the
 * payer did its part, and the payee's silence settles nothing. A refund is shown by both sides, or settles nothing.
 */
import type { CidText } from '../../encoding/cid.ts'
import type { Price } from '../../statement/terms.ts'
import { deadlineMet, listsComplete } from '../absence.ts'
import { actorsFor } from '../actors.ts'
import { type OwedPrice, owedPrice } from '../fee.ts'
import type { Act } from '../ledger.ts'
import { reason } from '../reason.ts'
import type { ReasonCode } from '../reason-code.ts'
import type { Witnessed } from '../time-interval.ts'
import type { Trilean } from '../trilean.ts'
import { type Reason, worstOutcome } from '../verdict.ts'
import { overdue, standingActs, undetermined } from './discharge.ts'
import {
  type DueDuty,
  type DutyContext,
  type DutyRule,
  type DutyVerdict,
  FULFILLED,
  delayInDays,
  pending,
} from './duty-context.ts'

const YEAR_SECONDS = 365 * 86_400

export const pay: DutyRule = (context, owed) => {
  const { price } = context.terms
  if (price === undefined || price.model === 'free') return FULFILLED
  const each = owedPrice(price, context.total, versionsPaidFor(context))
  if (each === undefined) {
    if (owed.isDueLater) return pending(context, owed.id)
    return undetermined(owed.id, [unknownPrice(context, owed.id)])
  }
  if (price.model !== 'per-year') return judgeInstalment(context, owed, price, each)
  const { times, acceptedAt, judgedAt } = context
  const span = times.to - (acceptedAt ?? times.from)
  const years = Math.max(1, Math.ceil(span / YEAR_SECONDS))
  const verdicts = Array.from({ length: years }, (_, year) => {
    const due = owed.due + year * YEAR_SECONDS
    const isDueLater = judgedAt !== undefined && due > judgedAt
    const upToNow = { amount: each.amount * (year + 1), fee: each.fee * (year + 1) }
    return judgeInstalment(context, { ...owed, due, isDueLater }, price, upToNow)
  })
  return worstOf(verdicts)
}

export function worstOf(verdicts: readonly DutyVerdict[]): DutyVerdict {
  const outcome = worstOutcome(verdicts.map((verdict) => verdict.outcome))
  const reasons = verdicts.filter((verdict) => verdict.outcome === outcome).flatMap((verdict) => verdict.reasons)
  const delays = verdicts.flatMap(({ delayDays }) => delayDays ?? [])
  const isAttested = verdicts.some((verdict) => verdict.isAttested === true)
  return { outcome, reasons, isAttested, ...(delays.length === 0 ? {} : { delayDays: Math.max(...delays) }) }
}

function versionsPaidFor({ granted }: DutyContext): number {
  return granted.versions?.length ?? 1
}

function unknownPrice({ termsId }: DutyContext, clause: string): Reason {
  return reason('FACT_UNKNOWN', [termsId], { clause, values: { what: 'the price that was agreed' } })
}

/** One payment, as far as lines in the price's currency go. */
interface Ledgered {
  readonly act: Act<11>
  readonly at: Witnessed
  /** Witnessed by the due date. */
  readonly inTime: Trilean
  readonly sent: Sums
  readonly received: Sums
  /** Given back, as the payees and as the payer say. */
  readonly returned: number
  readonly takenBack: number
  readonly receipts: readonly CidText[]
  readonly open: readonly Reason[]
}

interface Sums {
  readonly owner: number
  readonly platform: number
}

function judgeInstalment(context: DutyContext, owed: DueDuty, price: Price, due: OwedPrice): DutyVerdict {
  const payments = paymentsOf(context, owed, price)
  const reaches = (sums: Sums, by: OwedPrice = due): boolean => sums.owner >= by.amount && sums.platform >= by.fee
  const refunds = payments.filter(({ returned, takenBack }) => returned > 0 || takenBack > 0)
  const sure = payments.filter(({ inTime, open }) => inTime === 'T' && open.length === 0)
  const ids = payments.map(({ act }) => act.id)
  if (refunds.length > 0) {
    const left = subtract(total(payments, 'received'), refunds)
    if (!reaches(left) && reaches(total(payments, 'sent'))) return judgeRefund(context, owed, refunds, payments)
  }
  if (reaches(total(sure, 'received'))) return settled(context, owed)
  if (owed.isDueLater) return pending(context, owed.id)
  const maybe = payments.filter(({ inTime }) => inTime !== 'F')
  if (reaches(total(sure, 'sent'))) {
    return undetermined(owed.id, [
      reason('PAYMENT_UNACKNOWLEDGED', ids, { clause: owed.id }),
      ...maybe.flatMap(({ open }) => open),
    ])
  }
  if (reaches(total(maybe, 'sent'))) {
    const open = maybe.flatMap(({ open: reasons, act }) =>
      reasons.length > 0
        ? reasons
        : [reason('ORDER_UNPROVEN', [act.id], { values: { what: 'the payment or its due date' } })],
    )
    return undetermined(owed.id, open)
  }
  return shortfall(context, owed, payments, due)
}

/** Everything was sent and received; that none of it was given back rests on complete lists. */
function settled(context: DutyContext, { id }: DueDuty): DutyVerdict {
  if (context.judgedAt === undefined) return FULFILLED
  const complete = listsComplete(context.horizon, context.judgedAt)
  return complete.value === 'T' ? FULFILLED : undetermined(id, complete.reasons)
}

function judgeRefund(
  context: DutyContext,
  owed: DueDuty,
  refunds: readonly Ledgered[],
  payments: readonly Ledgered[],
): DutyVerdict {
  const statements = [context.termsId, ...refunds.flatMap(({ act, receipts }) => [act.id, ...receipts])]
  const reversed = reason('PAYMENT_REVERSED', statements, { clause: owed.id })
  const isShownByBoth = refunds.every(({ returned, takenBack }) => returned === takenBack)
  if (!isShownByBoth || payments.some(({ open }) => open.length > 0)) return undetermined(owed.id, [reversed])
  if (owed.isDueLater) return pending(context, owed.id)
  const delayDays = delayInDays(context.judgedAt ?? owed.due, owed.due)
  return { outcome: 'breach', reasons: [reversed], delayDays }
}

function shortfall(context: DutyContext, owed: DueDuty, payments: readonly Ledgered[], due: OwedPrice): DutyVerdict {
  const sent = total(payments, 'sent')
  const isCompleteLate = sent.owner >= due.amount && sent.platform >= due.fee
  if (isCompleteLate) {
    const last = payments.filter(({ inTime }) => inTime === 'F').toSorted((a, b) => a.at.interval.hi - b.at.interval.hi)
    return overdue(context, owed, last.at(-1)?.at, 'DUTY_OVERDUE')
  }
  const codes: ReasonCode[] = []
  if (sent.owner === 0 && due.amount > 0) codes.push('PAYMENT_MISSING')
  else if (sent.owner < due.amount) codes.push('OWNER_UNDERPAID')
  // That nothing at all was sent is one fault, not two.
  if (sent.platform < due.fee && sent.owner + sent.platform > 0) codes.push('PLATFORM_FEE_MISSING')
  return worstOf(codes.map((code) => overdue(context, owed, undefined, code)))
}

function total(payments: readonly Ledgered[], side: 'sent' | 'received'): Sums {
  return {
    owner: payments.reduce((sum, payment) => sum + payment[side].owner, 0),
    platform: payments.reduce((sum, payment) => sum + payment[side].platform, 0),
  }
}

/** What is left when the larger of what either side calls given back is taken off, from the owner's side first. */
function subtract(sums: Sums, refunds: readonly Ledgered[]): Sums {
  const back = refunds.reduce((sum, { returned, takenBack }) => sum + Math.max(returned, takenBack), 0)
  const fromOwner = Math.min(back, sums.owner)
  return { owner: sums.owner - fromOwner, platform: sums.platform - Math.min(sums.platform, back - fromOwner) }
}

function paymentsOf(context: DutyContext, { due }: DueDuty, price: Price): readonly Ledgered[] {
  const { ledger, horizon, user, owner, terms, grant } = context
  const currency = price.currency
  const payees = new Set<CidText>([owner, ...(terms.split ?? []).map(({ party }) => party)])
  const platform = price.platform?.party
  const sentFor = ledger.linked(11, grant, actorsFor(ledger, [user]))
  return standingActs(context, sentFor).map(({ act, at, judgement }) => {
    const payment = act as Act<11>
    const lines = payment.payload.lines.filter((line) => currency === undefined || line.currency === currency)
    const sent = {
      owner: sum(lines.filter(({ to, role }) => payees.has(to) && role !== 'platform')),
      platform: sum(lines.filter(({ to, role }) => to === platform && (role === 'platform' || !payees.has(to)))),
    }
    const receipts = ledger.linked(12, payment.id)
    const received = { owner: 0, platform: 0 }
    let returned = 0
    const open: Reason[] = judgement.value === 'U' ? [...judgement.reasons] : []
    const counted: CidText[] = []
    for (const payee of new Set(lines.map(({ to }) => to))) {
      const own = standingActs(context, receipts, [payee])
      const amounts = own.flatMap(({ act: receipt }) =>
        (receipt as Act<12>).payload.lines.filter((line) => currency === undefined || line.currency === currency),
      )
      counted.push(...own.map(({ act: receipt }) => receipt.id))
      for (const { judgement: each } of own) if (each.value === 'U') open.push(...each.reasons)
      const gained = sum(amounts.filter(({ amount }) => amount > 0))
      returned -= sum(amounts.filter(({ amount }) => amount < 0))
      const toOwner = sum(lines.filter((line) => line.to === payee && payees.has(payee) && line.role !== 'platform'))
      const toPlatform = sum(
        lines.filter(
          (line) => line.to === payee && payee === platform && (line.role === 'platform' || !payees.has(payee)),
        ),
      )
      // Nobody receives more of a payment than was sent to them.
      received.owner += Math.min(gained, toOwner)
      received.platform += Math.min(Math.max(0, gained - toOwner), toPlatform)
    }
    const isPayee = lines.some(({ to }) => to === user)
    const back = isPayee ? [] : standingActs(context, receipts, [user])
    counted.push(...back.map(({ act: receipt }) => receipt.id))
    const takenBack = sum(
      back.flatMap(({ act: receipt }) =>
        (receipt as Act<12>).payload.lines.filter(
          (line) => line.amount > 0 && (currency === undefined || line.currency === currency),
        ),
      ),
    )
    const inTime = deadlineMet(horizon, at, due).value
    return { act: payment, at, inTime, sent, received, returned, takenBack, receipts: counted, open }
  })
}

function sum(lines: readonly { readonly amount: number }[]): number {
  return lines.reduce((total_, { amount }) => total_ + amount, 0)
}
