/**
 * Inclusion proofs in a Merkle tree (RFC 9162 section 2.1.3).
 */
import { equalBytes } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { type HashReader, readRange } from './hash-reader.ts'
import { type Hash, type Sha256, HASH_BYTES, nodeHash } from './hash.ts'
import { assertLeafIndex, half, splitPoint } from './tree-size.ts'

/**
 * The path of leaf `index` in the tree of the first `size` leaves: sibling hashes, lowest level first.
 *
 * @throws LedgerError TREE_RANGE unless 0 <= index < size
 * @see RFC 9162 section 2.1.3.1
 */
export function proveInclusion(reader: HashReader, index: number, size: number, sha256?: Sha256): Hash[] {
  assertLeafIndex(index, size)
  const path: Hash[] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const middle = start + splitPoint(end - start)
    if (index < middle) {
      path.push(readRange(reader, middle, end, sha256))
      end = middle
    } else {
      path.push(readRange(reader, start, middle, sha256))
      start = middle
    }
  }
  return path.toReversed()
}

/**
 * The root that an inclusion proof implies.
 *
 * @param leafHash 32 bytes, hash of the leaf
 * @param path sibling hashes, lowest level first, 32 bytes each; untrusted
 * @throws LedgerError TREE_RANGE unless 0 <= index < size
 * @throws LedgerError PROOF_LENGTH when path has the wrong number of hashes for index and size
 * @throws LedgerError PROOF_INVALID when a hash has not 32 bytes
 * @see RFC 9162 section 2.1.3.2
 */
export function rootFromInclusion(
  leafHash: Hash,
  index: number,
  size: number,
  path: readonly Hash[],
  sha256?: Sha256,
): Hash {
  assertLeafIndex(index, size)
  let fn = index
  let sn = size - 1
  let root = checkHash(leafHash)
  for (const sibling of path) {
    if (sn === 0) throw wrongLength(index, size, path.length)
    checkHash(sibling)
    if (fn % 2 === 1 || fn === sn) {
      root = nodeHash(sibling, root, sha256)
      // A right edge without a sibling on these levels: climb to where there is one.
      while (fn % 2 === 0 && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      root = nodeHash(root, sibling, sha256)
    }
    fn = half(fn)
    sn = half(sn)
  }
  if (sn !== 0) throw wrongLength(index, size, path.length)
  return root
}

/**
 * @throws LedgerError PROOF_INVALID when the proof implies another root
 * @throws LedgerError TREE_RANGE, PROOF_LENGTH as {@link rootFromInclusion}
 */
export function verifyInclusion(
  leafHash: Hash,
  index: number,
  size: number,
  path: readonly Hash[],
  root: Hash,
  sha256?: Sha256,
): void {
  if (!equalBytes(rootFromInclusion(leafHash, index, size, path, sha256), root)) {
    throw new LedgerError('PROOF_INVALID', `inclusion proof of leaf ${index} does not lead to the root of size ${size}`)
  }
}

function checkHash(hash: Hash): Hash {
  if (hash.length === HASH_BYTES) return hash
  throw new LedgerError('PROOF_INVALID', `expected a hash of 32 bytes in a proof, found ${hash.length} bytes`)
}

function wrongLength(index: number, size: number, found: number): LedgerError {
  return new LedgerError('PROOF_LENGTH', `${found} hashes are not an inclusion proof of leaf ${index} in size ${size}`)
}
