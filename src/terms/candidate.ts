/**
 * One grant that a use names for a dataset: is it a permission for this use, and what is the outcome under its terms
 * (docs/terms.md C, steps 0 to 4, per candidate).
 *
 * A silent log is left out where the outcome is against the side that alone named it; so a candidate is judged with all
 * named logs, and again without those of each side.
 */
import type { CidText } from '../encoding/cid.ts'
import type { Moment } from '../statement/vocabulary.ts'
import type { Terms } from '../statement/terms.ts'
import { type Horizon, missing } from './absence.ts'
import { type AcceptanceJudgement, acceptancesBy, acceptedBefore } from './acceptance.ts'
import { type ActVerdict, judgeAct, noPermission, worstOf } from './act.ts'
import { type ReadableTerms, type TermsInForce, isSupported, termsInForce, unsupported } from './amendments.ts'
import type { CandidateInput } from './candidate-input.ts'
import { datasetStands, selectsVersion, versionStands } from './dataset-version.ts'
import type { DutyContext } from './duties/duty-context.ts'
import type { FactContext } from './facts/operand.ts'
import { notSuspended } from './forks.ts'
import { endingFor } from './grant-ending.ts'
import {
  type Agreement,
  isForProject,
  isForUser,
  isOwnTerms,
  mayGrant,
  termsStand,
  windowBegun,
} from './grant-stands.ts'
import type { Act, Ledger } from './ledger.ts'
import { type NamedLogs, type Namer, asOfLogs, nameLogs, silentLogsOf } from './named-logs.ts'
import { judgeParentGrant } from './parent-grant.ts'
import { HOLDS, type Judgement, all, fails } from './reason.ts'
import type { Ending, RunTimes } from './revocation.ts'
import { runTimes } from './run-times.ts'
import { signedAct } from './signer.ts'
import { chainOf } from './sublicence.ts'
import { type UsedVersion, hiOf } from './use-facts.ts'
import { type Reason, compareOutcomes, worstOutcome } from './verdict.ts'

export interface CandidateVerdict extends ActVerdict {
  readonly grant: CidText
  readonly terms?: CidText
  /** Whether the grant is a permission for this use. */
  readonly value: Judgement['value']
  readonly notes: readonly Reason[]
  /** hi of the grant, for the choice between equals. */
  readonly hi: number
  /** Both sides signed the agreement. */
  readonly isTwoSided: boolean
  /** asOf of its named logs. */
  readonly asOf?: number
}

export function judgeCandidate(input: CandidateInput): CandidateVerdict {
  const { ledger } = input
  const grant = ledger.find(9, input.grant)
  if (grant === undefined) {
    const known = ledger.has(input.grant)
    return settle(input, known ? fails() : missing('the grant', [input.grant]), Number.POSITIVE_INFINITY)
  }
  const hi = hiOf(signedAct(ledger, grant))
  const terms = ledger.find(7, grant.payload.terms)
  if (terms === undefined) {
    const known = ledger.has(grant.payload.terms)
    return settle(input, known ? fails() : missing('the terms of the grant', [grant.payload.terms]), hi)
  }
  const dataset = ledger.find(5, terms.payload.lineage)
  if (dataset === undefined) return settle(input, missing('the dataset', [terms.payload.lineage]), hi)
  const agreement: Agreement = { grant, terms, dataset, signedGrant: signedAct(ledger, grant) }
  const byBuyer = acceptancesBy(ledger, grant, input.use.user).flatMap(({ payload }) => payload.log ?? [])
  const named = nameLogs([...dataset.payload.logs, ...(grant.payload.logs ?? [])], byBuyer)
  const whole = judgeWithin(input, agreement, named, new Set())
  const againstBuyer = without(input, agreement, named, 'buyer')
  if (againstBuyer !== undefined && compareOutcomes(againstBuyer.outcome, 'undetermined') > 0) return againstBuyer
  const againstOwner = without(input, agreement, named, 'owner')
  if (againstOwner !== undefined && compareOutcomes(againstOwner.outcome, 'undetermined') < 0) return againstOwner
  return whole
}

function without(
  input: CandidateInput,
  agreement: Agreement,
  named: NamedLogs,
  namer: Namer,
): CandidateVerdict | undefined {
  const silent = silentLogsOf(input.ledger.view, named, namer, input.trust.maxStalenessSeconds)
  return silent.size === 0 ? undefined : judgeWithin(input, agreement, named, silent)
}

function settle(input: CandidateInput, judgement: Judgement, hi: number): CandidateVerdict {
  const act: ActVerdict =
    judgement.value === 'F'
      ? noPermission([input.grant], judgement.reasons)
      : { outcome: 'undetermined', reasons: judgement.reasons }
  return { ...act, grant: input.grant, value: judgement.value, notes: judgement.notes, hi, isTwoSided: false }
}

function judgeWithin(
  input: CandidateInput,
  agreement: Agreement,
  named: NamedLogs,
  leftOut: ReadonlySet<string>,
): CandidateVerdict {
  const { ledger, use } = input
  const { grant, terms, dataset, signedGrant } = agreement
  const counted = [...named.origins].filter((origin) => !leftOut.has(origin))
  const asOf = asOfLogs(ledger.view, counted)
  const instant = input.instant ?? asOf
  const isStale = asOf !== undefined && instant !== undefined && instant - asOf > input.trust.maxStalenessSeconds
  const horizon: Horizon = { view: ledger.view, origins: named.origins, leftOut, isStale }
  const times = runTimes(input, grant)

  const acceptance = acceptedBefore({
    ledger,
    horizon,
    grant,
    signedGrant,
    lineage: dataset.id,
    user: use.user,
    start: use.from,
  })
  const isReadable = isSupported(terms.payload)
  const ending = isReadable
    ? endingFor(input, agreement, terms.payload, horizon, times, [use.user])
    : { judgement: HOLDS }
  const authority = mayGrant(ledger, agreement)
  const chain = chainOf(ledger, grant)
  const links = chain.parents.map((parent, i) =>
    judgeParentGrant({ input, grant: parent, passedOn: chain.parents[i - 1] ?? grant, dataset, horizon, times }),
  )
  // Terms that are not read leave everything about the grant open (R1).
  const candidate = isReadable
    ? all([
        all([signedGrant.judgement, authority]),
        chain.judgement,
        ...links.map((link) => link.judgement),
        termsStand(ledger, agreement),
        datasetStands(ledger, dataset),
        versionStands(ledger, input.used.version, dataset),
        isForUser(grant, use.user),
        acceptance.judgement,
        windowBegun(grant, use.from),
        isForProject(grant, use.project),
        selectsVersion(ledger, grant, terms.payload, input.used.version),
        ending.judgement,
      ])
    : unsupported(terms)
  const common = {
    grant: grant.id,
    terms: terms.id,
    value: candidate.value,
    hi: hiOf(signedGrant),
    isTwoSided:
      signedGrant.judgement.value === 'T' &&
      authority.value === 'T' &&
      acceptance.isSigned &&
      (!isPaymentOwed(terms.payload) || arePaymentsReceipted(ledger, grant, use.user)),
    ...(asOf === undefined ? {} : { asOf }),
  }
  if (candidate.value === 'F')
    return { ...common, ...noPermission([grant.id], candidate.reasons), notes: candidate.notes }
  if (!isSupported(terms.payload)) {
    return { ...common, outcome: 'undetermined', reasons: candidate.reasons, notes: candidate.notes }
  }
  const inForce = termsInForce({
    ledger,
    pinned: terms,
    clauses: terms.payload,
    owner: dataset.payload.owner,
    logs: named.origins,
    times,
    horizon,
  })
  const judgedAt = asOf === undefined || instant === undefined ? undefined : Math.min(instant, asOf)
  const pinned = terms.payload
  const duties = dutyContext({ input, agreement, pinned, horizon, judgedAt, times, acceptance, ending })
  const facts: Omit<FactContext, 'asOf'> = {
    ledger,
    trust: input.trust,
    horizon,
    judgedAt,
    use,
    times,
    acceptedAt: acceptance.acceptedAt,
    subsets: subsetsOf(ledger, input.used),
    project: use.project ?? grant.payload.project,
  }
  const above = links.flatMap(({ terms: link }) =>
    link === undefined ? [] : [judgeAct({ terms: link, facts: { ...facts, asOf: momentOf(link) }, candidate })],
  )
  const judge = (under: ReadableTerms): ActVerdict => {
    const own = judgeAct({
      terms: under,
      facts: { ...facts, asOf: momentOf(under) },
      candidate,
      owed: { pinned, ending, duties },
    })
    return above.length === 0 ? own : worstOf([own, ...above])
  }
  const { verdict, current, notes } = chooseTerms(inForce, judge)
  const suspended = notSuspended(ledger, terms, (each) => isOwnTerms(ledger, each, dataset))
  return {
    ...common,
    ...againstForker(verdict, suspended),
    terms: current,
    notes: [...candidate.notes, ...notes, ...suspended.reasons],
  }
}

/** Nothing is owed, and so no payment relied on, without a price. */
function isPaymentOwed(terms: Act<7>['payload']): boolean {
  return !isSupported(terms) || (terms.price !== undefined && terms.price.model !== 'free')
}

/** Whether every payee of every payment under the grant says that it received it. */
function arePaymentsReceipted(ledger: Ledger, grant: Act<9>, user: CidText): boolean {
  return ledger
    .linked(11, grant.id, [user])
    .filter((payment) => signedAct(ledger, payment).judgement.value === 'T')
    .every((payment) =>
      payment.payload.lines.every(({ to }) =>
        ledger
          .linked(12, payment.id)
          .some((receipt) => receipt.iss === to && signedAct(ledger, receipt).judgement.value === 'T'),
      ),
    )
}

/** Facts about a party are looked at when the use starts, unless the terms say otherwise. */
function momentOf({ clauses }: ReadableTerms): Moment {
  return clauses.asOf ?? 'use-start'
}

function subsetsOf(ledger: Ledger, used: UsedVersion): FactContext['subsets'] {
  return used.namedBy.flatMap(({ act }) =>
    act.kind !== 15
      ? []
      : (act as Act<15>).payload.datasets
          .filter(({ version }) => ledger.canonical(version) === used.version)
          .map(({ subset }) => subset),
  )
}

/** Suspended terms still stand against the owner who forked them; against the user they settle nothing. */
function againstForker(verdict: ActVerdict, suspended: Judgement): ActVerdict {
  if (suspended.value === 'T' || compareOutcomes(verdict.outcome, 'undetermined') <= 0) return verdict
  return { ...verdict, outcome: 'undetermined', reasons: [...suspended.reasons, ...verdict.reasons] }
}

function chooseTerms(
  inForce: TermsInForce,
  judge: (terms: ReadableTerms) => ActVerdict,
): { verdict: ActVerdict; current: CidText; notes: readonly Reason[] } {
  let verdict = judge(inForce.current)
  let current = inForce.current.id
  for (const branch of inForce.branches) {
    const other = judge(branch)
    if (compareOutcomes(other.outcome, verdict.outcome) >= 0) continue
    verdict = other
    current = branch.id
  }
  for (const { terms, reasons, mayHelp } of inForce.unsettled) {
    const other: ActVerdict = terms === undefined ? { outcome: 'undetermined', reasons: [] } : judge(terms)
    const difference = compareOutcomes(other.outcome, verdict.outcome)
    const isOpen = difference > 0 || (difference < 0 && mayHelp)
    if (!isOpen) continue
    const outcome = difference > 0 ? worstOutcome([verdict.outcome, 'undetermined']) : 'undetermined'
    verdict = { ...verdict, outcome, reasons: [...verdict.reasons, ...reasons] }
  }
  return { verdict, current, notes: inForce.notes }
}

function dutyContext(parts: {
  input: CandidateInput
  agreement: Agreement
  pinned: Terms
  horizon: Horizon
  judgedAt: number | undefined
  times: RunTimes
  acceptance: AcceptanceJudgement
  ending: Ending
}): DutyContext {
  const { input, agreement, pinned, horizon, judgedAt, times, acceptance, ending } = parts
  return {
    ledger: input.ledger,
    trust: input.trust,
    horizon,
    judgedAt,
    grant: agreement.grant.id,
    granted: agreement.grant.payload,
    termsId: agreement.terms.id,
    terms: pinned,
    lineage: agreement.dataset.id,
    owner: agreement.dataset.payload.owner,
    steward: agreement.dataset.payload.steward,
    user: input.use.user,
    acceptedAt: acceptance.acceptedAt,
    total: acceptance.total,
    revokedAt: ending.revokedAt,
    revocations: ending.revocations ?? [],
    times,
    use: input.use,
    chain: input.chain,
    used: input.used,
  }
}
