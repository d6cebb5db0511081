/**
 * The report for a person: what was asked, about which use; three lights (Signatures, Record, Terms); then why, then what it
 * does not prove. Everything a stranger wrote is stripped of what could steer a terminal.
 */
import type { Language } from '../terms/sentences/messages.ts'
import type { AboutClaim, AboutQuestion, AboutUse } from './about.ts'
import { describeNotProved } from './not-proved.ts'
import { detailLines } from './report-details.ts'
import { whyLines } from './report-why.ts'
import { ReportWords, shortId } from './report-words.ts'
import type { LogReport, Report } from './report.ts'
import type { Step } from './steps.ts'
import { breakLine, item, type TextLine } from './text-line.ts'

export interface TextOptions {
  /** Also every step, every log and what was ignored. */
  explain?: boolean
  /** Of the sentences; codes stay. Left out: English. */
  language?: Language
  /** Of the terminal it is printed on; left out: lines are not broken. */
  columns?: number | undefined
}

/** @returns lines, each ending in a newline */
export function formatReportText(report: Report, options: TextOptions = {}): string {
  const words = new ReportWords(options.language ?? 'en')
  const isJudged = judgedOf(report) !== undefined
  const lines = [
    ...(isJudged ? [...questionLines(report, words), ...useLines(report, words)] : []),
    ...light(words, 'signatures', ...signaturesLight(report, words)),
    ...light(words, 'record', ...recordLight(report, words)),
    ...light(words, 'terms', ...termsLight(report, words)),
    ...(isJudged ? instantLines(report, words) : []),
    ...(isJudged ? [...inheritedLines(report, words), ...assuranceLines(report, words)] : []),
    ...(isJudged ? [...claimLines(report, words), ...whyLines(report, words)] : []),
    ...(options.explain === true ? detailLines(report, words) : []),
    ...notProvedLines(report, words),
    ...(options.explain === true ? [] : [item('', words.say('more'))]),
    ...untranslatedLines(words),
  ]
  return lines
    .flatMap((line) => breakLine(line, options.columns))
    .map((line) => `${line}\n`)
    .join('')
}

/** The verdict, unless nothing that it would rest on holds. */
function judgedOf({ exit, verdict }: Report): Report['verdict'] {
  return exit === 3 || exit === 11 ? undefined : verdict
}

function labelled(words: ReportWords, name: string, text: string): TextLine {
  return item(`${words.say(name).padEnd(12)} `, text)
}

/** Columns of a light's name, and of its state. */
const LIGHT_COLUMNS = 13
const TEXT_COLUMN = 2 * LIGHT_COLUMNS

/** A state too long for its column has a line of its own, or it would run into the text. */
function light(words: ReportWords, name: string, state: string, text: string): TextLine[] {
  const said = words.say(`state-${state}`)
  const mark = `${words.say(name).padEnd(LIGHT_COLUMNS - 1)} ${said.padEnd(LIGHT_COLUMNS - 1)} `
  if (said.length < LIGHT_COLUMNS) return [item(mark, text)]
  return [item(mark, ''), item(' '.repeat(TEXT_COLUMN), text)]
}

function questionLines({ about: { question } }: Report, words: ReportWords): TextLine[] {
  return [labelled(words, 'question', questionText(question, words))]
}

function questionText(question: AboutQuestion, words: ReportWords): string {
  if (question.asks === 'use') return words.say('asks-use')
  if (question.asks === 'model') return words.say('asks-model', { model: question.model })
  if (question.asks === 'intended') return words.say('asks-intended', { user: words.party(question.user) })
  if (question.asks === 'claim') {
    return question.claim === undefined
      ? words.say('asks-claim-unknown', { id: question.id })
      : words.say('asks-claim', claimValues(question.claim, words))
  }
  const grants = question.grants.map(({ by, to }) =>
    words.say('asks-grant', { by: words.party(by), to: to.id === undefined ? words.say('anyone') : words.party(to) }),
  )
  return words.say('asks-grants', { grants: words.list([...new Set(grants)]) })
}

function claimValues(claim: AboutClaim, words: ReportWords): Record<string, string> {
  return {
    claimant: words.party(claim.claimant),
    respondent: words.party(claim.respondent),
    allegation: words.allegation(claim),
  }
}

/** Each use; where there are several, with its own outcome. */
function useLines({ about, verdict }: Report, words: ReportWords): TextLine[] {
  return about.uses.map((use, i) => {
    const outcome = about.uses.length > 1 ? verdict?.uses[i]?.outcome : undefined
    const said = useText(use, about.question.asks === 'intended', words)
    return labelled(words, 'use', outcome === undefined ? said : `${said}: ${words.say(`state-${outcome}`)}`)
  })
}

function useText({ user, run, datasets, witnessedBy }: AboutUse, isIntended: boolean, words: ReportWords): string {
  const values = { user: words.party(user), datasets: words.datasets(datasets) }
  if (isIntended) return words.say('use-intended', values)
  if (run === undefined) return words.say('use-none')
  const named = { ...values, run: words.run(run) }
  return witnessedBy === undefined
    ? words.say('use-unwitnessed', named)
    : words.say('use-text', { ...named, time: words.time(witnessedBy) })
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

type Light = [state: string, text: string]

function failedLight({ message, code }: Step): Light {
  return ['failed', `${message} [${code ?? ''}]`]
}

function signaturesLight(report: Report, words: ReportWords): Light {
  const failed = failedStep(report, false)
  if (failed !== undefined) return failedLight(failed)
  const { statements, valid, invalid, unknownKey, signers } = report.signatures
  if (statements === 0) return ['unknown', words.say('no-statements')]
  const counts = { valid: `${valid}`, total: `${statements}` }
  const names = signers.map(({ party, name }) => words.say('party', { name, id: shortId(party) })).join(', ')
  const signed = names === '' ? words.say('signed', counts) : words.say('signed-by', { ...counts, names })
  const without = invalid.length + unknownKey.length
  return ['ok', without === 0 ? signed : words.say('without-effect', { signed, count: `${without}` })]
}

function recordLight(report: Report, words: ReportWords): Light {
  const failed = failedStep(report, true)
  if (failed !== undefined) return failedLight(failed)
  const accepted = report.logs.filter(({ refusal }) => refusal === undefined)
  const forked = accepted.find(({ forkedAt }) => forkedAt !== undefined)
  if (forked !== undefined) return ['fork', words.say('record-forked', { origin: forked.origin })]
  if (report.exit === 11) return ['untrusted', words.say('record-untrusted')]
  const weakest = accepted.find(({ fresh }) => fresh === undefined)
  if (weakest !== undefined)
    return ['few', words.say('record-few', { witnesses: witnessesOf(weakest, words), origin: weakest.origin })]
  const parts = accepted.map((log) =>
    words.say('record-text', {
      witnesses: witnessesOf(log, words),
      size: `${log.size}`,
      origin: log.origin,
      time: words.time(log.fresh ?? 0),
    }),
  )
  const record = parts.join('; ')
  // The verdict may rest on nothing that is missing; where it does, this is what to do about it.
  return ['ok', isOpen(report) ? words.say('record-open', { record }) : record]
}

/** Whether some log is not shown to be complete. */
function isOpen({ logs }: Report): boolean {
  return logs.some(({ completeness, refusal }) => completeness === 'none' && refusal === undefined)
}

/** How many counted, how many must, and, where the policy names more, why not all of them can. */
function witnessesOf({ counted, quorum: { k, n }, own }: LogReport, words: ReportWords): string {
  const suffix = own.length === 0 ? '' : '-own'
  const values = { count: `${counted.length}`, form: words.form(counted.length), n: `${n}` }
  if (k !== undefined)
    return words.say(`witnesses${counted.length < n ? '-some' : ''}${suffix}`, { ...values, k: `${k}` })
  return n === 0 && own.length === 0 ? words.say('witnesses-none') : words.say(`witnesses-unreachable${suffix}`, values)
}

function termsLight(report: Report, words: ReportWords): Light {
  const judged = judgedOf(report)
  if (judged === undefined) return ['not-judged', words.say('not-judged')]
  const { outcome } = judged
  // Nobody attested what is only intended.
  const isAsked = outcome === 'compliant' && report.about.question.asks === 'intended'
  return [isAsked ? 'compliant-intended' : outcome, words.say(`outcome-${outcome}`)]
}

/** Where another moment was asked for than the evidence reaches to. */
function instantLines({ instant, asOf, about }: Report, words: ReportWords): TextLine[] {
  if (instant === undefined || instant === asOf) return []
  const isEarly = about.uses.some(({ witnessedBy }) => witnessedBy !== undefined && witnessedBy > instant)
  return [labelled(words, 'judged', words.say(isEarly ? 'judged-early' : 'judged-text', { time: words.time(instant) }))]
}

/** Own and inherited outcome are told apart: one never shows in the other. */
function inheritedLines(report: Report, words: ReportWords): TextLine[] {
  const outcomes = (judgedOf(report)?.uses ?? []).flatMap(({ inherited }) => inherited?.outcome ?? [])
  return [...new Set(outcomes)].flatMap((outcome) => light(words, 'inherited', outcome, words.say('inherited-text')))
}

function assuranceLines({ about, verdict }: Report, words: ReportWords): TextLine[] {
  if (about.question.asks === 'intended') return []
  const levels = new Set((verdict?.uses ?? []).map(({ assurance }) => assurance))
  return [...levels].sort().map((level) => labelled(words, 'assurance', words.say(level)))
}

/** Claims that bear on the question, and what the respondent says to each. */
function claimLines(report: Report, words: ReportWords): TextLine[] {
  const { question, claims } = report.about
  return claims.flatMap((claim) => {
    const answer = labelled(words, 'answer', answerText(claim, isOpen(report), words))
    if (question.asks === 'claim') return [answer]
    return [labelled(words, 'claim', words.say('claim-text', claimValues(claim, words))), answer]
  })
}

function answerText({ respondent, answers }: AboutClaim, isRecordOpen: boolean, words: ReportWords): string {
  const values = { respondent: words.party(respondent) }
  if (answers.length === 0) return words.say(isRecordOpen ? 'answer-none-here' : 'answer-none', values)
  return words.list(answers.map((answer) => words.say(`answer-${answer}`, values)))
}

function notProvedLines(report: Report, words: ReportWords): TextLine[] {
  const keys = report.notProvedKeys
  if (judgedOf(report) === undefined) return keys.map((key) => item('', words.say(`proves-nothing-${key}`)))
  return [
    item('', words.say('does-not-prove')),
    ...describeNotProved(keys, words.language).map((each) => item('  - ', each)),
  ]
}

/** Said once, in a language where something is still printed in English. */
function untranslatedLines(words: ReportWords): TextLine[] {
  const text = words.say('untranslated')
  return text === '' ? [] : [item('', text)]
}
