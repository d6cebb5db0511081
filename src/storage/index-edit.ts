/**
 * A change of some subjects of an index, carried through its directory and pages in one way down and up: each page that has
 * some of them is read, changed and written once, and each node above is hashed once, after what is below it.
 */
import type { Hash, Sha256 } from '../merkle/hash.ts'
import { bitOf, EMPTY_INDEX_ROOT, innerHash, KEY_BITS } from '../subject-index/tree.ts'
import { type IndexDirectory, ROOT_NODE } from './index-directory.ts'
import { type DirectoryNode, NONE } from './index-nodes.ts'
import { IndexPage } from './index-page.ts'
import { placeChecksum, prefixOf, setBit } from './index-prefix.ts'
import type { StoredSubject } from './index-subject.ts'
import type { PageHash, PagePlace } from './index-journal.ts'
import { indexPageKey } from './keys.ts'
import type { Operation } from './store.ts'

/** A page with more subjects is split. */
const MAX_PAGE_SUBJECTS = 8

/** What becomes of a subject; undefined: it is not in the index. */
export interface SubjectChange {
  readonly key: Hash
  readonly change: (before: StoredSubject | undefined) => StoredSubject | undefined
}

/** The page of a node, which its keys lead to. */
export type PageReader = (id: number, depth: number, key: Uint8Array) => IndexPage

interface Placed {
  readonly id: number
  /** At times a view into the directory. */
  readonly hash: Hash
}

export class IndexEdit {
  readonly operations: Operation[] = []
  /** Pages by where they are: those that are gone, and those that are new or have another hash. */
  readonly removed: PagePlace[] = []
  readonly placed: PageHash[] = []
  /** Nodes that differ from the directory's, on top of it. */
  readonly nodes: Map<number, DirectoryNode> = new Map()
  /** New content of pages by node; undefined: the page is gone. */
  readonly pages: Map<number, IndexPage | undefined> = new Map()
  /** What these pages had before. */
  readonly replaced: Map<number, IndexPage> = new Map()
  /** How many subjects more, or fewer, there are. */
  added = 0
  /** The same of pages, and what comes to the sum of their places, modulo 2^32. */
  pagesAdded = 0
  placeSum = 0
  /** Nodes in use afterwards. */
  count: number
  readonly root: Hash
  private readonly directory: IndexDirectory
  private readonly log: number
  private readonly readPage: PageReader
  private readonly changes: readonly SubjectChange[]
  private readonly sha256: Sha256

  /** @param changes ascending by key, each once */
  constructor(
    { directory, log, readPage }: { directory: IndexDirectory; log: number; readPage: PageReader },
    changes: readonly SubjectChange[],
    sha256: Sha256,
  ) {
    this.directory = directory
    this.log = log
    this.readPage = readPage
    this.sha256 = sha256
    this.count = directory.count
    this.changes = changes
    const root = this.changed(directory.count === 0 ? NONE : ROOT_NODE, 0, 0, changes.length)
    if (root === undefined) this.count = 0
    this.root = root === undefined ? EMPTY_INDEX_ROOT : root.hash.slice()
  }

  /**
   * Makes the changes from start up to end, which all lie below the node.
   *
   * @returns what takes the place of this node; undefined: nothing
   */
  private changed(id: number, depth: number, start: number, end: number): Placed | undefined {
    if (start === end) return id === NONE ? undefined : { id, hash: this.directory.hashOf(id) }
    if (id === NONE || this.directory.isPage(id)) return this.changedPage(id, depth, start, end)
    let [low, high] = [start, end]
    while (low < high) {
      const middle = (low + high) >> 1
      if (bitOf(this.keyAt(middle), depth) === 0) low = middle + 1
      else high = middle
    }
    const left = this.changed(this.directory.leftOf(id), depth + 1, start, low)
    const right = this.changed(this.directory.rightOf(id), depth + 1, low, end)
    return this.branch(id, depth, left, right)
  }

  private keyAt(position: number): Hash {
    return (this.changes[position] as SubjectChange).key
  }

  private changedPage(id: number, depth: number, start: number, end: number): Placed | undefined {
    const key = this.keyAt(start)
    const before = id === NONE ? IndexPage.EMPTY : this.readPage(id, depth, key)
    if (id !== NONE) this.replaced.set(id, before)
    let page = before
    for (let i = start; i < end; i++) {
      const { key: subjectKey, change } = this.changes[i] as SubjectChange
      const subject = change(page.find(subjectKey))
      page = subject === undefined ? page.without(subjectKey, this.sha256) : page.with(subject, this.sha256)
    }
    this.added += page.length - before.length
    const placed = this.place(id, depth, page)
    if (id !== NONE && this.pages.get(id) === undefined) {
      this.pages.set(id, undefined)
      const prefix = prefixOf(key, depth)
      this.removed.push({ depth, prefix })
      this.pagesAdded--
      this.placeSum = (this.placeSum - placeChecksum(depth, prefix)) >>> 0
      this.operations.push({ type: 'del', key: indexPageKey(this.log, depth, prefix) })
    }
    return placed
  }

  /** Puts a page where a node is, or where none is yet; one that is too large becomes a node above two. */
  private place(id: number, depth: number, page: IndexPage): Placed | undefined {
    if (page.length === 0) return undefined
    const at = id === NONE ? this.count++ : id
    if (page.length > MAX_PAGE_SUBJECTS && depth < KEY_BITS - 1) {
      const [left, right] = page.parted(depth)
      return this.branch(at, depth, this.place(NONE, depth + 1, left), this.place(NONE, depth + 1, right))
    }
    const hash = page.hash(this.sha256)
    const prefix = prefixOf(page.firstKey, depth)
    this.nodes.set(at, { isPage: true, left: NONE, right: NONE, hash })
    this.pages.set(at, page)
    this.placed.push({ depth, prefix, hash })
    if (id === NONE) {
      this.pagesAdded++
      this.placeSum = (this.placeSum + placeChecksum(depth, prefix)) >>> 0
    }
    this.operations.push({ type: 'put', key: indexPageKey(this.log, depth, prefix), value: page.encode() })
    return { id: at, hash }
  }

  /** A node with one child has the hash of that child. */
  private branch(id: number, depth: number, left: Placed | undefined, right: Placed | undefined): Placed | undefined {
    const both = left !== undefined && right !== undefined
    const hash = both ? innerHash(depth, left.hash, right.hash, this.sha256) : (left ?? right)?.hash
    if (hash === undefined) return undefined
    this.nodes.set(id, { isPage: false, left: left?.id ?? NONE, right: right?.id ?? NONE, hash })
    return { id, hash }
  }

  /**
   * The pages as they are after the change.
   *
   * @param block only those whose prefixes begin with this byte
   */
  pagesOf(block?: number): readonly PageHash[] {
    const first = block === undefined ? undefined : Uint8Array.of(block)
    const pages: PageHash[] = []
    const prefix = new Uint8Array(KEY_BITS / 8)
    const collect = (id: number, depth: number): void => {
      const { isPage, left, right, hash } = this.nodes.get(id) ?? this.directory.node(id)
      if (isPage) {
        pages.push({ depth, prefix: prefixOf(prefix, depth), hash })
        return
      }
      const side = first === undefined || depth >= 8 ? undefined : bitOf(first, depth)
      if (left !== NONE && side !== 1) collect(left, depth + 1)
      if (right === NONE || side === 0) return
      setBit(prefix, depth, 1)
      collect(right, depth + 1)
      setBit(prefix, depth, 0)
    }
    if (this.count > 0) collect(ROOT_NODE, 0)
    // A page may lie above where blocks part: it belongs to the first of them.
    return block === undefined ? pages : pages.filter((page) => (page.prefix[0] ?? 0) === block)
  }
}
