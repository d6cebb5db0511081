/**
 * The tree of the index: a Merkle trie over the bits of the keys in which nodes with one child do not exist. Its root
 * depends on the set of records alone, not on the order in which they came:
 *
 *     leaf(K, V)     = SHA-256(00 || 20 || K || varint(len V) || V)
 *     inner(b, L, R) = SHA-256(01 || varint(b) || L || R)              b = the bit where both sides part, 0..255
 *     root(nothing)  = SHA-256("")
 *
 * Neither preimage can be one of the log's own tree: there a leaf begins 00 d2, and an inner node has 65 bytes where
 * these have 66 or 67 (docs/formats.md, "subject index").
 */
import { HASH_BYTES, type Hash, type Sha256, EMPTY_ROOT } from '../merkle/hash.ts'

export const KEY_BITS = 256
/** Root of the index of a log that refers to nothing. */
export const EMPTY_INDEX_ROOT: Hash = EMPTY_ROOT

/** A record under its key. */
export interface IndexRow {
  readonly key: Hash
  /** Encoded record (record.ts). */
  readonly value: Uint8Array
}

/** Bit `bit` of a key; bit 0 is the most significant of byte 0. */
export function bitOf(key: Uint8Array, bit: number): 0 | 1 {
  return (((key[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1 ? 1 : 0
}

/** The first bit in which two different keys differ. */
export function divergingBit(a: Uint8Array, b: Uint8Array): number {
  for (let byte = 0; byte < HASH_BYTES; byte++) {
    const difference = (a[byte] ?? 0) ^ (b[byte] ?? 0)
    if (difference !== 0) return byte * 8 + Math.clz32(difference) - 24
  }
  throw new RangeError('one key stands in the index twice')
}

export function recordHash({ key, value }: IndexRow, sha256: Sha256): Hash {
  const isLong = value.length > 127
  const start = 2 + HASH_BYTES + (isLong ? 2 : 1)
  const isShort = start + value.length <= LEAF.length
  const input = isShort ? LEAF.subarray(0, start + value.length) : new Uint8Array(start + value.length)
  input[1] = HASH_BYTES
  input.set(key, 2)
  writeVarint(input, 2 + HASH_BYTES, value.length)
  input.set(value, start)
  return sha256(input)
}

export function innerHash(bit: number, left: Hash, right: Hash, sha256: Sha256): Hash {
  const start = bit > 127 ? 3 : 2
  const input = start === 3 ? LONG_INNER : SHORT_INNER
  input[0] = 1
  writeVarint(input, 1, bit)
  input.set(left, start)
  input.set(right, start + HASH_BYTES)
  return sha256(input)
}

/** Written anew for every hash and read before the next: there are some sixty for a statement. */
const LEAF = new Uint8Array(256)
const SHORT_INNER = new Uint8Array(2 + 2 * HASH_BYTES)
const LONG_INNER = new Uint8Array(3 + 2 * HASH_BYTES)

/** Root by the recursive definition, word for word: split the set by one bit after the other. */
export function indexRoot(rows: readonly IndexRow[], sha256: Sha256): Hash {
  return rows.length === 0 ? EMPTY_INDEX_ROOT : nodeOf(rows, 0, sha256)
}

function nodeOf(rows: readonly IndexRow[], bit: number, sha256: Sha256): Hash {
  const [first] = rows
  if (rows.length === 1 && first !== undefined) return recordHash(first, sha256)
  if (bit >= KEY_BITS) throw new RangeError('one key stands in the index twice')
  const left = rows.filter(({ key }) => bitOf(key, bit) === 0)
  const right = rows.filter(({ key }) => bitOf(key, bit) === 1)
  if (left.length === 0 || right.length === 0) return nodeOf(rows, bit + 1, sha256)
  return innerHash(bit, nodeOf(left, bit + 1, sha256), nodeOf(right, bit + 1, sha256), sha256)
}

/** The root of rows that come in ascending order of their keys, in memory that does not grow with their number. */
export class IndexRootStream {
  private readonly sha256: Sha256
  /** Left sides that wait for their right one, by ascending bit. */
  private readonly waiting: { readonly bit: number; readonly hash: Hash }[] = []
  private last: { readonly key: Hash; readonly hash: Hash } | undefined

  constructor(sha256: Sha256) {
    this.sha256 = sha256
  }

  /** @throws RangeError when the key is not above the one before */
  add(row: IndexRow): void {
    if (this.last !== undefined) {
      const bit = divergingBit(this.last.key, row.key)
      if (bitOf(row.key, bit) === 0) throw new RangeError('rows of the index come in ascending order of their keys')
      this.waiting.push({ bit, hash: this.fold(this.last.hash, bit) })
    }
    this.last = { key: row.key, hash: recordHash(row, this.sha256) }
  }

  root(): Hash {
    return this.last === undefined ? EMPTY_INDEX_ROOT : this.fold(this.last.hash, -1)
  }

  /** Joins a right side with every waiting left side below `bit`. */
  private fold(right: Hash, bit: number): Hash {
    let hash = right
    for (let top = this.waiting.at(-1); top !== undefined && top.bit > bit; top = this.waiting.at(-1)) {
      hash = innerHash(top.bit, top.hash, hash, this.sha256)
      this.waiting.pop()
    }
    return hash
  }
}

/** Unsigned LEB128 of a number below 2^14. */
function writeVarint(target: Uint8Array, offset: number, value: number): void {
  if (value < 128) target[offset] = value
  else {
    target[offset] = (value & 127) | 128
    target[offset + 1] = value >> 7
  }
}
