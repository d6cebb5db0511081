/**
 * A change of some subjects of an index, carried through its directory and pages in one way down and up: each page that has
 * some of them is read, changed and written once, and each node above is hashed once, after what is below it.
 */
import type { Hash, Sha256 } from '../merkle/hash.ts'
import { bitOf, EMPTY_INDEX_ROOT, innerHash, KEY_BITS } from '../subject-index/tree.ts'
import { type IndexDirectory, ROOT_NODE } from './index-directory.ts'
import { type DirectoryNode, NONE } from './index-nodes.ts'
import { IndexPage } from './index-page.ts'
import { prefixOf } from './index-prefix.ts'
import type { StoredSubject } from './index-subject.ts'
import { indexPageHashKey, indexPageKey } from './keys.ts'
import type { Operation } from './store.ts'

/** A page with more subjects is split. */
const MAX_PAGE_SUBJECTS = 16

/** What becomes of a subject; undefined: it is not in the index. */
export interface SubjectChange {
  readonly key: Hash
  readonly change: (before: StoredSubject | undefined) => StoredSubject | undefined
}

/** The page of a node, which its keys lead to. */
export type PageReader = (id: number, depth: number, key: Uint8Array) => IndexPage

export class IndexEdit {
  readonly operations: Operation[] = []
  /** Nodes that differ from the directory's, on top of it. */
  readonly nodes: Map<number, DirectoryNode> = new Map()
  /** New content of pages by node; undefined: the page is gone. */
  readonly pages: Map<number, IndexPage | undefined> = new Map()
  /** What these pages had before. */
  readonly replaced: Map<number, IndexPage> = new Map()
  /** How many subjects more, or fewer, there are. */
  added = 0
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
    if (root === NONE) this.count = 0
    this.root = root === NONE ? EMPTY_INDEX_ROOT : this.hashOf(root).slice()
  }

  /**
   * Makes the changes from start up to end, which all lie below the node.
   *
   * @returns the node that takes the place of this one
   */
  private changed(id: number, depth: number, start: number, end: number): number {
    if (start === end) return id
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

  private changedPage(id: number, depth: number, start: number, end: number): number {
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
      this.operations.push(
        { type: 'del', key: indexPageKey(this.log, depth, prefixOf(key, depth)) },
        { type: 'del', key: indexPageHashKey(this.log, depth, prefixOf(key, depth)) },
      )
    }
    return placed
  }

  /** Puts a page where a node is, or where none is yet; one that is too large becomes a node above two. */
  private place(id: number, depth: number, page: IndexPage): number {
    if (page.length === 0) return NONE
    const at = id === NONE ? this.count++ : id
    if (page.length > MAX_PAGE_SUBJECTS && depth < KEY_BITS - 1) {
      const [left, right] = page.parted(depth)
      return this.branch(at, depth, this.place(NONE, depth + 1, left), this.place(NONE, depth + 1, right))
    }
    const hash = page.hash(this.sha256)
    const prefix = prefixOf(page.firstKey, depth)
    this.nodes.set(at, { isPage: true, left: NONE, right: NONE, hash })
    this.pages.set(at, page)
    this.operations.push(
      { type: 'put', key: indexPageKey(this.log, depth, prefix), value: page.encode() },
      { type: 'put', key: indexPageHashKey(this.log, depth, prefix), value: hash },
    )
    return at
  }

  /** A node with one child has the hash of that child. */
  private branch(id: number, depth: number, left: number, right: number): number {
    if (left === NONE && right === NONE) return NONE
    const hash =
      left === NONE
        ? this.hashOf(right)
        : right === NONE
          ? this.hashOf(left)
          : innerHash(depth, this.hashOf(left), this.hashOf(right), this.sha256)
    this.nodes.set(id, { isPage: false, left, right, hash })
    return id
  }

  private hashOf(id: number): Hash {
    return this.nodes.get(id)?.hash ?? this.directory.hashOf(id)
  }
}
