/**
 * Facts of a party that credentials show: in force at the moment the terms ask about, from an endorser the verifier trusts,
 * whenever logged (docs/terms.md C, "facts"). Where none is in force the party's own word counts, and only against it.
 */
import type { CidText } from '../../encoding/cid.ts'
import type { CredentialType } from '../../statement/credential.ts'
import { listsComplete } from '../absence.ts'
import { keyHistory } from '../key-history.ts'
import type { Act } from '../ledger.ts'
import type { ReasonCode } from '../reason-code.ts'
import { all } from '../reason.ts'
import { mayAct, signedAct } from '../signer.ts'
import { type Trilean, and, or } from '../trilean.ts'
import type { Answer, FactContext, Side } from './operand.ts'

export interface CredentialQuestion {
  readonly subject: CidText
  readonly type: CredentialType
  /** What the comparison gives under this credential, at this moment. */
  readonly evaluate: (credential: Act<16>, moment: number) => Trilean
  /** What it gives by the party's own word; left out: it has none, or its word does not count. */
  readonly ownWord?: Trilean
  readonly side: Side
  /** Said when it decides against the use. */
  readonly against: ReasonCode
  readonly unknown: ReasonCode
  readonly what: string
}

/** The answer over all moments the terms ask about: a permission needs every one of them, a prohibition only one. */
export function askCredentials(facts: FactContext, question: CredentialQuestion): Answer {
  const moments = momentsOf(facts, question)
  const answers = moments.map((moment) => askAt(facts, question, moment))
  const value = (question.side === 'permit' ? and : or)(answers.map((answer) => answer.value))
  const found = answers.find((answer) => answer.value === value) ?? unknownAnswer(question, question.unknown)
  if (!isFavourable(value, question.side)) return found
  const isWorseLater = unprovedMoments(facts, question).some(
    (moment) => !isFavourable(askAt(facts, question, moment).value, question.side),
  )
  if (!isWorseLater) return found
  return {
    ...unknownAnswer(question, 'ORDER_UNPROVEN', found.statements),
    what: 'the run or the end of the credential',
  }
}

/**
 * That the run lay before a change of what credentials say must be proved where the change is for the worse: the moments
 * of such changes after the declared one, up to the one that is proved.
 */
function unprovedMoments(facts: FactContext, question: CredentialQuestion): readonly number[] {
  const { asOf, times } = facts
  if (asOf === 'grant') return []
  const end = Math.max(times.from, times.to)
  // Whoever has to show it for the whole run shows it up to the declared end, not at the end itself.
  const [after, proved] =
    asOf === 'use-start' ? [times.from, times.startedBy] : [asOf === 'use-end' ? end : end - 1, times.endedBy]
  const changes = credentialsOf(facts, question).flatMap(({ from, until }) => [from, until])
  return [...new Set(changes)].filter((moment) => moment > after && moment < proved)
}

/** Unix seconds; never empty where the terms ask about the run. */
function momentsOf(facts: FactContext, question: CredentialQuestion): readonly number[] {
  const { from, to } = facts.times
  switch (facts.asOf) {
    case 'grant':
      return facts.acceptedAt === undefined ? [] : [facts.acceptedAt]
    case 'use-start':
      return [from]
    case 'use-end':
      return [Math.max(from, to)]
    case 'whole-use':
    case 'continuous':
      break
  }
  // What holds changes only where a credential begins or ends.
  const changes = credentialsOf(facts, question).flatMap((credential) => [credential.from, credential.until])
  return [...new Set([from, ...changes.filter((moment) => moment > from && moment < to)])].toSorted((a, b) => a - b)
}

interface Credential {
  readonly act: Act<16>
  /** In force in [from, until). */
  readonly from: number
  readonly until: number
  readonly isRevoked: boolean
  /** U: its signature or its revocation is not settled. */
  readonly isSure: boolean
}

function credentialsOf({ ledger, trust }: FactContext, { subject, type }: CredentialQuestion): readonly Credential[] {
  return ledger.linked(16, subject).flatMap((act): Credential[] => {
    if (act.payload.type !== type || !trust.endorsers.some((endorser) => endorser === act.iss)) return []
    if (act.iss === subject) return []
    const signed = signedAct(ledger, act)
    if (signed.at === undefined || signed.judgement.value === 'F') return []
    let until = act.payload.until ?? Number.POSITIVE_INFINITY
    let isRevoked = false
    let isSure = signed.judgement.value === 'T'
    const logs = keyHistory(ledger, act.iss)?.logs
    for (const revocation of ledger.linked(13, act.id)) {
      const revoking = signedAct(ledger, revocation, logs)
      if (revoking.at === undefined) continue
      const valid = all([revoking.judgement, mayAct(ledger, revoking, [act.iss], 'revocation', undefined)])
      if (valid.value === 'F') continue
      const effective = Math.max(revocation.payload.effective ?? 0, revoking.at.interval.hi)
      if (valid.value === 'U' || effective === Number.POSITIVE_INFINITY) isSure = false
      else if (effective < until) {
        until = effective
        isRevoked = true
      }
    }
    return [{ act, from: act.payload.from ?? 0, until, isRevoked, isSure }]
  })
}

function askAt(facts: FactContext, question: CredentialQuestion, moment: number): Answer {
  const known = credentialsOf(facts, question)
  const inForce = known.filter(({ from, until }) => from <= moment && moment < until)
  const incomplete = incompleteLists(facts, question, moment)
  const sure = inForce.filter(({ isSure }) => isSure)
  if (inForce.length === 0) return askOwnWord(question, known, incomplete)
  const values = new Map(inForce.map((each) => [each, question.evaluate(each.act, moment)]))
  const distinct = new Set(values.values())
  const ids = inForce.map(({ act }) => act.id)
  if (distinct.size > 1) return unknownAnswer(question, 'CREDENTIAL_CONFLICT', ids)
  const [value = 'U'] = distinct
  if (sure.length === 0) return unknownAnswer(question, question.unknown, ids)
  if (incomplete !== undefined) return { ...incomplete, statements: ids }
  if (value === 'U') return unknownAnswer(question, question.unknown, ids)
  return { value, code: question.against, what: question.what, statements: ids, isAttested: true }
}

/** No credential is in force: the party's word counts, as far as it is against it. */
function askOwnWord(
  question: CredentialQuestion,
  known: readonly Credential[],
  incomplete: Answer | undefined,
): Answer {
  const code = known.length > 0 ? 'CREDENTIAL_EXPIRED' : question.unknown
  const unknown = unknownAnswer(
    question,
    code,
    known.map(({ act }) => act.id),
  )
  const { ownWord } = question
  if (ownWord === undefined || ownWord === 'U' || isFavourable(ownWord, question.side)) return unknown
  return incomplete ?? { value: ownWord, code: question.against, what: question.what }
}

function isFavourable(value: Trilean, side: Side): boolean {
  return value === (side === 'permit' ? 'T' : 'F')
}

/** Why it cannot be said that there is no other credential and no revocation; undefined where the lists are complete. */
function incompleteLists(facts: FactContext, question: CredentialQuestion, moment: number): Answer | undefined {
  const { ledger, horizon, judgedAt } = facts
  const endorserLogs = credentialsOf(facts, question).flatMap(({ act }) =>
    Array.from(keyHistory(ledger, act.iss)?.logs ?? []),
  )
  const named = listsComplete(horizon, judgedAt ?? moment)
  const others = listsComplete(
    { ...horizon, origins: new Set(endorserLogs), leftOut: new Set() },
    Math.min(moment, judgedAt ?? moment),
  )
  const complete = all([named, others])
  if (complete.value === 'T') return undefined
  const first = complete.reasons[0]
  return { value: 'U', code: first?.code ?? 'EVIDENCE_MISSING', what: 'the complete list of credentials' }
}

export function unknownAnswer(
  question: Pick<CredentialQuestion, 'what'>,
  code: ReasonCode,
  statements: readonly CidText[] = [],
): Answer {
  return { value: 'U', code, what: question.what, statements }
}
