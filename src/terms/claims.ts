/**
 * Claims: which of them concern a question, and whether the terms give the claimant standing (docs/terms.md, "claims").
 * An inadmissible claim is listed and weighs nothing; an admissible one proves nothing by itself either.
 */
import { equalBytes } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import type { Act, Ledger } from './ledger.ts'
import { HOLDS, type Judgement, all, best, fails, reason } from './reason.ts'
import { mayAct, signedAct } from './signer.ts'
import { isSupported } from './amendments.ts'
import { type UseChain, statementsOf, usedVersions } from './use-facts.ts'
import { type ClaimVerdict, sortReasons } from './verdict.ts'

export function claimsOnModel(ledger: Ledger, model: Uint8Array): readonly Act<20>[] {
  return ledger.all(20).filter(({ payload }) => payload.model !== undefined && equalBytes(payload.model, model))
}

export function claimsOnUse(ledger: Ledger, chain: UseChain): readonly Act<20>[] {
  const ids = new Set<CidText>(statementsOf(chain).map(({ act }) => act.id))
  return ledger.all(20).filter(({ payload }) => payload.use !== undefined && ids.has(ledger.canonical(payload.use)))
}

/** @param chains the uses that the claim is about, as far as they are in evidence */
export function judgeClaim(ledger: Ledger, claim: Act<20>, chains: readonly UseChain[]): ClaimVerdict {
  const judgement = all([signedAct(ledger, claim).judgement, standing(ledger, claim, chains)])
  return { claim: claim.id, isAdmissible: judgement.value === 'T', reasons: sortReasons(judgement.reasons) }
}

function standing(ledger: Ledger, claim: Act<20>, chains: readonly UseChain[]): Judgement {
  const { use, dataset } = claim.payload
  if (use === undefined && dataset === undefined) return HOLDS
  const grants = chains.flatMap((chain) =>
    usedVersions(ledger, chain)
      .filter(({ version }) => dataset === undefined || concerns(ledger, version, dataset))
      .flatMap((used) => used.grants.flatMap((id) => ledger.find(9, id) ?? [])),
  )
  const refused = fails(reason('NO_STANDING', [claim.id]))
  if (grants.length === 0) return HOLDS
  return best(
    grants.map((grant) => standingUnder(ledger, claim, grant)),
    refused,
  )
}

export function concerns(ledger: Ledger, version: CidText, dataset: CidText): boolean {
  return ledger.canonical(dataset) === version || ledger.find(6, version)?.payload.lineage === dataset
}

function standingUnder(ledger: Ledger, claim: Act<20>, grant: Act<9>): Judgement {
  const refused = fails(reason('NO_STANDING', [claim.id, grant.payload.terms]))
  const terms = ledger.find(7, grant.payload.terms)?.payload
  if (terms === undefined || !isSupported(terms)) return refused
  const owner = ledger.find(5, terms.lineage)?.payload.owner
  const signed = signedAct(ledger, claim)
  switch (terms.disputes?.standing ?? 'anyone') {
    case 'anyone':
      return HOLDS
    case 'owner':
      return owner === undefined ? refused : withCode(mayAct(ledger, signed, [owner], 'claim', terms.lineage), refused)
    case 'parties': {
      const grantee = grant.payload.assignee
      const parties = [owner, grantee].filter((party) => party !== undefined)
      return withCode(mayAct(ledger, signed, parties, 'claim', terms.lineage), refused)
    }
    case 'credentialed':
      break
  }
  // Only a credential gives standing, and credentials are not read here.
  return refused
}

function withCode(judgement: Judgement, refused: Judgement): Judgement {
  return judgement.value === 'F' ? refused : judgement
}
