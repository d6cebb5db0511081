/**
 * What makes a grant a permission at all, apart from its acceptance and its end: whoever gave it had the right to, its
 * terms are the owner's, and it is for this user, time and project (docs/terms.md C, step 0).
 */
import type { CidText } from '../encoding/cid.ts'
import type { Act, Ledger } from './ledger.ts'
import { HOLDS, type Judgement, all, fails, holds, reason } from './reason.ts'
import { type SignedAct, mayAct, signedAct } from './signer.ts'
import { order } from './time-interval.ts'

export interface Agreement {
  readonly grant: Act<9>
  readonly terms: Act<7>
  readonly dataset: Act<5>
  readonly signedGrant: SignedAct
}

/** T: the owner gave the grant, or for a sublicence the party that holds the grant above. */
export function mayGrant(ledger: Ledger, { grant, dataset, signedGrant }: Agreement): Judgement {
  const { parent: id } = grant.payload
  if (id === undefined) return mayAct(ledger, signedGrant, [dataset.payload.owner], 'grant', dataset.id)
  const parent = ledger.find(9, id)
  return parent === undefined ? HOLDS : mayAct(ledger, signedGrant, holdersOf(ledger, parent), 'grant', dataset.id)
}

/** Who holds a grant: its assignee; for an open one, everybody who accepted it. */
export function holdersOf(ledger: Ledger, grant: Act<9>): readonly CidText[] {
  if (grant.payload.assignee !== undefined) return [grant.payload.assignee]
  return [...new Set(ledger.linked(10, grant.id).map(({ iss }) => iss as CidText))]
}

export function isOwnTerms(ledger: Ledger, signed: SignedAct, dataset: Act<5>): boolean {
  return all([signed.judgement, mayAct(ledger, signed, [dataset.payload.owner], 'terms', dataset.id)]).value !== 'F'
}

export function termsStand(ledger: Ledger, { terms, dataset, signedGrant }: Agreement): Judgement {
  const signed = signedAct(ledger, terms)
  const isBackwards =
    signed.at !== undefined && signedGrant.at !== undefined && order(ledger.view, signedGrant.at, signed.at) === 'T'
  // Nothing can rest on a statement that was provably not there yet.
  if (isBackwards) return fails()
  return all([signed.judgement, mayAct(ledger, signed, [dataset.payload.owner], 'terms', dataset.id)])
}

export function isForUser(grant: Act<9>, user: CidText): Judgement {
  const { assignee } = grant.payload
  return assignee === undefined || assignee === user ? HOLDS : fails(reason('PARTY_NOT_PERMITTED', [grant.id]))
}

/** T: the grant is for any project, or the use, which names the grant, does not say that it belongs to another one. */
export function isForProject(grant: Act<9>, declared: string | undefined): Judgement {
  const { project } = grant.payload
  return project === undefined || declared === undefined || project === declared
    ? HOLDS
    : fails(reason('PARTY_NOT_PERMITTED', [grant.id]))
}

export function windowBegun(grant: Act<9>, start: number): Judgement {
  const { from } = grant.payload
  return from === undefined || start >= from ? holds() : fails(reason('GRANT_EXPIRED', [grant.id]))
}
