/**
 * The subject index against written vectors: our own, made by scripts/index-vectors.ts from the definitions, and those of
 * the design where it says that they hold.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { concatBytes, fromHex, toHex, u32 } from '../../src/encoding/bytes.ts'
import { decodeUtf8, encodeUtf8 } from '../../src/encoding/utf8.ts'
import { parseCheckpoint } from '../../src/note/checkpoint.ts'
import { parseNote } from '../../src/note/note.ts'
import { nativeSha256 as sha256 } from '../../src/storage/native-sha256.ts'
import { decodeCommitment, encodeCommitment } from '../../src/subject-index/commitment.ts'
import { decodeIndexEvidence, encodeIndexEvidence } from '../../src/subject-index/evidence.ts'
import { itemHash, listRoot } from '../../src/subject-index/list.ts'
import { decodeProof, encodeProof, lookUp, proofRoot, proveKeys } from '../../src/subject-index/proof.ts'
import { decodeRecord, encodeRecord } from '../../src/subject-index/record.ts'
import { subtreeOf } from '../../src/subject-index/rows.ts'
import type { Subject } from '../../src/statement/references.ts'
import { subjectKey } from '../../src/subject-index/subject-key.ts'
import { divergingBit, type IndexRow, indexRoot, IndexRootStream, recordHash } from '../../src/subject-index/tree.ts'
import { type ProvenIndex, verifyIndexEvidence } from '../../src/subject-index/verify-evidence.ts'
import { codeOf } from '../support/error-code.ts'
import { readVector, vectorsFolder } from '../support/vectors.ts'

interface Vectors {
  divergence: { bit: number; found: number }[]
  subjects: { type: number; subject: string; key: string }[]
  lists: { items: [number, string][]; root: string }[]
  records: { record: string; bytes: number }[]
  trees: {
    name: string
    numbered?: number
    rows?: [string, string][]
    root: string
    proofs: { key: string; record: string | null; proof: string }[]
    together: { keys: string[]; proof: string }
  }[]
  negative: { name: string; root: string; key: string; proof: string }[]
  evidence: {
    origin: string
    publicKey: string
    evidence: string
    commitmentPayload: string
    model: string
    grant: string
    list: [number, string][]
    asOfOlder: { size: number; count: number }
    refused: { name: string; evidence: string }[]
  }
}

const vectors = JSON.parse(readFileSync(new URL('../vectors/subject-index.json', import.meta.url), 'utf8')) as Vectors

function numberedRow(i: number): IndexRow {
  const numbered = (name: string): Uint8Array => sha256(concatBytes(encodeUtf8(name), u32(i)))
  const root = itemHash({ index: i, leafHash: numbered('leaf') }, sha256)
  return { key: numbered('key'), value: encodeRecord(new Map([[15, { count: 1, root }]])) }
}

function rowsOf(tree: Vectors['trees'][number]): IndexRow[] {
  const rows =
    tree.rows?.map(([key, value]) => ({ key: fromHex(key), value: fromHex(value) })) ??
    Array.from({ length: tree.numbered ?? 0 }, (_, i) => numberedRow(i))
  return rows.toSorted((a, b) => (toHex(a.key) < toHex(b.key) ? -1 : 1))
}

describe('own vectors', () => {
  test.each(vectors.subjects)('the key of a subject of type $type', ({ type, subject, key }) => {
    const value = { type, subject: type === 2 ? fromHex(subject) : subject } as Subject
    expect(toHex(subjectKey(value, sha256))).toBe(key)
  })

  test.each(vectors.lists)('the root of a list of $items.length', ({ items, root }) => {
    const list = items.map(([index, leafHash]) => ({ index, leafHash: fromHex(leafHash) }))
    expect(toHex(listRoot(list, sha256))).toBe(root)
  })

  test.each(vectors.records)('a record of $bytes bytes, both ways', ({ record, bytes }) => {
    expect(toHex(encodeRecord(decodeRecord(fromHex(record))))).toBe(record)
    expect(bytes).toBeLessThanOrEqual(1024)
  })

  test.each(vectors.divergence)('keys that part at bit $bit', ({ bit, found }) => expect(found).toBe(bit))

  describe.each(vectors.trees)('$name', (tree) => {
    const rows = rowsOf(tree)
    test('has this root by the definition, as a stream and as a tree', () => {
      const stream = new IndexRootStream(sha256)
      for (const row of rows) stream.add(row)
      expect(toHex(indexRoot(rows, sha256))).toBe(tree.root)
      expect(toHex(stream.root())).toBe(tree.root)
      expect(toHex(subtreeOf(rows, sha256)?.hash() ?? stream.root())).toBe(tree.root)
    })

    test('has these proofs, which show these records', () => {
      for (const { key, record, proof } of tree.proofs) {
        expect(toHex(encodeProof(proveKeys(subtreeOf(rows, sha256), [fromHex(key)])))).toBe(proof)
        const decoded = decodeProof(fromHex(proof), 1)
        expect(toHex(proofRoot(decoded, sha256))).toBe(tree.root)
        const found = lookUp(decoded, fromHex(key))
        expect(found === undefined ? null : toHex(encodeRecord(found))).toBe(record)
      }
      const keys = tree.together.keys.map(fromHex)
      expect(toHex(encodeProof(proveKeys(subtreeOf(rows, sha256), keys)))).toBe(tree.together.proof)
      const together = decodeProof(fromHex(tree.together.proof), keys.length)
      for (const { key, record } of tree.proofs) {
        const found = lookUp(together, fromHex(key))
        expect(found === undefined ? null : toHex(encodeRecord(found))).toBe(record)
      }
    })
  })

  test.each(vectors.negative)('is refused: $name', ({ root, key, proof }) => {
    let isSameRoot = true
    const code = codeOf(() => {
      const tree = decodeProof(fromHex(proof), 1)
      isSameRoot = toHex(proofRoot(tree, sha256)) === root
      if (isSameRoot) lookUp(tree, fromHex(key))
    })
    if (isSameRoot) expect(code).toMatch(/^(PROOF|CBOR)_/)
    else expect(code).toBeUndefined()
  })
})

describe('whole evidence', () => {
  const { evidence } = vectors
  const open = (hex: string): ProvenIndex => {
    const decoded = decodeIndexEvidence(fromHex(hex))
    const checkpoint = parseCheckpoint(parseNote(decoded.note).text)
    return verifyIndexEvidence(decoded, checkpoint, fromHex(evidence.publicKey), sha256)
  }
  const [model, grant] = [fromHex(evidence.model), fromHex(evidence.grant)]

  test('lists what there is, and shows what is not', () => {
    const index = open(evidence.evidence)
    expect(index.list(model, 15).map(({ index: i, leafHash }) => [i, toHex(leafHash)])).toEqual(evidence.list)
    expect(index.list(model, 13)).toEqual([])
    expect(index.record(grant)).toBeUndefined()
    expect(index.countAsOfOlder(model, 15)).toBe(evidence.asOfOlder.count)
    expect(index.countAsOfOlder(grant, 13)).toBe(0)
  })

  test('has one spelling', () => {
    expect(toHex(encodeIndexEvidence(decodeIndexEvidence(fromHex(evidence.evidence))))).toBe(evidence.evidence)
    const payload = fromHex(evidence.commitmentPayload)
    expect(toHex(encodeCommitment(decodeCommitment(payload)))).toBe(evidence.commitmentPayload)
  })

  test('says nothing about a key it was not made for', () => {
    const index = open(evidence.evidence)
    const codes = Array.from({ length: 20 }, (_, i) => codeOf(() => index.list(sha256(u32(i)), 13)))
    // Those that are shown absent share a leaf with what it was made for.
    expect(new Set(codes)).toEqual(new Set(['PROOF_INVALID', undefined]))
  })

  test.each(evidence.refused)('is refused: $name', ({ evidence: hex }) => {
    expect(codeOf(() => open(hex))).toMatch(/^PROOF_/)
  })
})

describe.runIf(vectorsFolder !== undefined)('vectors of the design', () => {
  const design = JSON.parse(
    decodeUtf8(vectorsFolder === undefined ? encodeUtf8('{}') : readVector('index-tree.json')),
  ) as Record<string, string>
  const at = (name: string): Uint8Array => fromHex(design[name] ?? '')

  test('the roots of no subject and of one', () => {
    expect(toHex(new IndexRootStream(sha256).root())).toBe(design['empty_root'])
    const row = { key: at('key_A'), value: at('record_A') }
    expect(toHex(recordHash(row, sha256))).toBe(design['root_A_only'])
    expect(toHex(encodeRecord(decodeRecord(row.value)))).toBe(design['record_A'])
  })

  test('the absence of one subject among three', () => {
    const proof = decodeProof(at('absence_Z_in_ABC'), 1)
    expect(toHex(proofRoot(proof, sha256))).toBe(design['root_ABC'])
    expect(lookUp(proof, at('key_Z'))).toBeUndefined()
    expect(at('absence_Z_in_ABC')).toHaveLength(111)
    expect(divergingBit(at('key_A'), at('key_Z'))).toBe(0)
  })

  test('the commitment', () => {
    const { size, maps } = decodeCommitment(at('commitment_leaf'))
    expect({ size, subjects: maps[0]?.subjects, root: toHex(maps[0]?.root ?? at('key_A')) }).toEqual({
      size: 3,
      subjects: 3,
      root: design['root_ABC'],
    })
    expect(at('commitment_leaf')).toHaveLength(72)
  })
})
