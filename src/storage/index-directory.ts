/**
 * Where the pages of a subject index stand: a binary trie over the bits of the keys, in memory, whose ends are pages. A
 * page that grows too large is split at its own place and nothing else changes, so the depth follows the number of
 * subjects and the hash of no node depends on where the pages end.
 *
 * Nodes are numbers into typed arrays: a million subjects take some 350,000 of them. Changes (index-edit.ts) are taken over
 * whole; what they replaced is kept until its size of the log is not asked for any more, so that proofs are made at the
 * newest published size while further entries are appended.
 */
import type { Hash, Sha256 } from '../merkle/hash.ts'
import { bitOf, innerHash, KEY_BITS } from '../subject-index/tree.ts'
import type { PageHash, PagePlace } from './index-journal.ts'
import { placeChecksum, setBit } from './index-prefix.ts'
import { type DirectoryNode, NodeCopies, NodeTable, NONE } from './index-nodes.ts'

/** The root of the trie always is node 0. */
export const ROOT_NODE = 0

export class IndexDirectory {
  private readonly nodes = new NodeTable(1024)
  /** Nodes in use; 0: the index is empty. */
  count = 0

  /**
   * Puts a page into a directory that is being made, in the place of what is there, above or below it. What lies above is
   * not hashed until {@link close}.
   */
  place({ depth, prefix, hash }: PageHash): void {
    this.nodes.reserve(this.count + depth + 1)
    if (this.count === 0) this.addInner()
    let id = ROOT_NODE
    for (let bit = 0; bit < depth; bit++) {
      if (this.nodes.isPage(id)) this.nodes.setInner(id, NONE, NONE)
      const isRight = bitOf(prefix, bit) === 1
      let next = isRight ? this.nodes.rightOf(id) : this.nodes.leftOf(id)
      if (next === NONE) {
        next = this.addInner()
        this.nodes.setChild(id, isRight, next)
      }
      id = next
    }
    this.nodes.set(id, { isPage: true, left: NONE, right: NONE, hash })
  }

  /** Takes a page out of a directory that is being made; nothing where there is none. */
  remove({ depth, prefix }: PagePlace): void {
    const id = this.find(depth, prefix)
    if (id !== NONE && this.isPage(id)) this.nodes.setInner(id, NONE, NONE)
  }

  /** Hashes every inner node, once, after those below it, and takes out those that have no page below them. */
  close(sha256: Sha256): { readonly pages: number; readonly placeSum: number } {
    const found = { pages: 0, placeSum: 0 }
    const prefix = new Uint8Array(KEY_BITS / 8)
    /** @returns its hash; undefined: there is no page below it */
    const closeBelow = (id: number, depth: number): Hash | undefined => {
      if (id === NONE) return undefined
      if (this.isPage(id)) {
        found.pages++
        found.placeSum = (found.placeSum + placeChecksum(depth, prefix)) >>> 0
        return this.hashOf(id)
      }
      const [left, right] = [this.leftOf(id), this.rightOf(id)]
      const leftHash = closeBelow(left, depth + 1)
      setBit(prefix, depth, 1)
      const rightHash = closeBelow(right, depth + 1)
      setBit(prefix, depth, 0)
      const both = leftHash !== undefined && rightHash !== undefined
      const hash = both ? innerHash(depth, leftHash, rightHash, sha256) : (leftHash ?? rightHash)
      if (hash === undefined) return undefined
      if (!both) this.nodes.setInner(id, leftHash === undefined ? NONE : left, rightHash === undefined ? NONE : right)
      this.nodes.setHash(id, hash)
      return this.hashOf(id)
    }
    if (this.count > 0 && closeBelow(ROOT_NODE, 0) === undefined) this.count = 0
    return found
  }

  private addInner(): number {
    this.nodes.setInner(this.count, NONE, NONE)
    return this.count++
  }

  /** The hash of a page, a view; undefined: there is none at this place. */
  pageHash(place: PagePlace): Hash | undefined {
    const id = this.find(place.depth, place.prefix)
    return id !== NONE && this.isPage(id) ? this.hashOf(id) : undefined
  }

  /** The node of a prefix, or NONE. */
  private find(depth: number, prefix: Uint8Array): number {
    let id = this.count === 0 ? NONE : ROOT_NODE
    for (let bit = 0; bit < depth && id !== NONE; bit++) {
      if (this.isPage(id)) return NONE
      id = bitOf(prefix, bit) === 0 ? this.leftOf(id) : this.rightOf(id)
    }
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
