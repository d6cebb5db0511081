/** A grant above in a chain of sublicences: does it stand for the use below it? (docs/terms.md, "sublicensing") */
import { type Horizon, missing } from './absence.ts'
import { acceptedBefore } from './acceptance.ts'
import { type ReadableTerms, isSupported, unsupported } from './amendments.ts'
import type { CandidateInput } from './candidate-input.ts'
import { selectsVersion } from './dataset-version.ts'
import { endingFor } from './grant-ending.ts'
import { type Agreement, holdersOf, isForProject, mayGrant, termsStand, windowBegun } from './grant-stands.ts'
import type { Act } from './ledger.ts'
import { type Judgement, all, best, fails, reason } from './reason.ts'
import type { RunTimes } from './revocation.ts'
import { signedAct } from './signer.ts'

export interface ParentGrant {
  readonly judgement: Judgement
  /** Whose permissions the use has to pass as well; undefined where they cannot be read. */
  readonly terms: ReadableTerms | undefined
}

/** A grant above in a chain of sublicences: it stands, was accepted by whoever passed it on, and has not ended. */
export function judgeParentGrant(parts: {
  input: CandidateInput
  grant: Act<9>
  /** The grant below. */
  passedOn: Act<9>
  dataset: Act<5>
  horizon: Horizon
  times: RunTimes
}): ParentGrant {
  const { input, grant, passedOn, dataset, horizon, times } = parts
  const { ledger, use, used } = input
  const terms = ledger.find(7, grant.payload.terms)
  if (terms === undefined)
    return { judgement: missing('the terms of the grant', [grant.payload.terms]), terms: undefined }
  if (!isSupported(terms.payload)) return { judgement: unsupported(terms), terms: undefined }
  const signedGrant = signedAct(ledger, grant)
  const agreement: Agreement = { grant, terms, dataset, signedGrant }
  // Others who hold an open grant have no say in what one of them passed on.
  const everyHolder = holdersOf(ledger, grant)
  const own = everyHolder.filter((holder) => holder === passedOn.iss)
  const holders = own.length === 0 ? everyHolder : own
  const accepted = holders.map(
    (user) =>
      acceptedBefore({ ledger, horizon, grant, signedGrant, lineage: dataset.id, user, start: use.from }).judgement,
  )
  const judgement = all([
    signedGrant.judgement,
    mayGrant(ledger, agreement),
    termsStand(ledger, agreement),
    best(accepted, fails(reason('GRANT_NOT_ACCEPTED', [grant.id]))),
    windowBegun(grant, use.from),
    isForProject(grant, use.project),
    selectsVersion(ledger, grant, terms.payload, used.version),
    endingFor(input, agreement, terms.payload, horizon, times, holders).judgement,
  ])
  return { judgement, terms: { id: terms.id, clauses: terms.payload } }
}
