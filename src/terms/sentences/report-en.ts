/**
 * English: what the report of a verification says around the sentences of its verdict, in Fluent syntax. Complete;
 * `{ $form }` is "one" or "many".
 */
export const REPORT_EN = `
report-question = Question
report-use = Use
report-signatures = Signatures
report-record = Record
report-terms = Terms
report-inherited = Inherited
report-judged = Judged as of
report-assurance = Assurance
report-claim = Claim
report-answer = Answer
report-why = Why
report-set-aside = Does not count while the record is incomplete
report-chain = Chain
report-details = Details
report-does-not-prove = Does not prove
report-more = Details: --explain
report-untranslated = { "" }

report-party = { $name } ({ $id })
report-party-unnamed = a party not named in evidence ({ $id })
report-party-unknown = a party that is not in evidence
report-anyone = anyone who accepts

report-asks-use = was this use permitted?
report-asks-model = what was the model with SHA-256 { $model } made from, and was that permitted?
report-asks-grants = what was done under { $grants }, and was it permitted?
report-asks-grant = the grant of { $by } to { $to }
report-asks-claim = the claim of { $claimant } against { $respondent }: { $allegation }
report-asks-claim-unknown = the claim { $id }, which is not in evidence
report-asks-intended = may { $user } do this?

report-claim-text = { $claimant } against { $respondent }: { $allegation }
report-answer-none = none yet from { $respondent }
report-answer-none-here = none yet from { $respondent }, as far as this file shows
report-answer-admit = { $respondent } admits it
report-answer-deny = { $respondent } denies it
report-answer-justify = { $respondent } says that it was justified

report-use-text = run { $run } by { $user }, of { $datasets }, witnessed no later than { $time }
report-use-unwitnessed = run { $run } by { $user }, of { $datasets }, not witnessed
report-use-intended = intended by { $user }, of { $datasets }
report-use-none = nobody attested one in this evidence
report-dataset = { $title } { $label }
report-dataset-unknown = a dataset version that is not in evidence ({ $id })
report-no-dataset = no dataset
report-and = { $first } and { $last }

report-state-ok = ok
report-state-failed = FAILED
report-state-unknown = unknown
report-state-fork = FORK
report-state-untrusted = not trusted
report-state-few = too few
report-state-not-judged = not judged
report-state-compliant = COMPLIANT AS ATTESTED
report-state-compliant-intended = COMPLIANT AS ASKED
report-state-pending = PENDING
report-state-undetermined = UNDETERMINED
report-state-breach = BREACH
report-state-violation = VIOLATION
report-outcome-compliant = the use is permitted, and everything due was done
report-outcome-pending = the use is permitted; something is owed and not due yet
report-outcome-undetermined = the evidence does not settle whether the terms were kept
report-outcome-breach = what the terms ask in return was not done as agreed
report-outcome-violation = the use is not permitted
report-not-judged = the evidence does not hold under your policy
report-inherited-text = from the models that this one was made from
report-A0 = A0: no user signed that it did this
report-A1 = A1: the user itself signed that it did this
report-A2 = A2: the user itself signed that it did this, and both sides signed the agreement
report-A3 = A3: both sides signed the agreement, and a third party you trust attests a fact relied on

report-no-statements = no statement of a log that your policy accepts
report-signed = { $valid } of { $total }
report-signed-by = { $valid } of { $total }, by { $names }
report-without-effect = { $signed }; { $count } without effect
report-record-forked = { $origin } signed two different histories
report-record-untrusted = authentic, but your policy names none of its logs or witnesses
report-record-few = { $origin }: { $witnesses }
report-record-text = { $witnesses }, { $size } entries of { $origin }, as of { $time }
report-record-open = { $record }; not shown to be complete: ask for whole logs (tally bundle make --replay)
report-witnesses = { $form ->
    [one] 1 witness
   *[many] { $count } witnesses
  } ({ $k } needed)
report-witnesses-own = { $form ->
    [one] 1 witness
   *[many] { $count } witnesses
  } ({ $k } needed; the log's own witness does not count)
report-witnesses-some = { $count } of { $n } witnesses ({ $k } needed)
report-witnesses-some-own = { $count } of { $n } witnesses ({ $k } needed; the log's own witness does not count)
report-witnesses-unreachable = only { $n } of the witnesses in your policy can count, and it asks for more
report-witnesses-unreachable-own = only { $n } of the witnesses in your policy can count, and it asks for more; the log's own does not count
report-witnesses-none = no witnesses, as your policy asks for none

report-settle = To settle it: { $what }.
report-settle-STALE_VIEW = ask for a newer file
report-settle-NO_QUORUM = ask for a newer file, which more of the witnesses you trust have signed
report-settle-NO_QUORUM-unreachable = name more of the witnesses you trust in your policy
report-settle-EVIDENCE_MISSING = ask whoever made the file for what is missing
report-settle-EVIDENCE_MISSING-parts = ask for whole logs (tally bundle make --replay)

report-proves-nothing-anything-damaged = This file was changed or damaged, so it proves nothing.
report-proves-nothing-anything-unsound = A signature or proof in this file is bad, so it proves nothing.
report-proves-nothing-anything-untrusted = Nobody whom your policy names vouches for this file, so it proves nothing to you.

report-chain-use = use "{ $run }" by { $user }
report-chain-version = version "{ $label }" of "{ $title }" by { $owner }{ $granted ->
    [no] , without a grant
   *[yes] { "" }
  }: { $outcome }
report-chain-version-untitled = version "{ $label }" of a dataset that is not in evidence{ $granted ->
    [no] , without a grant
   *[yes] { "" }
  }: { $outcome }
report-chain-terms = under terms of { $by }
report-chain-grant = by a grant of { $by } to { $to }
report-chain-open-grant = by a grant of { $by } to any party that accepts
report-chain-accepted = accepted by { $by }
report-chain-missing = not in evidence
report-place-whole = entry { $index } of { $origin } (the whole log is in the file)
report-place-proved = entry { $index } of { $origin } (proved to be in the log)
report-witnessed = witnessed no later than { $time }
report-not-witnessed = not witnessed
report-signature-valid = signature valid
report-signature-bad = signature NOT valid

report-policy = your policy file, by its SHA-256: { $sha256 }
report-judged-text = { $time }, the moment that was asked for
report-judged-early = { $time }, the moment that was asked for; by then the use was not witnessed yet
report-instant = judged as of { $time }
report-instant-none = judged as of no time: no log in evidence has enough of your witnesses
report-use-details = use { $use } (run { $run }): { $outcome }, assurance { $assurance }
report-no-use-details = no use attested: { $outcome }, assurance { $assurance }
report-log = { $origin }: { $size } entries, { $complete }
report-log-refused = { $origin }: { $size } entries, { $complete }, not accepted: { $refusal }
report-complete-replayed = complete: every entry is in the file
report-complete-cosigned = complete: recomputed by { $form ->
    [one] 1 mirror
   *[many] { $count } mirrors
  } you trust
report-complete-none = not shown to be complete
report-counted = counted
report-ignored = ignored
report-mirror = mirror
report-holds = holds if { $liars ->
    [zero] none of the witnesses lies
    [one] at most 1 of the witnesses lies
   *[many] at most { $lying } of the witnesses lie
  } and { $absentees ->
    [zero] none is missing
    [one] at most 1 is missing
   *[many] at most { $absent } are missing
  }
report-holds-not = cannot hold: too few of the witnesses that your policy names count here
report-unsigned-question = The question itself is signed by nobody; anyone may ask it.
report-unsigned-policy = Which policy its maker had in mind is signed by nobody; yours was used.
report-unsigned-line = Not checked, and of no effect: the line of { $name } under the first { $size } entries of { $origin }. Your policy does not name that key.
report-unsigned-index-line = Not checked, and of no effect: the line of { $name } under the index of { $origin }. Your policy does not name that key.
report-unsigned-fork-line = Not checked, and of no effect: the line of { $name } in the proof that { $origin } signed two histories. The lines of { $origin } itself prove it.
report-step-passed = passed
report-step-failed = failed
report-step-skipped = skipped

allegation-NO_PERMISSION = used without permission
allegation-GRANT_REVOKED = used after the grant was revoked
allegation-GRANT_EXPIRED = used after the grant had run out
allegation-RUN_PAST_GRACE = still used after the grant was revoked
allegation-VERSION_NOT_GRANTED = a version used that was not granted
allegation-SUBSET_EXCEEDED = more used than the terms allow
allegation-ACTION_PROHIBITED = used in a way that the terms forbid
allegation-CAPABILITY_PROHIBITED = a model made that the terms forbid
allegation-PURPOSE_NOT_PERMITTED = used for a purpose that the terms do not allow
allegation-REGION_NOT_PERMITTED = used in a region that the terms do not allow
allegation-PARTY_NOT_PERMITTED = used by a party that the terms do not allow
allegation-EXCLUDED_PARTY_GROUP = used by a group that the terms exclude
allegation-PAYMENT_MISSING = not paid for
allegation-OWNER_UNDERPAID = paid less than the price
allegation-PLATFORM_FEE_MISSING = the platform fee not paid
allegation-DUTY_OVERDUE = a duty not done in time
allegation-ATTEST_LATE = not attested in time
allegation-WITHDRAWAL_OVERDUE = a withdrawal of consent not honoured in time
allegation-FALSE_ATTESTATION = attested falsely
allegation-SHAREALIKE_CONFLICT = published under another licence than the terms ask for
allegation-text = { $words } [{ $code }]

outcome-compliant = compliant as attested
outcome-pending = pending
outcome-undetermined = undetermined
outcome-breach = breach
outcome-violation = violation
`
