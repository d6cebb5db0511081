/** The whole index as a file: read in pieces of any size, it holds or is refused. */
import { sha256 } from '@noble/hashes/sha2.js'
import { describe, expect, it } from 'vitest'
import { equalBytes, toHex } from '../../src/encoding/bytes.ts'
import { isLedgerError } from '../../src/errors.ts'
import { createLeafHashReader } from '../../src/merkle/hash-reader.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { proveInclusion } from '../../src/merkle/inclusion.ts'
import { treeRoot } from '../../src/merkle/tree.ts'
import type { Checkpoint } from '../../src/note/checkpoint.ts'
import { signCommitment } from '../../src/subject-index/commitment.ts'
import { MemoryIndex } from '../../src/subject-index/memory-index.ts'
import { MAP_ID } from '../../src/subject-index/postings.ts'
import { encodeSnapshotHead, encodeSnapshotRow, SnapshotReader } from '../../src/subject-index/snapshot.ts'
import type { IndexRow } from '../../src/subject-index/tree.ts'
import { createStory } from '../support/evidence-story.ts'

const { owner } = createStory()
const { origin, logSigner } = owner
const index = new MemoryIndex(sha256)
for (const entry of owner.entries) index.append(entry)
const entries = [
  ...owner.entries,
  signCommitment(
    { size: index.size, maps: [{ id: MAP_ID, subjects: index.subjects, root: index.root() }] },
    origin,
    logSigner,
  ),
]
const leaves = entries.map((entry) => leafHash(entry))
const checkpoint: Checkpoint = { origin, size: entries.length, root: treeRoot(leaves) }
const head = encodeSnapshotHead({
  note: new Uint8Array([1]),
  commitment: entries.at(-1) ?? new Uint8Array(),
  path: proveInclusion(createLeafHashReader(leaves), entries.length - 1, entries.length, sha256),
  mapId: MAP_ID,
})
const rows = [...index.rows()]
const file = join([head, ...rows.map(encodeSnapshotRow)])

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

function read(bytes: Uint8Array, pieceBytes = bytes.length): { subjects: number; rows: IndexRow[] } {
  const found: IndexRow[] = []
  const reader = new SnapshotReader(sha256, (row) => found.push(row))
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.push(bytes.subarray(at, at + pieceBytes))
  return { subjects: reader.finish(checkpoint, logSigner.publicKey), rows: found }
}

function codeOf(bytes: Uint8Array): string {
  try {
    read(bytes)
    return 'accepted'
  } catch (error) {
    if (!isLedgerError(error)) throw error
    return error.code
  }
}

describe('a snapshot', () => {
  it.each([1, 7, 33, 64, 1000, file.length])('is read in pieces of %d bytes', (pieceBytes) => {
    const { subjects, rows: found } = read(file, pieceBytes)
    expect(subjects).toBe(index.subjects)
    expect(found.map(({ key }) => toHex(key))).toEqual(rows.map(({ key }) => toHex(key)))
    expect(found.every(({ value }, i) => equalBytes(value, rows[i]?.value ?? new Uint8Array()))).toBe(true)
  })

  it("with any changed byte is refused, but for the note, whose signatures are the caller's to check", () => {
    const note = head.length - 1 - (entries.at(-1)?.length ?? 0)
    const accepted: number[] = []
    for (let at = 0; at < file.length; at++) {
      const changed = file.slice()
      changed[at] = (changed[at] ?? 0) ^ (1 << ((at * 5) % 8))
      if (codeOf(changed) === 'accepted') accepted.push(at)
    }
    expect(accepted.filter((at) => at > note)).toEqual([])
    expect(accepted.length).toBeLessThanOrEqual(1)
  })

  it('that ends early, goes on, or lacks, repeats or reorders a record is refused', () => {
    for (let length = 0; length < file.length; length += 11)
      expect(codeOf(file.subarray(0, length))).not.toBe('accepted')
    expect(codeOf(join([file, new Uint8Array(1)]))).toBe('PROOF_MALFORMED')
    const parts = rows.map(encodeSnapshotRow)
    expect(codeOf(join([head, ...parts.toSpliced(3, 1)]))).toBe('PROOF_INVALID')
    expect(codeOf(join([head, ...parts.toSpliced(3, 0, parts[3] ?? head)]))).toBe('PROOF_MALFORMED')
    expect(codeOf(join([head, ...parts.toReversed()]))).toBe('PROOF_MALFORMED')
    expect(codeOf(head)).toBe('PROOF_INVALID')
  })

  it('takes no memory for what a hostile one only announces', () => {
    const announced = join([head.subarray(0, 29), Uint8Array.of(0xff, 0xff, 0xff, 0xff)])
    expect(codeOf(announced)).toBe('PROOF_MALFORMED')
    expect(codeOf(join([head, new Uint8Array(32), Uint8Array.of(0xff, 0x7f)]))).toBe('PROOF_MALFORMED')
  })
})
