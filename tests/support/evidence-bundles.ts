/**
 * Bundles of the small story, and ways to judge one.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { toHex } from '../../src/encoding/bytes.ts'
import { encodeBundle } from '../../src/evidence/bundle.ts'
import type { Bundle } from '../../src/evidence/bundle-model.ts'
import { collect } from '../../src/evidence/collect.ts'
import type { BundleSource } from '../../src/evidence/prepare-bundle.ts'
import { prepareBundle } from '../../src/evidence/prepare-bundle.ts'
import type { Report } from '../../src/evidence/report.ts'
import { verifyBundle } from '../../src/evidence/verify.ts'
import { isLedgerError } from '../../src/errors.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { nobleVerifier } from '../../src/signing/ed25519-noble.ts'
import type { SignatureVerifier } from '../../src/signing/ed25519.ts'
import { nativeSha256 } from '../../src/storage/native-sha256.ts'
import type { Question } from '../../src/terms/view.ts'
import type { Story } from './evidence-story.ts'

export function replayBundle(story: Story, question: Question, more: Partial<BundleSource> = {}): Bundle {
  return prepareBundle({ question, logs: [story.owner.replaySource()], ...more }, sha256)
}

export function partialBundle(story: Story, question: Question): Bundle {
  const indices = story.owner.entries.map((_, index) => index)
  return prepareBundle({ question, logs: [story.owner.partialSource(indices)] }, sha256)
}

/** Of a story whose log is closed by TestNode.publishIndexed. */
export function indexedBundle(story: Story, question: Question): Bundle {
  const { logs } = collect({ question, form: 'parts' }, [story.owner.evidenceLog()], sha256)
  return prepareBundle({ question, logs }, sha256)
}

export function encode(bundle: Bundle): Uint8Array {
  return encodeBundle(bundle, sha256)
}

export async function verify(
  car: Uint8Array,
  policy: string,
  verifier: SignatureVerifier = nobleVerifier,
): Promise<Report> {
  return verifyBundle(car, policy, { verifier, sha256: nativeSha256 })
}

/** Codes of the steps that failed, each once. */
export function failures(report: Report): string[] {
  return [
    ...new Set(
      report.steps.filter(({ outcome }) => outcome === 'failed').map(({ step, code }) => `${step} ${code ?? ''}`),
    ),
  ]
}

/** The report, or the code of the error; anything else is rethrown. */
export async function verifyOrCode(
  car: Uint8Array,
  policy: string,
  verifier?: SignatureVerifier,
): Promise<Report | ErrorCode> {
  try {
    return await verify(car, policy, verifier)
  } catch (error) {
    if (isLedgerError(error)) return error.code
    throw error
  }
}

/**
 * A verifier that remembers its answers: over thousands of changed bundles nearly all signatures are the same ones.
 */
export function rememberingVerifier(verifier: SignatureVerifier): SignatureVerifier {
  const answers = new Map<string, boolean>()
  return {
    async verify(publicKey, message, signature) {
      const key = `${toHex(publicKey)} ${toHex(sha256(message))} ${toHex(signature)}`
      const known = answers.get(key)
      if (known !== undefined) return known
      const answer = await verifier.verify(publicKey, message, signature)
      answers.set(key, answer)
      return answer
    },
  }
}
