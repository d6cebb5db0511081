/**
 * A proof from the index: the tree with every subtree cut off that no queried key enters (docs/formats.md, "subject
 * index"). It shows the record of each queried key, or that there is none. One set of keys has one proof.
 *
 *     node = null          the tree is empty (at the root only)
 *          | bstr(32)      hash of a subtree that was cut off
 *          | [K, V]        a leaf
 *          | [b, L, R]     an inner node
 */
import { copyBytes, equalBytes, toHex } from '../encoding/bytes.ts'
import { type CborValue, decodeCbor, encodeCbor, isCborArray } from '../encoding/cbor.ts'
import { LedgerError } from '../errors.ts'
import { HASH_BYTES, type Hash, type Sha256 } from '../merkle/hash.ts'
import { decodeRecord, MAX_RECORD_BYTES, type SubjectRecord } from './record.ts'
import { bitOf, EMPTY_INDEX_ROOT, type IndexRow, innerHash, KEY_BITS, recordHash } from './tree.ts'

export type ProofNode = Stub | IndexRow | ProofBranch

/** A subtree that was cut off. */
export interface Stub {
  readonly hash: Hash
}

export interface ProofBranch {
  readonly bit: number
  readonly left: ProofNode
  readonly right: ProofNode
}

/** The tree that a proof shows; undefined: the index is empty. */
export type ProofTree = ProofNode | undefined

/** A tree that can be walked: every subtree can be asked for its hash, or opened. */
export interface IndexSubtree {
  hash(): Hash
  open(): IndexRow | { readonly bit: number; readonly left: IndexSubtree; readonly right: IndexSubtree }
}

/** A key needs at most this much: longer paths take the work of finding keys that share their first 300 bits. */
export const MAX_PROOF_BYTES_PER_KEY = 16_384
/** Leaf, and one inner node for every bit. */
const MAX_DEPTH = KEY_BITS + 1
/** Arrays and byte strings of one level. */
const CBOR_ITEMS_PER_LEVEL = 8

/** @param keys which to prove; those that are not in the tree show that they are not */
export function proveKeys(tree: IndexSubtree | undefined, keys: readonly Hash[]): ProofTree {
  if (tree === undefined) return undefined
  if (keys.length === 0) return { hash: tree.hash() }
  const node = tree.open()
  if ('key' in node) return node
  const [left, right] = partition(keys, node.bit)
  return {
    bit: node.bit,
    left: proveKeys(node.left, left) ?? { hash: node.left.hash() },
    right: proveKeys(node.right, right) ?? { hash: node.right.hash() },
  }
}

function partition(keys: readonly Hash[], bit: number): [Hash[], Hash[]] {
  return [keys.filter((key) => bitOf(key, bit) === 0), keys.filter((key) => bitOf(key, bit) === 1)]
}

export function encodeProof(tree: ProofTree): Uint8Array {
  return copyBytes(encodeCbor(valueOf(tree)))
}

export function valueOf(tree: ProofTree): CborValue {
  if (tree === undefined) return null
  if ('hash' in tree) return tree.hash
  return 'key' in tree ? [tree.key, tree.value] : [tree.bit, valueOf(tree.left), valueOf(tree.right)]
}

/**
 * @param bytes hostile
 * @param keyCount how many keys it is said to answer for: bounds its size
 * @throws LedgerError PROOF_MALFORMED, CBOR_MALFORMED, CBOR_NOT_DETERMINISTIC, CBOR_LIMIT
 */
export function decodeProof(bytes: Uint8Array, keyCount: number): ProofTree {
  const maxBytes = MAX_PROOF_BYTES_PER_KEY * Math.max(1, keyCount)
  const maxItems = CBOR_ITEMS_PER_LEVEL * MAX_DEPTH * Math.max(1, keyCount)
  return readTree(decodeCbor(bytes, { maxBytes, maxDepth: MAX_DEPTH + 1, maxItems }))
}

/** @throws LedgerError PROOF_MALFORMED */
export function readTree(value: CborValue): ProofTree {
  return value === null ? undefined : readNode(value, -1, [])
}

/** A step taken from an inner node: which bit, and to which side. */
interface Turn {
  readonly bit: number
  readonly side: 0 | 1
}

function readNode(value: CborValue, above: number, turns: readonly Turn[]): ProofNode {
  if (value instanceof Uint8Array) return { hash: hashOf(value, 'a stub') }
  if (!isCborArray(value)) throw malformed('a node is neither a hash nor an array')
  if (value.length === 2) return readLeaf(value, turns)
  const [bit, left, right] = value
  if (value.length !== 3 || left === undefined || right === undefined) throw malformed('an array has 2 or 3 items')
  if (typeof bit !== 'number' || bit < 0 || bit >= KEY_BITS) throw malformed('a bit of a key is a number from 0 to 255')
  if (bit <= above) throw malformed(`bit ${bit} stands below bit ${above}`)
  return {
    bit,
    left: readNode(left, bit, [...turns, { bit, side: 0 }]),
    right: readNode(right, bit, [...turns, { bit, side: 1 }]),
  }
}

function readLeaf(value: readonly CborValue[], turns: readonly Turn[]): IndexRow {
  const [key, record] = value
  const row = { key: hashOf(key, 'a key'), value: record }
  if (!(row.value instanceof Uint8Array) || row.value.length > MAX_RECORD_BYTES)
    throw malformed(`a record is a byte string of at most ${MAX_RECORD_BYTES} bytes`)
  if (turns.some(({ bit, side }) => bitOf(row.key, bit) !== side))
    throw malformed(`the leaf ${toHex(row.key)} stands where its bits do not lead`)
  return { key: row.key, value: row.value }
}

function hashOf(value: CborValue | undefined, what: string): Hash {
  if (value instanceof Uint8Array && value.length === HASH_BYTES) return value
  throw malformed(`${what} has ${HASH_BYTES} bytes`)
}

/** The root of the index that the proof is of. */
export function proofRoot(tree: ProofTree, sha256: Sha256): Hash {
  return tree === undefined ? EMPTY_INDEX_ROOT : nodeRoot(tree, sha256)
}

function nodeRoot(node: ProofNode, sha256: Sha256): Hash {
  if ('hash' in node) return node.hash
  if ('key' in node) return recordHash(node, sha256)
  return innerHash(node.bit, nodeRoot(node.left, sha256), nodeRoot(node.right, sha256), sha256)
}

/**
 * What the index says about a key, once {@link proofRoot} is known to be its root.
 *
 * @returns undefined when the tree has no such key
 * @throws LedgerError PROOF_INVALID when the proof does not go that far: it was made for other keys
 */
export function lookUp(tree: ProofTree, key: Hash): SubjectRecord | undefined {
  let node = tree
  while (node !== undefined && 'bit' in node) node = bitOf(key, node.bit) === 0 ? node.left : node.right
  if (node === undefined) return undefined
  if ('hash' in node) throw new LedgerError('PROOF_INVALID', `the proof does not reach the key ${toHex(key)}`)
  return equalBytes(node.key, key) ? decodeRecord(node.value) : undefined
}

function malformed(what: string): LedgerError {
  return new LedgerError('PROOF_MALFORMED', `not a proof of the subject index: ${what}`)
}
