/**
 * The verdict on a use, a model or a claim: a pure, total function of evidence, trust and instant (docs/terms.md C). The
 * same input gives the same verdict on every runtime, whatever order the evidence arrived in.
 */
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { ISSUED_BY, REFERS_TO_CID } from '../statement/references.ts'
import {
  type ClaimInput,
  type EvaluateClaim,
  claimsOnModel,
  claimsOnUse,
  contradictedByFindings,
  judgeClaim,
} from './claims.ts'
import { inheritedBy } from './inherited.ts'
import { type JudgedUse, judgeUse } from './judge-use.ts'
import { type Act, openLedger } from './ledger.ts'
import { makersOf, rootsOf } from './makers.ts'
import { asOfLogs } from './named-logs.ts'
import { evaluateWhenever } from './precision.ts'
import { reason } from './reason.ts'
import { concerns } from './standing.ts'
import { type UseChain, useChain, usedVersions } from './use-facts.ts'
import {
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
  // A finding is compared with what the evidence alone gives: other findings do not count for it.
  const evaluateClaim: EvaluateClaim = (seen, claim, at) =>
    evaluateWhenever(seen, (each) => evaluateWith(each, trust, { claim }, at)).uses
  return evaluateWhenever(view, (each) => evaluateWith(each, trust, question, instant, evaluateClaim))
}

function evaluateWith(
  view: EvidenceView,
  trust: TrustView,
  question: Question,
  instant: number | undefined,
  evaluateClaim?: EvaluateClaim,
): Verdict {
  const ledger = openLedger(view)
  const asked: Asked = { ledger, trust, instant, ...(evaluateClaim === undefined ? {} : { evaluateClaim }) }
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

type Asked = ClaimInput

interface Answered {
  readonly judged: readonly JudgedUse[]
  readonly claims: readonly ClaimVerdict[]
}

function answerQuestion(asked: Asked, question: Question): Answered {
  if ('use' in question) return answerUse(asked, question.use)
  if ('model' in question) return answerModel(asked, question.model)
  if ('grants' in question) return answerGrants(asked, question.grants)
  return answerClaim(asked, question.claim)
}

function answerUse(asked: Asked, use: CidText): Answered {
  const chain = useChain(asked.ledger, use)
  if (chain === undefined) return { judged: [notInEvidence('the usage', [use])], claims: [] }
  return answerChains(asked, [chain], claimsOnUse(asked.ledger, chain))
}

function answerChains(asked: Asked, chains: readonly UseChain[], claims: readonly Act<20>[]): Answered {
  return {
    judged: chains.map((chain) => withInherited(asked, chain)),
    claims: claims.map((claim) => judgeClaim(asked, claim, chains)),
  }
}

function answerModel(asked: Asked, model: Uint8Array): Answered {
  const { ledger } = asked
  const claims = claimsOnModel(ledger, model)
  const chains = makersOf(ledger, model)
  if (chains.length > 0) return answerChains(asked, chains, claims)
  return answerUnattested(asked, claims, toHex(model))
}

/** Every use in evidence that relies on one of the grants. */
function answerGrants(asked: Asked, ids: readonly CidText[]): Answered {
  const { ledger } = asked
  const grants = new Set(ids.map((id) => ledger.canonical(id)))
  const named = ids.flatMap((id) => ledger.referring(15, { type: REFERS_TO_CID, subject: id }))
  const chains = rootsOf(ledger, named).filter((chain) =>
    usedVersions(ledger, chain).some((used) => used.grants.some((grant) => grants.has(grant))),
  )
  if (chains.length === 0) return { judged: [notInEvidence('a usage', ids)], claims: [] }
  const claims = new Map(chains.flatMap((chain) => claimsOnUse(ledger, chain)).map((claim) => [claim.id, claim]))
  return answerChains(asked, chains, [...claims.values()])
}

/** Nothing was attested: silence proves nothing, whatever a claim alleges. */
function answerUnattested(asked: Asked, acts: readonly Act<20>[], model: string | undefined): Answered {
  const claims = acts.map((claim) => judgeClaim(asked, claim, []))
  const admissible = claims.filter(({ isAdmissible }) => isAdmissible).map(({ claim }) => claim)
  const reasons =
    admissible.length > 0
      ? [reason('UNATTESTED_USE_ALLEGED', admissible)]
      : [reason('EVIDENCE_MISSING', [], { values: { what: 'a usage' } })]
  return { judged: [unattested(reasons, model)], claims }
}

function withInherited(asked: Asked, chain: UseChain): JudgedUse {
  const own = judgeUse(asked, chain, contradictedByFindings(asked, chain))
  const inherited = inheritedBy(asked, chain)
  return inherited === undefined ? own : { ...own, verdict: { ...own.verdict, inherited } }
}

function answerClaim(asked: Asked, id: CidText): Answered {
  const { ledger } = asked
  const claim = ledger.find(20, id)
  if (claim === undefined) return { judged: [notInEvidence('the claim', [id])], claims: [] }
  const { use, model, dataset, respondent } = claim.payload
  if (use !== undefined) {
    const chain = useChain(ledger, use)
    if (chain !== undefined) return answerChains(asked, [chain], [claim])
    return { judged: [notInEvidence('the usage', [use])], claims: [judgeClaim(asked, claim, [])] }
  }
  if (model !== undefined) {
    const chains = makersOf(ledger, model)
    return chains.length > 0 ? answerChains(asked, chains, [claim]) : answerUnattested(asked, [claim], toHex(model))
  }
  const chains = rootsOf(ledger, ledger.referring(15, { type: ISSUED_BY, subject: respondent })).filter(
    (chain) =>
      chain.rootAct.iss === respondent &&
      usedVersions(ledger, chain).some(({ version }) => dataset !== undefined && concerns(ledger, version, dataset)),
  )
  return chains.length > 0 ? answerChains(asked, chains, [claim]) : answerUnattested(asked, [claim], undefined)
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

function notProved(use: UseVerdict): readonly string[] {
  return use.assurance === 'A0' ? ['use-happened'] : ['attestation-is-true', 'declared-times', 'nothing-else-used']
}
