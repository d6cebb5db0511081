/**
 * What it takes to say that something is not there (docs/terms.md, "absence is symmetric"): complete lists of every
 * named log, as of the moment that matters, whichever side the absence harms; and deadlines, which rest on absence too.
 */
import type { CidText } from '../encoding/cid.ts'
import { HOLDS, type Judgement, all, fails, holds, reason, unknown } from './reason.ts'
import { type Witnessed, provenTimes } from './time-interval.ts'
import type { EvidenceView, LogView, Placement } from './view.ts'

/** The logs that have to be complete, and how the caller looks at them. */
export interface Horizon {
  readonly view: EvidenceView
  readonly origins: ReadonlySet<string>
  /** Silent logs that are left out: their lists are taken as ending where they end. */
  readonly leftOut: ReadonlySet<string>
  /** The evidence is older than the policy allows for conclusions from absence. */
  readonly isStale: boolean
}

/**
 * T: every entry witnessed up to the moment is in evidence. Otherwise U, with the reason.
 *
 * @param moment Unix seconds
 */
export function listsComplete(horizon: Horizon, moment: number): Judgement {
  if (horizon.isStale) return unknown(reason('STALE_VIEW', []))
  return all([...horizon.origins].map((origin) => logComplete(horizon, origin, moment)))
}

function logComplete(horizon: Horizon, origin: string, moment: number): Judgement {
  const log = horizon.view.logs.get(origin)
  if (log === undefined) return missing(`the log ${origin}`)
  const proven = provenTimes(log)
  if (horizon.leftOut.has(origin)) {
    const last = proven.at(-1)?.size ?? 0
    return log.completeUpTo >= last ? HOLDS : missing(`the complete list of entries of ${origin}`)
  }
  if (proven.some(({ size, fresh }) => fresh >= moment && size <= log.completeUpTo)) return HOLDS
  if (proven.some(({ fresh }) => fresh >= moment)) return missing(`the complete list of entries of ${origin}`)
  return tooEarly(log)
}

/** Why no checkpoint of the log reaches the moment. */
function tooEarly(log: LogView): Judgement {
  if (log.forkedAt !== undefined) return unknown(reason('LOG_EQUIVOCATION', []))
  if (log.times.length > 0 && provenTimes(log).at(-1) === undefined) return unknown(reason('NO_QUORUM', []))
  const lastProven = provenTimes(log).at(-1)?.size ?? 0
  if (log.times.some(({ size, fresh }) => size >= lastProven && fresh === undefined))
    return unknown(reason('NO_QUORUM', []))
  return missing(`a checkpoint of ${log.origin} late enough`)
}

export function missing(what: string, statements: readonly CidText[] = []): Judgement {
  return unknown(reason('EVIDENCE_MISSING', statements, { values: { what } }))
}

/**
 * Was the act done by the deadline? T: met, hi <= deadline. F: missed: every named log has a checkpoint with fresh at or
 * after the deadline that lacks it, and its lists up to there are complete. Otherwise U. The reasons of F are left to the
 * caller, who knows what the deadline was for.
 *
 * @param done undefined when nothing of the sort is in evidence
 * @param deadline Unix seconds
 */
export function deadlineMet(horizon: Horizon, done: Witnessed | undefined, deadline: number): Judgement {
  if (done !== undefined && done.interval.hi <= deadline) return holds()
  const loss = done?.interval.loss
  if (horizon.isStale) return unknown(reason('STALE_VIEW', []))
  const ids = (done?.statements ?? []).map(({ statement }) => statement.id)
  const judgements = [...horizon.origins].map((origin): Judgement => {
    const log = horizon.view.logs.get(origin)
    if (log === undefined) return missing(`the log ${origin}`)
    const lacking = provenTimes(log).filter((time) => time.fresh >= deadline && lacks(done, origin, time.size))
    if (lacking.some(({ size }) => size <= log.completeUpTo)) return HOLDS
    if (lacking.length > 0) return missing(`the complete list of entries of ${origin}`)
    if (horizon.leftOut.has(origin)) return logComplete(horizon, origin, deadline)
    if (loss !== undefined) return unknown(reason(loss, ids))
    if (done !== undefined && holdsOne(done.placements, origin)) {
      return unknown(reason('ORDER_UNPROVEN', ids, { values: { what: 'the statement or its deadline' } }))
    }
    return tooEarly(log)
  })
  const lacked = all([...judgements, ...elsewhere(horizon, done, deadline)])
  return lacked.value === 'T' ? fails() : unknown(...lacked.reasons)
}

/**
 * Done in a log that nobody named, it counts as well: that it was late there too is shown by a checkpoint of that log from
 * the deadline or later that lacks it.
 */
function elsewhere(horizon: Horizon, done: Witnessed | undefined, deadline: number): readonly Judgement[] {
  const others = new Set(
    (done?.placements ?? []).map(({ origin }) => origin).filter((origin) => !horizon.origins.has(origin)),
  )
  return [...others].map((origin): Judgement => {
    const log = horizon.view.logs.get(origin)
    const isShown =
      log !== undefined && provenTimes(log).some(({ size, fresh }) => fresh >= deadline && lacks(done, origin, size))
    const ids = (done?.statements ?? []).map(({ statement }) => statement.id)
    return isShown
      ? HOLDS
      : unknown(reason('ORDER_UNPROVEN', ids, { values: { what: 'the statement or its deadline' } }))
  })
}

function lacks(done: Witnessed | undefined, origin: string, size: number): boolean {
  return done === undefined || !done.placements.some((place) => place.origin === origin && place.index < size)
}

function holdsOne(placements: readonly Placement[], origin: string): boolean {
  return placements.some((placement) => placement.origin === origin)
}
