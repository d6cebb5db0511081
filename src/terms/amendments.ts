/**
 * Which terms decide the act: the pinned ones, or the newest amendment in force when the run started (docs/terms.md,
 * "amend"). Parallel offers change nothing.
 */
import type { CidText } from '../encoding/cid.ts'
import { isKnownTable } from '../statement/tables/pinned.ts'
import type { Terms, TermsPayload } from '../statement/terms.ts'
import { isReadable } from '../statement/terms.ts'
import { type Horizon, listsComplete } from './absence.ts'
import { notSuspended } from './forks.ts'
import type { Act, Ledger } from './ledger.ts'
import { HOLDS, type Judgement, all, reason, unknown } from './reason.ts'
import type { RunTimes } from './revocation.ts'
import { mayAct, signedAct } from './signer.ts'
import { type Reason, compareText } from './verdict.ts'

export interface ReadableTerms {
  readonly id: CidText
  readonly clauses: Terms
}

export interface TermsInForce {
  readonly current: ReadableTerms
  /** Reported: TERMS_PINNED, TERMS_AMENDED, or why a successor does not count. */
  readonly notes: readonly Reason[]
  /** Terms that may have been in force instead, with the reason it is not settled; the worse outcome makes it unknown. */
  readonly unsettled: readonly UnsettledTerms[]
  /** Branches of the owner's own fork: suspended, but they stand against the owner. */
  readonly branches: readonly ReadableTerms[]
}

export interface UnsettledTerms {
  /** Undefined where they cannot be read. */
  readonly terms: ReadableTerms | undefined
  readonly reasons: readonly Reason[]
  /** It is not only the user's unproved word that leaves it open, so these terms may also help the user. */
  readonly mayHelp: boolean
}

export interface AmendmentInput {
  readonly ledger: Ledger
  readonly pinned: Act<7>
  readonly clauses: Terms
  readonly owner: CidText
  readonly logs: ReadonlySet<string>
  readonly times: RunTimes
  readonly horizon: Horizon
}

export function termsInForce(input: AmendmentInput): TermsInForce {
  const notes: Reason[] = []
  let current: ReadableTerms = { id: input.pinned.id, clauses: input.clauses }
  let act = input.pinned
  for (;;) {
    const successors = successorsOf(input, act)
    const { amend } = current.clauses
    if (successors.length === 0) {
      // That there are no newer ones rests on absence, and those may permit more or less.
      const newest =
        amend?.mode === 'owner-may-change' ? listsComplete(input.horizon, input.times.from - amend.notice) : HOLDS
      const unsettled = newest.value === 'T' ? [] : [{ terms: undefined, reasons: newest.reasons, mayHelp: true }]
      return { current, notes, unsettled, branches: [] }
    }
    if (amend?.mode !== 'owner-may-change') {
      const ids = successors.map((each) => each.act.id)
      return { current, notes: [...notes, reason('TERMS_PINNED', [current.id, ...ids])], unsettled: [], branches: [] }
    }
    const standing = successors.filter(({ standing: judgement }) => judgement.value === 'T')
    const next = standing.length === 1 ? standing[0] : successors.length === 1 ? successors[0] : undefined
    if (next === undefined) {
      const ids = successors.map((each) => each.act.id)
      const branches = successors.flatMap((each) => readable(each.act) ?? [])
      return { current, notes: [...notes, reason('ISSUER_FORK', ids)], unsettled: [], branches }
    }
    const effective = next.hi + amend.notice
    const terms = readable(next.act)
    const isDeclaredAfter = input.times.from >= effective
    if (!isDeclaredAfter && input.times.startedBy <= effective) return { current, notes, unsettled: [], branches: [] }
    const open: Reason[] = [...next.valid.reasons]
    if (!isDeclaredAfter) {
      if (
        next.hi === Number.POSITIVE_INFINITY &&
        input.times.from < next.lo + amend.notice &&
        input.times.startedBy <= next.lo + amend.notice
      ) {
        return { current, notes, unsettled: [], branches: [] }
      }
      const what = 'the start of the run or the change of the terms'
      if (next.valid.value === 'T') open.push(reason('ORDER_UNPROVEN', [next.act.id], { values: { what } }))
    }
    const mayHelp = next.valid.value !== 'T' || terms === undefined
    if (terms === undefined) open.push(reason('PROFILE_UNSUPPORTED', [next.act.id]))
    if (open.length > 0 || terms === undefined)
      return { current, notes, unsettled: [{ terms, reasons: open, mayHelp }], branches: [] }
    notes.push(reason('TERMS_AMENDED', [current.id, next.act.id]))
    current = terms
    act = next.act
  }
}

interface Successor {
  readonly act: Act<7>
  readonly valid: Judgement
  /** Valid and not suspended by a fork. */
  readonly standing: Judgement
  readonly lo: number
  readonly hi: number
}

function successorsOf({ ledger, owner, logs }: AmendmentInput, act: Act<7>): readonly Successor[] {
  const isValid = (each: ReturnType<typeof signedAct>): boolean =>
    each.at !== undefined &&
    all([each.judgement, mayAct(ledger, each, [owner], 'terms', act.payload.lineage)]).value !== 'F'
  return ledger
    .linked(7, act.id)
    .filter((next) => next.payload.lineage === act.payload.lineage)
    .flatMap((next): Successor[] => {
      const signed = signedAct(ledger, next, logs)
      if (!isValid(signed) || signed.at === undefined) return []
      const valid = all([signed.judgement, mayAct(ledger, signed, [owner], 'terms', act.payload.lineage)])
      const standing = all([valid, notSuspended(ledger, next, isValid)])
      return [{ act: next, valid, standing, lo: signed.at.interval.lo, hi: signed.at.interval.hi }]
    })
    .sort((a, b) => compareText(a.act.id, b.act.id))
}

function readable(act: Act<7>): ReadableTerms | undefined {
  return isSupported(act.payload) ? { id: act.id, clauses: act.payload } : undefined
}

/** Terms of another profile, or under tables that are not known here, are not read. */
export function isSupported(payload: TermsPayload): payload is Terms {
  return isReadable(payload) && [...(payload.tables ?? [])].every(([name, digest]) => isKnownTable(name, digest))
}

/** Terms under another profile, or with another table, are kept and not judged. */
export function unsupported(terms: Act<7>): Judgement {
  return unknown(reason('PROFILE_UNSUPPORTED', [terms.id]))
}
