/**
 * Consistency proofs between two sizes of one Merkle tree (RFC 9162 section 2.1.4): the larger tree begins with all the
 * leaves of the smaller.
 */
import { equalBytes } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { type HashReader, readRange } from './hash-reader.ts'
import { type Hash, type Sha256, HASH_BYTES, nodeHash } from './hash.ts'
import { assertTreeSize, half, isPowerOfTwo, splitPoint } from './tree-size.ts'

/**
 * Empty when from is 0 (every tree extends the empty one, and tlog-witness wants no hashes then) or equals to.
 *
 * @throws LedgerError TREE_RANGE unless 0 <= from <= to
 * @see RFC 9162 section 2.1.4.1
 */
export function proveConsistency(reader: HashReader, from: number, to: number, sha256?: Sha256): Hash[] {
  assertOrder(from, to)
  if (from === 0 || from === to) return []
  const path: Hash[] = []
  let start = 0
  let end = to
  while (from !== end) {
    const middle = start + splitPoint(end - start)
    if (from <= middle) {
      path.push(readRange(reader, middle, end, sha256))
      end = middle
    } else {
      path.push(readRange(reader, start, middle, sha256))
      start = middle
    }
  }
  // The smaller tree's last subtree; known to the verifier when it is that whole tree.
  if (start !== 0) path.push(readRange(reader, start, end, sha256))
  return path.toReversed()
}

/**
 * Nothing can be learnt from a proof from size 0, so asking is refused: callers that meet a size 0 decide without one.
 *
 * @param path hashes of 32 bytes in the order of RFC 9162; untrusted
 * @throws LedgerError TREE_RANGE unless 1 <= from <= to
 * @throws LedgerError PROOF_LENGTH when path has the wrong number of hashes for the two sizes
 * @throws LedgerError PROOF_INVALID when the proof does not lead to both roots
 * @see RFC 9162 section 2.1.4.2
 */
export function verifyConsistency(
  from: number,
  fromRoot: Hash,
  to: number,
  toRoot: Hash,
  path: readonly Hash[],
  sha256?: Sha256,
): void {
  const implied = rootsFromConsistency(from, fromRoot, to, path, sha256)
  if (!equalBytes(implied.from, fromRoot) || !equalBytes(implied.to, toRoot)) {
    throw new LedgerError('PROOF_INVALID', `consistency proof from ${from} to ${to} does not lead to both roots`)
  }
}

/**
 * The two roots that a consistency proof implies. The proof says nothing of the smaller root where `from` is a power of
 * two (that root is not in the path then) or equals `to`: there the given root is taken as the implied one.
 *
 * @throws LedgerError TREE_RANGE, PROOF_LENGTH, PROOF_INVALID (a hash has not 32 bytes) as {@link verifyConsistency}
 */
export function rootsFromConsistency(
  from: number,
  fromRoot: Hash,
  to: number,
  path: readonly Hash[],
  sha256?: Sha256,
): { from: Hash; to: Hash } {
  assertOrder(from, to)
  if (from === 0) throw new LedgerError('TREE_RANGE', 'a consistency proof from size 0 proves nothing')
  if (from === to) {
    if (path.length > 0) throw wrongLength(from, to, path.length)
    return { from: fromRoot, to: fromRoot }
  }
  const [first, ...rest] = isPowerOfTwo(from) ? [fromRoot, ...path] : path
  if (path.length === 0 || first === undefined) throw wrongLength(from, to, path.length)
  let fn = from - 1
  let sn = to - 1
  while (fn % 2 === 1) {
    fn = half(fn)
    sn = half(sn)
  }
  let oldRoot = checkHash(first)
  let newRoot = first
  for (const hash of rest) {
    if (sn === 0) throw wrongLength(from, to, path.length)
    checkHash(hash)
    if (fn % 2 === 1 || fn === sn) {
      oldRoot = nodeHash(hash, oldRoot, sha256)
      newRoot = nodeHash(hash, newRoot, sha256)
      while (fn % 2 === 0 && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      newRoot = nodeHash(newRoot, hash, sha256)
    }
    fn = half(fn)
    sn = half(sn)
  }
  if (sn !== 0) throw wrongLength(from, to, path.length)
  return { from: oldRoot, to: newRoot }
}

function assertOrder(from: number, to: number): void {
  assertTreeSize(from)
  assertTreeSize(to)
  if (from > to) throw new LedgerError('TREE_RANGE', `no consistency proof leads from size ${from} back to ${to}`)
}

function checkHash(hash: Hash): Hash {
  if (hash.length === HASH_BYTES) return hash
  throw new LedgerError('PROOF_INVALID', `expected a hash of 32 bytes in a proof, found ${hash.length} bytes`)
}

function wrongLength(from: number, to: number, found: number): LedgerError {
  return new LedgerError('PROOF_LENGTH', `${found} hashes are not a consistency proof from size ${from} to ${to}`)
}
