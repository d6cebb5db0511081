/**
 * The duties that are discharged by one statement of somebody: what it has to be, and whose word it takes.
 */
import type { CidText } from '../../encoding/cid.ts'
import { ISSUED_BY } from '../../statement/references.ts'
import type { Holding } from '../../statement/withdrawal.ts'
import { actorsFor } from '../actors.ts'
import type { Act } from '../ledger.ts'
import { reason } from '../reason.ts'
import { judgeDischarge, standingActs, undetermined } from './discharge.ts'
import { type DutyContext, type DutyRule, FULFILLED, pending, trustedCredentials } from './duty-context.ts'

/** `attribute`: a usage of the run that says where the attribution stands. */
export const attribute: DutyRule = (context, owed) => {
  const { chain } = context
  const acts = [chain.rootAct, ...chain.amendments.map(({ act }) => act)].filter(
    ({ payload }) => payload.attribution !== undefined,
  )
  return judgeDischarge(context, owed, { acts })
}

/** `notify`: a notice to whoever the duty names, else to the owner. */
export const notify: DutyRule = (context, owed) => {
  const to = owed.duty.to ?? context.owner
  const acts = noticesAbout(context, owed.id, [context.user]).filter(
    ({ payload }) => payload.addressee === undefined || payload.addressee === to,
  )
  return judgeDischarge(context, owed, { acts })
}

/** `delete`, `retire-model`: the holder's receipt for the revocation, or a notice that names the duty. */
export const deleteData: DutyRule = (context, owed) =>
  judgeDischarge(context, owed, { acts: holdings(context, owed.id, ['removed', 'deleted', 'never-held']) })

export const retireModel: DutyRule = (context, owed) =>
  judgeDischarge(context, owed, { acts: holdings(context, owed.id, ['retrained', 'retired', 'never-held']) })

function holdings(context: DutyContext, duty: string, done: readonly Holding[]): readonly Act[] {
  const { ledger, used, revocations, user } = context
  const receipts = revocations
    .flatMap(({ id }) => ledger.linked(19, id, actorsFor(ledger, [user])))
    .filter(({ payload }) =>
      payload.versions.some(
        (each) => ledger.canonical(each.version) === used.version && each.done.some((word) => done.includes(word)),
      ),
    )
  return [...receipts, ...noticesNaming(context, duty, [user])]
}

/** `share-benefit`: the user says it shared, and whoever the benefit is for acknowledges it. */
export const shareBenefit: DutyRule = (context, owed) => {
  const { user, terms, owner } = context
  const beneficiary = owed.duty.to ?? terms.benefit?.to ?? owner
  const acknowledged = noticesNaming(context, owed.id, [beneficiary])
  const said = standingActs(context, noticesNaming(context, owed.id, [user]))
  const verdict = judgeDischarge(context, owed, { acts: acknowledged, by: [beneficiary] })
  if (verdict.outcome !== 'breach' || said.length === 0) return verdict
  const asserted = judgeDischarge(context, owed, { acts: said.map(({ act }) => act) })
  if (asserted.outcome !== 'compliant') return asserted
  const values = { what: 'whether the benefit was received: it is not acknowledged' }
  return undetermined(owed.id, [
    reason(
      'FACT_UNKNOWN',
      said.map(({ act }) => act.id),
      { clause: owed.id, values },
    ),
  ])
}

/** `obtain-consent`: ask each time. The grant names the project, or answers a request of the user. */
export const obtainConsent: DutyRule = (context, owed) => {
  const { granted, grant, termsId, use } = context
  const isAsked =
    granted.project !== undefined ? granted.project === (use.project ?? granted.project) : granted.request !== undefined
  if (isAsked) return FULFILLED
  if (owed.isDueLater) return pending(context, owed.id)
  return {
    outcome: 'breach',
    reasons: [reason('DUTY_OVERDUE', [termsId, grant], { clause: owed.id, values: { task: 'ask' } })],
  }
}

/** `ethics-approval`: a credential of an endorser the verifier trusts. */
export const ethicsApproval: DutyRule = (context, owed) => {
  const acts = trustedCredentials(context).filter(({ payload }) => payload.type === 'ethics')
  return judgeDischarge(context, owed, { acts, by: context.trust.endorsers })
}

/** `prove`: a credential of a trusted endorser, or the start of the run. */
export const prove: DutyRule = (context, owed) => {
  const { ledger, user, trust, grant } = context
  const starts = ledger.linked(14, grant, [user])
  return judgeDischarge(context, owed, {
    acts: [...trustedCredentials(context), ...starts],
    by: [...trust.endorsers, user],
  })
}

/** `ensure-exclusivity`: a duty not to do something; nothing has to be shown for it. */
export const ensureExclusivity: DutyRule = () => FULFILLED

/** `allow-audit`, `respond-to-claim`: a response to the claim. */
export const respond: DutyRule = (context, owed) => {
  const { trigger } = owed
  const acts =
    trigger === undefined ? noticesNaming(context, owed.id, [context.user]) : context.ledger.linked(21, trigger.id)
  return judgeDischarge(context, owed, { acts })
}

/** Notices that name the duty, by one of these parties. */
function noticesNaming(context: DutyContext, duty: string, by: readonly CidText[]): readonly Act<24>[] {
  return noticesAbout(context, duty, by).filter(({ payload }) => payload.duty === duty)
}

/** Notices of these parties about the agreement or the use, that name this duty or none. */
function noticesAbout(context: DutyContext, duty: string, by: readonly CidText[]): readonly Act<24>[] {
  const { ledger, grant, termsId, lineage, chain, used } = context
  const subjects = new Set<CidText>(
    [grant, termsId, lineage, used.version, chain.rootAct.id].map((id) => ledger.canonical(id)),
  )
  const notices = by.flatMap((party) => ledger.referring(24, { type: ISSUED_BY, subject: party }))
  return notices.filter(({ payload }) => {
    if (payload.duty !== undefined && payload.duty !== duty) return false
    return payload.about === undefined || payload.about.some((id) => subjects.has(ledger.canonical(id)))
  })
}
