/**
 * Where the pages of a subject index stand: a binary trie over the bits of the keys, in memory, whose ends are pages. A
 * page that grows too large is split at its own place and nothing else changes, so the depth follows the number of
 * subjects and the hash of no node depends on where the pages end.
 *
 * Nodes are numbers into typed arrays: a million subjects take some 180,000 of them. Changes (index-edit.ts) are taken over
 * whole; what they replaced is kept until its size of the log is not asked for any more, so that proofs are made at the
 * newest published size while further entries are appended.
 */
import { compareBytes } from '../encoding/bytes.ts'
import type { Hash, Sha256 } from '../merkle/hash.ts'
import { bitOf, innerHash } from '../subject-index/tree.ts'
import { type DirectoryNode, NodeCopies, NodeTable, NONE } from './index-nodes.ts'

/** What the store knows of a page without reading it. */
export interface StoredPageHash {
  /** How many bits its keys share. */
  readonly depth: number
  /** Those bits, in whole bytes. */
  readonly prefix: Uint8Array
  readonly hash: Hash
}

/** The root of the trie always is node 0. */
export const ROOT_NODE = 0

export class IndexDirectory {
  private readonly nodes = new NodeTable(1024)
  /** Nodes in use; 0: the index is empty. */
  count = 0

  /**
   * The directory of these pages, every inner node hashed once.
   *
   * @param pages in any order
   * @throws RangeError when one lies within another
   */
  static of(pages: readonly StoredPageHash[], sha256: Sha256): IndexDirectory {
    const directory = new IndexDirectory()
    const sorted = pages.toSorted((a, b) => compareBytes(a.prefix, b.prefix) || a.depth - b.depth)
    directory.nodes.reserve(2 * sorted.length)
    if (sorted.length > 0) directory.build(sorted, 0, sorted.length, 0, sha256)
    return directory
  }

  /** @returns the node of the pages from start up to end, which share their first `depth` bits */
  private build(pages: readonly StoredPageHash[], start: number, end: number, depth: number, sha256: Sha256): number {
    const id = this.count++
    this.nodes.reserve(this.count)
    const first = pages[start] as StoredPageHash
    if (first.depth <= depth) {
      if (end - start > 1) throw new RangeError('two pages of the index have the same keys')
      this.nodes.set(id, { isPage: true, left: NONE, right: NONE, hash: first.hash })
      return id
    }
    let [low, high] = [start, end]
    while (low < high) {
      const middle = (low + high) >> 1
      if (bitOf((pages[middle] as StoredPageHash).prefix, depth) === 0) low = middle + 1
      else high = middle
    }
    const left = low > start ? this.build(pages, start, low, depth + 1, sha256) : NONE
    const right = low < end ? this.build(pages, low, end, depth + 1, sha256) : NONE
    const hash =
      left === NONE
        ? this.hashOf(right)
        : right === NONE
          ? this.hashOf(left)
          : innerHash(depth, this.hashOf(left), this.hashOf(right), sha256)
    this.nodes.set(id, { isPage: false, left, right, hash })
    return id
  }

  isPage(id: number): boolean {
    return this.nodes.isPage(id)
  }

  /** Of a node that is no page, as is {@link rightOf}; NONE where nothing is. */
  leftOf(id: number): number {
    return this.nodes.leftOf(id)
  }

  rightOf(id: number): number {
    return this.nodes.rightOf(id)
  }

  /** A view, since most of them are looked at once: whoever keeps it makes a copy. */
  hashOf(id: number): Hash {
    return this.nodes.hashOf(id)
  }

  /** Its hash is a view. */
  node(id: number): DirectoryNode {
    return this.nodes.node(id)
  }

  /** Takes over changed and new nodes; answers what they replaced. */
  apply(change: ReadonlyMap<number, DirectoryNode>, count: number): NodeCopies {
    this.nodes.reserve(count)
    const replaced = new NodeCopies(
      this.nodes,
      [...change.keys()].filter((id) => id < this.count),
    )
    for (const [id, node] of change) this.nodes.set(id, node)
    this.count = count
    return replaced
  }
}
