/**
 * English: every sentence a verdict can give, in Fluent syntax (projectfluent.org). Names in braces are filled in from the
 * reason. It is complete; other languages fall back to it.
 */
export const EN = `
PERMITTED = The terms permit this use.
TERMS_PINNED = Newer terms exist, but the grant is fixed to the terms it named.
TERMS_AMENDED = The owner changed the terms as they allow, and the change was in force when the run started.
ATTACHED_AT_START = The run started while the grant was in force, so it may finish.
GRANT_REVOKED = The grant had been revoked when it was used.
GRANT_EXPIRED = The time the grant was given for had run out when it was used.
GRANT_NOT_ACCEPTED = The grant had not been accepted when the run started.
RUN_PAST_GRACE = The run went on after the grant was revoked and the grace period was over.
ORDER_UNPROVEN = The evidence does not show which came first: { $what }.
NO_PERMISSION = No grant and no permission in evidence covers this use.
ACTION_PROHIBITED = The terms do not allow the action { $what }.
CAPABILITY_PROHIBITED = The terms do not allow a model with this capability.
PURPOSE_NOT_PERMITTED = The terms do not allow the use for this purpose.
REGION_NOT_PERMITTED = The terms do not allow the use in this region.
PARTY_NOT_PERMITTED = The terms or the grant are not for this party.
EXCLUDED_PARTY_GROUP = The user belongs to a group that the terms exclude.
AFFILIATION_UNKNOWN = No credential in force shows to which group the user belongs.
CREDENTIAL_EXPIRED = The credential that shows this fact was expired or revoked.
CREDENTIAL_CONFLICT = Trusted credentials contradict each other on this fact.
FACT_UNKNOWN = The terms depend on something the evidence does not show: { $what }.
PROOF_NOT_PROVIDED = A fact that had to be proved was not proved in time.
NOT_SPECIFIC_ENOUGH = { $about ->
    [action] The user declared only "{ $what }". These terms forbid "{ $narrower }", so the user has to say which it is.
   *[other] The user declared only "{ $what }". These terms make a difference for "{ $narrower }", so the user has to say which it is.
}
VERSION_NOT_GRANTED = The grant does not cover this version of the dataset.
DATASET_VERSION_UNKNOWN = The dataset version is not in the evidence.
SUBSET_EXCEEDED = More of the dataset was used than the terms allow.
FALSE_ATTESTATION = The user declared the attestation complete and later contradicted it.
DUTY_PENDING = The duty { $clause } is not due yet.
DUTY_NOT_TRIGGERED = The duty { $clause } has not been triggered.
DUTY_OVERDUE = { $task ->
    [ask] No grant names the project of this use, and none answers a request for it.
    [delete] The data was not deleted in time after the grant was taken back{ days-late }.
    [retire] The models were not taken out of use in time after the grant was taken back{ days-late }.
   *[other] The duty { $clause } was not done in time{ days-late }.
}
ATTEST_LATE = The use was not attested in time{ days-late }, { $cured }.
days-late = { $lateness ->
    [none] { "" }
    [one] : 1 day late
   *[many] : { $days } days late
}
BACKDATED = A statement claims an earlier date than a checkpoint it cites.
PAYMENT_MISSING = No payment to the owner is in the evidence.
PAYMENT_UNACKNOWLEDGED = The payment has not been acknowledged by whoever was paid.
OWNER_UNDERPAID = The owner received less than the price.
PLATFORM_FEE_MISSING = The platform fee was not paid in full.
PAYMENT_REVERSED = The payment was refunded.
REVOCATION_NOT_PERMITTED = The grant was revoked, but its terms do not allow that, so it has no effect.
KEY_VALID_AT_TIME = The key that signed this was replaced later and was valid at the time.
KEY_NOT_VALID = The key that signed this was not a valid key of the signer at the time.
KEY_COMPROMISED = The signer reported the key as stolen, and nobody had answered the statement before.
DELEGATE_SCOPE = Whoever signed this had no right to sign it for the owner of the right.
ISSUER_FORK = The issuer signed two successors of one statement, so both are suspended.
SUBLICENSE_DEPTH = The chain of sublicences is longer than the terms allow.
SHAREALIKE_CONFLICT = No single licence of the model satisfies all the datasets it was made from.
INHERITED_VIOLATION = A model this one was made from broke the terms of its own data.
INHERITED_CLEARED = An inherited violation was settled with the owner of the dataset.
REACH_EXCEEDED = The terms of the earlier dataset do not reach this far.
NO_STANDING = The terms do not give the claimant standing for this claim.
UNATTESTED_USE_ALLEGED = A claim alleges a use that nobody attested; the claim by itself proves nothing.
OWNERSHIP_CONTESTED = Two parties claim the same dataset as theirs.
LOG_EQUIVOCATION = The log showed different histories to different witnesses, so it proves no time, order or absence.
STALE_VIEW = The evidence is older than the policy accepts for saying that something is not there.
NO_QUORUM = Too few of the witnesses you trust cosigned the log here.
EVIDENCE_MISSING = Something needed for the verdict is not in the evidence: { $what }.
EVIDENCE_ERASED = A document needed for the verdict was erased.
WITHDRAWAL_OVERDUE = A withdrawal of consent was not honoured in time.
PROFILE_UNSUPPORTED = The terms are written in a language this program does not know.
MACHINE_TERMS_NOT_APPROVED = The text for people takes precedence, and the machine-readable terms are only a draft.
NOT_REPRODUCIBLE = Evaluating the same evidence again does not give this finding.
DUPLICATE_ACT = The same act was signed more than once and counts once.

not-proved-intended-use-happens = That what is done will be what was asked about here; only an attestation after the run says so.
not-proved-attestation-is-true = That what the user attested is true; a signature shows who said it, not that it is so.
not-proved-declared-times = That the run really took place at the times that the user declared.
not-proved-same-dataset-claimed = That no other owner claims the same dataset elsewhere; only whole logs show that.
not-proved-nothing-else-used = That no other dataset was used in the same run.
not-proved-use-happened = That the alleged use took place; nobody attested it.
not-proved-parties-are-named-right = That the parties are who their names say.
not-proved-witnesses-independent = That the witnesses you trust are independent of each other.
not-proved-anything-damaged = Anything: this file was changed or damaged.
not-proved-anything-unsound = Anything: a signature or proof in this file is bad.
not-proved-anything-untrusted = Anything: nobody whom your policy names vouches for this file.
`
