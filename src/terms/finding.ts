/**
 * What a finding records of a verdict, and whether the same evidence gives it again: outcomes and reason codes, compared
 * item by item on the logs as far as the arbiter saw them.
 */
import type { CidText } from '../encoding/cid.ts'
import type { Finding, FoundOutcome } from '../statement/claim.ts'
import type { Act } from './ledger.ts'
import type { Trilean } from './trilean.ts'
import type { Reason, UseVerdict } from './verdict.ts'
import type { EvidenceView, LogView, ViewedStatement } from './view.ts'

/** Version of these rules; a finding made under others cannot be recomputed here. */
export const EVALUATOR_VERSION = '1'

export function foundOutcomes(uses: readonly UseVerdict[]): readonly FoundOutcome[] {
  return uses.flatMap(({ use, outcome, reasons, datasets }): FoundOutcome[] => {
    const about = use === undefined ? {} : { use }
    return [
      { ...about, outcome, reasons: codesOf(reasons) },
      ...datasets.map((dataset) => ({
        ...about,
        version: dataset.version,
        outcome: dataset.outcome,
        reasons: codesOf(dataset.reasons),
      })),
    ]
  })
}

function codesOf(reasons: readonly Reason[]): readonly string[] {
  return [...new Set(reasons.map(({ code }) => code))].sort()
}

/**
 * Whether evaluating the evidence that the arbiter saw gives what it found, byte for byte. U: here it is not enough to settle
 * what the arbiter settled, who may have seen more of it.
 *
 * @param evaluateClaim evaluates a claim on a view at an instant, without regard to findings
 */
export function reproduce(
  view: EvidenceView,
  finding: Act<22>,
  evaluateClaim: (view: EvidenceView, claim: CidText, instant: number) => readonly UseVerdict[],
): Trilean {
  const { evaluator, claim, instant, outcomes } = finding.payload
  if (evaluator !== EVALUATOR_VERSION) return 'F'
  const seen = asSeenBy(view, finding.payload)
  const found = foundOutcomes(evaluateClaim(seen, claim, instant))
  if (JSON.stringify(found) === JSON.stringify(outcomes.map(ordered))) return 'T'
  const isOpen = found.some(({ outcome }, i) => outcome === 'undetermined' && outcomes[i]?.outcome !== 'undetermined')
  return isOpen ? 'U' : 'F'
}

/** The keys in the order in which foundOutcomes writes them. */
function ordered({ use, version, outcome, reasons }: FoundOutcome): FoundOutcome {
  return {
    ...(use === undefined ? {} : { use }),
    ...(version === undefined ? {} : { version }),
    outcome,
    reasons,
  }
}

/** The evidence cut back to the checkpoints of the finding. */
function asSeenBy(view: EvidenceView, { checkpoints, instant }: Finding): EvidenceView {
  const sizes = new Map(checkpoints.map(({ origin, size }) => [origin, size]))
  const logs = new Map<string, LogView>()
  for (const [origin, log] of view.logs) {
    const size = sizes.get(origin)
    if (size === undefined) continue
    const { forkedAt, ...rest } = log
    logs.set(origin, {
      ...rest,
      times: log.times.filter((time) => time.size <= size && (time.fresh ?? 0) <= instant),
      completeUpTo: Math.min(log.completeUpTo, size),
      // A fork shown later was not known then.
      ...(forkedAt !== undefined && forkedAt === 0 ? { forkedAt } : {}),
    })
  }
  const statements = new Map<CidText, ViewedStatement>()
  for (const [id, viewed] of view.statements) {
    const placements = viewed.placements.filter(({ origin, index }) => index < (sizes.get(origin) ?? 0))
    if (placements.length > 0) statements.set(id, { ...viewed, placements })
  }
  return { ...view, logs, statements }
}
