/**
 * The report for a person: three lights (Signatures, Record, Terms), then why, then what it does not prove. Everything a
 * stranger wrote is stripped of what could steer a terminal.
 */
import { plainText } from '../encoding/plain-text.ts'
import type { Outcome, Reason } from '../terms/verdict.ts'
import { compareOutcomes } from '../terms/verdict.ts'
import { type Language, sentence } from '../terms/sentences/messages.ts'
import { describeNotProved } from './not-proved.ts'
import type { LogReport, Report } from './report.ts'
import { timeText } from './report.ts'
import type { Step } from './steps.ts'

export interface TextOptions {
  /** Also every step, every log and what was ignored. */
  explain?: boolean
  /** Of the sentences; codes stay. Left out: English. */
  language?: Language
}

/** @returns lines, each ending in a newline */
export function formatReportText(report: Report, options: TextOptions = {}): string {
  const lines = [
    light('Signatures', ...signaturesLight(report)),
    light('Record', ...recordLight(report)),
    light('Terms', ...termsLight(report, options.language)),
    ...whyLines(report, options.language),
    ...(options.explain === true ? explainLines(report) : []),
    ...notProvedLines(report, options),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function light(name: string, state: string, text: string): string {
  return plainText(`${name.padEnd(12)} ${state.padEnd(12)} ${text}`).trimEnd()
}

/** Steps that say whether the record holds; the others say whether the bytes do. */
const RECORD_STEPS: ReadonlySet<string> = new Set([
  'entries',
  'inclusion',
  'index',
  'consistency',
  'fork',
  'cosignatures',
])

function failedStep(report: Report, isRecord: boolean): Step | undefined {
  return report.steps.find(({ step, outcome }) => outcome === 'failed' && RECORD_STEPS.has(step) === isRecord)
}

function signaturesLight(report: Report): [string, string] {
  const failed = failedStep(report, false)
  if (failed !== undefined) return ['FAILED', `${failed.message} [${failed.code ?? ''}]`]
  const { statements, valid, invalid, unknownKey, signers } = report.signatures
  if (statements === 0) return ['unknown', 'no statement of a log that your policy accepts']
  const names = signers.map(({ party, name }) => `${name} (${shortId(party)})`)
  const by = names.length === 0 ? '' : `, by ${names.join(', ')}`
  const without = invalid.length + unknownKey.length
  return ['ok', `${valid} of ${statements}${by}${without === 0 ? '' : `; ${without} without effect`}`]
}

function recordLight(report: Report): [string, string] {
  const failed = failedStep(report, true)
  if (failed !== undefined) return ['FAILED', `${failed.message} [${failed.code ?? ''}]`]
  const accepted = report.logs.filter(({ refusal }) => refusal === undefined)
  const forked = accepted.find(({ forkedAt }) => forkedAt !== undefined)
  if (forked !== undefined) return ['FORK', `${forked.origin} signed two different histories`]
  if (report.exit === 11) return ['not trusted', 'authentic, but your policy names none of its logs or witnesses']
  const weakest = accepted.find(({ fresh }) => fresh === undefined)
  if (weakest !== undefined) return ['too few', `${witnessesOf(weakest)} of ${weakest.origin}`]
  const parts = accepted.map(
    (log) => `${witnessesOf(log)}, checkpoint ${log.size} of ${log.origin}, ${timeText(log.fresh ?? 0)}`,
  )
  // The verdict may rest on nothing that is missing; where it does, this is what to do about it.
  const isOpen = accepted.some(({ completeness }) => completeness === 'none')
  const hint = isOpen ? '; not shown to be complete: ask for whole logs (tally bundle make --replay)' : ''
  return ['ok', `${parts.join('; ')}${hint}`]
}

function witnessesOf({ counted, quorum }: LogReport): string {
  return `${counted.length} of ${quorum.n} witnesses${quorum.k === undefined ? '' : ` (${quorum.k} needed)`}`
}

function termsLight(report: Report, language: Language | undefined): [string, string] {
  const { verdict } = report
  if (report.exit === 3 || report.exit === 11 || verdict === undefined)
    return ['not judged', 'the evidence does not hold under your policy']
  const [first] = sentences(report, language)
  const state =
    verdict.outcome === 'compliant' || verdict.outcome === 'pending' ? verdict.outcome : verdict.outcome.toUpperCase()
  return [state, first ?? '']
}

function whyLines(report: Report, language: Language | undefined): string[] {
  if (report.exit === 3 || report.exit === 11) return []
  const all = sentences(report, language)
  return all.length === 0 ? [] : ['Why', ...all.map((each, i) => `  ${i + 1}. ${each}`)]
}

/** Each sentence once, those of the worst parts first. */
function sentences(report: Report, language: Language = 'en'): string[] {
  const { uses, claims } = report.verdict ?? { uses: [], claims: [] }
  const parts: { outcome: Outcome; reasons: readonly Reason[] }[] = []
  for (const use of uses) parts.push(...use.datasets, use, ...(use.inherited === undefined ? [] : [use.inherited]))
  const reasons = [
    ...parts.toSorted((a, b) => compareOutcomes(b.outcome, a.outcome)).flatMap((part) => part.reasons),
    ...claims.flatMap((claim) => claim.reasons),
  ]
  return [...new Set(reasons.map((each) => reasonText(each, language)))]
}

function reasonText({ code, clause, values }: Reason, language: Language): string {
  return plainText(`${sentence(code, values, language)} [${code}${clause === undefined ? '' : `, ${clause}`}]`)
}

function explainLines(report: Report): string[] {
  const logs = report.logs.flatMap((log) => [
    `  ${log.origin}: ${log.size} entries, ${log.completeness}${log.refusal === undefined ? '' : `, not accepted: ${log.refusal}`}`,
    ...log.counted.map(({ name, timestamp }) => `    counted  ${name}, ${timeText(timestamp)}`),
    ...log.ignored.map(({ name, reason }) => `    ignored  ${name}: ${reason}`),
    ...log.mirrors.map((name) => `    mirror   ${name}`),
    `    tolerates ${log.quorum.equivocatorsTolerated} lying and ${log.quorum.outagesTolerated} absent witnesses`,
  ])
  const steps = report.steps.map(
    ({ step, subject, outcome, code, message }) =>
      `  ${outcome.padEnd(8)} ${step}${subject === undefined ? '' : ` ${subject}`}: ${message}${code === undefined ? '' : ` [${code}]`}`,
  )
  const uses = (report.verdict?.uses ?? []).map(
    ({ use, run, outcome, assurance }) =>
      `  use ${use ?? 'none'} (run ${run ?? 'none'}): ${outcome}, assurance ${assurance}`,
  )
  const unsigned = report.unsigned.map((part) => `  not covered by any signature: ${part}`)
  const head = [
    `  policy ${report.policy.sha256}`,
    `  judged for ${report.instant === undefined ? 'no time' : timeText(report.instant)}`,
  ]
  return [...chainLines(report), 'Details', ...head, ...uses, ...logs, ...unsigned, ...steps].map(plainText)
}

/** From use to grant, each with the place where it stands and what vouches for it. */
function chainLines({ chains, logs }: Report): string[] {
  const lines = chains.flat().flatMap(({ depth, says, id, places, witnessedBy, isSignatureValid }) => {
    const indent = '  '.repeat(depth + 1)
    const proofs = places.map(({ origin, index }) => {
      const log = logs.find((each) => each.origin === origin)
      const how = log?.completeness === 'replayed' ? 'the whole log is replayed' : 'by an inclusion proof'
      return `entry ${index} of ${origin} (${how})`
    })
    const when = witnessedBy === undefined ? 'not witnessed' : `witnessed by ${timeText(witnessedBy)}`
    const signed = isSignatureValid ? 'signature valid' : 'signature NOT valid'
    const proved = places.length === 0 ? 'not in evidence' : [...proofs, when, signed].join(', ')
    return [`${indent}${says}`, `${indent}  ${id}`, `${indent}  ${proved}`]
  })
  return lines.length === 0 ? [] : ['Chain', ...lines]
}

function notProvedLines(report: Report, options: TextOptions): string[] {
  const [first, ...rest] = describeNotProved(report.notProvedKeys, options.language)
  if (first === undefined) return []
  if (options.explain === true) return ['Does not prove', ...[first, ...rest].map((each) => plainText(`  - ${each}`))]
  return [
    plainText(`Does not prove: ${first}${rest.length === 0 ? '' : ` (and ${rest.length} more)`}   Details: --explain`),
  ]
}

/** The last eight characters of an id, as people compare them. */
function shortId(id: string): string {
  const end = id.slice(-8).toUpperCase()
  return `${end.slice(0, 4)}-${end.slice(4)}`
}
