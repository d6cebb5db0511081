/**
 * The subject index of one log in the store: what formats.md calls the index, kept up with every append, in the same
 * batch. As in log-store.ts a change is prepared, committed by the caller, and then taken over:
 *
 *     const change = index.prepareExtend(entries)
 *     await store.commit([...append.operations, ...change.operations])
 *     index.applied(change)
 *
 * Proofs are asked for at the newest published size while the log already has further entries: until `release`, the index
 * can be looked at as of each size at which an append ended.
 */
import { copyBytes, equalBytes, toHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import type { Hash, Sha256 } from '../merkle/hash.ts'
import type { ListItem } from '../subject-index/list.ts'
import type { Posting } from '../subject-index/postings.ts'
import { EMPTY_INDEX_ROOT, KEY_BITS } from '../subject-index/tree.ts'
import {
  DirectoryChange,
  type DirectoryNode,
  EMPTY,
  IndexDirectory,
  isEmptyHash,
  NONE,
  ROOT_NODE,
  type StoredPageHash,
} from './index-directory.ts'
import { IndexPage } from './index-page.ts'
import { pageName, parsePageName, prefixOf } from './index-prefix.ts'
import { CHUNK_POSITIONS, type PositionChunk, StoredSubject } from './index-subject.ts'
import { IndexVersion, positionsOf } from './index-version.ts'
import { decodeIndexState, encodeIndexState, type IndexState } from './index-state.ts'
import {
  indexPageHashKey,
  indexPageKey,
  indexPositionsKey,
  indexStateKey,
  logRange,
  readU48,
  TABLE,
  writeU48,
} from './keys.ts'
import { PageCache } from './page-cache.ts'
import type { Operation, Store } from './store.ts'

/** A page with more subjects is split. */
export const MAX_PAGE_SUBJECTS = 16
const POSITION_BYTES = 6
/** Nodes of earlier sizes that are kept, some 200 bytes each. */
const MAX_KEPT_NODES = 200_000

export interface IndexedEntry {
  readonly leafHash: Hash
  readonly postings: readonly Posting[]
}

/** A change computed but not stored. Its operations must be committed as a whole, then given to `applied`. */
export interface PreparedIndex {
  readonly operations: readonly Operation[]
  readonly size: number
  readonly subjects: number
  readonly root: Hash
  readonly before: IndexState
  readonly directory: DirectoryChange
  /** New content of pages by name; undefined: the page is gone. */
  readonly pages: ReadonlyMap<string, IndexPage | undefined>
  /** What these pages had before. */
  readonly replaced: ReadonlyMap<string, IndexPage>
}

/** What an append replaced: with it the index is seen as before. */
interface Layer {
  readonly before: IndexState
  readonly nodes: ReadonlyMap<number, DirectoryNode>
  readonly count: number
  readonly pages: ReadonlyMap<string, IndexPage>
}

export class IndexStore {
  private readonly store: Store
  private readonly log: number
  private readonly sha256: Sha256
  private directory = new IndexDirectory()
  private readonly cache = new PageCache()
  /** Oldest first. */
  private layers: Layer[] = []
  /** Sizes that somebody is reading, as often as they are read. */
  private readonly held: number[] = []
  private state: IndexState = EMPTY_STATE

  private constructor(store: Store, log: number, sha256: Sha256) {
    this.store = store
    this.log = log
    this.sha256 = sha256
  }

  /**
   * Reads where the pages are and their hashes, not the pages themselves.
   *
   * @throws LedgerError STORE_CORRUPT when they do not lead to the stored root
   */
  static async open(store: Store, log: number, sha256: Sha256): Promise<IndexStore> {
    const index = new IndexStore(store, log, sha256)
    await index.load()
    return index
  }

  /** Deletes everything of an index, whatever state it is in; after that it is that of no entries. */
  static async resetOperations(store: Store, log: number): Promise<Operation[]> {
    const operations: Operation[] = [{ type: 'del', key: indexStateKey(log) }]
    for (const table of [TABLE.indexPage, TABLE.indexPageHash, TABLE.indexPositions])
      for await (const key of store.keys(logRange(table, log))) operations.push({ type: 'del', key })
    return operations
  }

  /** How many leaves of the log it covers. */
  get size(): number {
    return this.state.size
  }

  get subjects(): number {
    return this.state.subjects
  }

  root(): Hash {
    return this.state.root
  }

  private async load(): Promise<void> {
    const row = this.store.get(indexStateKey(this.log))
    if (row === undefined) return
    const state = decodeIndexState(row)
    const pages: StoredPageHash[] = []
    for await (const [key, hash] of this.store.range(logRange(TABLE.indexPageHash, this.log)))
      pages.push({ depth: key[5] ?? 0, prefix: key.subarray(6), hash })
    this.directory = this.directoryOf(pages)
    const root = rootOf(this.directory)
    if (!equalBytes(root, state.root)) throw this.corrupt('its pages do not lead to its stored root')
    this.state = state
  }

  private directoryOf(pages: readonly StoredPageHash[]): IndexDirectory {
    try {
      return IndexDirectory.of(pages, this.sha256)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw this.corrupt(error.message)
    }
  }

  /**
   * The index after these entries.
   *
   * @param entries the leaves that follow, with what they refer to
   */
  prepareExtend(entries: readonly IndexedEntry[]): PreparedIndex {
    const additions = new Map<string, { key: Hash; byRelation: Map<number, ListItem[]> }>()
    for (const [offset, { leafHash, postings }] of entries.entries()) {
      const item = { index: this.state.size + offset, leafHash }
      for (const { key, relation } of postings) {
        const name = toHex(key)
        const added = additions.get(name) ?? { key, byRelation: new Map<number, ListItem[]>() }
        additions.set(name, added)
        const items = added.byRelation.get(relation)
        if (items === undefined) added.byRelation.set(relation, [item])
        else items.push(item)
      }
    }
    const edit = this.edit()
    for (const { key, byRelation } of additions.values()) {
      edit.change(key, (before) => {
        let subject = before ?? new StoredSubject(key, [])
        for (const [relation, items] of byRelation) {
          const extended = subject.extended(relation, items, this.sha256)
          subject = extended.subject
          for (const chunk of extended.chunks) edit.operations.push(this.chunkOperation(chunk))
        }
        return subject
      })
    }
    return this.prepared(edit, this.state.size + entries.length)
  }

  /**
   * The index without the entries from `size` on.
   *
   * @param removed the postings of the entries size, size + 1, ... in their order
   * @param leafHashOf of an entry that stays
   */
  prepareTruncate(
    size: number,
    removed: readonly (readonly Posting[])[],
    leafHashOf: (index: number) => Hash,
  ): PreparedIndex {
    const touched = new Map<string, Posting>()
    for (const posting of removed.flat()) touched.set(`${posting.relation} ${toHex(posting.key)}`, posting)
    const edit = this.edit()
    for (const { key, relation } of touched.values()) {
      edit.change(key, (before) => {
        if (before === undefined) throw this.corrupt(`it lacks a subject that entry ${size} refers to`)
        const all = this.positions(before, relation)
        const kept = all.filter((index) => index < size).map((index) => ({ index, leafHash: leafHashOf(index) }))
        for (let chunk = Math.floor(kept.length / CHUNK_POSITIONS); chunk < all.length / CHUNK_POSITIONS; chunk++)
          edit.operations.push({ type: 'del', key: indexPositionsKey(this.log, key, relation, chunk) })
        const emptied = before.with({ relation, frontier: { size: 0, hashes: [] }, tail: [] })
        const subject = kept.length === 0 ? emptied : emptied.extended(relation, kept, this.sha256).subject
        return subject.lists.length === 0 ? undefined : subject
      })
    }
    return this.prepared(edit, size)
  }

  /**
   * Takes over a change whose operations are committed.
   *
   * @throws LedgerError INVARIANT when the index has changed since it was prepared
   */
  applied(change: PreparedIndex): void {
    if (change.before !== this.state) throw new LedgerError('INVARIANT', 'a change was prepared for another index')
    for (const [name, subjects] of change.pages) this.cache.set(name, subjects)
    const count = this.directory.count
    const nodes = this.directory.apply(change.directory.nodes, change.directory.count)
    this.layers.push({ before: this.state, nodes, count, pages: change.replaced })
    this.state = { size: change.size, subjects: change.subjects, root: change.root }
    // Entries that leave the log leave no version behind.
    if (change.size < change.before.size) this.layers = []
    // A log that is being fetched from its beginning is not asked about: what it was stays within bounds.
    let kept = 0
    const from = this.layers.findLastIndex((layer) => (kept += layer.nodes.size) > MAX_KEPT_NODES)
    if (from >= 0) this.layers = this.layers.slice(from + 1)
  }

  /** Forgets how the index was before this size: nobody is given a proof of that any more, unless it is held. */
  release(size: number): void {
    const least = Math.min(size, ...this.held)
    this.layers = this.layers.filter(({ before }) => before.size >= least)
  }

  /**
   * As `at`, and it stays as it is while the log grows, until it is let go. Reading it throws LedgerError NOT_READY when
   * the log grew by more meanwhile than can be kept.
   */
  hold(size: number): { readonly version: IndexVersion; readonly letGo: () => void } | undefined {
    const state = size === this.state.size ? this.state : this.layers.find(({ before }) => before.size === size)?.before
    if (state === undefined) return undefined
    this.held.push(size)
    // Looked for once for every change of the index, not for every node.
    let known: { readonly state: IndexState; readonly layers: readonly Layer[] } | undefined
    const layersOf = (): readonly Layer[] => {
      if (known?.state !== this.state) known = { state: this.state, layers: this.layersFrom(size) }
      return known.layers
    }
    return {
      version: this.version(state, layersOf),
      letGo: () => void this.held.splice(this.held.indexOf(size), 1),
    }
  }

  private layersFrom(size: number): readonly Layer[] {
    if (size === this.state.size) return []
    const from = this.layers.findIndex(({ before }) => before.size === size)
    if (from < 0)
      throw new LedgerError('NOT_READY', `the log ${this.log} grew by too much while its index was read`, {
        hint: 'try again when less is logged',
      })
    return this.layers.slice(from)
  }

  /** The index as of a size at which an append ended; undefined when that is not kept. */
  at(size: number): IndexVersion | undefined {
    if (size === this.state.size) return this.version(this.state, () => [])
    const from = this.layers.findIndex(({ before }) => before.size === size)
    const layer = this.layers[from]
    const layers = this.layers.slice(from)
    return layer === undefined ? undefined : this.version(layer.before, () => layers)
  }

  /** @param layersOf what was replaced since, the oldest first */
  private version(state: IndexState, layersOf: () => readonly Layer[]): IndexVersion {
    const count = layersOf()[0]?.count ?? this.directory.count
    const nodeAt = (id: number): DirectoryNode => {
      for (const { nodes } of layersOf()) {
        const node = nodes.get(id)
        if (node !== undefined) return node
      }
      return this.directory.node(id)
    }
    const pageAt = (depth: number, prefix: Uint8Array, isKept = true): IndexPage => {
      const name = pageName(depth, prefix)
      for (const { pages } of layersOf()) {
        const page = pages.get(name)
        if (page !== undefined) return page
      }
      return this.readPage(depth, prefix, isKept)
    }
    return new IndexVersion(
      state,
      count,
      { nodeAt, pageAt, chunkAt: (...chunk) => this.readChunk(...chunk) },
      this.sha256,
    )
  }

  private edit(): Edit {
    const operations: Operation[] = []
    const directory = new DirectoryChange(this.directory)
    const pages = new Map<string, IndexPage | undefined>()
    const replaced = new Map<string, IndexPage>()
    const paths = new Map<string, readonly number[]>()
    let subjects = this.state.subjects
    const put = (key: Hash, page: IndexPage): void => {
      const walk = directory.walk(key)
      const prefix = prefixOf(key, walk.depth)
      const name = pageName(walk.depth, prefix)
      if (page.subjects.length === 0) {
        directory.removePage(key, walk)
        pages.set(name, undefined)
      } else if (page.subjects.length > MAX_PAGE_SUBJECTS && walk.depth < KEY_BITS - 1) {
        directory.setBranch(key, walk)
        pages.set(name, undefined)
        for (const side of [0, 1] as const) {
          const part = page.side(walk.depth, side)
          const [first] = part.subjects
          if (first !== undefined) put(first.key, part)
        }
      } else {
        directory.setPage(key, walk, EMPTY)
        pages.set(name, page)
        paths.set(name, walk.path)
        return
      }
      paths.set(name, walk.path)
    }
    return {
      operations,
      directory,
      pages,
      replaced,
      paths,
      subjects: () => subjects,
      change: (key, how) => {
        const walk = directory.walk(key)
        const prefix = prefixOf(key, walk.depth)
        const name = pageName(walk.depth, prefix)
        let page = walk.page === NONE ? IndexPage.EMPTY : pages.get(name)
        if (page === undefined) {
          page = this.readPage(walk.depth, prefix)
          replaced.set(name, page)
        }
        const before = page.find(key)
        const after = how(before)
        subjects += (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1)
        put(key, after === undefined ? page.without(key) : page.with(after))
      },
    }
  }

  private prepared(edit: Edit, size: number): PreparedIndex {
    const { operations, directory, pages, replaced, paths } = edit
    for (const [name, page] of pages) {
      const { depth, prefix } = parsePageName(name)
      const key = indexPageKey(this.log, depth, prefix)
      const hashKey = indexPageHashKey(this.log, depth, prefix)
      const first = page?.subjects[0]
      if (page === undefined || first === undefined) {
        operations.push({ type: 'del', key }, { type: 'del', key: hashKey })
        continue
      }
      const hash = page.hash(this.sha256)
      directory.setPage(first.key, directory.walk(first.key), hash)
      operations.push({ type: 'put', key, value: page.encode() }, { type: 'put', key: hashKey, value: hash })
    }
    directory.rehash(paths.values(), this.sha256)
    const state = { size, subjects: edit.subjects(), root: rootOf(directory) }
    operations.push({ type: 'put', key: indexStateKey(this.log), value: encodeIndexState(state) })
    return { operations, ...state, before: this.state, directory, pages, replaced }
  }

  /** @param isKept left out of the cache where every page is read once */
  private readPage(depth: number, prefix: Uint8Array, isKept = true): IndexPage {
    const name = pageName(depth, prefix)
    const cached = this.cache.get(name)
    if (cached !== undefined) return cached
    const key = indexPageKey(this.log, depth, prefix)
    const bytes = this.store.get(key)
    const page = bytes === undefined ? undefined : IndexPage.decode(bytes)
    if (page === undefined) throw this.corrupt(`the page ${toHex(key)} is missing or damaged`)
    const stored = this.store.get(indexPageHashKey(this.log, depth, prefix))
    if (stored === undefined || !equalBytes(stored, page.hash(this.sha256)))
      throw this.corrupt(`the page ${toHex(key)} does not have its hash`)
    if (isKept) this.cache.set(name, page)
    return page
  }

  private positions(subject: StoredSubject, relation: number): number[] {
    return positionsOf(subject, relation, (...chunk) => this.readChunk(...chunk))
  }

  private readChunk(key: Hash, relation: number, number: number): readonly number[] {
    const bytes = this.store.get(indexPositionsKey(this.log, key, relation, number))
    if (bytes === undefined || bytes.length !== CHUNK_POSITIONS * POSITION_BYTES)
      throw this.corrupt(`positions ${number} of relation ${relation} of ${toHex(key)} are missing`)
    return Array.from({ length: CHUNK_POSITIONS }, (_, i) => readU48(bytes, i * POSITION_BYTES))
  }

  private chunkOperation({ key, relation, number, positions }: PositionChunk): Operation {
    const value = new Uint8Array(CHUNK_POSITIONS * POSITION_BYTES)
    for (const [i, position] of positions.entries()) writeU48(value, i * POSITION_BYTES, position)
    return { type: 'put', key: indexPositionsKey(this.log, key, relation, number), value }
  }

  private corrupt(what: string): LedgerError {
    return new LedgerError('STORE_CORRUPT', `the subject index of log ${this.log} in ${this.store.location}: ${what}`, {
      hint: 'it follows from the entries: run tally repair to build it anew',
    })
  }
}

interface Edit {
  readonly operations: Operation[]
  readonly directory: DirectoryChange
  readonly pages: Map<string, IndexPage | undefined>
  readonly replaced: Map<string, IndexPage>
  readonly paths: Map<string, readonly number[]>
  readonly subjects: () => number
  readonly change: (key: Hash, how: (before: StoredSubject | undefined) => StoredSubject | undefined) => void
}

const EMPTY_STATE: IndexState = { size: 0, subjects: 0, root: EMPTY_INDEX_ROOT }

function rootOf(directory: Pick<IndexDirectory, 'count' | 'node'>): Hash {
  if (directory.count === 0) return EMPTY_INDEX_ROOT
  const node = directory.node(ROOT_NODE)
  return isEmptyHash(node.hash) ? EMPTY_INDEX_ROOT : copyBytes(node.hash)
}
