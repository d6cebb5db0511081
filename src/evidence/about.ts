/**
 * What a verdict is about, in the names that statements in evidence give: who asks, which use of which dataset, by whom,
 * since when it is known, and whether a claim was answered. Names are claims, so an id goes with each. Nothing is decided
 * here.
 */
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { isCid } from '../encoding/cid.ts'
import type { Statement } from '../statement/envelope.ts'
import type { IntendedUse } from '../terms/suppose.ts'
import { witnessed } from '../terms/time-interval.ts'
import type { ClaimVerdict, DatasetVerdict, UseVerdict, Verdict } from '../terms/verdict.ts'
import type { EvidenceView, Question } from '../terms/view.ts'

export interface NamedParty {
  /** Undefined where the evidence does not say who it is. */
  readonly id: CidText | undefined
  readonly name: string | undefined
}

export interface NamedDataset {
  readonly version: CidText
  /** Undefined where it is not in evidence. */
  readonly title: string | undefined
  readonly label: string | undefined
}

export interface AboutClaim {
  readonly claimant: NamedParty
  readonly respondent: NamedParty
  /** A word, such as NO_PERMISSION. */
  readonly allegation: string
  readonly answers: readonly ClaimVerdict['responses'][number]['answer'][]
}

export type AboutQuestion =
  | { readonly asks: 'use' }
  | { readonly asks: 'model'; readonly model: string }
  | { readonly asks: 'claim'; readonly id: CidText; readonly claim: AboutClaim | undefined }
  | { readonly asks: 'grants'; readonly grants: readonly { readonly by: NamedParty; readonly to: NamedParty }[] }
  | { readonly asks: 'intended'; readonly user: NamedParty }

/** One for each use of the verdict, in their order. */
export interface AboutUse {
  readonly user: NamedParty
  /** Undefined where nothing was attested. */
  readonly run: string | undefined
  /** One for each dataset of the verdict, in their order. */
  readonly datasets: readonly NamedDataset[]
  /** Unix seconds; undefined: no quorum of the verifier's witnesses vouches for it. */
  readonly witnessedBy: number | undefined
}

export interface About {
  readonly question: AboutQuestion
  readonly uses: readonly AboutUse[]
  /** Those that bear on the question; where it is a claim, only that one. */
  readonly claims: readonly AboutClaim[]
}

export function aboutOf(
  view: EvidenceView,
  question: Question,
  verdict: Verdict,
  intended: IntendedUse | undefined,
): About {
  const claims = new Map(verdict.claims.map((each) => [each.claim, claimOf(view, each)]))
  return {
    question: intended === undefined ? questionOf(view, question, claims) : intendedBy(view, intended),
    uses: verdict.uses.map((use) => useOf(view, use)),
    claims: [...claims.values()].filter((claim) => claim !== undefined),
  }
}

function intendedBy(view: EvidenceView, { user }: IntendedUse): AboutQuestion {
  return { asks: 'intended', user: partyOf(view, user) }
}

function questionOf(
  view: EvidenceView,
  question: Question,
  claims: ReadonlyMap<CidText, AboutClaim | undefined>,
): AboutQuestion {
  if ('use' in question) return { asks: 'use' }
  if ('model' in question) return { asks: 'model', model: toHex(question.model) }
  if ('claim' in question) return { asks: 'claim', id: question.claim, claim: claims.get(question.claim) }
  return { asks: 'grants', grants: question.grants.map((id) => grantOf(view, id)) }
}

function grantOf(view: EvidenceView, id: CidText): { by: NamedParty; to: NamedParty } {
  const statement = view.statements.get(id)?.statement
  const assignee = statement?.kind === 9 ? statement.payload.assignee : undefined
  return { by: issuerOf(view, statement), to: partyOf(view, assignee) }
}

/** @returns undefined where the claim is not in evidence */
function claimOf(view: EvidenceView, { claim, responses }: ClaimVerdict): AboutClaim | undefined {
  const statement = view.statements.get(claim)?.statement
  if (statement?.kind !== 20) return undefined
  const { respondent, allegation } = statement.payload
  return {
    claimant: issuerOf(view, statement),
    respondent: partyOf(view, respondent),
    allegation,
    answers: [...new Set(responses.map(({ answer }) => answer))],
  }
}

function useOf(view: EvidenceView, { use, user, run, datasets }: UseVerdict): AboutUse {
  return {
    user: partyOf(view, user),
    run,
    datasets: datasets.map((dataset) => datasetOf(view, dataset)),
    witnessedBy: use === undefined ? undefined : witnessedBy(view, use),
  }
}

/** The names of a dataset version, as far as its owner's statements are in evidence. */
export function datasetOf(view: EvidenceView, { version, lineage }: DatasetVerdict): NamedDataset {
  const labelled = view.statements.get(version)?.statement
  const titled = lineage === undefined ? undefined : view.statements.get(lineage)?.statement
  return {
    version,
    title: titled?.kind === 5 ? titled.payload.title : undefined,
    label: labelled?.kind === 6 ? labelled.payload.label : undefined,
  }
}

/** Unix seconds, by which a quorum vouches for a statement; undefined without one. */
export function witnessedBy(view: EvidenceView, id: CidText): number | undefined {
  const viewed = view.statements.get(id)
  const hi = viewed === undefined ? undefined : witnessed(view, viewed)?.interval.hi
  return hi === undefined || hi === Number.POSITIVE_INFINITY ? undefined : hi
}

function issuerOf(view: EvidenceView, statement: Statement | undefined): NamedParty {
  const iss = statement?.iss
  return partyOf(view, iss !== undefined && isCid(iss) ? iss : undefined)
}

export function partyOf(view: EvidenceView, id: CidText | undefined): NamedParty {
  const statement = id === undefined ? undefined : view.statements.get(id)?.statement
  return { id, name: statement?.kind === 3 ? statement.payload.name : undefined }
}
