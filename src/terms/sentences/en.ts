/**
 * One plain English sentence per reason code. `{clause}` and other names in braces are filled in from the reason.
 *
 * A translation is another file with the same keys; codes are never translated.
 */
import type { ReasonCode } from '../reason-code.ts'

export const SENTENCES: Readonly<Record<ReasonCode, string>> = {
  PERMITTED: 'The terms permit this use.',
  TERMS_PINNED: 'Newer terms exist, but the grant is fixed to the terms it named.',
  TERMS_AMENDED: 'The owner changed the terms as they allow, and the change was in force when the run started.',
  ATTACHED_AT_START: 'The run started while the grant was in force, so it may finish.',
  GRANT_REVOKED: 'The grant had been revoked when it was used.',
  GRANT_EXPIRED: 'The time the grant was given for had run out when it was used.',
  GRANT_NOT_ACCEPTED: 'The grant had not been accepted when the run started.',
  RUN_PAST_GRACE: 'The run went on after the grant was revoked and the grace period was over.',
  ORDER_UNPROVEN: 'The evidence does not show which came first: {what}.',
  NO_PERMISSION: 'No grant and no permission in evidence covers this use.',
  ACTION_PROHIBITED: 'The terms do not allow the action {what}.',
  CAPABILITY_PROHIBITED: 'The terms do not allow a model with this capability.',
  PURPOSE_NOT_PERMITTED: 'The terms do not allow the use for this purpose.',
  REGION_NOT_PERMITTED: 'The terms do not allow the use in this region.',
  PARTY_NOT_PERMITTED: 'The terms or the grant are not for this party.',
  EXCLUDED_PARTY_GROUP: 'The user belongs to a group that the terms exclude.',
  AFFILIATION_UNKNOWN: 'No credential in force shows to which group the user belongs.',
  CREDENTIAL_EXPIRED: 'The credential that shows this fact was expired or revoked.',
  CREDENTIAL_CONFLICT: 'Trusted credentials contradict each other on this fact.',
  FACT_UNKNOWN: 'The terms depend on something the evidence does not show: {what}.',
  PROOF_NOT_PROVIDED: 'A fact that had to be proved was not proved in time.',
  NOT_SPECIFIC_ENOUGH: 'What was declared is too general to tell whether the terms forbid it: {what}.',
  VERSION_NOT_GRANTED: 'The grant does not cover this version of the dataset.',
  DATASET_VERSION_UNKNOWN: 'The dataset version is not in the evidence.',
  SUBSET_EXCEEDED: 'More of the dataset was used than the terms allow.',
  FALSE_ATTESTATION: 'The user declared the attestation complete and later contradicted it.',
  DUTY_PENDING: 'The duty {clause} is not due yet.',
  DUTY_NOT_TRIGGERED: 'The duty {clause} has not been triggered.',
  DUTY_OVERDUE: 'The duty {clause} was not done in time: {days} days late.',
  ATTEST_LATE: 'The use was not attested in time: {days} days late, {cured}.',
  BACKDATED: 'A statement claims an earlier date than a checkpoint it cites.',
  PAYMENT_MISSING: 'No payment to the owner is in the evidence.',
  PAYMENT_UNACKNOWLEDGED: 'The payment has not been acknowledged by whoever was paid.',
  OWNER_UNDERPAID: 'The owner received less than the price.',
  PLATFORM_FEE_MISSING: 'The platform fee was not paid in full.',
  PAYMENT_REVERSED: 'The payment was refunded.',
  REVOCATION_NOT_PERMITTED: 'The grant was revoked, but its terms do not allow that, so it has no effect.',
  KEY_VALID_AT_TIME: 'The key that signed this was replaced later and was valid at the time.',
  KEY_NOT_VALID: 'The key that signed this was not a valid key of the signer at the time.',
  KEY_COMPROMISED: 'The signer reported the key as stolen, and nobody had answered the statement before.',
  DELEGATE_SCOPE: 'Whoever signed this had no right to sign it for the owner of the right.',
  ISSUER_FORK: 'The issuer signed two successors of one statement, so both are suspended.',
  SUBLICENSE_DEPTH: 'The chain of sublicences is longer than the terms allow.',
  SHAREALIKE_CONFLICT: 'No single licence of the model satisfies all the datasets it was made from.',
  INHERITED_VIOLATION: 'A model this one was made from broke the terms of its own data.',
  INHERITED_CLEARED: 'An inherited violation was settled with the owner of the dataset.',
  REACH_EXCEEDED: 'The terms of the earlier dataset do not reach this far.',
  NO_STANDING: 'The terms do not give the claimant standing for this claim.',
  UNATTESTED_USE_ALLEGED: 'A claim alleges a use that nobody attested; the claim by itself proves nothing.',
  OWNERSHIP_CONTESTED: 'Two parties claim the same dataset as theirs.',
  LOG_EQUIVOCATION:
    'The log showed different histories to different witnesses, so it proves no time, order or absence.',
  STALE_VIEW: 'The evidence is older than the policy accepts for saying that something is not there.',
  NO_QUORUM: 'Too few of the witnesses you trust cosigned the log here.',
  EVIDENCE_MISSING: 'Something needed for the verdict is not in the evidence: {what}.',
  EVIDENCE_ERASED: 'A document needed for the verdict was erased.',
  WITHDRAWAL_OVERDUE: 'A withdrawal of consent was not honoured in time.',
  PROFILE_UNSUPPORTED: 'The terms are written in a language this program does not know.',
  MACHINE_TERMS_NOT_APPROVED: 'The text for people takes precedence, and the machine-readable terms are only a draft.',
  NOT_REPRODUCIBLE: 'Evaluating the same evidence again does not give this finding.',
  DUPLICATE_ACT: 'The same act was signed more than once and counts once.',
}

/** What a verdict does not prove, by key. */
export const NOT_PROVED = {
  'attestation-is-true': 'That what the user attested is true; a signature shows who said it, not that it is so.',
  'declared-times':
    'That the run began or ended after the moments it is declared to follow; this is taken as declared.',
  'nothing-else-used': 'That no other dataset was used in the same run.',
  'use-happened': 'That the alleged use took place; nobody attested it.',
} as const

export type NotProvedKey = keyof typeof NOT_PROVED
