/** What `--explain` adds: the chain of each use, whose word counted, and every step. */
import { sentence } from '../terms/sentences/messages.ts'
import type { Outcome } from '../terms/verdict.ts'
import { type Phrase, say } from './phrase.ts'
import type { LogReport, QuorumReport, Report } from './report.ts'
import type { ReportWords } from './report-words.ts'
import { item, type TextLine } from './text-line.ts'

export function detailLines(report: Report, words: ReportWords): TextLine[] {
  const { policy, instant, verdict } = report
  return [
    ...chainLines(report, words),
    item('', words.say('details')),
    item('  ', words.say('policy', { sha256: policy.sha256 })),
    item('  ', instant === undefined ? words.say('instant-none') : words.say('instant', { time: words.time(instant) })),
    ...(verdict?.uses ?? []).map(({ use, run, outcome, assurance }) => {
      const judged = { outcome: outcomeWord(outcome, words), assurance }
      return item(
        '  ',
        use === undefined
          ? words.say('no-use-details', judged)
          : words.say('use-details', { use, run: words.run(run ?? ''), ...judged }),
      )
    }),
    ...report.logs.flatMap((log) => logLines(log, words)),
    ...report.unsignedPhrases.map((each) => item('  ', say(each, words.language))),
    ...report.steps.map(({ step, subject, outcome, code, message }) => {
      const about = subject === undefined ? '' : ` ${subject}`
      const coded = code === undefined ? '' : ` [${code}]`
      return item(`  ${words.say(`step-${outcome}`).padEnd(8)} `, `${step}${about}: ${message}${coded}`)
    }),
  ]
}

/** From use to grant, each with the place where it stands and what vouches for it. */
function chainLines({ chains, logs }: Report, words: ReportWords): TextLine[] {
  const lines = chains.flat().flatMap(({ depth, says, id, places, witnessedBy, isSignatureValid }) => {
    const indent = '  '.repeat(depth + 1)
    const proofs = places.map(({ origin, index }) => {
      const isWhole = logs.find((each) => each.origin === origin)?.completeness === 'replayed'
      return words.say(isWhole ? 'place-whole' : 'place-proved', { index: `${index}`, origin })
    })
    const when =
      witnessedBy === undefined ? words.say('not-witnessed') : words.say('witnessed', { time: words.time(witnessedBy) })
    const signed = words.say(isSignatureValid ? 'signature-valid' : 'signature-bad')
    const proved = places.length === 0 ? words.say('chain-missing') : [...proofs, when, signed].join(', ')
    return [
      item(indent, say(readable(says, words), words.language)),
      item(`${indent}  `, id),
      item(`${indent}  `, proved),
    ]
  })
  return lines.length === 0 ? [] : [item('', words.say('chain')), ...lines]
}

/** As people read it: the outcome in their language, and nothing of strangers that ends a quotation. */
function readable({ key, values }: Phrase, words: ReportWords): Phrase {
  const shown = Object.entries(values).map(([name, value]): [string, string] => [
    name,
    name === 'outcome' ? sentence(`outcome-${value}`, {}, words.language) : value.replaceAll(/["«»]/gu, "'"),
  ])
  return { key, values: Object.fromEntries(shown) }
}

function outcomeWord(outcome: Outcome, words: ReportWords): string {
  return sentence(`outcome-${outcome}`, {}, words.language)
}

function logLines(log: LogReport, words: ReportWords): TextLine[] {
  const { origin, size, refusal } = log
  const shown = { origin, size: `${size}`, complete: completeText(log, words) }
  const kinds = ['counted', 'ignored', 'mirror'].map((kind) => words.say(kind))
  const [counted = '', ignored = '', mirror = ''] = kinds.map(
    (kind) => `    ${kind.padEnd(Math.max(...kinds.map((each) => each.length)))}  `,
  )
  return [
    item('  ', refusal === undefined ? words.say('log', shown) : words.say('log-refused', { ...shown, refusal })),
    ...log.counted.map(({ name, timestamp }) => item(counted, `${name}, ${words.time(timestamp)}`)),
    ...log.ignored.map(({ name, reason }) => item(ignored, `${name}: ${reason}`)),
    ...log.mirrors.map((name) => item(mirror, name)),
    item('    ', holdsText(log.quorum, words)),
  ]
}

function completeText({ completeness }: LogReport, words: ReportWords): string {
  const [, count] = /^cosigned\((\d+)\)$/u.exec(completeness) ?? []
  if (count === undefined) return words.say(`complete-${completeness}`)
  return words.say('complete-cosigned', { count, form: words.form(Number(count)) })
}

function holdsText({ k, equivocatorsTolerated, outagesTolerated }: QuorumReport, words: ReportWords): string {
  if (k === undefined) return words.say('holds-not')
  return words.say('holds', {
    lying: `${equivocatorsTolerated}`,
    liars: formOrZero(equivocatorsTolerated),
    absent: `${outagesTolerated}`,
    absentees: formOrZero(outagesTolerated),
  })
}

function formOrZero(count: number): string {
  return count === 0 ? 'zero' : count === 1 ? 'one' : 'many'
}
