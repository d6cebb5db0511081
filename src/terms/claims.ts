/**
 * Claims: which of them bear on a question, and what was answered, found and settled (docs/terms.md C, "claims").
 * Inadmissible claims are listed and weigh nothing; silence is recorded and is never guilt.
 */
import { equalBytes } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { REFERS_TO_CID, REFERS_TO_DIGEST } from '../statement/references.ts'
import { isSupported } from './amendments.ts'
import { missing } from './absence.ts'
import { reproduce } from './finding.ts'
import type { Asked, Contradictions } from './judge-use.ts'
import type { Act, Ledger } from './ledger.ts'
import { HOLDS, type Judgement, all, reason } from './reason.ts'
import { mayAct, signedAct } from './signer.ts'
import { grantsOf, standing } from './standing.ts'
import { type UseChain, statementsOf } from './use-facts.ts'
import {
  type ClaimVerdict,
  type FindingVerdict,
  type Reason,
  type UseVerdict,
  compareText,
  sortReasons,
} from './verdict.ts'
import type { Trilean } from './trilean.ts'
import type { EvidenceView } from './view.ts'

export function claimsOnModel(ledger: Ledger, model: Uint8Array): readonly Act<20>[] {
  return ledger
    .referring(20, { type: REFERS_TO_DIGEST, subject: model })
    .filter(({ payload }) => payload.model !== undefined && equalBytes(payload.model, model))
}

export function claimsOnUse(ledger: Ledger, chain: UseChain): readonly Act<20>[] {
  const claims = statementsOf(chain).flatMap(({ act }) =>
    ledger
      .referring(20, { type: REFERS_TO_CID, subject: act.id })
      .filter(({ payload }) => payload.use !== undefined && ledger.canonical(payload.use) === act.id),
  )
  return claims.toSorted((a, b) => compareText(a.id, b.id))
}

export type EvaluateClaim = (view: EvidenceView, claim: CidText, instant: number) => readonly UseVerdict[]

export interface ClaimInput extends Asked {
  /** Evaluates a claim on other evidence, without regard to findings; undefined: findings are not looked at. */
  readonly evaluateClaim?: EvaluateClaim
}

/** @param chains the uses that the claim is about, as far as they are in evidence */
export function judgeClaim(input: ClaimInput, claim: Act<20>, chains: readonly UseChain[]): ClaimVerdict {
  const { ledger } = input
  const judgement = all([signedAct(ledger, claim).judgement, standing(input, claim, chains)])
  const isAdmissible = judgement.value === 'T'
  const findings =
    input.evaluateClaim === undefined
      ? []
      : findingsOn(input, claim, chains, input.evaluateClaim).filter(({ judgement: signed }) => signed.value === 'T')
  const notReproducible = findings.filter(({ isReproducible: holds }) => !holds).map(({ finding }) => finding)
  const reasons = [
    ...judgement.reasons,
    ...erasedEvidence(ledger, claim),
    ...(notReproducible.length > 0 ? [reason('NOT_REPRODUCIBLE', [claim.id, ...notReproducible])] : []),
  ]
  return {
    claim: claim.id,
    isAdmissible,
    reasons: sortReasons(reasons),
    responses: answersTo(ledger, claim),
    findings: findings.map(({ finding, arbiter, isNamedArbiter, isReproducible: holds }) => ({
      finding,
      arbiter,
      isNamedArbiter,
      isReproducible: holds,
    })),
    settlements: settlementsOf(ledger, claim),
  }
}

/**
 * Whether an arbiter named in the terms found the usage untrue, in a finding that can be recomputed on an admissible claim.
 * Where the claim, or the arbiter's signature, is not settled, neither is the use.
 */
export function contradictedByFindings(input: ClaimInput, chain: UseChain): Contradictions {
  const { ledger, evaluateClaim } = input
  if (evaluateClaim === undefined) return { found: [], open: [] }
  const contradictions = claimsOnUse(ledger, chain).flatMap((claim) => {
    const admissible = all([signedAct(ledger, claim).judgement, standing(input, claim, [chain])])
    if (admissible.value === 'F') return []
    return findingsOn(input, claim, [chain], evaluateClaim)
      .filter((finding) => finding.isNamedArbiter && finding.reproduction !== 'F')
      .filter(({ contradicts }) => contradicts.some((use) => isOf(ledger, chain, use)))
      .map((finding) => ({ finding, judgement: all([admissible, finding.judgement, reproduced(finding)]) }))
  })
  return {
    found: contradictions
      .filter(({ judgement }) => judgement.value === 'T')
      .map(({ finding }) => reason('FALSE_ATTESTATION', [chain.rootAct.id, finding.finding])),
    open: contradictions.flatMap(({ judgement }) => judgement.reasons),
  }
}

function isOf(ledger: Ledger, chain: UseChain, use: CidText): boolean {
  return statementsOf(chain).some(({ act }) => act.id === ledger.canonical(use))
}

function reproduced({ finding, reproduction }: Found): Judgement {
  const what = 'some of what the arbiter saw'
  return reproduction === 'T' ? HOLDS : missing(what, [finding])
}

interface Found extends FindingVerdict {
  readonly reproduction: Trilean
  /** T or U: whether its arbiter said it. */
  readonly judgement: Judgement
  readonly contradicts: readonly CidText[]
}

function findingsOn(
  { ledger }: ClaimInput,
  claim: Act<20>,
  chains: readonly UseChain[],
  evaluateClaim: EvaluateClaim,
): readonly Found[] {
  const arbiters = new Set(grantsOf(ledger, claim, chains).flatMap((grant) => arbitersOf(ledger, grant)))
  return ledger.linked(22, claim.id).flatMap((finding): Found[] => {
    const { judgement } = signedAct(ledger, finding)
    if (judgement.value === 'F') return []
    const reproduction = reproduce(ledger.view, finding, evaluateClaim)
    return [
      {
        judgement,
        finding: finding.id,
        arbiter: finding.iss as CidText,
        isNamedArbiter: arbiters.has(finding.iss),
        reproduction,
        isReproducible: reproduction === 'T',
        contradicts: finding.payload.contradicts ?? [],
      },
    ]
  })
}

function arbitersOf(ledger: Ledger, grant: Act<9>): readonly string[] {
  const terms = ledger.find(7, grant.payload.terms)?.payload
  return terms === undefined || !isSupported(terms) ? [] : (terms.disputes?.arbiters ?? [])
}

/** Only the respondent can answer. */
function answersTo(ledger: Ledger, claim: Act<20>): ClaimVerdict['responses'] {
  return ledger.linked(21, claim.id).flatMap((response) => {
    const signed = signedAct(ledger, response)
    const authority = mayAct(ledger, signed, [claim.payload.respondent], 'response', undefined)
    const isValid = all([signed.judgement, authority]).value === 'T'
    return isValid ? [{ response: response.id, answer: response.payload.answer }] : []
  })
}

function settlementsOf(ledger: Ledger, claim: Act<20>): readonly CidText[] {
  return ledger
    .linked(23, claim.id)
    .filter((settlement) => {
      const signed = signedAct(ledger, settlement)
      const parties = [claim.iss, claim.payload.respondent]
      return all([signed.judgement, mayAct(ledger, signed, parties, 'settlement', undefined)]).value === 'T'
    })
    .map(({ id }) => id)
}

/** A claim that rests on a document of which only the digest is left. */
function erasedEvidence(ledger: Ledger, claim: Act<20>): readonly Reason[] {
  const erased = (claim.payload.evidence ?? []).filter((id) => ledger.linked(25, id).length > 0)
  return erased.length === 0 ? [] : [reason('EVIDENCE_ERASED', [claim.id, ...erased])]
}
