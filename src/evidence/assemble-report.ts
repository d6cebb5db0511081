/**
 * From the results of all checks to the report: the exit, whose word counted, and what no signature covers.
 */
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { isCid } from '../encoding/cid.ts'
import type { IntendedUse } from '../terms/suppose.ts'
import type { Outcome, Verdict } from '../terms/verdict.ts'
import type { EvidenceView, Placement, Question } from '../terms/view.ts'
import { aboutOf } from './about.ts'
import type { DecodedBundle } from './bundle.ts'
import { chainsOf } from './chain.ts'
import { describeNotProved, NOTHING_HOLDS, notProvedBy } from './not-proved.ts'
import { type Phrase, phrase } from './phrase.ts'
import type { LogReport, QuorumReport, Report, SignatureReport, VerifyExit } from './report.ts'
import type { StepRecorder } from './steps.ts'
import type { Electorate, Trust } from './trust.ts'
import type { VerifiedStatements } from './verify-statements.ts'
import type { WeighedLog } from './weigh-notes.ts'

export interface VerificationResults {
  readonly bundle: DecodedBundle
  readonly trust: Trust
  /** Logs in which every check passed. */
  readonly weighed: readonly WeighedLog[]
  /** By origin: the size up to which both histories of a forked log are one. */
  readonly forks: ReadonlyMap<string, number>
  readonly view: EvidenceView
  /** By origin: what the evidence of a log in parts does not answer. */
  readonly gaps: ReadonlyMap<string, string>
  readonly statements: VerifiedStatements
  readonly unreadable: readonly Placement[]
  readonly recorder: StepRecorder
  readonly verdict: Verdict
  /** What the verdict is on where nobody attested it; otherwise it answers the bundle's question. */
  readonly intended?: IntendedUse | undefined
}

export function assembleReport(results: VerificationResults): Report {
  const { bundle, trust, weighed, verdict, recorder } = results
  const outcome = outcomeOf(verdict)
  const exit = exitOf(results, outcome)
  if (exit === 3 || exit === 11) recorder.skipped('terms', undefined, 'the evidence does not hold under your policy')
  else recorder.passed('terms', undefined, `the terms were evaluated: ${outcome}`)
  const logs = weighed.map((each) => logReport(each, results))
  const notProved = notProvedKeys(results, exit, logs)
  const unsigned = unsignedParts(results)
  return {
    schema: 'tallystick/verify/1',
    ok: exit === 0,
    exit,
    question: questionText(bundle.question),
    policy: { sha256: trust.sha256, hint: hintReport(bundle, trust) },
    instant: verdict.instant,
    asOf: verdict.asOf,
    signatures: signatureReport(results),
    logs,
    quorum: weakestQuorum(logs),
    about: aboutOf(results.view, bundle.question, verdict, results.intended),
    chains: exit === 3 || exit === 11 ? [] : chainsOf(results.view, verdict.uses),
    verdict: exit === 3 || exit === 11 ? undefined : { outcome, uses: verdict.uses, claims: verdict.claims },
    steps: recorder.steps,
    unsigned: unsigned.map(({ part }) => part),
    unsignedPhrases: unsigned.map(({ says }) => says),
    notProved: describeNotProved(notProved),
    notProvedKeys: notProved,
  }
}

/** Where nothing may be believed, what the verdict would have left open says too much, and may be untrue. */
function notProvedKeys(
  { verdict, recorder }: VerificationResults,
  exit: VerifyExit,
  logs: readonly LogReport[],
): string[] {
  if (exit === 11) return [NOTHING_HOLDS.untrusted]
  if (exit === 3) {
    const isDamaged = recorder.steps.some(({ step, outcome }) => step === 'container' && outcome === 'failed')
    return [isDamaged ? NOTHING_HOLDS.damaged : NOTHING_HOLDS.unsound]
  }
  return notProvedBy([...verdict.notProved, ...(logs.some(isInParts) ? ['same-dataset-claimed'] : [])])
}

/** Nothing found to judge is not an acquittal. */
function outcomeOf({ uses, claims, outcome }: Verdict): Outcome {
  return uses.length === 0 && claims.length === 0 ? 'undetermined' : outcome
}

/** The first that applies. */
function exitOf({ recorder, trust, weighed, forks }: VerificationResults, outcome: Outcome): VerifyExit {
  if (recorder.hasFailed) return 3
  const accepted = weighed.filter(({ refusal }) => refusal === undefined)
  if (accepted.length === 0 || !occurs(trust, accepted)) return 11
  if (outcome === 'violation' || outcome === 'breach') return 4
  const hasQuorum = accepted.some(({ notes }) => notes.some(({ first }) => first !== undefined))
  const isForked = accepted.some(({ log }) => forks.has(log.origin))
  return outcome === 'undetermined' || !hasQuorum || isForked ? 5 : 0
}

/** Whether anything that the policy names occurs; a policy that names nothing asks for nothing. */
function occurs({ policy }: Trust, accepted: readonly WeighedLog[]): boolean {
  if (policy.logs.length > 0 || policy.witnesses.length === 0) return true
  return accepted.some(({ notes }) => notes.some(({ present }) => present.length > 0))
}

function logReport(weighed: WeighedLog, { forks, view, gaps }: VerificationResults): LogReport {
  const { log, notes, refusal, electorate } = weighed
  const last = notes.at(-1)
  const freshTimes = notes.flatMap(({ fresh }) => (fresh === undefined ? [] : [fresh]))
  return {
    origin: log.origin,
    operator: log.genesis.operator,
    operatorName: partyName(view, log.genesis.operator),
    size: log.notes.at(-1)?.checkpoint.size ?? 0,
    refusal,
    fresh: freshTimes.length === 0 ? undefined : Math.max(...freshTimes),
    counted: last?.counted ?? [],
    ignored: last?.ignored ?? [],
    mirrors: last?.mirrors ?? [],
    quorum: quorumReport(electorate),
    own: electorate.members.flatMap(({ witness, refusal }) => (refusal === undefined ? [] : [witness.name])),
    completeness: completenessOf(weighed, gaps),
    forkedAt: forks.get(log.origin),
  }
}

function isInParts({ completeness }: LogReport): boolean {
  return completeness !== 'replayed'
}

/** A log whose evidence lacks an answer proves no absence, whoever vouches for its index. */
function completenessOf({ log, index }: WeighedLog, gaps: ReadonlyMap<string, string>): LogReport['completeness'] {
  if (log.isReplayed) return 'replayed'
  const mirrors = index?.mirrors
  return mirrors === undefined || gaps.has(log.origin) ? 'none' : `cosigned(${mirrors.length})`
}

/** Two histories need 2k cosignatures of n operators, so 2k - n of them sign both. */
function quorumReport({ quorum: { k, n } }: Electorate): QuorumReport {
  const equivocatorsTolerated = k === undefined ? 0 : Math.max(0, 2 * k - n - 1)
  return { k, n, equivocatorsTolerated, outagesTolerated: k === undefined ? 0 : Math.max(0, n - k) }
}

function weakestQuorum(logs: readonly LogReport[]): QuorumReport | undefined {
  const [weakest] = logs
    .filter(({ refusal }) => refusal === undefined)
    .map(({ quorum }) => quorum)
    .toSorted((a, b) => a.equivocatorsTolerated - b.equivocatorsTolerated || a.outagesTolerated - b.outagesTolerated)
  return weakest
}

function signatureReport({ statements, unreadable, view, verdict }: VerificationResults): SignatureReport {
  return {
    statements: statements.statements.size,
    valid: statements.valid,
    invalid: statements.invalid,
    unknownKey: statements.unknownKey,
    unreadable: unreadable.length,
    signers: signersOf(verdict, view),
  }
}

/** Those who signed a statement that a reason names, in the order of the reasons. */
function signersOf(verdict: Verdict, view: EvidenceView): { party: CidText; name: string }[] {
  const reasons = verdict.uses.flatMap((use) => [...use.reasons, ...use.datasets.flatMap((dataset) => dataset.reasons)])
  const ids = [
    ...verdict.uses.flatMap(({ use }) => (use === undefined ? [] : [use])),
    ...reasons.flatMap(({ statements }) => statements),
  ]
  const parties = new Set(ids.flatMap((id) => issuerOf(view, id) ?? []))
  return [...parties].flatMap((party) => {
    const name = partyName(view, party)
    return name === undefined ? [] : [{ party, name }]
  })
}

function issuerOf(view: EvidenceView, id: CidText): CidText | undefined {
  const statement = view.statements.get(id)?.statement
  if (statement === undefined) return undefined
  if (statement.kind === 3) return statement.id
  return isCid(statement.iss) ? statement.iss : undefined
}

function partyName(view: EvidenceView, party: CidText): string | undefined {
  const statement = view.statements.get(party)?.statement
  return statement?.kind === 3 ? statement.payload.name : undefined
}

function questionText(question: Question): Report['question'] {
  return 'model' in question ? { model: toHex(question.model) } : question
}

function hintReport({ policyHint }: DecodedBundle, trust: Trust): Report['policy']['hint'] {
  return policyHint === undefined
    ? undefined
    : { name: policyHint.name, isSame: toHex(policyHint.sha256) === trust.sha256 }
}

/** Each part in the words of the JSON form, and in a sentence. */
function unsignedParts({ bundle, weighed }: VerificationResults): { part: string; says: Phrase }[] {
  const parts = [{ part: 'the question', says: phrase('report-unsigned-question') }]
  if (bundle.policyHint !== undefined)
    parts.push({
      part: 'the name and digest of the policy that the maker of the bundle had in mind',
      says: phrase('report-unsigned-policy'),
    })
  for (const { log, notes, index, forkLines } of weighed) {
    const { origin } = log
    for (const name of forkLines)
      parts.push({
        part: `fork proof of ${origin}: the line of ${name}, which the proof does not need`,
        says: phrase('report-unsigned-fork-line', { name, origin }),
      })
    for (const name of index?.unknown ?? [])
      parts.push({
        part: `index evidence of ${origin}: the line of ${name}, a key your policy does not name`,
        says: phrase('report-unsigned-index-line', { name, origin }),
      })
    for (const [i, { unknown }] of notes.entries()) {
      const size = log.notes[i]?.checkpoint.size ?? 0
      for (const name of unknown)
        parts.push({
          part: `checkpoint ${size} of ${origin}: the line of ${name}, a key your policy does not name`,
          says: phrase('report-unsigned-line', { name, origin, size: `${size}` }),
        })
    }
  }
  return parts
}
