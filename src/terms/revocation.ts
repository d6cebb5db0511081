/**
 * Has a grant ended for a use? By revocation of the grant, its terms or the version, or by the end of its window
 * (docs/terms.md, "ending" and "declared times").
 *
 * That a run began or ended before the end must be proved by what was witnessed; that it began after is taken as declared.
 */
import type { CidText } from '../encoding/cid.ts'
import type { RevocationEffect } from '../statement/grant.ts'
import type { Terms } from '../statement/terms.ts'
import { type Horizon, listsComplete } from './absence.ts'
import type { Act, Ledger } from './ledger.ts'
import { HOLDS, type Judgement, all, best, fails, holds, reason, unknown, withNotes } from './reason.ts'
import { mayAct, signedAct } from './signer.ts'
import type { Reason } from './verdict.ts'

export const DAY_SECONDS = 86_400
const LONGEST_RUN_AFTER_END_SECONDS = 365 * DAY_SECONDS

export type Attachment = 'at-start' | 'continuous'

/** The times of a run, as declared and as proved; Unix seconds, Infinity where nothing proves it. */
export interface RunTimes {
  readonly from: number
  readonly to: number
  readonly startedBy: number
  readonly endedBy: number
}

export interface EndingInput {
  readonly ledger: Ledger
  /** The named logs: revocations count only there. */
  readonly horizon: Horizon
  readonly grant: Act<9>
  readonly terms: Act<7>
  /** The clauses of the pinned terms. */
  readonly clauses: Terms
  readonly version: CidText
  readonly lineage: CidText
  readonly owner: CidText
  /** Who holds the grant, and so may give it back. */
  readonly holders: readonly CidText[]
  readonly times: RunTimes
  readonly attach: Attachment
}

export interface Ending {
  /** T: the grant had not ended for this use. */
  readonly judgement: Judgement
  /** Earliest moment a valid revocation takes effect; Unix seconds. */
  readonly revokedAt?: number
  /** The revocations that may count. */
  readonly revocations?: readonly Act<13>[]
  /** Owed since then. */
  readonly owed?: { readonly action: 'delete' | 'retire-model'; readonly within: number }
}

export function endingOf(input: EndingInput): Ending {
  const { grant, horizon, times } = input
  const judgements: Judgement[] = [listsComplete(horizon, momentThatMatters(input))]
  if (grant.payload.until !== undefined) {
    judgements.push(
      covered({ at: grant.payload.until, code: 'GRANT_EXPIRED', ids: [grant.id], attach: input.attach }, times),
    )
  }
  let ending: Omit<Ending, 'judgement'> = {}
  const counted: Act<13>[] = []
  for (const revocation of revocationsOf(input)) {
    const { judgement, effective, effect } = judgeRevocation(input, revocation)
    judgements.push(judgement)
    if (effective !== undefined) counted.push(revocation)
    if (effective === undefined || effective >= (ending.revokedAt ?? Number.POSITIVE_INFINITY)) continue
    ending = { revokedAt: effective, ...owedAfter(effect) }
  }
  return { judgement: all(judgements), ...ending, revocations: counted }
}

/** A revocation witnessed after this moment cannot end the grant for this use. */
function momentThatMatters({ clauses, times, attach }: EndingInput): number {
  if (attach === 'continuous') return Math.max(times.from, times.to)
  const late = Math.max(times.from, times.to - LONGEST_RUN_AFTER_END_SECONDS)
  const { revoke } = clauses
  if (revoke?.allowed !== 'any' || revoke.effect.mode !== 'stop-running') return late
  return Math.max(late, times.to - revoke.effect.grace)
}

function revocationsOf({ ledger, grant, terms, version }: EndingInput): readonly Act<13>[] {
  const found = new Set([...ledger.linked(13, grant.id), ...ledger.linked(13, terms.id), ...ledger.linked(13, version)])
  return [...found].sort((a, b) => (a.id < b.id ? -1 : 1))
}

interface RevocationJudgement {
  readonly judgement: Judgement
  readonly effective?: number
  readonly effect?: RevocationEffect
}

function judgeRevocation(input: EndingInput, act: Act<13>): RevocationJudgement {
  const { ledger, horizon, clauses } = input
  const signed = signedAct(ledger, act, horizon.origins)
  // In none of the named logs: it does not count.
  if (signed.at === undefined) return { judgement: HOLDS }
  const target = [input.grant, input.terms, ledger.find(6, input.version)].find(
    (each) => each !== undefined && ledger.canonical(act.payload.target) === each.id,
  )
  const isRelinquished =
    target === input.grant && act.iss !== input.owner && input.holders.some((holder) => holder === act.iss)
  const principals = [...new Set([input.owner, ...(target === undefined ? [] : [target.iss])])]
  const authority = isRelinquished ? HOLDS : mayAct(ledger, signed, principals, 'revocation', input.lineage)
  const valid = all([signed.judgement, authority])
  if (valid.value === 'F') return { judgement: holds(...valid.reasons) }
  const { revoke } = clauses
  if (!isRelinquished && revoke?.allowed !== 'any') {
    return { judgement: holds(reason('REVOCATION_NOT_PERMITTED', [act.id])) }
  }
  const notice = isRelinquished || revoke?.allowed !== 'any' ? 0 : revoke.notice
  const effect: RevocationEffect =
    isRelinquished || revoke?.allowed !== 'any' ? { mode: 'no-new-use' } : lesser(act.payload.effect, revoke.effect)
  const { lo, hi, loss } = signed.at.interval
  const isTimed = loss === undefined
  // Without a proved time it took effect no earlier than this, and perhaps never.
  const effective = Math.max(act.payload.effective ?? 0, (isTimed ? hi : lo) + notice)
  const attach = effect.mode === 'stop-running' ? 'at-start' : input.attach
  const end: End = { at: effective, code: 'GRANT_REVOKED', ids: [act.id, input.grant.id], attach, effect }
  const cover = covered(end, input.times)
  if (cover.value === 'T')
    return isTimed && valid.value === 'T' ? { judgement: cover, effective, effect } : { judgement: HOLDS }
  if (valid.value === 'U') return { judgement: unknown(...valid.reasons) }
  return isTimed ? { judgement: cover, effective, effect } : { judgement: unknown(reason(loss, [act.id])) }
}

/** A revocation may ask for less than the terms allow, never for more. */
function lesser(asked: RevocationEffect | undefined, allowed: RevocationEffect): RevocationEffect {
  if (asked === undefined || asked.mode === allowed.mode) {
    if (asked?.mode === 'stop-running' && allowed.mode === 'stop-running') {
      return { mode: 'stop-running', grace: Math.max(asked.grace, allowed.grace) }
    }
    if (asked !== undefined && 'within' in asked && 'within' in allowed) {
      return { ...allowed, within: Math.max(asked.within, allowed.within) }
    }
    return allowed
  }
  return asked.mode === 'no-new-use' ? asked : allowed
}

function owedAfter(effect: RevocationEffect | undefined): Pick<Ending, 'owed'> {
  if (effect?.mode === 'delete-data') return { owed: { action: 'delete', within: effect.within } }
  if (effect?.mode === 'retire-models') return { owed: { action: 'retire-model', within: effect.within } }
  return {}
}

interface End {
  /** Unix seconds. */
  readonly at: number
  readonly code: 'GRANT_REVOKED' | 'GRANT_EXPIRED'
  readonly ids: readonly CidText[]
  readonly attach: Attachment
  readonly effect?: RevocationEffect
}

/** T: the run is covered although the grant ends at that moment. */
function covered(end: End, times: RunTimes): Judgement {
  const ended = reason(end.code, end.ids)
  if (times.from >= end.at) return fails(ended)
  if (end.attach === 'continuous') {
    return provedBefore({ declared: times.to, proved: times.endedBy, limit: end.at, late: ended, ids: end.ids })
  }
  const judgements: Judgement[] = [startedBefore(times, end)]
  const longest = end.at + LONGEST_RUN_AFTER_END_SECONDS
  judgements.push(
    provedBefore({ declared: times.to, proved: times.endedBy, limit: longest, late: ended, ids: end.ids }),
  )
  if (end.effect?.mode === 'stop-running') {
    const late = reason('RUN_PAST_GRACE', end.ids)
    const limit = end.at + end.effect.grace
    judgements.push(provedBefore({ declared: times.to, proved: times.endedBy, limit, late, ids: end.ids }))
  }
  const result = all(judgements)
  const isAttached = result.value === 'T' && times.to > end.at
  return isAttached ? withNotes(result, [reason('ATTACHED_AT_START', end.ids)]) : result
}

function startedBefore(times: RunTimes, end: End): Judgement {
  if (times.startedBy <= end.at) return HOLDS
  return unknown(
    reason('ORDER_UNPROVEN', end.ids, { values: { what: 'the start of the run or the end of the grant' } }),
  )
}

function provedBefore(input: {
  declared: number
  proved: number
  limit: number
  late: Reason
  ids: readonly CidText[]
}): Judgement {
  if (input.declared > input.limit) return fails(input.late)
  if (input.proved <= input.limit) return HOLDS
  return unknown(
    reason('ORDER_UNPROVEN', input.ids, { values: { what: 'the end of the run or the end of the grant' } }),
  )
}

/** T: at least one of the attachments that may apply covers the run, and all of them do. */
export function bothAttachments(judgements: readonly Judgement[]): Judgement {
  const values = new Set(judgements.map((judgement) => judgement.value))
  const first = best(judgements, HOLDS)
  if (values.size <= 1) return first
  return unknown(reason('FACT_UNKNOWN', [], { values: { what: 'the action' } }))
}
