/**
 * What a finding records of a verdict: outcomes and reason codes, in the order of the verdict, so that whoever evaluates
 * the same evidence again can compare them item by item.
 */
import type { FoundOutcome } from '../statement/claim.ts'
import type { Reason, UseVerdict } from './verdict.ts'

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
