/**
 * Whether a report says what a scenario expects, and in what it differs.
 */
import type { Report } from '../evidence/report.ts'
import { type DatasetVerdict, type Reason, type UseVerdict, compareOutcomes } from '../terms/verdict.ts'
import type { Expectation } from './scenario.ts'
import type { World } from './world.ts'

export interface Compared {
  readonly expectation: Expectation
  readonly holds: boolean
  /** What was expected and what came instead, one line each. */
  readonly differences: readonly string[]
  /** Code and sentence of each reason given. */
  readonly reasons: readonly Reason[]
}

type Value = string | number | boolean | undefined
type Check = (what: string, expected: Value, found: Value) => void

export function compareExpectation(world: World, expectation: Expectation, report: Report): Compared {
  const { about } = expectation
  const differences: string[] = []
  const check: Check = (what, expected, found) => {
    if (expected !== undefined && expected !== found)
      differences.push(`${what}: expected ${expected}, found ${found ?? 'none'}`)
  }
  if (report.verdict === undefined) differences.push(`no verdict: ${failedSteps(report).join('; ')}`)
  const uses = report.verdict?.uses ?? []
  const reasons: Reason[] = []
  if ('claim' in about) {
    const id = world.statement(about.claim, expectation.path, 'claim').id
    const claim = report.verdict?.claims.find((each) => each.claim === id)
    check('admissible', expectation.admissible, claim?.isAdmissible)
    reasons.push(...(claim?.reasons ?? []), ...uses.flatMap(reasonsOf))
    checkUse(check, expectation, worstUse(uses), report.verdict?.outcome)
  } else if ('model' in about || about.dataset === undefined) {
    const use = 'use' in about ? uses[0] : worstUse(uses)
    reasons.push(...uses.flatMap(reasonsOf))
    checkUse(check, expectation, use, use?.outcome)
  } else {
    const { lineage, versions } = world.dataset(about.dataset, `${expectation.path}.dataset`)
    const version = about.version === undefined ? undefined : versions.get(about.version)
    const found = (uses[0]?.datasets ?? []).filter(
      (dataset) =>
        (version === undefined || dataset.version === version) &&
        (dataset.lineage === lineage || [...versions.values()].includes(dataset.version)),
    )
    const unknown = found.length === 0 ? (uses[0]?.datasets ?? []).filter((each) => each.lineage === undefined) : found
    const dataset = worstDataset(unknown)
    reasons.push(
      ...unknown.flatMap((each) => each.reasons),
      ...(uses[0]?.reasons ?? []),
      ...(uses[0]?.inherited?.reasons ?? []),
    )
    // Of a use that nobody has seen yet no dataset is known: what holds of it holds of each.
    const judged = dataset ?? (uses[0]?.datasets.length === 0 ? uses[0] : undefined)
    check('outcome', expectation.outcome, judged?.outcome)
    check('assurance', expectation.assurance, judged?.assurance)
    check('delayDays', expectation.delayDays, dataset?.delayDays)
    check('inherited', expectation.inherited, uses[0]?.inherited?.outcome ?? 'compliant')
  }
  const codes = new Set(reasons.map(({ code }) => code))
  for (const code of expectation.reasons) {
    if (!codes.has(code)) differences.push(`reasons: expected ${code}, found ${[...codes].join(', ') || 'none'}`)
  }
  return { expectation, holds: differences.length === 0, differences, reasons }
}

function checkUse(
  check: Check,
  expectation: Expectation,
  use: UseVerdict | undefined,
  outcome: string | undefined,
): void {
  check('outcome', expectation.outcome, outcome)
  check('assurance', expectation.assurance, use?.assurance)
  check('inherited', expectation.inherited, use?.inherited?.outcome ?? 'compliant')
  check(
    'delayDays',
    expectation.delayDays,
    Math.max(0, ...(use?.datasets ?? []).map(({ delayDays }) => delayDays ?? 0)),
  )
}

function reasonsOf(use: UseVerdict): readonly Reason[] {
  return [...use.reasons, ...use.datasets.flatMap((each) => each.reasons), ...(use.inherited?.reasons ?? [])]
}

function worstUse(uses: readonly UseVerdict[]): UseVerdict | undefined {
  return uses.toSorted((a, b) => compareOutcomes(b.outcome, a.outcome))[0]
}

function worstDataset(datasets: readonly DatasetVerdict[]): DatasetVerdict | undefined {
  return datasets.toSorted((a, b) => compareOutcomes(b.outcome, a.outcome))[0]
}

function failedSteps(report: Report): readonly string[] {
  return report.steps.filter(({ outcome }) => outcome === 'failed').map(({ code, message }) => `${code}: ${message}`)
}
