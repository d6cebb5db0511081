/**
 * The port through which proofs read a tree: the hashes of its perfect subtrees, wherever they are kept (tiles on disk,
 * tiles from the network, a list of leaves in memory).
 */
import { type Hash, type Sha256, EMPTY_ROOT, nodeHash } from './hash.ts'
import { type Frontier, frontierRoot } from './tree.ts'
import { assertTreeSize, perfectSubtrees, splitPoint } from './tree-size.ts'

export interface HashReader {
  /**
   * Hash of the perfect subtree number `index` of 2^level leaves: of the leaves index * 2^level up to, not including,
   * (index + 1) * 2^level. Called only for subtrees inside the size given to the proof; throws when it cannot answer.
   */
  readHash(level: number, index: number): Hash
}

/** @throws LedgerError TREE_RANGE when size is no tree size */
export function readFrontier(reader: HashReader, size: number): Frontier {
  assertTreeSize(size)
  return { size, hashes: perfectSubtrees(size).map(({ level, index }) => reader.readHash(level, index)) }
}

export function readRoot(reader: HashReader, size: number, sha256?: Sha256): Hash {
  return size === 0 ? EMPTY_ROOT : frontierRoot(readFrontier(reader, size), sha256)
}

/**
 * Hash of the leaves start up to, not including, end, as they stand in a tree: start is a multiple of the smallest power
 * of two that is not below the count, which holds for every range that the recursive definition reaches.
 */
export function readRange(reader: HashReader, start: number, end: number, sha256?: Sha256): Hash {
  const count = end - start
  let level = 0
  let width = 1
  for (; width < count; width *= 2) level++
  if (width === count) return reader.readHash(level, start / width)
  const middle = start + splitPoint(count)
  return nodeHash(readRange(reader, start, middle, sha256), readRange(reader, middle, end, sha256), sha256)
}

/** A reader over leaf hashes in memory; inner hashes are computed level by level, once, when first asked for. */
export function createLeafHashReader(leafHashes: readonly Hash[], sha256?: Sha256): HashReader {
  const levels: (readonly Hash[])[] = [leafHashes]
  return {
    readHash(level, index) {
      for (let below = levels.at(-1); levels.length <= level && below !== undefined; below = levels.at(-1)) {
        const next: Hash[] = []
        for (let i = 0; i + 1 < below.length; i += 2)
          next.push(nodeHash(below[i] as Hash, below[i + 1] as Hash, sha256))
        levels.push(next)
      }
      const hash = levels[level]?.[index]
      if (hash === undefined)
        throw new RangeError(`no subtree ${index} of level ${level} in ${leafHashes.length} leaves`)
      return hash
    },
  }
}
