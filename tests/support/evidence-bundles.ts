/**
 * Bundles of the small story, and ways to take one apart and put it together again with one thing changed.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { toHex } from '../../src/encoding/bytes.ts'
import type { CarBlock } from '../../src/encoding/car.ts'
import { decodeCar, encodeCar } from '../../src/encoding/car.ts'
import { cidFromDigest } from '../../src/encoding/cid.ts'
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
  return verifyBundle(car, policy, { verifier, sha256 })
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

/**
 * An archive with one byte of one block changed and everything rebuilt around it: the block's CID, every mention of it
 * in the root block (as text and as bytes), and the archive. So the change reaches signatures and proofs.
 */
export function rebuildWithChange(car: Uint8Array, blockIndex: number, offset: number, mask: number): Uint8Array {
  const blocks = decodeCar(car)
  const [root] = blocks
  const target = blocks[blockIndex]
  if (root === undefined || target === undefined) throw new RangeError('no such block')
  const data = target.data.slice()
  data[offset] = (data[offset] ?? 0) ^ mask
  const changed: CarBlock = { digest: sha256(data), data }
  if (blockIndex === 0) return encodeCar([changed, ...blocks.slice(1)])
  const rootData = root.data.slice()
  replaceAll(rootData, target.digest, changed.digest)
  replaceAll(rootData, textBytes(cidFromDigest(target.digest)), textBytes(cidFromDigest(changed.digest)))
  const newRoot: CarBlock = { digest: sha256(rootData), data: rootData }
  return encodeCar([newRoot, ...blocks.slice(1).map((block, i) => (i + 1 === blockIndex ? changed : block))])
}

function textBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

function replaceAll(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): void {
  for (let at = 0; at + from.length <= bytes.length; at++) {
    if (from.every((byte, i) => bytes[at + i] === byte)) bytes.set(to, at)
  }
}
