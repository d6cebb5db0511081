/**
 * The verdict on one dataset version of a use: the best of the grants named for it, the worst of the readings of the use.
 */
import { type ActVerdict, noPermission, worstOf } from './act.ts'
import type { CidText } from '../encoding/cid.ts'
import { isSupported } from './amendments.ts'
import { licencesOfModel } from './duties/share-alike.ts'
import { type CandidateVerdict, judgeCandidate } from './candidate.ts'
import type { Ledger } from './ledger.ts'
import { asOfLogs } from './named-logs.ts'
import { type Judgement, all, reason, unknown } from './reason.ts'
import { reportedOnly } from './reported.ts'
import type { UseChain, UseFacts, UsedVersion } from './use-facts.ts'
import {
  type DatasetVerdict,
  type Outcome,
  type Reason,
  compareOutcomes,
  compareText,
  sortReasons,
  worstOutcome,
} from './verdict.ts'
import type { TrustView } from './view.ts'

/** Agreements relied on: none, all signed by both sides, or one that is not. */
export type Agreements = 'none' | 'two-sided' | 'one-sided'

export interface JudgedDataset {
  readonly verdict: DatasetVerdict
  readonly agreements: Agreements
  readonly asOf?: number
  /** Licences a published model may carry; only where the terms relied on ask for the same. */
  readonly modelLicences?: readonly string[]
}

export interface DatasetInput {
  readonly ledger: Ledger
  readonly trust: TrustView
  readonly instant: number | undefined
  readonly chain: UseChain
  readonly readings: readonly UseFacts[]
  readonly used: UsedVersion
  /** Whether the use is its user's own word. */
  readonly signature: Judgement
}

export function judgeDataset(input: DatasetInput): JudgedDataset {
  const { ledger, used } = input
  const lineage = ledger.find(6, used.version)?.payload.lineage
  const chosen = input.readings.map((use) => bestCandidate(input, use))
  const worst = worstOf(chosen.map((each) => each.act))
  const shown = chosen.find((each) => each.act.outcome === worst.outcome)?.candidate
  const { outcome, reasons } = underSignature(
    { outcome: worst.outcome, reasons: worst.reasons },
    signatureOf(input),
    input.chain,
  )
  const notes = chosen.flatMap((each) => each.notes)
  const permitted = outcome === 'compliant' ? [reason('PERMITTED', shown === undefined ? [] : [shown.grant])] : []
  const reported = reportedOnly(ledger, input.chain, used, shown?.terms, lineage)
  const agreements: Agreements = shown === undefined ? 'none' : shown.isTwoSided ? 'two-sided' : 'one-sided'
  const asOfs = chosen.flatMap(({ asOf }) => (asOf === undefined ? [] : [asOf]))
  const fallback = lineage === undefined ? undefined : ledger.find(5, lineage)?.payload.logs
  const asOf = asOfs.length > 0 ? Math.min(...asOfs) : asOfLogs(ledger.view, fallback ?? usageLogs(input.chain))
  const verdict: DatasetVerdict = {
    version: used.version,
    lineage,
    ...(shown === undefined ? {} : { grant: shown.grant }),
    ...(shown?.terms === undefined ? {} : { terms: shown.terms }),
    outcome,
    assurance: agreements !== 'two-sided' ? 'A1' : worst.isAttested === true ? 'A3' : 'A2',
    reasons: sortReasons([...permitted, ...reasons, ...notes, ...reported]),
    ...(worst.delayDays === undefined ? {} : { delayDays: worst.delayDays }),
  }
  const modelLicences = licencesAsked(ledger, shown?.terms)
  return {
    verdict,
    agreements,
    ...(asOf === undefined ? {} : { asOf }),
    ...(modelLicences === undefined ? {} : { modelLicences }),
  }
}

function licencesAsked(ledger: Ledger, id: CidText | undefined): readonly string[] | undefined {
  const terms = id === undefined ? undefined : ledger.find(7, id)?.payload
  if (terms === undefined || !isSupported(terms)) return undefined
  const owed = new Set([...terms.permit.flatMap(({ duties }) => duties ?? []), ...(terms.obligations ?? [])])
  const isAsked = [...owed].some((duty) => terms.duties.get(duty)?.action === 'share-model-alike')
  return isAsked ? licencesOfModel({ terms }) : undefined
}

/** The use's signature, and that of the amendments where only unsettled ones name the dataset. */
function signatureOf({ signature, used }: DatasetInput): Judgement {
  if (!used.isUnsettled) return signature
  const statements = used.namedBy.map(({ act }) => act.id)
  const forked = unknown(reason('ISSUER_FORK', statements))
  const each = used.namedBy.map(({ judgement }) => (judgement.value === 'T' ? forked : judgement))
  return all([signature, ...each])
}

function usageLogs(chain: UseChain): readonly string[] {
  return (chain.root.at?.placements ?? []).map(({ origin }) => origin).sort(compareText)
}

/**
 * What a use whose signature is not settled is worth: a violation stands against whoever signed it, nothing in its favour
 * does. Stolen keys speak neither way, nor does a signature that nobody could check.
 */
export function underSignature(
  act: { outcome: Outcome; reasons: readonly Reason[] },
  signature: Judgement,
  chain: UseChain,
): { outcome: Outcome; reasons: readonly Reason[] } {
  if (signature.value === 'T') return act
  const isStolen = signature.reasons.some(({ code }) => code === 'KEY_COMPROMISED')
  const isChecked = chain.rootAct.variants.some(({ isSignatureValid }) => isSignatureValid)
  const outcome = isStolen || !isChecked ? 'undetermined' : worstOutcome([act.outcome, 'undetermined'])
  return { outcome, reasons: [...act.reasons, ...signature.reasons] }
}

interface Choice {
  readonly act: ActVerdict
  readonly candidate?: CandidateVerdict
  readonly notes: readonly Reason[]
  readonly asOf?: number
}

/** The best outcome counts, then the earliest grant, then the least id. */
function bestCandidate(input: DatasetInput, use: UseFacts): Choice {
  const { used } = input
  if (used.grants.length === 0) return { act: noPermission([used.version], []), notes: [] }
  const { ledger, trust, instant, chain } = input
  const candidates = used.grants.map((grant) => judgeCandidate({ ledger, trust, instant, chain, use, used, grant }))
  candidates.sort((a, b) => compareCandidates(a, b))
  const viable = candidates.filter(({ value }) => value !== 'F')
  const asOfs = (viable.length > 0 ? viable.slice(0, 1) : candidates).flatMap(({ asOf }) => asOf ?? [])
  const asOf = asOfs.length === 0 ? {} : { asOf: Math.min(...asOfs) }
  const first = viable[0] ?? candidates[0]
  if (first === undefined) return { act: noPermission([used.version], []), notes: [] }
  if (viable.length > 0) return { act: first, candidate: first, notes: first.notes, ...asOf }
  const reasons = candidates.flatMap((candidate) => candidate.reasons)
  return {
    act: { outcome: 'violation', reasons },
    candidate: first,
    notes: candidates.flatMap(({ notes }) => notes),
    ...asOf,
  }
}

function compareCandidates(a: CandidateVerdict, b: CandidateVerdict): number {
  const byOutcome = compareOutcomes(a.outcome, b.outcome)
  if (byOutcome !== 0) return byOutcome
  if (a.hi !== b.hi) return a.hi < b.hi ? -1 : 1
  return compareText(a.grant, b.grant)
}

export function useOutcome(datasets: readonly JudgedDataset[]): Outcome {
  return worstOutcome(datasets.map(({ verdict }) => verdict.outcome))
}
