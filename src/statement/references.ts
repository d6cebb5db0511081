/**
 * What a statement refers to: the map function of the subject index (map id 1). Pure, stateless and total: whatever
 * cannot be read refers to nothing.
 *
 * A record of the index then reads "everything this log says about a subject, by kind": a revocation of grant G adds
 * (1, G, 13), a usage that names model digest M adds (2, M, 15), and each adds (3, issuer, its kind).
 */
import { toHex } from '../encoding/bytes.ts'
import { type CidText, isCid } from '../encoding/cid.ts'
import { comparisons } from './constraint.ts'
import type { PayloadByKind, ReadKind } from './payload.ts'
import { type Terms, isReadable } from './terms.ts'

/** More make a statement invalid. */
export const MAX_REFERENCES = 256

/** A CID: a statement, a lineage, a party. */
export const REFERS_TO_CID = 1
/** A SHA-256 of an archive, a manifest, an output or a model. */
export const REFERS_TO_DIGEST = 2
/** The party that issued it. */
export const ISSUED_BY = 3

/** What is referred to: a CID as text, or a digest of 32 bytes, with its type. */
export type Subject =
  { readonly type: 1 | 3; readonly subject: CidText } | { readonly type: 2; readonly subject: Uint8Array }

/** `relation` is the number of the referring statement's kind. */
export type Reference = Subject & { readonly relation: number }

/** The distinct references of a statement, in the order of its payload, the issuer last. */
export function references(statement: {
  readonly kind: number | undefined
  readonly iss: string
  readonly payload: object | undefined
}): readonly Reference[] {
  if (statement.payload === undefined || statement.kind === undefined) return []
  // A payload is defined exactly for kinds that are read, and then of that kind's type.
  return payloadReferences(statement.kind as ReadKind, statement.payload as never, statement.iss)
}

export function payloadReferences<K extends ReadKind>(
  kind: K,
  payload: PayloadByKind[K],
  iss: string,
): readonly Reference[] {
  const out = new Map<string, Reference>()
  const collector: Collector = {
    cids: (...subjects) => {
      for (const subject of subjects) {
        if (subject !== undefined) out.set(subject, { type: REFERS_TO_CID, subject, relation: kind })
      }
    },
    digests: (...subjects) => {
      for (const subject of subjects) {
        if (subject !== undefined) out.set(toHex(subject), { type: REFERS_TO_DIGEST, subject, relation: kind })
      }
    },
  }
  const collect: (payload: PayloadByKind[K], to: Collector) => void = COLLECT[kind]
  collect(payload, collector)
  if (isCid(iss)) out.set(`iss ${iss}`, { type: ISSUED_BY, subject: iss, relation: kind })
  return [...out.values()]
}

interface Collector {
  cids(...subjects: readonly (CidText | undefined)[]): void
  digests(...subjects: readonly (Uint8Array | undefined)[]): void
}

/** Blobs, keys and digests of keys are not subjects; everything else that is named by a CID or an artifact digest is. */
const COLLECT: { readonly [K in ReadKind]: (payload: PayloadByKind[K], to: Collector) => void } = {
  1: (genesis, to) => to.cids(genesis.operator, ...(genesis.admission.members ?? [])),
  3: (party, to) => to.cids(...(party.recovery?.of ?? [])),
  4: (update, to) => {
    to.cids(update.prev)
    for (const delegate of update.delegates ?? []) to.cids(delegate.party, ...(delegate.scope ?? []))
    to.cids(...(update.recovery?.of ?? []))
  },
  5: (dataset, to) => to.cids(dataset.owner, ...(dataset.coOwners ?? []), dataset.steward, dataset.legalOwner),
  6: (version, to) => {
    to.cids(version.lineage, version.prev)
    for (const source of version.derivedFrom ?? []) to.cids(source.version, source.terms)
    to.digests(version.archive?.sha256, version.manifest)
  },
  7: (terms, to) => {
    to.cids(terms.lineage, terms.prev)
    if (isReadable(terms)) collectTerms(terms, to)
  },
  8: (request, to) => to.cids(request.terms, request.version),
  9: (grant, to) => to.cids(grant.terms, ...(grant.versions ?? []), grant.request, grant.parent, grant.assignee),
  10: (acceptance, to) => to.cids(acceptance.grant, acceptance.terms),
  11: (payment, to) => to.cids(payment.grant, ...payment.lines.map((line) => line.to)),
  12: (receipt, to) => to.cids(receipt.payment),
  13: (revocation, to) => to.cids(revocation.target),
  14: (start, to) => {
    to.cids(...start.grants)
    to.digests(start.manifest)
  },
  15: (usage, to) => {
    for (const dataset of usage.datasets) to.cids(...dataset.grants, dataset.version)
    to.cids(usage.prev)
    to.digests(...(usage.parents ?? []))
    for (const output of usage.outputs ?? []) to.digests(output.sha256, output.manifest)
  },
  16: (credential, to) => {
    to.cids(credential.subject)
    if (credential.type === 'affiliation')
      to.cids(...(credential.value.controllers ?? []), credential.value.ultimateParent)
  },
  17: (set, to) => to.cids(set.prev, ...set.members),
  18: (withdrawal, to) => to.cids(withdrawal.lineage, ...(withdrawal.versions ?? [])),
  19: (receipt, to) => to.cids(receipt.target, ...receipt.versions.map(({ version }) => version)),
  20: (claim, to) => {
    to.cids(claim.respondent, claim.dataset, claim.use, ...(claim.evidence ?? []))
    to.digests(claim.model)
  },
  21: (response, to) => to.cids(response.claim, ...(response.evidence ?? [])),
  22: (finding, to) => {
    to.cids(finding.claim, finding.bundle, ...(finding.contradicts ?? []))
    for (const { use, version } of finding.outcomes) to.cids(use, version)
  },
  23: (settlement, to) => to.cids(settlement.claim),
  24: (notice, to) => {
    to.cids(notice.addressee, ...(notice.about ?? []))
    to.digests(notice.model)
  },
  // The blob is the one thing an erasure is about, so here it is a subject.
  25: (erasure, to) => to.cids(erasure.blob),
}

function collectTerms(terms: Terms, to: Collector): void {
  if (terms.versions.mode === 'listed') to.cids(...terms.versions.ids)
  for (const clause of [...terms.permit, ...terms.prohibit]) {
    for (const { l, r } of comparisons(clause.if ?? [])) {
      if (l === 'party' || l === 'org.affiliation')
        to.cids(...[r].flat().filter((id) => typeof id === 'string' && isCid(id)))
    }
  }
  for (const duty of terms.duties.values()) to.cids(duty.to)
  to.cids(terms.price?.platform?.party, ...(terms.split ?? []).map(({ party }) => party), terms.benefit?.to)
  if (terms.sublicense?.next !== 'same') to.cids(terms.sublicense?.next)
  to.cids(...(terms.disputes?.arbiters ?? []))
}
