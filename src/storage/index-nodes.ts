/**
 * Nodes of an index's directory in typed arrays: there are hundreds of thousands, and an object for each would cost more in
 * collecting garbage than all that is done with it.
 */
import { HASH_BYTES, type Hash } from '../merkle/hash.ts'

/** In `left` and `right`: nothing on this side. */
export const NONE = -1
/** In `left` of a node that is a page. */
const PAGE = -2

export interface DirectoryNode {
  readonly isPage: boolean
  /** Node numbers, or NONE; of a page both NONE. */
  readonly left: number
  readonly right: number
  readonly hash: Hash
}

export class NodeTable {
  private left: Int32Array
  private right: Int32Array
  private hashes: Uint8Array

  constructor(capacity: number) {
    this.left = new Int32Array(capacity)
    this.right = new Int32Array(capacity)
    this.hashes = new Uint8Array(capacity * HASH_BYTES)
  }

  isPage(at: number): boolean {
    return this.left[at] === PAGE
  }

  /** Of a node that is no page, as is {@link rightOf}; NONE where nothing is. */
  leftOf(at: number): number {
    return this.left[at] ?? NONE
  }

  rightOf(at: number): number {
    return this.right[at] ?? NONE
  }

  /** A view, since most of them are looked at once: whoever keeps it makes a copy. */
  hashOf(at: number): Hash {
    return this.hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)
  }

  /** Its hash is a view. */
  node(at: number): DirectoryNode {
    const isPage = this.isPage(at)
    return { isPage, left: isPage ? NONE : this.leftOf(at), right: this.rightOf(at), hash: this.hashOf(at) }
  }

  set(at: number, node: DirectoryNode): void {
    this.left[at] = node.isPage ? PAGE : node.left
    this.right[at] = node.right
    this.setHash(at, node.hash)
  }

  /** Its hash stays as it is. */
  setInner(at: number, left: number, right: number): void {
    this.left[at] = left
    this.right[at] = right
  }

  setChild(at: number, isRight: boolean, child: number): void {
    if (isRight) this.right[at] = child
    else this.left[at] = child
  }

  setHash(at: number, hash: Hash): void {
    this.hashes.set(hash, at * HASH_BYTES)
  }

  copy(from: NodeTable, fromAt: number, at: number): void {
    this.left[at] = from.left[fromAt] ?? NONE
    this.right[at] = from.right[fromAt] ?? NONE
    const start = fromAt * HASH_BYTES
    for (let i = 0; i < HASH_BYTES; i++) this.hashes[at * HASH_BYTES + i] = from.hashes[start + i] as number
  }

  reserve(count: number): void {
    if (count <= this.left.length) return
    const length = Math.max(count, this.left.length * 2)
    this.left = grown(this.left, new Int32Array(length))
    this.right = grown(this.right, new Int32Array(length))
    this.hashes = grown(this.hashes, new Uint8Array(length * HASH_BYTES))
  }
}

function grown<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}

/** Some nodes as they were at one time. */
export class NodeCopies {
  /** Ascending. */
  private readonly ids: Int32Array
  private readonly table: NodeTable

  /** @param ids any order, each once */
  constructor(from: NodeTable, ids: readonly number[]) {
    this.ids = Int32Array.from(ids).sort()
    this.table = new NodeTable(ids.length)
    for (let at = 0; at < this.ids.length; at++) this.table.copy(from, this.ids[at] as number, at)
  }

  get size(): number {
    return this.ids.length
  }

  get(id: number): DirectoryNode | undefined {
    let [low, high] = [0, this.ids.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.ids[middle] as number) < id) low = middle + 1
      else high = middle
    }
    return this.ids[low] === id ? this.table.node(low) : undefined
  }
}
