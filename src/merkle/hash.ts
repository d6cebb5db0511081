/**
 * The two hashes of a Merkle tree: of a leaf and of an inner node (RFC 9162 section 2.1.1).
 *
 * The prefix bytes 00 and 01 keep a leaf from ever being read as a node. SHA-256 is an argument because Node's own is
 * several times faster than the portable one; both give the same bytes.
 */
import { sha256 as portableSha256 } from '@noble/hashes/sha2.js'

/** 32 bytes. */
export type Hash = Uint8Array
/** Must not keep its input, which is written over for the next hash. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array

export const HASH_BYTES = 32

/** Root of the tree of no leaves: SHA-256 of the empty string. */
export const EMPTY_ROOT: Hash = portableSha256(new Uint8Array())

/** SHA-256(00 || entry). */
export function leafHash(entry: Uint8Array, sha256: Sha256 = portableSha256): Hash {
  const length = 1 + entry.length
  const input = length <= LEAF.length ? LEAF.subarray(0, length) : new Uint8Array(length)
  input.set(entry, 1)
  return sha256(input)
}

/** SHA-256(01 || left || right), each side 32 bytes. */
export function nodeHash(left: Hash, right: Hash, sha256: Sha256 = portableSha256): Hash {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES)
    throw new RangeError('a node hashes two 32-byte hashes')
  NODE[0] = 1
  NODE.set(left, 1)
  NODE.set(right, 1 + HASH_BYTES)
  return sha256(NODE)
}

/**
 * Written anew for every hash and read before the next: memory of their own costs engines more than the hash where it is
 * longer than 64 bytes. The first byte of a leaf's stays 0.
 */
const LEAF = new Uint8Array(1 << 16)
const NODE = new Uint8Array(1 + 2 * HASH_BYTES)
