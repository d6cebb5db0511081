/**
 * Verification of an evidence bundle under a verifier's policy, offline: every check is made and reported, the verdict
 * rests only on what passed, and nothing but the bundle, the policy and the instant asked for can change it.
 *
 * The order: container, then each log (genesis, notes, history), then whose cosignatures count, then the statements, then
 * the terms. A log in which a check failed contributes nothing.
 */
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import type { Sha256 } from '../merkle/hash.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { evaluate } from '../terms/evaluate.ts'
import { evaluateIntended, type IntendedUse } from '../terms/suppose.ts'
import type { EvidenceView } from '../terms/view.ts'
import { assembleReport } from './assemble-report.ts'
import type { DecodedBundle } from './bundle.ts'
import { decodeBundle } from './bundle.ts'
import { evaluateWhatIsComplete } from './completeness.ts'
import { readAbsences } from './read-absences.ts'
import type { Report } from './report.ts'
import { SignatureChecks } from './signature-checks.ts'
import { StepRecorder } from './steps.ts'
import { Electorate, OperatorDirectory, parseTrust, trustView } from './trust.ts'
import { verifyBlobs, verifyCitedNotes } from './verify-cited.ts'
import type { Cryptography, VerifiedLog } from './verify-log.ts'
import { verifyLog } from './verify-log.ts'
import type { DecodedEntries, VerifiedStatements } from './verify-statements.ts'
import { decodeEntries, onlyIn, verifyStatements } from './verify-statements.ts'
import type { WeighedLog } from './weigh-notes.ts'
import { logView, weighLog, weighNote } from './weigh-notes.ts'

export interface VerifyOptions {
  verifier: SignatureVerifier
  /** Default: the portable one. */
  sha256?: Sha256
  /** The instant to judge for, Unix seconds; default: the asOf of the evidence. */
  at?: number
  /** Judge this use, which nobody attested yet, instead of answering the bundle's question. */
  intended?: IntendedUse
}

/**
 * @param carBytes hostile
 * @param policyText the verifier's trust file; chosen by whoever asks, never taken from the bundle
 * @throws LedgerError BUNDLE_MALFORMED, BUNDLE_LIMIT when the bytes are no bundle; BUNDLE_VERSION when a newer program
 *   wrote it; POLICY_MALFORMED, VKEY_MALFORMED, KEY_MALFORMED, KEY_WEAK for the policy. Whatever else is wrong is in the
 *   report.
 */
export async function verifyBundle(carBytes: Uint8Array, policyText: string, options: VerifyOptions): Promise<Report> {
  const cryptography = { verifier: options.verifier, sha256: options.sha256 ?? nobleSha256 }
  const { verifier } = cryptography
  const trust = parseTrust(policyText, cryptography.sha256)
  const bundle = decodeBundle(carBytes, cryptography.sha256)
  const recorder = new StepRecorder()
  recordContainer(bundle, recorder)

  const verifiedLogs = await verifyLogs(bundle, cryptography, recorder)
  const operators = new OperatorDirectory(verifiedLogs)
  const electorates = new Map(verifiedLogs.map((log) => [log, new Electorate(trust.policy, operators, log)]))
  const weighed: WeighedLog[] = []
  for (const [log, electorate] of electorates) {
    const weighedLog = await weighLog(log, trust.policy, electorate, verifier, recorder)
    if (weighedLog !== undefined) weighed.push(weighedLog)
  }
  const logs = weighed.map(({ log }) => log)
  const acceptedLogs = weighed.filter(({ refusal }) => refusal === undefined)

  const accepted = new Set(acceptedLogs.map(({ log }) => log.origin))
  const checks = new SignatureChecks(verifier)
  const decoded = await decodeEntries(logs, accepted, checks)
  const known = [...decoded.statements.values()].map(({ statement }) => statement)
  const cited = await verifyCitedNotes(bundle.cited, known, {
    logs,
    verifier,
    recorder,
    weigh: (note, log) =>
      weighNote(
        note,
        log.logKey,
        trust.policy,
        electorates.get(log) ?? new Electorate(trust.policy, operators, log),
        verifier,
      ),
  })
  verifyBlobs(bundle.blobs, known, recorder)

  const acceptedEntries = onlyIn(decoded, accepted)
  const statements = await verifyStatements(acceptedEntries, checks)
  recordStatements(statements, acceptedEntries, recorder)

  const forks = new Map<string, number>()
  for (const { origin, forkedAt } of logs) if (forkedAt !== undefined) forks.set(origin, forkedAt)
  for (const origin of cited.contradicted) forks.set(origin, 0)
  const view: EvidenceView = {
    logs: new Map(acceptedLogs.map((each) => [each.log.origin, logView(each, forks.get(each.log.origin))])),
    statements: statements.statements,
    citedNotes: cited.times,
  }
  const trusted = trustView(trust)
  const evaluated = evaluateWhatIsComplete(
    view,
    acceptedLogs.map(({ log }) => log),
    (complete) =>
      options.intended === undefined
        ? evaluate(complete, trusted, bundle.question, options.at)
        : evaluateIntended(complete, trusted, options.intended),
    cryptography.sha256,
  )
  for (const [origin, gap] of evaluated.gaps)
    recorder.skipped('index', origin, `the evidence does not show that it holds ${gap}: nothing is settled by it`)
  return assembleReport({
    bundle,
    trust,
    weighed,
    forks,
    view,
    gaps: evaluated.gaps,
    statements,
    unreadable: acceptedEntries.unreadable,
    recorder,
    verdict: evaluated.verdict,
    intended: options.intended,
  })
}

function recordContainer({ mismatched, missing }: DecodedBundle, recorder: StepRecorder): void {
  for (const id of mismatched) {
    recorder.failed('container', id, 'CID_MISMATCH', `the content of block ${id} does not match its fingerprint`)
  }
  for (const id of missing) {
    recorder.failed('container', id, 'BUNDLE_MALFORMED', `the bundle names block ${id} and does not have it`)
  }
  if (mismatched.length + missing.length === 0) {
    recorder.passed('container', undefined, 'every part of the file matches its fingerprint, and none is missing')
  }
}

async function verifyLogs(
  bundle: DecodedBundle,
  cryptography: Cryptography,
  recorder: StepRecorder,
): Promise<VerifiedLog[]> {
  const logs: VerifiedLog[] = []
  const absences = readAbsences(bundle, recorder)
  // One after the other, so that the steps of a report have one order.
  for (const log of bundle.logs) {
    const statements = bundle.statements.filter(({ origin }) => origin === log.origin)
    const verified = await verifyLog({ log, statements, index: absences.get(log.origin) }, cryptography, recorder)
    if (verified !== undefined) logs.push(verified)
  }
  return logs
}

/** Bad signatures inside a log are passed steps: the log is what it claims to be, and they have no effect. */
function recordStatements(verified: VerifiedStatements, { unreadable }: DecodedEntries, recorder: StepRecorder): void {
  const total = verified.statements.size
  recorder.passed('statements', undefined, `${verified.valid} of ${total} signatures are valid`)
  for (const id of verified.invalid) {
    recorder.skipped('statements', id, 'its signature is bad: the log took it all the same, and it has no effect')
  }
  for (const id of verified.unknownKey) {
    recorder.skipped('statements', id, 'nobody in evidence introduced its key: it has no effect')
  }
  for (const { origin, index } of unreadable) {
    recorder.skipped('statements', `${origin} ${index}`, 'this entry is no statement that this program can read')
  }
}
