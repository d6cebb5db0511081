/** `tally verify FILE --policy FILE`: judges an evidence bundle offline, by the verifier's own trust file. */
import type { Command } from 'commander'
import { LedgerError } from '../../errors.ts'
import { LANGUAGES, type Language } from '../../terms/sentences/messages.ts'
import type { Act, Context } from '../context.ts'
import { parseTime } from '../time-input.ts'
import { MAX_INPUT_BYTES, inFile, readInput, readPolicyText, writeResult } from '../files.ts'

export function configure(command: Command, act: Act): void {
  command
    .argument('<file>', 'the bundle (.car); - for standard input')
    .requiredOption('--policy <file>', 'the logs and witnesses you trust (C2SP tlog-policy)')
    .option('--at <time>', 'judge this moment (default: as late as the evidence reaches)')
    .option('--explain', 'show the chain from use to grant, and every step')
    .option('--lang <language>', 'of the text: en, fr; codes are never translated')
    .action(act((context, [file = '']) => verify(context, file)))
}

async function verify(context: Context, file: string): Promise<number> {
  const { options, output } = context
  const at = options.text('at')
  const instant = at === undefined ? {} : { at: parseTime(at, '--at') }
  const language = languageOf(options.text('lang'))
  const policy = await readPolicyText(options.required('policy'))
  const bundle = await readInput(file, MAX_INPUT_BYTES, 'BUNDLE_LIMIT')
  const { verifyBundle } = await import('../../evidence/verify.ts')
  const { formatReportJson } = await import('../../evidence/report.ts')
  const { nativeSha256, nativeVerifier } = await import('../../node/native-crypto.ts')
  const report = await inFile(file, 'an evidence bundle', () =>
    verifyBundle(bundle, policy, { verifier: nativeVerifier, sha256: nativeSha256, ...instant }),
  )
  const json = formatReportJson(report)
  const out = options.text('out')
  if (out !== undefined) await writeResult(out, new TextEncoder().encode(json))
  // With `-o -` stdout holds the report already, and nothing else.
  if (out !== '-' && output.isJson) output.raw(json)
  else if (out !== '-') {
    const { formatReportText } = await import('../../evidence/report-text.ts')
    output.raw(
      formatReportText(report, {
        explain: options.isSet('explain'),
        language,
        columns: process.stdout.columns,
      }),
    )
  }
  const { asOf, exit } = report
  // Said aside: the verdict is about the evidence's own time, never about this machine's clock.
  if (asOf !== undefined && exit !== 3 && exit !== 11) output.progress(ageSentence(Date.now() / 1000 - asOf))
  return exit
}

/** @throws LedgerError USAGE */
function languageOf(text: string | undefined): Language {
  const language = LANGUAGES.find((each) => each === (text ?? 'en').split('-')[0])
  if (language === undefined)
    throw new LedgerError('USAGE', `there are no sentences in "${text}" yet; there are ${LANGUAGES.join(', ')}`)
  return language
}

/** How old the evidence is, and what follows from it for the reader. */
export function ageSentence(seconds: number): string {
  if (seconds < -60)
    return `the evidence is dated ${span(-seconds)} ahead of this machine's clock: one of the two is wrong`
  return `the newest evidence is ${span(Math.max(0, seconds))} old; what was logged since is not in it`
}

const UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** In the largest unit of which there are two, so that it is never far off. */
function span(seconds: number): string {
  const [unit, unitSeconds] = UNITS.find(([, size]) => seconds >= 2 * size) ?? ['minute', 60]
  const count = Math.floor(seconds / unitSeconds)
  return count < 1 ? 'less than a minute' : `${count} ${unit}${count === 1 ? '' : 's'}`
}
