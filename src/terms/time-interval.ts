/**
 * When a statement was witnessed, and which of two came first (docs/terms.md, "time").
 *
 * hi is the least first(C) over checkpoints that contain the statement; lo the greatest fresh(C) over checkpoints that do
 * not contain it yet and over the note it cites. Statements take effect at hi. From the last checkpoint that both
 * branches of a forked log share, that log proves no time and no order. Times are Unix seconds.
 */
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { REFERS_TO_CID, references } from '../statement/references.ts'
import type { Trilean } from './trilean.ts'
import type { CheckpointTime, EvidenceView, LogView, Placement, ViewedStatement } from './view.ts'

export interface Interval {
  /** -Infinity where nothing bounds it. */
  readonly lo: number
  /** Infinity where no checkpoint with a quorum contains it. */
  readonly hi: number
  /** Why hi is Infinity. */
  readonly loss?: 'LOG_EQUIVOCATION' | 'NO_QUORUM'
}

/** Something that was witnessed: its statements, where they stand, and when. */
export interface Witnessed {
  readonly statements: readonly ViewedStatement[]
  readonly placements: readonly Placement[]
  readonly interval: Interval
}

/** The checkpoints that prove time: those before any fork, with a quorum. Ascending by size. */
export function provenTimes(log: LogView): readonly Required<CheckpointTime>[] {
  const end = log.forkedAt ?? Number.POSITIVE_INFINITY
  const proven: Required<CheckpointTime>[] = []
  for (const { size, first, fresh } of log.times) {
    if (size <= end && first !== undefined && fresh !== undefined) proven.push({ size, first, fresh })
  }
  return proven
}

/**
 * The statement as witnessed in these logs, or in all.
 *
 * @param origins only placements in these logs count; undefined = all
 * @returns undefined when it stands in none of them
 */
export function witnessed(
  view: EvidenceView,
  viewed: ViewedStatement,
  origins?: ReadonlySet<string>,
): Witnessed | undefined {
  const placements = viewed.placements.filter(
    ({ origin }) => view.logs.has(origin) && (origins === undefined || origins.has(origin)),
  )
  if (placements.length === 0) return undefined
  let lo = Number.POSITIVE_INFINITY
  let hi = Number.POSITIVE_INFINITY
  let loss: 'LOG_EQUIVOCATION' | 'NO_QUORUM' = 'NO_QUORUM'
  for (const { origin, index } of placements) {
    const log = view.logs.get(origin)
    if (log === undefined) continue
    let after = Number.NEGATIVE_INFINITY
    for (const { size, first, fresh } of provenTimes(log)) {
      if (size > index) hi = Math.min(hi, first)
      else after = Math.max(after, fresh)
    }
    lo = Math.min(lo, after)
    if (log.forkedAt !== undefined && index >= log.forkedAt) loss = 'LOG_EQUIVOCATION'
  }
  const cited = citedFresh(view, viewed)
  if (cited !== undefined) lo = Math.max(lo, cited)
  lo = Math.min(lo, hi)
  if (hi !== Number.POSITIVE_INFINITY && view.early?.has(viewed.statement.id) === true) hi = lo
  const interval: Interval = hi === Number.POSITIVE_INFINITY ? { lo, hi, loss } : { lo, hi }
  return { statements: [viewed], placements, interval }
}

function citedFresh(view: EvidenceView, viewed: ViewedStatement): number | undefined {
  const seen = viewed.statement.payload?.seen
  return seen === undefined ? undefined : view.citedNotes.get(toHex(seen))?.fresh
}

/** T: a is before b. F: b is before a. U: the evidence does not order them. */
export function order(view: EvidenceView, a: Witnessed, b: Witnessed): Trilean {
  // A log's own order is exact. Witnessed times are whole seconds: within one second intervals touch both ways.
  const inLogs = logOrder(view, a, b)
  if (inLogs !== 'U') return inLogs
  const isBefore = endsBefore(a, b)
  if (isBefore !== endsBefore(b, a)) return isBefore ? 'T' : 'F'
  if (refersTo(b, a)) return 'T'
  return refersTo(a, b) ? 'F' : 'U'
}

function endsBefore(a: Witnessed, b: Witnessed): boolean {
  return a.interval.hi !== Number.POSITIVE_INFINITY && a.interval.hi <= b.interval.lo
}

function refersTo(a: Witnessed, b: Witnessed): boolean {
  const targets = new Set<string>(b.statements.map(({ statement }) => statement.id))
  return a.statements.some(({ statement }) => idsNamedBy(statement).some((id) => targets.has(id)))
}

/** Ids of the statements that a statement names. */
export function idsNamedBy(statement: ViewedStatement['statement']): readonly CidText[] {
  return references(statement).flatMap((reference) => (reference.type === REFERS_TO_CID ? [reference.subject] : []))
}

/** The order in the logs that hold both, where all of them agree. */
function logOrder(view: EvidenceView, a: Witnessed, b: Witnessed): Trilean {
  const answers = new Set<Trilean>()
  for (const left of a.placements) {
    const log = view.logs.get(left.origin)
    const end = log?.forkedAt ?? Number.POSITIVE_INFINITY
    for (const right of b.placements) {
      if (right.origin !== left.origin || left.index >= end || right.index >= end) continue
      if (left.index !== right.index) answers.add(left.index < right.index ? 'T' : 'F')
    }
  }
  const [answer] = answers
  return answers.size === 1 && answer !== undefined ? answer : 'U'
}

/** Where the first of ascending numbers stands that is above `value`; their count where none is. */
export function firstAbove(numbers: readonly number[], value: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? Infinity) <= value) low = middle + 1
    else high = middle
  }
  return low
}
