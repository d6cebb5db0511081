/**
 * The Merkle tree hash (RFC 9162 section 2.1.1), on two independent paths: by the recursive definition over all leaves,
 * and incrementally from a frontier of at most 53 hashes. A node computes both before it signs.
 */
import { type Hash, type Sha256, EMPTY_ROOT, nodeHash } from './hash.ts'
import { assertTreeSize, splitPoint } from './tree-size.ts'

/**
 * All that appending needs to know of a tree: the roots of its perfect subtrees, largest first, one for each bit set in
 * size. (Elsewhere called the compact range from 0.) Immutable.
 */
export interface Frontier {
  readonly size: number
  readonly hashes: readonly Hash[]
}

export const EMPTY_FRONTIER: Frontier = { size: 0, hashes: [] }

export function appendLeaf(frontier: Frontier, leafHash: Hash, sha256?: Sha256): Frontier {
  return appendLeaves(frontier, [leafHash], sha256)
}

/** @throws LedgerError TREE_RANGE when the tree would pass 2^53 - 1 leaves */
export function appendLeaves(frontier: Frontier, leafHashes: readonly Hash[], sha256?: Sha256): Frontier {
  assertTreeSize(frontier.size + leafHashes.length)
  const hashes = [...frontier.hashes]
  let size = frontier.size
  for (const leafHash of leafHashes) {
    let right = leafHash
    // Every trailing 1 of the size is a perfect subtree that the new leaf completes into the next larger one.
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) right = nodeHash(hashes.pop() as Hash, right, sha256)
    hashes.push(right)
    size++
  }
  return { size, hashes }
}

export function frontierRoot(frontier: Frontier, sha256?: Sha256): Hash {
  let root: Hash | undefined
  for (const hash of frontier.hashes.toReversed()) root = root === undefined ? hash : nodeHash(hash, root, sha256)
  return root ?? EMPTY_ROOT
}

/** Root by the recursive definition, word for word: split at the largest power of two smaller than the count. */
export function treeRoot(leafHashes: readonly Hash[], sha256?: Sha256): Hash {
  return leafHashes.length === 0 ? EMPTY_ROOT : rangeRoot(leafHashes, 0, leafHashes.length, sha256)
}

function rangeRoot(leafHashes: readonly Hash[], start: number, end: number, sha256?: Sha256): Hash {
  if (end - start === 1) return leafHashes[start] as Hash
  const middle = start + splitPoint(end - start)
  return nodeHash(rangeRoot(leafHashes, start, middle, sha256), rangeRoot(leafHashes, middle, end, sha256), sha256)
}
