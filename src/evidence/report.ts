/**
 * The report of a verification: what was checked, whose word counted, the verdict, and what all of it does not prove.
 * The JSON form is a contract (`tallystick/verify/1`; fields are only ever added): the same bundle under the same policy
 * gives the same bytes on every machine.
 */
import type { CidText } from '../encoding/cid.ts'
import { plainText } from '../encoding/plain-text.ts'
import { formatTime } from '../encoding/time.ts'
import type { ClaimVerdict, DatasetVerdict, Outcome, Reason, UseVerdict } from '../terms/verdict.ts'
import type { About } from './about.ts'
import type { ChainLink } from './chain.ts'
import type { Phrase } from './phrase.ts'
import type { Step } from './steps.ts'

/**
 * What a program that ran the verification exits with: 0 compliant or pending; 3 a signature, proof or hash is bad;
 * 4 violation or breach; 5 undetermined, too few cosignatures, or a fork; 11 nothing the policy names occurs.
 */
export type VerifyExit = 0 | 3 | 4 | 5 | 11

export interface SignatureReport {
  readonly statements: number
  readonly valid: number
  /** In a log, but the signature is bad: of no effect. */
  readonly invalid: readonly CidText[]
  /** In a log, by a key that nobody in evidence introduced: of no effect. */
  readonly unknownKey: readonly CidText[]
  /** Entries that are no statement this program can read. */
  readonly unreadable: number
  /** Names of those who signed what the verdict rests on. */
  readonly signers: readonly { readonly party: CidText; readonly name: string }[]
}

export interface QuorumReport {
  /** Cosignatures that the policy needs at the least; undefined where it asks for none or they cannot be reached. */
  readonly k: number | undefined
  /** Operators that can count. */
  readonly n: number
  /** So many of them may lie, or be away, before two histories, or none, could get a quorum. */
  readonly equivocatorsTolerated: number
  readonly outagesTolerated: number
}

export interface LogReport {
  readonly origin: string
  readonly operator: CidText
  readonly operatorName: string | undefined
  /** Entries under its last checkpoint. */
  readonly size: number
  /** Why the policy does not take it; undefined when it does. */
  readonly refusal: string | undefined
  /** Unix seconds: the latest moment a quorum vouches for; undefined without one. */
  readonly fresh: number | undefined
  readonly counted: readonly { readonly name: string; readonly timestamp: number }[]
  readonly ignored: readonly { readonly name: string; readonly reason: string }[]
  readonly mirrors: readonly string[]
  readonly quorum: QuorumReport
  /** For people: witnesses that the policy asks for and that belong to the log's own operator, so they never count here. */
  readonly own: readonly string[]
  /**
   * What shows that nothing is left out: every entry is here; or its index, which so many mirrors of the policy recomputed;
   * or nothing does.
   */
  readonly completeness: 'replayed' | `cosigned(${number})` | 'none'
  /** Size up to which both of two histories are one; undefined: no fork is shown. */
  readonly forkedAt: number | undefined
}

export interface VerdictReport {
  readonly outcome: Outcome
  readonly uses: readonly UseVerdict[]
  readonly claims: readonly ClaimVerdict[]
}

export interface Report {
  readonly schema: 'tallystick/verify/1'
  /** Whether exit is 0. */
  readonly ok: boolean
  readonly exit: VerifyExit
  readonly question:
    | { readonly use: string }
    | { readonly model: string }
    | { readonly claim: string }
    | { readonly grants: readonly string[] }
  readonly policy: {
    readonly sha256: string
    readonly hint: { readonly name: string; readonly isSame: boolean } | undefined
  }
  /** Unix seconds. */
  readonly instant: number | undefined
  readonly asOf: number | undefined
  readonly signatures: SignatureReport
  readonly logs: readonly LogReport[]
  /** Of the accepted log that tolerates least. */
  readonly quorum: QuorumReport | undefined
  /** Undefined when nothing of the bundle could be believed. */
  readonly verdict: VerdictReport | undefined
  /** For people, as are the chains: formatReportJson leaves both out, since all of it stands in the evidence. */
  readonly about: About
  /** One for each use. */
  readonly chains: readonly (readonly ChainLink[])[]
  readonly steps: readonly Step[]
  /** Parts of the bundle that no signature covers, and that decided nothing. */
  readonly unsigned: readonly string[]
  /** The same for people, in their language. */
  readonly unsignedPhrases: readonly Phrase[]
  /** Sentences, and the keys they are found by in other languages. */
  readonly notProved: readonly string[]
  readonly notProvedKeys: readonly string[]
}

/** The JSON text, with two spaces of indent and a last newline. */
export function formatReportJson(report: Report): string {
  return `${JSON.stringify(toJson(report), undefined, 2)}\n`
}

/** Strings, numbers, booleans, null, arrays, and objects whose keys are written in the order they are listed here. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }

function toJson(report: Report): Json {
  const { policy, signatures } = report
  return {
    schema: report.schema,
    ok: report.ok,
    exit: report.exit,
    question: report.question,
    policy: {
      sha256: policy.sha256,
      hint: policy.hint === undefined ? undefined : { name: plainText(policy.hint.name), isSame: policy.hint.isSame },
    },
    instant: timeOrNull(report.instant),
    asOf: timeOrNull(report.asOf),
    outcome: report.verdict?.outcome ?? null,
    signatures: {
      statements: signatures.statements,
      valid: signatures.valid,
      invalid: signatures.invalid,
      unknownKey: signatures.unknownKey,
      unreadable: signatures.unreadable,
      signers: signatures.signers.map(({ party, name }) => ({ party, name: plainText(name) })),
    },
    quorum: report.quorum === undefined ? null : quorumJson(report.quorum),
    logs: report.logs.map(logJson),
    uses: (report.verdict?.uses ?? []).map(useJson),
    claims: (report.verdict?.claims ?? []).map(
      ({ claim, isAdmissible, reasons, responses, findings, settlements }) => ({
        claim,
        isAdmissible,
        reasons: reasons.map(reasonJson),
        responses: responses.map(({ response, answer }) => ({ response, answer })),
        findings: findings.map(({ finding, arbiter, isNamedArbiter, isReproducible }) => ({
          finding,
          arbiter,
          isNamedArbiter,
          isReproducible,
        })),
        settlements,
      }),
    ),
    steps: report.steps.map(({ step, subject, outcome, code, message }) => ({
      step,
      subject: subject === undefined ? undefined : plainText(subject),
      outcome,
      code,
      message: plainText(message),
    })),
    unsigned: report.unsigned.map(plainText),
    notProved: report.notProved.map(plainText),
  }
}

function logJson(log: LogReport): Json {
  return {
    origin: plainText(log.origin),
    operator: log.operator,
    operatorName: log.operatorName === undefined ? null : plainText(log.operatorName),
    size: log.size,
    accepted: log.refusal === undefined,
    refusal: log.refusal,
    freshness: timeOrNull(log.fresh),
    cosignatures: {
      ...quorumJson(log.quorum),
      counted: log.counted.map(({ name, timestamp }) => ({ name: plainText(name), time: timeText(timestamp) })),
      ignored: log.ignored.map(({ name, reason }) => ({ name: plainText(name), reason })),
      mirrors: log.mirrors.map(plainText),
    },
    completeness: log.completeness,
    forkedAt: log.forkedAt ?? null,
  }
}

function quorumJson(quorum: QuorumReport): { readonly [key: string]: Json } {
  return {
    k: quorum.k ?? null,
    n: quorum.n,
    equivocatorsTolerated: quorum.equivocatorsTolerated,
    outagesTolerated: quorum.outagesTolerated,
  }
}

function useJson(use: UseVerdict): Json {
  return {
    use: use.use ?? null,
    user: use.user ?? null,
    run: use.run === undefined ? null : plainText(use.run),
    model: use.model,
    outcome: use.outcome,
    assurance: use.assurance,
    inherited:
      use.inherited === undefined
        ? undefined
        : { outcome: use.inherited.outcome, reasons: use.inherited.reasons.map(reasonJson) },
    datasets: use.datasets.map(datasetJson),
    reasons: use.reasons.map(reasonJson),
  }
}

function datasetJson(dataset: DatasetVerdict): Json {
  return {
    version: dataset.version,
    lineage: dataset.lineage ?? null,
    grant: dataset.grant,
    terms: dataset.terms,
    outcome: dataset.outcome,
    assurance: dataset.assurance,
    delayDays: dataset.delayDays,
    reasons: dataset.reasons.map(reasonJson),
  }
}

function reasonJson(reason: Reason): Json {
  return {
    code: reason.code,
    clause: reason.clause === undefined ? undefined : plainText(reason.clause),
    statements: reason.statements,
    sentence: plainText(reason.sentence),
  }
}

function timeOrNull(seconds: number | undefined): string | null {
  return seconds === undefined ? null : timeText(seconds)
}

/** A cosignature may state a time that no calendar has: it is then printed as its number. */
export function timeText(seconds: number): string {
  try {
    return formatTime(seconds)
  } catch {
    return String(seconds)
  }
}
