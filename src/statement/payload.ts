/**
 * Which kinds have a payload we read: type, schema, and what a statement of the kind is about (`sub`).
 */
import type { CidText } from '../encoding/cid.ts'
import {
  type Claim,
  type ClaimResponse,
  type Finding,
  type Settlement,
  claimSchema,
  findingSchema,
  responseSchema,
  settlementSchema,
} from './claim.ts'
import { type Credential, type PartySet, credentialSchema, partySetSchema } from './credential.ts'
import { type Dataset, type DatasetVersion, datasetSchema, datasetVersionSchema } from './dataset.ts'
import {
  type Acceptance,
  type Grant,
  type Request,
  type Revocation,
  acceptanceSchema,
  grantSchema,
  requestSchema,
  revocationSchema,
} from './grant.ts'
import type { KindNumber } from './kind.ts'
import { type LogGenesis, logGenesisSchema } from './log-genesis.ts'
import { type Erasure, type Notice, erasureSchema, noticeSchema } from './notice.ts'
import { type Party, type PartyUpdate, partySchema, partyUpdateSchema } from './party.ts'
import { type Payment, type PaymentReceipt, paymentReceiptSchema, paymentSchema } from './payment.ts'
import type { Schema } from './schema.ts'
import { termsPayloadSchema } from './terms-schema.ts'
import type { TermsPayload } from './terms.ts'
import { type Usage, type UsageStart, usageSchema, usageStartSchema } from './usage.ts'
import { type Withdrawal, type WithdrawalReceipt, withdrawalReceiptSchema, withdrawalSchema } from './withdrawal.ts'

export interface PayloadByKind {
  1: LogGenesis
  3: Party
  4: PartyUpdate
  5: Dataset
  6: DatasetVersion
  7: TermsPayload
  8: Request
  9: Grant
  10: Acceptance
  11: Payment
  12: PaymentReceipt
  13: Revocation
  14: UsageStart
  15: Usage
  16: Credential
  17: PartySet
  18: Withdrawal
  19: WithdrawalReceipt
  20: Claim
  21: ClaimResponse
  22: Finding
  23: Settlement
  24: Notice
  25: Erasure
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
  8: requestSchema,
  9: grantSchema,
  10: acceptanceSchema,
  11: paymentSchema,
  12: paymentReceiptSchema,
  13: revocationSchema,
  14: usageStartSchema,
  15: usageSchema,
  16: credentialSchema,
  17: partySetSchema,
  18: withdrawalSchema,
  19: withdrawalReceiptSchema,
  20: claimSchema,
  21: responseSchema,
  22: findingSchema,
  23: settlementSchema,
  24: noticeSchema,
  25: erasureSchema,
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
 * | request | terms; else version |
 * | grant | terms |
 * | acceptance, payment | grant |
 * | payment-receipt | payment |
 * | revocation, withdrawal-receipt | target |
 * | usage-start | first grant |
 * | usage | first grant of the first dataset that names one; else prev; else iss |
 * | credential | subject |
 * | party-set | prev; else iss |
 * | withdrawal | lineage |
 * | claim | respondent |
 * | response, finding, settlement | claim |
 * | notice | first thing it is about; else addressee; else iss |
 * | erasure | blob |
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
  8: (request) => request.terms ?? request.version,
  9: (grant) => grant.terms,
  10: (acceptance) => acceptance.grant,
  11: (payment) => payment.grant,
  12: (receipt) => receipt.payment,
  13: (revocation) => revocation.target,
  14: (start) => start.grants[0],
  15: (usage) => usage.datasets.flatMap((dataset) => dataset.grants)[0] ?? usage.prev,
  16: (credential) => credential.subject,
  17: (set) => set.prev,
  18: (withdrawal) => withdrawal.lineage,
  19: (receipt) => receipt.target,
  20: (claim) => claim.respondent,
  21: (response) => response.claim,
  22: (finding) => finding.claim,
  23: (settlement) => settlement.claim,
  24: (notice) => notice.about?.[0] ?? notice.addressee,
  25: (erasure) => erasure.blob,
}
