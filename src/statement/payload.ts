/**
 * Which kinds have a payload we read: type, schema, and what a statement of the kind is about (`sub`).
 */
import type { CidText } from '../encoding/cid.ts'
import { type Claim, claimSchema } from './claim.ts'
import { type Dataset, type DatasetVersion, datasetSchema, datasetVersionSchema } from './dataset.ts'
import {
  type Acceptance,
  type Grant,
  type Revocation,
  acceptanceSchema,
  grantSchema,
  revocationSchema,
} from './grant.ts'
import type { KindNumber } from './kind.ts'
import { type LogGenesis, logGenesisSchema } from './log-genesis.ts'
import { type Party, type PartyUpdate, partySchema, partyUpdateSchema } from './party.ts'
import type { Schema } from './schema.ts'
import { termsPayloadSchema } from './terms-schema.ts'
import type { TermsPayload } from './terms.ts'
import { type Usage, type UsageStart, usageSchema, usageStartSchema } from './usage.ts'

export interface PayloadByKind {
  1: LogGenesis
  3: Party
  4: PartyUpdate
  5: Dataset
  6: DatasetVersion
  7: TermsPayload
  9: Grant
  10: Acceptance
  13: Revocation
  14: UsageStart
  15: Usage
  20: Claim
}

/** Kinds whose payload is read. */
export type ReadKind = keyof PayloadByKind
/** Kinds that have a number and are kept as opaque leaves. */
export type OpaqueKind = Exclude<KindNumber, ReadKind>

const SCHEMAS: { readonly [K in ReadKind]: Schema<PayloadByKind[K]> } = {
  1: logGenesisSchema,
  3: partySchema,
  4: partyUpdateSchema,
  5: datasetSchema,
  6: datasetVersionSchema,
  7: termsPayloadSchema,
  9: grantSchema,
  10: acceptanceSchema,
  13: revocationSchema,
  14: usageStartSchema,
  15: usageSchema,
  20: claimSchema,
}

export function isReadKind(kind: KindNumber | undefined): kind is ReadKind {
  return kind !== undefined && Object.hasOwn(SCHEMAS, kind)
}

export function payloadSchema<K extends ReadKind>(kind: K): Schema<PayloadByKind[K]> {
  return SCHEMAS[kind]
}

/**
 * The one `sub` a statement of this kind and payload may have: the first thing it refers to, and where it refers to
 * nothing, its issuer.
 *
 * | kind | sub |
 * |---|---|
 * | log-genesis, party, dataset | iss |
 * | party-update | prev |
 * | dataset-version, terms | lineage |
 * | grant | terms |
 * | acceptance | grant |
 * | revocation | target |
 * | usage-start | first grant |
 * | usage | first grant of the first dataset that names one; else prev; else iss |
 * | claim | respondent |
 */
export function subjectOf<K extends ReadKind>(kind: K, payload: PayloadByKind[K], iss: string): string {
  const rule: (payload: PayloadByKind[K]) => CidText | undefined = SUBJECTS[kind]
  return rule(payload) ?? iss
}

const SUBJECTS: { readonly [K in ReadKind]: (payload: PayloadByKind[K]) => CidText | undefined } = {
  1: () => undefined,
  3: () => undefined,
  4: (update) => update.prev,
  5: () => undefined,
  6: (version) => version.lineage,
  7: (terms) => terms.lineage,
  9: (grant) => grant.terms,
  10: (acceptance) => acceptance.grant,
  13: (revocation) => revocation.target,
  14: (start) => start.grants[0],
  15: (usage) => usage.datasets.flatMap((dataset) => dataset.grants)[0] ?? usage.prev,
  20: (claim) => claim.respondent,
}
