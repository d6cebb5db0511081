/**
 * The shape of a verdict, the order of outcomes, and the canonical order of everything that is printed.
 */
import type { CidText } from '../encoding/cid.ts'
import type { ReasonCode } from './reason-code.ts'

/** Best to worst: compliant, pending, undetermined, breach, violation. */
export const OUTCOMES = ['compliant', 'pending', 'undetermined', 'breach', 'violation'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** A0 nothing signed, A1 the user signed the usage, A2 both sides signed what is relied on, A3 a third party attests a fact. */
export type Assurance = 'A0' | 'A1' | 'A2' | 'A3'

export interface Reason {
  code: ReasonCode
  /** Id of the clause in the terms (permission, prohibition, duty) or the name of a policy key. */
  clause?: string
  /** Statements the reason rests on, sorted. */
  statements: readonly CidText[]
  /** One plain sentence in English. The code, not the sentence, is the contract. */
  sentence: string
  /** What is filled into the sentence, in any language. */
  values: Readonly<Record<string, string>>
}

/** The verdict on one dataset version of a use. */
export interface DatasetVerdict {
  version: CidText
  /** Undefined where the version is not in evidence. */
  lineage: CidText | undefined
  /** The grant relied on, or the nearest to it. */
  grant?: CidText
  /** The terms applied: the pinned ones, or the amendment that replaced their permissions. */
  terms?: CidText
  outcome: Outcome
  assurance: Assurance
  reasons: readonly Reason[]
  /** Whole days a duty was discharged late, the most of all duties; absent when none was. */
  delayDays?: number
}

/** Outcome that a model takes over from its parent models. */
export interface InheritedVerdict {
  outcome: Outcome
  reasons: readonly Reason[]
}

export interface UseVerdict {
  /** First witnessed usage statement; undefined where nothing was attested (a claim on a model). */
  use: CidText | undefined
  user: CidText | undefined
  run: string | undefined
  /** Hex digest of the model asked about; only where no usage names it. */
  model?: string
  outcome: Outcome
  assurance: Assurance
  inherited?: InheritedVerdict
  datasets: readonly DatasetVerdict[]
  /** Reasons that belong to the use as a whole. */
  reasons: readonly Reason[]
}

/** A claim as far as it bears on the question. */
export interface ClaimVerdict {
  claim: CidText
  isAdmissible: boolean
  reasons: readonly Reason[]
  /** What the respondent answered. Silence is recorded by their absence, and is never guilt. */
  responses: readonly { readonly response: CidText; readonly answer: 'admit' | 'deny' | 'justify' }[]
  findings: readonly FindingVerdict[]
  /** Ids of settlements by the claimant or the respondent. */
  settlements: readonly CidText[]
}

/** A finding on a claim: it weighs only by an arbiter whom the terms name, and only as far as it can be recomputed. */
export interface FindingVerdict {
  finding: CidText
  arbiter: CidText
  isNamedArbiter: boolean
  isReproducible: boolean
}

export interface Verdict {
  /** Moment the verdict is for, Unix seconds; undefined where no log in evidence carries the quorum. */
  instant: number | undefined
  /** Earliest of the latest witnessed times of the named logs. */
  asOf: number | undefined
  uses: readonly UseVerdict[]
  claims: readonly ClaimVerdict[]
  /** Worst of the uses. */
  outcome: Outcome
  /** Keys of the sentences under "what this does not prove", sorted. */
  notProved: readonly string[]
}

const RANK: Readonly<Record<Outcome, number>> = { compliant: 0, pending: 1, undetermined: 2, breach: 3, violation: 4 }

/** Negative when a is the better outcome, positive when b is. */
export function compareOutcomes(a: Outcome, b: Outcome): number {
  return RANK[a] - RANK[b]
}

/** Worst of the outcomes; compliant when there are none. */
export function worstOutcome(outcomes: Iterable<Outcome>): Outcome {
  let worst: Outcome = 'compliant'
  for (const outcome of outcomes) if (RANK[outcome] > RANK[worst]) worst = outcome
  return worst
}

/** Order of UTF-16 code units: the same on every runtime, unlike any locale's order. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Reasons by code, clause and statement ids, each once. */
export function sortReasons(reasons: Iterable<Reason>): Reason[] {
  const byKey = new Map<string, Reason>()
  for (const reason of reasons) {
    const statements = [...new Set(reason.statements)].sort(compareText)
    const key = [reason.code, reason.clause ?? '', ...statements, reason.sentence].join('\n')
    byKey.set(key, { ...reason, statements })
  }
  return [...byKey.entries()].sort((a, b) => compareText(a[0], b[0])).map((entry) => entry[1])
}

/** The same verdict with every outcome taken back: what it rests on is not all there. */
export function unsettled(verdict: Verdict, reasons: readonly Reason[]): Verdict {
  const uses = verdict.uses.map((use): UseVerdict => ({
    ...use,
    outcome: 'undetermined',
    ...(use.inherited === undefined ? {} : { inherited: { ...use.inherited, outcome: 'undetermined' } }),
    datasets: use.datasets.map((dataset) => Object.assign({}, dataset, { outcome: 'undetermined' as const })),
    reasons: sortReasons([...use.reasons, ...reasons]),
  }))
  const claims = verdict.claims.map((claim) =>
    Object.assign({}, claim, { isAdmissible: false, reasons: sortReasons([...claim.reasons, ...reasons]) }),
  )
  return { ...verdict, uses, claims, outcome: 'undetermined' }
}
