/**
 * The verdict on a use, a model or a claim: a pure, total function of evidence, trust and instant (docs/terms.md C). The
 * same input gives the same verdict on every runtime, whatever order the evidence arrived in.
 */
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { claimsOnModel, claimsOnUse, concerns, judgeClaim } from './claims.ts'
import { type JudgedDataset, judgeDataset, underSignature, useOutcome } from './dataset-verdict.ts'
import { falseAttestations } from './false-attestation.ts'
import { type Act, type Ledger, openLedger } from './ledger.ts'
import { asOfLogs } from './named-logs.ts'
import { reason } from './reason.ts'
import type { NotProvedKey } from './sentences/en.ts'
import { order } from './time-interval.ts'
import { type UseChain, outputsOf, readings, useChain, usedVersions } from './use-facts.ts'
import {
  type Assurance,
  type ClaimVerdict,
  type Reason,
  type UseVerdict,
  type Verdict,
  compareText,
  sortReasons,
  worstOutcome,
} from './verdict.ts'
import type { EvidenceView, Question, TrustView } from './view.ts'

/**
 * @param instant Unix seconds; left out: the evidence's own asOf. Never the machine's clock.
 */
export function evaluate(view: EvidenceView, trust: TrustView, question: Question, instant?: number): Verdict {
  const ledger = openLedger(view)
  const asked = { ledger, trust, instant }
  const { judged, claims } = answerQuestion(asked, question)
  const asOfs = judged.flatMap(({ asOf }) => (asOf === undefined ? [] : [asOf]))
  const asOf = asOfs.length > 0 ? Math.min(...asOfs) : asOfLogs(view, [...view.logs.keys()])
  const uses = judged.map(({ verdict }) => verdict)
  return {
    instant: instant ?? asOf,
    asOf,
    uses,
    claims,
    outcome: worstOutcome(uses.map(({ outcome }) => outcome)),
    notProved: [...new Set(uses.flatMap(notProved))].sort(compareText),
  }
}

interface Asked {
  readonly ledger: Ledger
  readonly trust: TrustView
  readonly instant: number | undefined
}

interface JudgedUse {
  readonly verdict: UseVerdict
  readonly asOf?: number
}

interface Answered {
  readonly judged: readonly JudgedUse[]
  readonly claims: readonly ClaimVerdict[]
}

function answerQuestion(asked: Asked, question: Question): Answered {
  if ('use' in question) return answerUse(asked, question.use)
  if ('model' in question) return answerModel(asked, question.model)
  return answerClaim(asked, question.claim)
}

function answerUse(asked: Asked, use: CidText): Answered {
  const chain = useChain(asked.ledger, use)
  if (chain === undefined) return { judged: [notInEvidence('the usage', [use])], claims: [] }
  return answerChains(asked, [chain], claimsOnUse(asked.ledger, chain))
}

function answerChains(asked: Asked, chains: readonly UseChain[], claims: readonly Act<20>[]): Answered {
  return {
    judged: chains.map((chain) => judgeUse(asked, chain)),
    claims: claims.map((claim) => judgeClaim(asked.ledger, claim, chains)),
  }
}

function answerModel(asked: Asked, model: Uint8Array): Answered {
  const { ledger } = asked
  const claims = claimsOnModel(ledger, model)
  const chains = makersOf(ledger, model)
  if (chains.length > 0) return answerChains(asked, chains, claims)
  return answerUnattested(asked, claims, toHex(model))
}

/** Nothing was attested: silence proves nothing, whatever a claim alleges. */
function answerUnattested(asked: Asked, acts: readonly Act<20>[], model: string | undefined): Answered {
  const claims = acts.map((claim) => judgeClaim(asked.ledger, claim, []))
  const admissible = claims.filter(({ isAdmissible }) => isAdmissible).map(({ claim }) => claim)
  const reasons =
    admissible.length > 0
      ? [reason('UNATTESTED_USE_ALLEGED', admissible)]
      : [reason('EVIDENCE_MISSING', [], { values: { what: 'a usage' } })]
  return { judged: [unattested(reasons, model)], claims }
}

/** The uses of whoever first attested making the model; of all who may have been first. */
function makersOf(ledger: Ledger, model: Uint8Array): readonly UseChain[] {
  const hex = toHex(model)
  const chains = rootsOf(ledger).filter((chain) => chain.root.judgement.value !== 'F' && outputsOf(chain).has(hex))
  const isLater = (chain: UseChain, other: UseChain): boolean => {
    const [first, second] = [other.root.at, chain.root.at]
    return other.rootAct.iss !== chain.rootAct.iss && first !== undefined && second !== undefined
      ? order(ledger.view, first, second) === 'T'
      : false
  }
  const makers = new Set(
    chains.filter((chain) => !chains.some((other) => isLater(chain, other))).map((chain) => chain.rootAct.iss),
  )
  return chains.filter((chain) => makers.has(chain.rootAct.iss))
}

function rootsOf(ledger: Ledger): readonly UseChain[] {
  const found = new Map<string, UseChain>()
  for (const act of ledger.all(15)) {
    const chain = useChain(ledger, act.id)
    if (chain !== undefined) found.set(chain.rootAct.id, chain)
  }
  return [...found.entries()].sort((a, b) => compareText(a[0], b[0])).map((entry) => entry[1])
}

function answerClaim(asked: Asked, id: CidText): Answered {
  const { ledger } = asked
  const claim = ledger.find(20, id)
  if (claim === undefined) return { judged: [notInEvidence('the claim', [id])], claims: [] }
  const { use, model, dataset, respondent } = claim.payload
  if (use !== undefined) {
    const chain = useChain(ledger, use)
    if (chain !== undefined) return answerChains(asked, [chain], [claim])
    return { judged: [notInEvidence('the usage', [use])], claims: [judgeClaim(ledger, claim, [])] }
  }
  if (model !== undefined) {
    const chains = makersOf(ledger, model)
    return chains.length > 0 ? answerChains(asked, chains, [claim]) : answerUnattested(asked, [claim], toHex(model))
  }
  const chains = rootsOf(ledger).filter(
    (chain) =>
      chain.rootAct.iss === respondent &&
      usedVersions(ledger, chain).some(({ version }) => dataset !== undefined && concerns(ledger, version, dataset)),
  )
  return chains.length > 0 ? answerChains(asked, chains, [claim]) : answerUnattested(asked, [claim], undefined)
}

function judgeUse(asked: Asked, chain: UseChain): JudgedUse {
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
  const contradictions = falseAttestations(ledger, chain)
  const missingRoot = chain.isRootMissing
    ? [reason('EVIDENCE_MISSING', [chain.rootAct.id], { values: { what: 'the usage that this one amends' } })]
    : []
  const outcomes = worstOutcome([
    useOutcome(datasets),
    ...(contradictions.length > 0 ? (['breach'] as const) : []),
    ...(missingRoot.length > 0 ? (['undetermined'] as const) : []),
  ])
  const own = underSignature({ outcome: outcomes, reasons: [...contradictions, ...missingRoot] }, signature)
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

/** A2: at least one agreement is relied on, and both sides signed every one. A third party's facts would make it A3. */
function assuranceOf(datasets: readonly JudgedDataset[]): Assurance {
  const kinds = new Set(datasets.map(({ agreements }) => agreements))
  return kinds.has('two-sided') && !kinds.has('one-sided') ? 'A2' : 'A1'
}

function notInEvidence(what: string, ids: readonly CidText[]): JudgedUse {
  return unattested([reason('EVIDENCE_MISSING', ids, { values: { what } })], undefined)
}

function unattested(reasons: readonly Reason[], model: string | undefined): JudgedUse {
  const verdict: UseVerdict = {
    use: undefined,
    user: undefined,
    run: undefined,
    ...(model === undefined ? {} : { model }),
    outcome: 'undetermined',
    assurance: 'A0',
    datasets: [],
    reasons: sortReasons(reasons),
  }
  return { verdict }
}

function notProved(use: UseVerdict): readonly NotProvedKey[] {
  return use.assurance === 'A0' ? ['use-happened'] : ['attestation-is-true', 'declared-times', 'nothing-else-used']
}
