/**
 * Asking before a run: the record as a node knows it, judged here under the asker's own policy, for a use that nobody
 * attested yet. Used by `grant check` and `gate`.
 */
import { verifyBundle } from '../evidence/verify.ts'
import { formatReportText } from '../evidence/report-text.ts'
import { formatReportJson, type Report } from '../evidence/report.ts'
import { nativeSha256, nativeVerifier } from '../node/native-crypto.ts'
import type { IntendedUse } from '../terms/suppose.ts'
import { collectEvidence, trustFile } from './collect-evidence.ts'
import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { parseDuration } from './time-input.ts'

const MAX_AGE_SECONDS = 86_400

/** @returns the exit code: 0 allowed, 4 not allowed or something owed is overdue, 5 not settled; 3 and 11 as in verify */
export async function judgeIntended(context: Context, intended: IntendedUse, policyFile?: string): Promise<number> {
  const { options, output } = context
  const grants = [...new Set(intended.usage.datasets.flatMap((dataset) => dataset.grants))]
  const policy = await trustFile(context, policyFile)
  const bundle = await collectEvidence(context, { question: { grants }, intended })
  const out = options.text('out')
  if (out !== undefined) await (await import('./files.ts')).writeResult(out, bundle)
  const report = await verifyBundle(bundle, policy, { verifier: nativeVerifier, sha256: nativeSha256, intended })
  const stale = staleness(context, report)
  if (output.isJson) output.raw(formatReportJson(report))
  else {
    const text = formatReportText(report, { explain: options.isSet('explain'), columns: process.stdout.columns })
    output.raw(`${answerTo(report, stale)}\n${text}`)
  }
  if (stale === undefined) return report.exit
  output.warn(stale)
  return report.exit === EXIT.done ? EXIT.undetermined : report.exit
}

/** The first line: what somebody who is about to start a run wants to know. */
function answerTo({ exit, verdict }: Report, stale: string | undefined): string {
  if (exit === EXIT.done)
    return stale === undefined ? 'Allowed, as the record stands.' : 'Not settled: the record is too old.'
  if (exit === EXIT.violation)
    return verdict?.outcome === 'breach' ? 'Allowed by the terms, but something owed is overdue.' : 'Not allowed.'
  return 'Not settled: the record does not show whether it is allowed.'
}

/** Before a run the machine's clock does matter: an old view says nothing about revocations since. */
function staleness({ options }: Context, { asOf }: Report): string | undefined {
  if (asOf === undefined) return undefined
  const text = options.text('maxAge')
  const maxAge = text === undefined ? MAX_AGE_SECONDS : parseDuration(text, '--max-age')
  const age = Math.floor(Date.now() / 1000) - asOf
  if (age <= maxAge) return undefined
  return `the record reaches only up to ${Math.floor(age / 60)} minutes ago, and --max-age allows ${Math.floor(maxAge / 60)}: ask a node that is up to date`
}
