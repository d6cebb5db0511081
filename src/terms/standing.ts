/**
 * Whether the terms give a claimant standing (docs/terms.md C, "claims"): a claim without it is listed and weighs nothing.
 */
import type { CidText } from '../encoding/cid.ts'
import { REFERS_TO_CID } from '../statement/references.ts'
import { missing } from './absence.ts'
import { isSupported } from './amendments.ts'
import type { Act, Ledger } from './ledger.ts'
import { HOLDS, type Judgement, all, best, fails, reason } from './reason.ts'
import { mayAct, signedAct } from './signer.ts'
import { type UseChain, usedVersions } from './use-facts.ts'
import type { TrustView } from './view.ts'

export interface StandingInput {
  readonly ledger: Ledger
  readonly trust: TrustView
}

/** T: the terms that the claim is about let the claimant speak. */
export function standing(input: StandingInput, claim: Act<20>, chains: readonly UseChain[]): Judgement {
  const { ledger } = input
  const { use, dataset } = claim.payload
  if (use === undefined && dataset === undefined) return HOLDS
  if (use !== undefined && chains.length === 0) return missing('the usage that the claim is about', [claim.id, use])
  const grants = grantsOf(ledger, claim, chains)
  if (grants.length === 0) return withoutGrant(input, claim, chains)
  const users = chains.map(({ rootAct }) => rootAct.iss as CidText)
  return best(
    grants.map((grant) =>
      standingUnder(input, claim, ledger.find(7, grant.payload.terms), grant.payload.assignee, users),
    ),
    fails(reason('NO_STANDING', [claim.id])),
  )
}

/** No grant says under which terms: those that the owners of the datasets offer, if any, or else anyone may claim. */
function withoutGrant(input: StandingInput, claim: Act<20>, chains: readonly UseChain[]): Judgement {
  const { ledger } = input
  const { dataset } = claim.payload
  const named = dataset === undefined ? undefined : (ledger.find(6, dataset)?.payload.lineage ?? dataset)
  const used = chains.flatMap((chain) =>
    usedVersions(ledger, chain).flatMap(({ version }) => ledger.find(6, version)?.payload.lineage ?? []),
  )
  const lineages = named === undefined ? used : [named]
  const offers = [...new Set(lineages)].flatMap((lineage) =>
    ledger.referring(7, { type: REFERS_TO_CID, subject: lineage }).filter(({ payload }) => payload.lineage === lineage),
  )
  if (offers.length === 0) return HOLDS
  return best(
    offers.map((terms) => standingUnder(input, claim, terms, undefined, [])),
    fails(reason('NO_STANDING', [claim.id])),
  )
}

export function concerns(ledger: Ledger, version: CidText, dataset: CidText): boolean {
  return ledger.canonical(dataset) === version || ledger.find(6, version)?.payload.lineage === dataset
}

export function grantsOf(ledger: Ledger, claim: Act<20>, chains: readonly UseChain[]): readonly Act<9>[] {
  const { dataset } = claim.payload
  return chains.flatMap((chain) =>
    usedVersions(ledger, chain)
      .filter(({ version }) => dataset === undefined || concerns(ledger, version, dataset))
      .flatMap((used) => used.grants.flatMap((id) => ledger.find(9, id) ?? [])),
  )
}

function standingUnder(
  input: StandingInput,
  claim: Act<20>,
  act: Act<7> | undefined,
  assignee: CidText | undefined,
  users: readonly CidText[],
): Judgement {
  const { ledger } = input
  const refused = fails(reason('NO_STANDING', [claim.id, ...(act === undefined ? [] : [act.id])]))
  if (act === undefined) return missing('the terms of the grant', [claim.id])
  const terms = act.payload
  if (!isSupported(terms)) return refused
  const signed = signedAct(ledger, claim)
  switch (terms.disputes?.standing ?? 'anyone') {
    case 'anyone':
      return HOLDS
    case 'owner':
    case 'parties': {
      const grantees = assignee === undefined ? users : [assignee]
      const parties = terms.disputes?.standing === 'owner' ? [] : grantees
      const owner = ledger.find(5, terms.lineage)?.payload.owner
      const named = owner === undefined ? parties : [owner, ...parties]
      const may = mayAct(ledger, signed, named, 'claim', terms.lineage)
      if (may.value !== 'T' && owner === undefined)
        return missing('the dataset of the terms', [claim.id, terms.lineage])
      return withCode(may, refused)
    }
    case 'credentialed':
      break
  }
  return best(auditorCredentials(input, claim), refused)
}

/** Credentials of trusted endorsers, each with whether it was in force when the claim was witnessed. */
function auditorCredentials({ ledger, trust }: StandingInput, claim: Act<20>): readonly Judgement[] {
  const at = signedAct(ledger, claim).at?.interval.hi ?? Number.POSITIVE_INFINITY
  return ledger.linked(16, claim.iss as CidText).flatMap((credential) => {
    const { payload, iss } = credential
    const isInForce = (payload.from ?? 0) <= at && at < (payload.until ?? Number.POSITIVE_INFINITY)
    if (payload.type !== 'auditor' || !isInForce || !trust.endorsers.some((endorser) => endorser === iss)) return []
    const revoked = ledger.linked(13, credential.id).flatMap((revocation) => {
      const signed = signedAct(ledger, revocation)
      const isBefore = Math.max(revocation.payload.effective ?? 0, signed.at?.interval.hi ?? 0) <= at
      return isBefore ? [all([signed.judgement, mayAct(ledger, signed, [iss], 'revocation', undefined)])] : []
    })
    const none = fails(reason('NO_STANDING', [claim.id, credential.id]))
    if (revoked.some(({ value }) => value === 'T')) return [none]
    const open = revoked.filter(({ value }) => value === 'U')
    return [all([withCode(signedAct(ledger, credential).judgement, none), ...open])]
  })
}

function withCode(judgement: Judgement, refused: Judgement): Judgement {
  return judgement.value === 'F' ? refused : judgement
}
