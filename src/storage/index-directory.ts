/**
 * Where the pages of a subject index stand: a binary trie over the bits of the keys, in memory, whose ends are pages. A
 * page that grows too large is split at its own place and nothing else changes, so the depth follows the number of
 * subjects and the hash of no node depends on where the pages end.
 *
 * Nodes are numbers into typed arrays: a million subjects take some 180,000 of them. Changes are collected in an
 * {@link DirectoryChange} and taken over whole; what they replaced is kept until its size of the log is not asked for any
 * more, so that proofs are made at the newest published size while further entries are appended.
 */
import { compareBytes, copyBytes } from '../encoding/bytes.ts'
import { HASH_BYTES, type Hash, type Sha256 } from '../merkle/hash.ts'
import { bitOf, innerHash } from '../subject-index/tree.ts'

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
  private left = new Int32Array(1024)
  private right = new Int32Array(1024)
  private hashes = new Uint8Array(1024 * HASH_BYTES)
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
    directory.reserve(2 * sorted.length)
    if (sorted.length > 0) directory.build(sorted, 0, sorted.length, 0, sha256)
    return directory
  }

  /** @returns the node of the pages from start up to end, which share their first `depth` bits */
  private build(pages: readonly StoredPageHash[], start: number, end: number, depth: number, sha256: Sha256): number {
    const id = this.count++
    this.reserve(this.count)
    const first = pages[start] as StoredPageHash
    if (first.depth <= depth) {
      if (end - start > 1) throw new RangeError('two pages of the index have the same keys')
      this.set(id, { isPage: true, left: NONE, right: NONE, hash: first.hash })
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
    const [leftHash, rightHash] = [left, right].map((side) => (side === NONE ? undefined : this.node(side).hash))
    const hash =
      leftHash === undefined
        ? (rightHash ?? EMPTY)
        : rightHash === undefined
          ? leftHash
          : innerHash(depth, leftHash, rightHash, sha256)
    this.set(id, { isPage: false, left, right, hash })
    return id
  }

  node(id: number): DirectoryNode {
    const isPage = this.left[id] === PAGE
    return {
      isPage,
      left: isPage ? NONE : (this.left[id] ?? NONE),
      right: isPage ? NONE : (this.right[id] ?? NONE),
      // A view, since most of them are looked at once: whoever keeps it makes a copy.
      hash: this.hashes.subarray(id * HASH_BYTES, (id + 1) * HASH_BYTES),
    }
  }

  /** Takes over changed and new nodes; answers what they replaced. */
  apply(change: ReadonlyMap<number, DirectoryNode>, count: number): Map<number, DirectoryNode> {
    this.reserve(count)
    const replaced = new Map<number, DirectoryNode>()
    for (const [id, node] of change) {
      if (id < this.count) replaced.set(id, this.kept(id))
      this.set(id, node)
    }
    this.count = count
    return replaced
  }

  private kept(id: number): DirectoryNode {
    const node = this.node(id)
    return { ...node, hash: copyBytes(node.hash) }
  }

  private set(id: number, node: DirectoryNode): void {
    this.left[id] = node.isPage ? PAGE : node.left
    this.right[id] = node.right
    this.hashes.set(node.hash, id * HASH_BYTES)
  }

  private reserve(count: number): void {
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

/** Where a key leads: the nodes passed, and the page, or the empty side, at the end. */
export interface Walk {
  readonly path: readonly number[]
  /** Node of the page, or NONE where the key's page does not exist yet. */
  readonly page: number
  /** Depth of that page: how many bits its keys share. */
  readonly depth: number
}

/** Nodes that differ from the directory's, on top of it. */
export class DirectoryChange {
  readonly nodes: Map<number, DirectoryNode> = new Map()
  count: number
  private readonly directory: IndexDirectory

  constructor(directory: IndexDirectory) {
    this.directory = directory
    this.count = directory.count
  }

  node(id: number): DirectoryNode {
    return this.nodes.get(id) ?? this.directory.node(id)
  }

  walk(key: Uint8Array): Walk {
    const path: number[] = []
    if (this.count === 0) return { path, page: NONE, depth: 0 }
    let id = ROOT_NODE
    for (let depth = 0; ; depth++) {
      const node = this.node(id)
      if (node.isPage) return { path, page: id, depth }
      path.push(id)
      const next = bitOf(key, depth) === 0 ? node.left : node.right
      if (next === NONE) return { path, page: NONE, depth: depth + 1 }
      id = next
    }
  }

  /** Puts a page where a walk ended, or replaces the one there. */
  setPage(key: Uint8Array, { path, page, depth }: Walk, hash: Hash): number {
    const id = page === NONE ? this.count++ : page
    this.nodes.set(id, { isPage: true, left: NONE, right: NONE, hash })
    if (page === NONE) this.link(key, path.at(-1), depth - 1, id)
    return id
  }

  /** Makes the page at the end of a walk an inner node without children. */
  setBranch(key: Uint8Array, { path, page, depth }: Walk): void {
    const id = page === NONE ? this.count++ : page
    this.nodes.set(id, { isPage: false, left: NONE, right: NONE, hash: EMPTY })
    if (page === NONE) this.link(key, path.at(-1), depth - 1, id)
  }

  /** Takes a page away: its side is empty from now on. */
  removePage(key: Uint8Array, { path, depth }: Walk): void {
    const parent = path.at(-1)
    if (parent === undefined) this.nodes.set(ROOT_NODE, { isPage: false, left: NONE, right: NONE, hash: EMPTY })
    else this.link(key, parent, depth - 1, NONE)
  }

  private link(key: Uint8Array, parent: number | undefined, bit: number, child: number): void {
    if (parent === undefined) return
    const node = this.node(parent)
    this.nodes.set(parent, bitOf(key, bit) === 0 ? { ...node, left: child } : { ...node, right: child })
  }

  /** Hashes the inner nodes above these paths again, each once, the deepest first. */
  rehash(paths: Iterable<readonly number[]>, sha256: Sha256): void {
    const byDepth: Set<number>[] = []
    for (const path of paths) {
      for (const [depth, id] of path.entries()) (byDepth[depth] ??= new Set()).add(id)
    }
    for (let depth = byDepth.length - 1; depth >= 0; depth--) {
      for (const id of byDepth[depth] ?? []) this.nodes.set(id, this.hashed(this.node(id), depth, sha256))
    }
  }

  private hashed(node: DirectoryNode, depth: number, sha256: Sha256): DirectoryNode {
    if (node.isPage) return node
    const left = this.hashOf(node.left)
    const right = this.hashOf(node.right)
    const hash =
      left === undefined ? (right ?? EMPTY) : right === undefined ? left : innerHash(depth, left, right, sha256)
    return { ...node, hash }
  }

  /** undefined for an empty subtree: a node with one child has the hash of that child. */
  private hashOf(id: number): Hash | undefined {
    if (id === NONE) return undefined
    const { hash } = this.node(id)
    return isEmptyHash(hash) ? undefined : hash
  }
}

/** Nothing is below it. */
export function isEmptyHash(hash: Hash): boolean {
  return hash === EMPTY || (hash[0] === 0 && hash.every((byte) => byte === 0))
}

/** Stands for an inner node with nothing below it. No SHA-256 that anyone will ever see is all zeros. */
export const EMPTY: Hash = new Uint8Array(HASH_BYTES)
