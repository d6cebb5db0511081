/**
 * The verdict on one use: the worst of its datasets, and what concerns the use as a whole. What it takes over from the
 * models it started from is told apart, in inherited.ts.
 */
import type { CidText } from '../encoding/cid.ts'
import { type JudgedDataset, judgeDataset, underSignature, useOutcome } from './dataset-verdict.ts'
import { falseAttestations } from './false-attestation.ts'
import type { Ledger } from './ledger.ts'
import { reason } from './reason.ts'
import { type UseChain, readings, usedVersions } from './use-facts.ts'
import { type Assurance, type Reason, type UseVerdict, sortReasons, worstOutcome } from './verdict.ts'
import type { TrustView } from './view.ts'

export interface Asked {
  readonly ledger: Ledger
  readonly trust: TrustView
  /** What the caller asked for; undefined = the evidence's asOf. */
  readonly instant: number | undefined
}

export interface JudgedUse {
  readonly verdict: UseVerdict
  readonly asOf?: number
}

/** What arbiters found against a usage. */
export interface Contradictions {
  readonly found: readonly Reason[]
  /** Why it is not known whether an arbiter found one. */
  readonly open: readonly Reason[]
}

const NOTHING_FOUND: Contradictions = { found: [], open: [] }

export function judgeUse(asked: Asked, chain: UseChain, found: Contradictions = NOTHING_FOUND): JudgedUse {
  const { ledger } = asked
  const signature = chain.root.judgement
  const identity = { use: chain.rootAct.id, user: chain.rootAct.iss as CidText, run: chain.rootAct.payload.run }
  if (signature.value === 'F') {
    const reasons = sortReasons([...signature.reasons, ...signature.notes])
    return { verdict: { ...identity, outcome: 'undetermined', assurance: 'A0', datasets: [], reasons } }
  }
  const uses = readings(chain)
  const datasets = usedVersions(ledger, chain).map((used) =>
    judgeDataset({ ...asked, chain, readings: uses, used, signature }),
  )
  const contradictions = [...falseAttestations(ledger, chain), ...found.found]
  const conflicts = licenceConflicts(chain, datasets)
  const missingRoot = chain.isRootMissing
    ? [reason('EVIDENCE_MISSING', [chain.rootAct.id], { values: { what: 'the usage that this one amends' } })]
    : []
  const outcomes = worstOutcome([
    useOutcome(datasets),
    ...(conflicts.length > 0 ? (['violation'] as const) : []),
    ...(contradictions.length > 0 ? (['breach'] as const) : []),
    ...(missingRoot.length + found.open.length > 0 ? (['undetermined'] as const) : []),
  ])
  const own = underSignature(
    { outcome: outcomes, reasons: [...contradictions, ...found.open, ...conflicts, ...missingRoot] },
    signature,
    chain,
  )
  const unsettled = chain.amendments.flatMap(({ signed, isForked, act }) => [
    ...signed.judgement.reasons,
    ...signed.judgement.notes,
    ...(isForked ? [reason('ISSUER_FORK', [act.id])] : []),
  ])
  const asOfs = datasets.flatMap(({ asOf }) => (asOf === undefined ? [] : [asOf]))
  const verdict: UseVerdict = {
    ...identity,
    outcome: own.outcome,
    assurance: assuranceOf(datasets),
    datasets: datasets.map((dataset) => dataset.verdict),
    reasons: sortReasons([...own.reasons, ...signature.notes, ...unsettled]),
  }
  return asOfs.length === 0 ? { verdict } : { verdict, asOf: Math.min(...asOfs) }
}

/**
 * A2: at least one agreement is relied on, and both sides signed every agreement and payment. A3: besides, a third party
 * that the verifier trusts attests a fact relied on.
 */
function assuranceOf(datasets: readonly JudgedDataset[]): Assurance {
  const kinds = new Set(datasets.map(({ agreements }) => agreements))
  if (!kinds.has('two-sided') || kinds.has('one-sided')) return 'A1'
  return datasets.some(({ verdict }) => verdict.assurance === 'A3') ? 'A3' : 'A2'
}

/** Once a model is published, one licence must satisfy every dataset that asks for the same. */
function licenceConflicts(chain: UseChain, datasets: readonly JudgedDataset[]): readonly Reason[] {
  const isPublished = [chain.rootAct, ...chain.amendments.map(({ act }) => act)].some(
    ({ payload }) => payload.published === true,
  )
  const asked = datasets.filter(({ modelLicences }) => modelLicences !== undefined)
  if (!isPublished || asked.length < 2) return []
  const [first, ...rest] = asked.map(({ modelLicences }) => modelLicences ?? [])
  const common = (first ?? []).filter((licence) => rest.every((licences) => licences.includes(licence)))
  if (common.length > 0) return []
  return [
    reason(
      'SHAREALIKE_CONFLICT',
      asked.flatMap(({ verdict }) => verdict.terms ?? []),
    ),
  ]
}
