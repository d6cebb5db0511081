/**
 * Writes tests/vectors/subject-index.json: the test vectors of the subject index (docs/formats.md, "subject index").
 *
 * Roots are computed by the recursive definition, records and proofs are put together by hand here, so that what the
 * product computes from a store is compared with something else; tests/interop/index_verify.py is a second reader of the
 * same file. Run it with `node scripts/index-vectors.ts`; its output is the same every time.
 */
import { writeFileSync } from 'node:fs'
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, toHex, u32 } from '../src/encoding/bytes.ts'
import { type CborValue, encodeCbor } from '../src/encoding/cbor.ts'
import { cidOf } from '../src/encoding/cid.ts'
import { encodeUtf8 } from '../src/encoding/utf8.ts'
import { proveConsistency } from '../src/merkle/consistency.ts'
import { createLeafHashReader } from '../src/merkle/hash-reader.ts'
import { leafHash } from '../src/merkle/hash.ts'
import { proveInclusion } from '../src/merkle/inclusion.ts'
import { treeRoot } from '../src/merkle/tree.ts'
import { formatCheckpoint, signCheckpoint } from '../src/note/checkpoint.ts'
import { formatNote } from '../src/note/note.ts'
import { encodeCommitment, signCommitment } from '../src/subject-index/commitment.ts'
import { encodeIndexEvidence, type IndexEvidence } from '../src/subject-index/evidence.ts'
import { itemHash, type ListItem } from '../src/subject-index/list.ts'
import { proveKeys, type ProofTree, valueOf } from '../src/subject-index/proof.ts'
import { encodeRecord } from '../src/subject-index/record.ts'
import { subtreeOf } from '../src/subject-index/rows.ts'
import { subjectKey } from '../src/subject-index/subject-key.ts'
import { divergingBit, type IndexRow, indexRoot } from '../src/subject-index/tree.ts'

const ORIGIN = 'vectors.example/tally/1'
const secret = new Uint8Array(32).fill(2)
const signer = {
  publicKey: ed25519.getPublicKey(secret),
  sign: (message: Uint8Array) => ed25519.sign(message, secret),
}

const text = (value: string): Uint8Array => encodeUtf8(value)
const numbered = (name: string, i: number): Uint8Array => sha256(concatBytes(text(name), u32(i)))

/** A record of a single statement: entry i, whose leaf hash is SHA-256("leaf" || u32(i)), under one relation. */
function singleRecord(relation: number, i: number): Uint8Array {
  const item = { index: i, leafHash: numbered('leaf', i) }
  return encodeRecord(new Map([[relation, { count: 1, root: itemHash(item, sha256) }]]))
}

/** Subject i of the larger trees: key SHA-256("key" || u32(i)), listed once as a usage. */
function numberedRow(i: number): IndexRow {
  return { key: numbered('key', i), value: singleRecord(15, i) }
}

function sorted(rows: readonly IndexRow[]): IndexRow[] {
  return rows.toSorted((a, b) => (toHex(a.key) < toHex(b.key) ? -1 : 1))
}

function prove(rows: readonly IndexRow[], keys: readonly Uint8Array[]): ProofTree {
  return proveKeys(subtreeOf(sorted(rows), sha256), keys)
}

function proofHex(rows: readonly IndexRow[], keys: readonly Uint8Array[]): string {
  return toHex(encodeCbor(valueOf(prove(rows, keys))))
}

/** A key that begins with `bits` bits of another and then differs. */
function sharing(key: Uint8Array, bits: number): Uint8Array {
  const out = Uint8Array.from(key)
  out[bits >> 3] = (out[bits >> 3] ?? 0) ^ (128 >> (bits & 7))
  return out
}

const cid = cidOf(text('a statement'))
const subjects = [
  { type: 1 as const, subject: cid },
  { type: 2 as const, subject: sha256(text('a model')) },
  { type: 3 as const, subject: cid },
].map(({ type, subject }) => ({
  type,
  subject: typeof subject === 'string' ? subject : toHex(subject),
  key: toHex(subjectKey({ type, subject } as Parameters<typeof subjectKey>[0], sha256)),
}))

const lists = Array.from({ length: 9 }, (_, last) => {
  const items = Array.from({ length: last + 1 }, (__, i): ListItem => ({
    index: 3 * i + 1,
    leafHash: numbered('leaf', i),
  }))
  const root = treeRoot(items.map((item) => itemHash(item, sha256)))
  return { items: items.map(({ index, leafHash: hash }) => [index, toHex(hash)]), root: toHex(root) }
})

const manyRelations = new Map(
  Array.from({ length: 24 }, (_, i) => [i === 0 ? 1 : i + 2, { count: 2 ** 32 - 1, root: numbered('root', i) }]),
)
const records = [
  { record: encodeRecord(new Map([[13, { count: 1, root: numbered('root', 0) }]])) },
  { record: encodeRecord(manyRelations) },
].map(({ record }) => ({ record: toHex(record), bytes: record.length }))

const base = numberedRow(0)
const close = (bits: number, i: number): IndexRow => ({ key: sharing(base.key, bits), value: singleRecord(9, i) })
const long: IndexRow = { key: sharing(base.key, 7), value: encodeRecord(manyRelations) }
const trees = [
  ...[0, 1, 2, 3, 5, 1000].map((count) => ({
    name: `${count} numbered subjects`,
    rows: Array.from({ length: count }, (_, i) => numberedRow(i)),
  })),
  { name: 'a shared prefix of 60 bits', rows: [base, close(60, 1), numberedRow(1)] },
  { name: 'a shared prefix of 128 bits: the bit takes two bytes', rows: [base, close(128, 1), numberedRow(1)] },
  { name: 'the last bit', rows: [base, close(255, 1)] },
  { name: 'prefixes of 60, 61, 127, 128 and 200 bits', rows: [base, ...[60, 61, 127, 128, 200].map(close)] },
  { name: 'the longest record', rows: [base, long] },
]

const treeVectors = trees.map(({ name, rows }) => {
  const present = rows.slice(0, 3).map(({ key }) => key)
  const absent = [numbered('nobody', 0), numbered('nobody', 1)]
  const proofs = [...present, ...absent].map((key) => ({
    key: toHex(key),
    record: ((row) => (row === undefined ? null : toHex(row.value)))(rows.find((row) => toHex(row.key) === toHex(key))),
    proof: proofHex(rows, [key]),
  }))
  const isFormula = name === '1000 numbered subjects'
  return {
    name,
    numbered: isFormula ? rows.length : undefined,
    rows: isFormula ? undefined : rows.map(({ key, value }) => [toHex(key), toHex(value)]),
    root: toHex(indexRoot(rows, sha256)),
    proofs,
    together: { keys: [...present, ...absent].map(toHex), proof: proofHex(rows, [...present, ...absent]) },
  }
})

// What must be refused.

const five = sorted(Array.from({ length: 5 }, (_, i) => numberedRow(i)))
const fiveRoot = toHex(indexRoot(five, sha256))
const target = five[0] as IndexRow
const rawProof = valueOf(prove(five, [target.key]))
const rawBytes = encodeCbor(rawProof)
const [topBit, topLeft, topRight] = rawProof as [number, CborValue, CborValue]

const refused = (name: string, proof: Uint8Array | CborValue, key = target.key): object => ({
  name,
  root: fiveRoot,
  key: toHex(key),
  proof: toHex(proof instanceof Uint8Array ? proof : encodeCbor(proof)),
})

function withoutFirstByte(bytes: Uint8Array, ...first: number[]): Uint8Array {
  return concatBytes(Uint8Array.from(first), bytes.subarray(1))
}

function deep(levels: number): CborValue {
  let node: CborValue = new Uint8Array(32)
  for (let i = 0; i < levels; i++) node = [255 - (i % 256), node, new Uint8Array(32)]
  return node
}

const onlyLeft = five.filter(({ key }) => (key[0] ?? 0) < 128)
const negative = [
  refused('an array in a longer spelling', withoutFirstByte(rawBytes, 0x98, 0x03)),
  refused('an array of indefinite length', concatBytes(withoutFirstByte(rawBytes, 0x9f), Uint8Array.of(0xff))),
  refused('bytes after the proof', concatBytes(rawBytes, Uint8Array.of(0))),
  refused('a proof cut short', rawBytes.subarray(0, rawBytes.length - 1)),
  refused('nothing', new Uint8Array()),
  refused('an empty index that is not', null),
  refused('null below the root', [topBit, null, topRight]),
  refused('a bit that is too large', [256, topLeft, topRight]),
  refused('a negative bit', [-1, topLeft, topRight]),
  refused('the same bit twice', [topBit, [topBit, topLeft, topRight], topRight]),
  refused('bits that go back', [9, [3, topLeft, topRight], topRight]),
  refused('a stub of 31 bytes', [topBit, topLeft, new Uint8Array(31)]),
  refused('a stub of 33 bytes', [topBit, topLeft, new Uint8Array(33)]),
  refused('a key of 31 bytes', [new Uint8Array(31), target.value]),
  refused('a record that is text', [target.key, 'record']),
  refused('a record of 1,025 bytes', [target.key, new Uint8Array(1025)]),
  refused('an array of four', [topBit, topLeft, topRight, topRight]),
  refused('an array of one', [topBit]),
  refused('a map', new Map([[1, topLeft]])),
  refused('deeper than the key', deep(300)),
  refused('both sides swapped', [topBit, topRight, topLeft]),
  refused('a leaf that its bits do not lead to', [topBit, [sharing(target.key, topBit), target.value], topRight]),
  refused('a stub where the key should be', toHexBytes(fiveRoot)),
  refused('another root', valueOf(prove(onlyLeft, [target.key]))),
  refused('a proof for another key', valueOf(prove(five, [five[4]?.key ?? target.key]))),
  refused('another record under the key', replaceRecord(rawProof)),
  refused('a map with a key twice, as the record', [target.key, Uint8Array.from([0xa2, 9, 0x81, 1, 9, 0x81, 1])]),
]

function toHexBytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

function replaceRecord(node: CborValue): CborValue {
  if (!Array.isArray(node)) return node
  if (node.length === 2) return [node[0], singleRecord(9, 7)]
  return [node[0], ...node.slice(1).map(replaceRecord)]
}

// Whole evidence: a log of 12 opaque entries and one commitment, in which a model is named by usages 2, 5 and 9.

const model = subjectKey({ type: 2, subject: sha256(text('a model')) }, sha256)
const grant = subjectKey({ type: 1, subject: cid }, sha256)
const entries = Array.from({ length: 12 }, (_, i) => text(`entry ${i}`))
const items = [2, 5, 9].map((index) => ({ index, leafHash: leafHash(entries[index] as Uint8Array, sha256) }))
const hashes = items.map((item) => itemHash(item, sha256))
const indexRows = sorted([
  { key: model, value: encodeRecord(new Map([[15, { count: 3, root: treeRoot(hashes) }]])) },
  ...five,
])
const commitment = { size: 12, maps: [{ id: 1, subjects: indexRows.length, root: indexRoot(indexRows, sha256) }] }
const commitmentEntry = signCommitment(commitment, ORIGIN, signer)
const leaves = [...entries, commitmentEntry].map((entry) => leafHash(entry, sha256))
const reader = createLeafHashReader(leaves, sha256)
const checkpoint = { origin: ORIGIN, size: 13, root: treeRoot(leaves) }
const note = formatNote({
  text: formatCheckpoint(checkpoint),
  signatures: [signCheckpoint(checkpoint, ORIGIN, signer)],
})
const olderSize = 6
const whole: IndexEvidence = {
  note,
  commitment: commitmentEntry,
  path: proveInclusion(reader, 12, 13),
  mapId: 1,
  proof: prove(indexRows, [model, grant]),
  lists: [{ key: model, relation: 15, items }],
  elements: [1, 2].map((position) => ({
    key: model,
    relation: 15,
    position,
    index: items[position]?.index ?? 0,
    leafHash: items[position]?.leafHash ?? model,
    path: proveInclusion(createLeafHashReader(hashes, sha256), position, 3),
  })),
  older: {
    size: olderSize,
    root: treeRoot(leaves.slice(0, olderSize)),
    consistency: proveConsistency(reader, olderSize, 13),
  },
}

const evidenceOf = (evidence: IndexEvidence): string => toHex(encodeIndexEvidence(evidence))
const otherCommitment = signCommitment({ ...commitment, size: 11 }, ORIGIN, signer)
const evidence = {
  origin: ORIGIN,
  publicKey: toHex(signer.publicKey),
  evidence: evidenceOf(whole),
  commitmentPayload: toHex(encodeCommitment(commitment)),
  model: toHex(model),
  grant: toHex(grant),
  list: items.map(({ index, leafHash: hash }) => [index, toHex(hash)]),
  asOfOlder: { size: olderSize, count: 2 },
  refused: [
    {
      name: 'a list with an item left out',
      evidence: { ...whole, lists: [{ key: model, relation: 15, items: items.slice(1) }] },
    },
    {
      name: 'a list in another order',
      evidence: { ...whole, lists: [{ key: model, relation: 15, items: items.toReversed() }] },
    },
    { name: 'a list of a subject without one', evidence: { ...whole, lists: [{ key: grant, relation: 13, items }] } },
    { name: 'a commitment elsewhere in the log', evidence: { ...whole, commitment: otherCommitment } },
    { name: 'an entry that is no commitment', evidence: { ...whole, commitment: entries[3] as Uint8Array } },
    { name: 'a path too short', evidence: { ...whole, path: whole.path.slice(1) } },
    { name: 'another map', evidence: { ...whole, mapId: 2 } },
    { name: 'a proof of other rows', evidence: { ...whole, proof: prove(five, [model, grant]) } },
    {
      name: 'an older root that is not one',
      evidence: {
        ...whole,
        older: { size: olderSize, root: numbered('root', 0), consistency: whole.older?.consistency ?? [] },
      },
    },
  ].map(({ name, evidence: wrong }) => ({ name, evidence: evidenceOf(wrong) })),
}

const vectors = {
  source: 'scripts/index-vectors.ts; docs/formats.md, "subject index"',
  numbered: 'subject i: key SHA-256("key" || u32(i)), record {15: [1, H(00 || u64(i) || SHA-256("leaf" || u32(i)))]}',
  divergence: [0, 1, 7, 8, 60, 127, 128, 255].map((bit) => ({
    bit,
    found: divergingBit(base.key, sharing(base.key, bit)),
  })),
  subjects,
  lists,
  records,
  trees: treeVectors,
  negative,
  evidence,
}

writeFileSync(
  new URL('../tests/vectors/subject-index.json', import.meta.url),
  `${JSON.stringify(vectors, undefined, 1)}\n`,
)
