/**
 * Is the dataset what it claims to be, and does a grant select this version of it? (docs/terms.md A, kinds 5 and 6; C,
 * step 0.)
 */
import { equalBytes } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { ISSUED_BY, REFERS_TO_CID } from '../statement/references.ts'
import type { Terms } from '../statement/terms.ts'
import { missing } from './absence.ts'
import { notSuspended } from './forks.ts'
import type { Act, Ledger } from './ledger.ts'
import { HOLDS, type Judgement, all, fails, reason, unknown } from './reason.ts'
import { type SignedAct, mayAct, signedAct } from './signer.ts'

/** T: the owner and every co-owner signed the dataset. */
export function datasetStands(ledger: Ledger, dataset: Act<5>): Judgement {
  const { owner, coOwners } = dataset.payload
  const required = [...new Set([owner, ...(coOwners ?? [])])].sort()
  if (!required.includes(dataset.iss as CidText)) return fails(reason('DELEGATE_SCOPE', [dataset.id]))
  const bytes = dataset.variants[0]?.statement.payloadBytes
  return all(
    required.map((signer): Judgement => {
      const own =
        dataset.iss === signer
          ? dataset
          : ledger.referring(5, { type: ISSUED_BY, subject: signer }).find((other) => hasPayload(other, bytes))
      return own === undefined ? missing('the signature of a co-owner', [dataset.id]) : signedAct(ledger, own).judgement
    }),
  )
}

function hasPayload(act: Act<5>, bytes: Uint8Array | undefined): boolean {
  const found = act.variants[0]?.statement.payloadBytes
  return found !== undefined && bytes !== undefined && equalBytes(found, bytes)
}

/** Whether the id is that of the lineage, or of one of its versions. */
export function isOfLineage(ledger: Ledger, id: CidText, lineage: CidText): boolean {
  if (id === lineage) return true
  const versions = ledger.referring(6, { type: REFERS_TO_CID, subject: lineage })
  return versions.some((version) => version.id === ledger.canonical(id) && version.payload.lineage === lineage)
}

/** T: the version is in evidence, of this lineage, signed by owner or steward, and no fork suspends it. */
export function versionStands(ledger: Ledger, version: CidText, dataset: Act<5>): Judgement {
  const act = ledger.find(6, version)
  if (act === undefined) {
    return ledger.has(version)
      ? fails(reason('VERSION_NOT_GRANTED', [version]))
      : unknown(reason('DATASET_VERSION_UNKNOWN', [version]))
  }
  if (act.payload.lineage !== dataset.id) return fails(reason('VERSION_NOT_GRANTED', [version]))
  const { owner, steward } = dataset.payload
  const principals = steward === undefined ? [owner] : [owner, steward]
  const mayPublish = (signed: SignedAct): Judgement => mayAct(ledger, signed, principals, 'dataset-version', dataset.id)
  const signed = signedAct(ledger, act)
  const isValid = (each: SignedAct): boolean => all([each.judgement, mayPublish(each)]).value !== 'F'
  return all([signed.judgement, mayPublish(signed), notSuspended(ledger, act, isValid)])
}

/** T: both the grant and its terms cover the version. */
export function selectsVersion(ledger: Ledger, grant: Act<9>, terms: Terms, version: CidText): Judgement {
  const refused = fails(reason('VERSION_NOT_GRANTED', [grant.id, version]))
  const { versions } = grant.payload
  if (versions !== undefined && !names(ledger, versions, version)) return refused
  const scope = terms.versions
  if (scope.mode === 'lineage') return HOLDS
  if (scope.mode === 'listed') return names(ledger, scope.ids, version) ? HOLDS : refused
  const act = ledger.find(6, version)
  if (act === undefined) return unknown(reason('DATASET_VERSION_UNKNOWN', [version]))
  const { lo, hi } = signedAct(ledger, act).at?.interval ?? {
    lo: Number.NEGATIVE_INFINITY,
    hi: Number.POSITIVE_INFINITY,
  }
  if (hi < scope.until) return HOLDS
  if (lo >= scope.until) return refused
  return unknown(
    reason('ORDER_UNPROVEN', [version], { values: { what: 'the version or the end of what the terms cover' } }),
  )
}

function names(ledger: Ledger, ids: readonly CidText[], version: CidText): boolean {
  return ids.some((id) => ledger.canonical(id) === ledger.canonical(version))
}
