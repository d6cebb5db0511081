/**
 * Steps 1 to 6 for one candidate grant under one set of terms: the act outcome of every combination of declared facts, the
 * duties of the best permission, and the worst of it all (docs/terms.md C).
 */
import type { CidText } from '../encoding/cid.ts'
import type { Duty, Permission, Terms } from '../statement/terms.ts'
import type { ReadableTerms } from './amendments.ts'
import type { DutyContext, DutyVerdict } from './duties/duty-context.ts'
import { judgeWithdrawals } from './duties/withdrawals.ts'
import { judgeDuty } from './duty.ts'
import { judgeProof } from './proof.ts'
import type { Combination, FactContext } from './facts/operand.ts'
import {
  type ClauseMatch,
  type PermissionMatch,
  combinations,
  permissionMatches,
  prohibited,
  refusals,
} from './permissions.ts'
import { type Judgement, reason } from './reason.ts'
import type { Ending } from './revocation.ts'
import { type Outcome, type Reason, compareOutcomes, worstOutcome } from './verdict.ts'

export interface ActVerdict {
  readonly outcome: Outcome
  readonly reasons: readonly Reason[]
  readonly delayDays?: number
  /** A third party that the verifier trusts attests a fact relied on. */
  readonly isAttested?: boolean
}

export interface ActInput {
  /** Whose permissions and prohibitions apply. */
  readonly terms: ReadableTerms
  readonly facts: FactContext
  /** The grant: T or U. */
  readonly candidate: Judgement
  /** Left out: only the act is judged, as under the grants above a sublicence, whose duties bind those who hold them. */
  readonly owed?: OwedDuties
}

export interface OwedDuties {
  /** Whose duties apply. */
  readonly pinned: Terms
  readonly ending: Ending
  readonly duties: DutyContext
}

export function judgeAct(input: ActInput): ActVerdict {
  const owed = new Map<string, DutyVerdict>()
  const each = combinations(input.facts.use, input.terms.clauses).map((combination) =>
    judgeCombination(input, combination, owed),
  )
  return worstOf(each)
}

/** The worst outcome, with the reasons of all that have it. */
export function worstOf(verdicts: readonly ActVerdict[]): ActVerdict {
  const outcome = worstOutcome(verdicts.map((verdict) => verdict.outcome))
  const reasons = verdicts.filter((verdict) => verdict.outcome === outcome).flatMap((verdict) => verdict.reasons)
  return withDelay({ outcome, reasons, isAttested: verdicts.some((each) => each.isAttested === true) }, verdicts)
}

function withDelay(verdict: ActVerdict, parts: readonly { readonly delayDays?: number }[]): ActVerdict {
  const delays = parts.flatMap(({ delayDays }) => (delayDays === undefined ? [] : [delayDays]))
  return delays.length === 0 ? verdict : { ...verdict, delayDays: Math.max(...delays) }
}

function judgeCombination(input: ActInput, combination: Combination, owed: Map<string, DutyVerdict>): ActVerdict {
  const { terms, facts } = input
  const forbidden = prohibited(terms.clauses, terms.id, facts, combination)
  const matches = permissionMatches(terms.clauses, terms.id, facts, combination)
  const options = matches.filter(({ judgement }) => judgement.value !== 'F')
  if (options.length === 0) {
    const isForbidden = forbidden.judgement.value === 'T'
    const against = isForbidden ? forbidden.judgement.reasons : []
    const reasons = [reason('NO_PERMISSION', [terms.id]), ...refusals(matches, terms.id, combination), ...against]
    const isAttested = matches.some((match) => match.isAttested) || (isForbidden && forbidden.isAttested)
    return { ...capped(input, { outcome: 'violation', reasons }), isAttested }
  }
  let chosen: ActVerdict | undefined
  for (const option of options) {
    const verdict = judgeOption(input, option, forbidden, owed)
    if (chosen === undefined || compareOutcomes(verdict.outcome, chosen.outcome) < 0) chosen = verdict
  }
  return chosen ?? { outcome: 'undetermined', reasons: [] }
}

function judgeOption(
  input: ActInput,
  { permission, judgement, isAttested }: PermissionMatch,
  forbidden: ClauseMatch,
  owed: Map<string, DutyVerdict>,
): ActVerdict {
  const act = capped(input, actOutcome(forbidden.judgement, judgement, input.candidate))
  const duties = input.owed === undefined ? [] : dutiesOf(input.owed, permission, owed)
  const parts = [act, ...duties]
  const outcome = worstOutcome(parts.map((part) => part.outcome))
  const isAnyAttested = isAttested || forbidden.isAttested || duties.some((duty) => duty.isAttested === true)
  return withDelay({ outcome, reasons: parts.flatMap((part) => part.reasons), isAttested: isAnyAttested }, parts)
}

function actOutcome(forbidden: Judgement, permitted: Judgement, candidate: Judgement): ActVerdict {
  if (forbidden.value === 'T') return { outcome: 'violation', reasons: forbidden.reasons }
  const open = [forbidden, permitted, candidate].filter(({ value }) => value === 'U')
  if (open.length > 0) return { outcome: 'undetermined', reasons: open.flatMap(({ reasons }) => reasons) }
  return { outcome: 'compliant', reasons: [] }
}

/** Where the text for people takes precedence, the machine rules are a draft and settle nothing. */
function capped({ terms, facts }: ActInput, act: ActVerdict): ActVerdict {
  const { id, clauses } = terms
  if (clauses.precedence !== 'human') return act
  const texts = (clauses.authoritative ?? [...(clauses.text?.keys() ?? [])]).flatMap(
    (language) => clauses.text?.get(language)?.cid ?? [],
  )
  const erased = texts.filter((blob) => facts.ledger.linked(25, blob).length > 0)
  const gone = erased.length === 0 ? [] : [reason('EVIDENCE_ERASED', [id, ...erased])]
  const draft = reason('MACHINE_TERMS_NOT_APPROVED', [id])
  return { outcome: 'undetermined', reasons: [draft, ...gone, ...act.reasons] }
}

/** Duties stay those of the pinned terms, whichever terms permit the act. */
function dutiesOf(input: OwedDuties, permission: Permission, owed: Map<string, DutyVerdict>): readonly DutyVerdict[] {
  const { pinned, duties: context } = input
  const same = pinned.permit.find(({ id }) => id === permission.id)
  const own = same === undefined ? pinned.permit.flatMap(({ duties }) => duties ?? []) : (same.duties ?? [])
  const ids = [...new Set([...own, ...(pinned.obligations ?? [])])]
  const judged = ids.flatMap((id) => {
    const duty = pinned.duties.get(id)
    return duty === undefined ? [] : [once(owed, id, () => judgeDuty(context, id, duty))]
  })
  const proofs = (pinned.prove ?? []).map((proof) =>
    once(owed, `prove ${proof.fact}`, () => judgeProof(context, proof.fact, proof.within)),
  )
  const isOwnDuty = ids.some((id) => pinned.duties.get(id)?.action === 'honour-withdrawals')
  const withdrawals = isOwnDuty
    ? []
    : [once(owed, 'withdrawals', () => worstOf([{ outcome: 'compliant', reasons: [] }, ...judgeWithdrawals(context)]))]
  const { owed: after } = input.ending
  if (after === undefined) return [...judged, ...proofs, ...withdrawals]
  const duty: Duty = { action: after.action, due: { event: 'revoked', within: after.within } }
  return [
    ...judged,
    ...proofs,
    ...withdrawals,
    once(owed, `revoke ${after.action}`, () => judgeDuty(context, 'revoke', duty)),
  ]
}

function once(owed: Map<string, DutyVerdict>, key: string, judge: () => DutyVerdict): DutyVerdict {
  const known = owed.get(key)
  if (known !== undefined) return known
  const verdict = judge()
  owed.set(key, verdict)
  return verdict
}

/** Outcome of a grant that gives no permission. */
export function noPermission(statements: readonly CidText[], reasons: readonly Reason[]): ActVerdict {
  return { outcome: 'violation', reasons: [reason('NO_PERMISSION', statements), ...reasons] }
}
