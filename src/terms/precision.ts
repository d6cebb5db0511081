/**
 * How exactly does the evidence tell when something was witnessed? What a statement does it does at hi, the first checkpoint
 * in evidence that contains it; and whoever puts evidence together chooses the checkpoints. With fewer of them a revocation
 * seems to have come later than it did.
 *
 * The checkpoints that do not contain it yet bound how much earlier it may have been. Within a day hi is taken as it is.
 * Beyond, the verdict has to be the same wherever in between it was, or it is not settled.
 */
import type { CidText } from '../encoding/cid.ts'
import { reason } from './reason.ts'
import { firstAbove, provenTimes } from './time-interval.ts'
import { compareText, sortReasons, unsettled, type UseVerdict, type Verdict, worstOutcome } from './verdict.ts'
import type { EvidenceView, LogView, ViewedStatement } from './view.ts'

const RESOLUTION_SECONDS = 86_400
/** Kinds that something else depends on by when they took effect: acceptance, revocation, withdrawal, claim. */
const EVENTS: ReadonlySet<number> = new Set([10, 13, 18, 20])
/** With more of them nothing is settled. */
const MAX_INEXACT = 32

/**
 * Evaluates for the moments that the evidence states, and again with what is not exact at its earliest: all of it, and each
 * alone, so that one does not hide another.
 *
 * @param evaluate total; looks at the view alone
 */
export function evaluateWhenever(view: EvidenceView, evaluate: (view: EvidenceView) => Verdict): Verdict {
  const verdict = evaluate(view)
  const inexact = inexactEvents(view)
  if (inexact.length === 0) return verdict
  const why = reason('ORDER_UNPROVEN', inexact, {
    values: { what: 'the use or what it depends on, with so few checkpoints' },
  })
  if (inexact.length > MAX_INEXACT) return unsettled(verdict, [why])
  const sets = inexact.length === 1 ? [inexact] : [inexact, ...inexact.map((id) => [id])]
  const others = sets.map((early) => evaluate({ ...view, early: new Set(early) }))
  return others.every((other) => other.uses.length === verdict.uses.length)
    ? whereAgreed(verdict, others, why)
    : unsettled(verdict, [why])
}

/** In the order of ids. */
function inexactEvents(view: EvidenceView): CidText[] {
  const ids = [...view.statements.values()].flatMap((viewed) => (isInexact(view, viewed) ? [viewed.statement.id] : []))
  return ids.sort(compareText)
}

function isInexact(view: EvidenceView, { statement, placements }: ViewedStatement): boolean {
  // Terms without `prev` are an offer, which begins with its grants; others change the terms before them.
  const isAmendment = statement.kind === 7 && statement.payload.prev !== undefined
  // How far back a recovery reaches is counted from when it was witnessed.
  const isRecovery = statement.kind === 4 && statement.payload.compromisedSince !== undefined
  if (!isAmendment && !isRecovery && !EVENTS.has(statement.kind ?? 0)) return false
  return placements.some(({ origin, index }) => {
    const log = view.logs.get(origin)
    return log !== undefined && gapAt(log, index) > RESOLUTION_SECONDS
  })
}

/** Seconds between the last checkpoint without the entry and the first with it; 0 where no time is proved at all. */
function gapAt(log: LogView, index: number): number {
  const { sizes, since, before } = boundsOf(log)
  const above = firstAbove(sizes, index)
  const first = since[above]
  return first === undefined ? 0 : first - (before[above - 1] ?? Number.NEGATIVE_INFINITY)
}

interface Bounds {
  /** Ascending. */
  readonly sizes: readonly number[]
  /** The earliest first time of this size and all larger ones. */
  readonly since: readonly number[]
  /** The latest fresh time of this size and all smaller ones. */
  readonly before: readonly number[]
}

const bounds = new WeakMap<LogView, Bounds>()

/** Made once for a log: whole logs have thousands of checkpoints and of statements. */
function boundsOf(log: LogView): Bounds {
  const known = bounds.get(log)
  if (known !== undefined) return known
  const times = provenTimes(log)
  const since: number[] = []
  for (const [i, { first }] of [...times.entries()].toReversed()) since[i] = Math.min(first, since[i + 1] ?? first)
  const before: number[] = []
  for (const [i, { fresh }] of times.entries()) before[i] = Math.max(fresh, before[i - 1] ?? fresh)
  const made = { sizes: times.map(({ size }) => size), since, before }
  bounds.set(log, made)
  return made
}

function whereAgreed(verdict: Verdict, others: readonly Verdict[], why: ReturnType<typeof reason>): Verdict {
  const uses = verdict.uses.map((use, i) => {
    const same = others.map((other) => other.uses[i]).filter((each) => each !== undefined)
    return same.every((other) => isSameOutcome(use, other)) ? use : undetermined(use, same, why)
  })
  return { ...verdict, uses, outcome: worstOutcome(uses.map(({ outcome }) => outcome)) }
}

function isSameOutcome(a: UseVerdict, b: UseVerdict): boolean {
  return (
    a.outcome === b.outcome &&
    a.inherited?.outcome === b.inherited?.outcome &&
    a.datasets.every(({ outcome }, i) => b.datasets[i]?.outcome === outcome)
  )
}

/** What differs is not settled; what does not stands. */
function undetermined(use: UseVerdict, others: readonly UseVerdict[], why: ReturnType<typeof reason>): UseVerdict {
  const datasets = use.datasets.map((dataset, i) =>
    others.every((other) => other.datasets[i]?.outcome === dataset.outcome)
      ? dataset
      : { ...dataset, outcome: 'undetermined' as const, reasons: sortReasons([...dataset.reasons, why]) },
  )
  const isOwnSame = others.every((other) => other.outcome === use.outcome)
  const inherited =
    use.inherited === undefined || others.every((other) => other.inherited?.outcome === use.inherited?.outcome)
      ? use.inherited
      : { outcome: 'undetermined' as const, reasons: sortReasons([...use.inherited.reasons, why]) }
  return {
    ...use,
    outcome: isOwnSame ? use.outcome : 'undetermined',
    ...(inherited === undefined ? {} : { inherited }),
    datasets,
    reasons: isOwnSame ? use.reasons : sortReasons([...use.reasons, why]),
  }
}
