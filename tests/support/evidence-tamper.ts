/**
 * One byte of a bundle changed, and what must tell: another exit or verdict, or a report that names the changed part as
 * outside of what is signed.
 */
import { equalBytes } from '../../src/encoding/bytes.ts'
import { decodeCar, encodeCar } from '../../src/encoding/car.ts'
import { cidFromDigest } from '../../src/encoding/cid.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { decodeBundle, encodeBundle } from '../../src/evidence/bundle.ts'
import type { Block, Bundle } from '../../src/evidence/bundle-model.ts'
import type { Report } from '../../src/evidence/report.ts'
import { nativeSha256 as sha256 } from '../../src/storage/native-sha256.ts'
import type { Question } from '../../src/terms/view.ts'

export interface Position {
  readonly block: number
  readonly offset: number
}

/** One bit, another one at each position, so that all eight occur. */
export function maskAt(position: number): number {
  return 1 << ((position * 5) % 8)
}

export function flipped(bytes: Uint8Array, offset: number): Uint8Array {
  const out = bytes.slice()
  out[offset] = (out[offset] ?? 0) ^ maskAt(offset)
  return out
}

export function rebuildWithChange(car: Uint8Array, { block, offset }: Position): Uint8Array {
  return rebuildWith(car, block, (data) => flipped(data, offset))
}

/**
 * An archive with one block changed and everything around it made to fit: the block's CID, every mention of it in the root,
 * the order that digests decide, and the archive. So the change reaches signatures and proofs.
 */
export function rebuildWith(car: Uint8Array, block: number, change: (data: Uint8Array) => Uint8Array): Uint8Array {
  const blocks = decodeCar(car, { sha256 })
  const target = blocks[block]
  if (target === undefined) throw new RangeError('no such block')
  const data = change(target.data)
  const changed = { digest: sha256(data), data }
  if (block === 0) return encodeCar([changed, ...blocks.slice(1)])
  return encodeBundle(withBlock(decodeBundle(car, sha256), target, changed), sha256)
}

function withBlock(bundle: Bundle, from: Block, to: Block): Bundle {
  const swap = (block: Block): Block => (equalBytes(block.digest, from.digest) ? to : block)
  return {
    ...bundle,
    question: askedOf(bundle.question, from, to),
    logs: bundle.logs.map(({ genesis, notes, forks, entries, origin }) => ({
      origin,
      genesis: swap(genesis),
      notes: notes.map((note) => Object.assign({ ...note }, { note: swap(note.note) })),
      forks: forks.map((fork) => Object.assign({ ...fork }, { proof: swap(fork.proof) })),
      ...(entries === undefined ? {} : { entries: entries.map(swap) }),
    })),
    statements: bundle.statements.map((statement) => Object.assign({ ...statement }, { entry: swap(statement.entry) })),
    absences: bundle.absences.map(swap),
    cited: bundle.cited.map(swap),
    blobs: bundle.blobs.map(swap),
  }
}

function askedOf(question: Question, from: Block, to: Block): Question {
  return 'use' in question && question.use === cidFromDigest(from.digest) ? { use: cidFromDigest(to.digest) } : question
}

/** What a reader of the report goes by. */
export function judgement(outcome: Report | ErrorCode): string {
  if (typeof outcome === 'string') return outcome
  const { exit, instant, asOf, verdict } = outcome
  return JSON.stringify({ exit, instant, asOf, verdict })
}

/**
 * Whether what changed is a part that the untouched bundle's report, or the changed one's, says nobody signed.
 *
 * @param car the untouched one: what is rebuilt may have its blocks in another order
 */
export function isDeclared(car: Uint8Array, before: Report, after: Report, { block, offset }: Position): boolean {
  if (JSON.stringify(before.unsigned) !== JSON.stringify(after.unsigned)) return true
  const data = decodeCar(car, { sha256 })[block]?.data ?? new Uint8Array()
  if (block === 0)
    return isBetween(data, offset, 'policyHint', 'statements') || isBetween(data, offset, 'policyHint', 'absences')
  const name = signerOfLine(data, offset)
  return name !== undefined && before.unsigned.some((part) => part.includes(`: the line of ${name}, `))
}

/** Whose signature line an offset lies on, after the name. */
function signerOfLine(data: Uint8Array, offset: number): string | undefined {
  const line = data.subarray(data.lastIndexOf(0x0a, offset - 1) + 1, offset)
  return /^\u2014 (\S+) /u.exec(new TextDecoder().decode(line))?.[1]
}

/** Whether an offset lies between a text and the next occurrence of another. */
function isBetween(data: Uint8Array, offset: number, from: string, to: string): boolean {
  const start = indexOf(data, encodeUtf8(from), 0)
  return start >= 0 && offset >= start && offset < indexOf(data, encodeUtf8(to), start)
}

function indexOf(data: Uint8Array, text: Uint8Array, from: number): number {
  for (let at = from; at + text.length <= data.length; at++)
    if (text.every((byte, i) => data[at + i] === byte)) return at
  return -1
}
