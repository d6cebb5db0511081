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
import { compareBytes, copyBytes, equalBytes, toHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import type { Hash, Sha256 } from '../merkle/hash.ts'
import type { Posting } from '../subject-index/postings.ts'
import { EMPTY_INDEX_ROOT } from '../subject-index/tree.ts'
import { IndexDirectory, ROOT_NODE } from './index-directory.ts'
import { EMPTY_JOURNAL, extendJournal, type JournalState, type PagePlace, readJournal } from './index-journal.ts'
import type { DirectoryNode, NodeCopies } from './index-nodes.ts'
import { IndexEdit, type PageReader, type SubjectChange } from './index-edit.ts'
import { IndexPage } from './index-page.ts'
import { prefixOf } from './index-prefix.ts'
import { CHUNK_POSITIONS, type PositionChunk, StoredSubject } from './index-subject.ts'
import { IndexVersion, positionsOf } from './index-version.ts'
import { decodeIndexState, encodeIndexState, type IndexState } from './index-state.ts'
import { INDEX_TABLES, indexPageKey, indexPositionsKey, indexStateKey, logRange, readU48, writeU48 } from './keys.ts'
import { PageCache } from './page-cache.ts'
import type { Operation, Store } from './store.ts'

const POSITION_BYTES = 6
/** Nodes of earlier sizes that are kept, some 50 bytes each. */
const MAX_KEPT_NODES = 200_000

export interface IndexedEntry {
  readonly leafHash: Hash
  readonly postings: readonly Posting[]
}

/** A change computed but not stored. Its operations must be committed as a whole, then given to `applied`. */
export interface PreparedIndex {
  readonly operations: readonly Operation[]
  readonly state: IndexState
  readonly before: IndexState
  readonly edit: IndexEdit
  readonly journal: JournalState
}

/** What an append replaced: with it the index is seen as before. */
interface Layer {
  readonly before: IndexState
  readonly nodes: NodeCopies
  readonly pages: ReadonlyMap<number, IndexPage>
}

export class IndexStore {
  private readonly store: Store
  private readonly log: number
  private readonly sha256: Sha256
  private directory = new IndexDirectory()
  private readonly cache = new PageCache()
  /** What a change replaces that may be committed already while it is not taken over. */
  private replacing: ReadonlyMap<number, IndexPage> = NO_PAGES
  /** Oldest first. */
  private layers: Layer[] = []
  /** Sizes that somebody is reading, as often as they are read. */
  private readonly held: number[] = []
  private state: IndexState = EMPTY_STATE
  private journal: JournalState = EMPTY_JOURNAL

  private constructor(store: Store, log: number, sha256: Sha256) {
    this.store = store
    this.log = log
    this.sha256 = sha256
  }

  /**
   * Reads where the pages are and their hashes, not the pages themselves.
   *
   * @throws LedgerError STORE_CORRUPT when they do not lead to the stored root, STORE_VERSION when an earlier version stored it
   */
  static async open(store: Store, log: number, sha256: Sha256): Promise<IndexStore> {
    const index = new IndexStore(store, log, sha256)
    await index.load()
    return index
  }

  /** Deletes everything of an index, whatever state it is in; after that it is that of no entries. */
  static async resetOperations(store: Store, log: number): Promise<Operation[]> {
    const operations: Operation[] = [{ type: 'del', key: indexStateKey(log) }]
    for (const table of INDEX_TABLES)
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

  /** The hash of the page at a place, a view; undefined: there is none. */
  pageHash(place: PagePlace): Hash | undefined {
    return this.directory.pageHash(place)
  }

  private async load(): Promise<void> {
    const row = this.store.get(indexStateKey(this.log))
    if (row === undefined) {
      for (const table of INDEX_TABLES)
        for await (const _ of this.store.keys({ ...logRange(table, this.log), limit: 1 }))
          throw this.corrupt('its state is missing')
      return
    }
    const state = decodeIndexState(row)
    const directory = new IndexDirectory()
    const journal = await this.readJournalInto(directory)
    const { pages, placeSum } = directory.close(this.sha256)
    const isWhole = pages === state.pages && placeSum === state.placeSum
    if (!isWhole || !equalBytes(rootOf(directory), state.root))
      throw this.corrupt('its pages do not lead to its stored root')
    this.directory = directory
    this.journal = journal
    this.state = state
  }

  private async readJournalInto(directory: IndexDirectory): Promise<JournalState> {
    try {
      return await readJournal(this.store, this.log, {
        place: (page) => directory.place(page),
        remove: (place) => directory.remove(place),
      })
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
    const additions = entries.flatMap(({ leafHash, postings }, offset) => {
      const item = { index: this.state.size + offset, leafHash }
      return postings.map(({ key, relation }) => ({ key, relation, item }))
    })
    const operations: Operation[] = []
    const changes = bySubject(additions).map(([{ key }, relations]) => ({
      key,
      change: (before: StoredSubject | undefined): StoredSubject => {
        let subject = before ?? new StoredSubject(key, [])
        for (const [relation, added] of relations) {
          const items = added.map(({ item }) => item)
          const extended = subject.extended(relation, items, this.sha256)
          subject = extended.subject
          for (const chunk of extended.chunks) operations.push(this.chunkOperation(chunk))
        }
        return subject
      },
    }))
    return this.prepared(changes, operations, this.state.size + entries.length)
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
    const operations: Operation[] = []
    const shortened = (subject: StoredSubject, relation: number): StoredSubject => {
      const { key } = subject
      const all = this.positions(subject, relation)
      const kept = all.filter((index) => index < size).map((index) => ({ index, leafHash: leafHashOf(index) }))
      for (let chunk = Math.floor(kept.length / CHUNK_POSITIONS); chunk < all.length / CHUNK_POSITIONS; chunk++)
        operations.push({ type: 'del', key: indexPositionsKey(this.log, key, relation, chunk) })
      const emptied = subject.with({ relation, frontier: { size: 0, hashes: [] }, tail: [] })
      return kept.length === 0 ? emptied : emptied.extended(relation, kept, this.sha256).subject
    }
    const changes = bySubject(removed.flat()).map(([{ key }, relations]) => ({
      key,
      change: (before: StoredSubject | undefined): StoredSubject | undefined => {
        if (before === undefined) throw this.corrupt(`it lacks a subject that entry ${size} refers to`)
        let subject = before
        for (const relation of relations.keys()) subject = shortened(subject, relation)
        return subject.lists.length === 0 ? undefined : subject
      },
    }))
    return this.prepared(changes, operations, size)
  }

  /**
   * Takes over a change whose operations are committed.
   *
   * @throws LedgerError INVARIANT when the index has changed since it was prepared
   */
  applied(change: PreparedIndex): void {
    if (change.before !== this.state) throw new LedgerError('INVARIANT', 'a change was prepared for another index')
    const { edit } = change
    for (const [id, page] of edit.pages) this.cache.set(id, page)
    const nodes = this.directory.apply(edit.nodes, edit.count)
    this.layers.push({ before: this.state, nodes, pages: edit.replaced })
    this.replacing = NO_PAGES
    this.state = change.state
    this.journal = change.journal
    // Entries that leave the log leave no version behind.
    if (change.state.size < change.before.size) this.layers = []
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
      if (known?.state !== this.state) known = { state: this.state, layers: this.layersFrom(state) }
      return known.layers
    }
    return {
      version: this.version(state, layersOf),
      letGo: () => void this.held.splice(this.held.indexOf(size), 1),
    }
  }

  /** By the state itself: a log that was taken back grows to the same size with other entries. */
  private layersFrom(state: IndexState): readonly Layer[] {
    if (state === this.state) return []
    const from = this.layers.findIndex(({ before }) => before === state)
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
    const nodeAt = (id: number): DirectoryNode => {
      for (const { nodes } of layersOf()) {
        const node = nodes.get(id)
        if (node !== undefined) return node
      }
      return this.directory.node(id)
    }
    const pageAt = (id: number, depth: number, key: Uint8Array, isKept = true): IndexPage => {
      for (const { pages } of layersOf()) {
        const page = pages.get(id)
        if (page !== undefined) return page
      }
      return this.readPage(id, depth, key, isKept)
    }
    return new IndexVersion(state, { nodeAt, pageAt, chunkAt: (...chunk) => this.readChunk(...chunk) }, this.sha256)
  }

  /** @param changes ascending by key, each once */
  private prepared(changes: readonly SubjectChange[], operations: Operation[], size: number): PreparedIndex {
    const readPage: PageReader = (id, depth, key) => this.readPage(id, depth, key, false)
    const edit = new IndexEdit({ directory: this.directory, log: this.log, readPage }, changes, this.sha256)
    this.replacing = edit.replaced
    const state = {
      size,
      subjects: this.state.subjects + edit.added,
      root: edit.root,
      pages: this.state.pages + edit.pagesAdded,
      placeSum: (this.state.placeSum + edit.placeSum) >>> 0,
    }
    const journal = extendJournal(this.log, this.journal, edit, {
      pageCount: state.pages,
      pagesOf: (block) => edit.pagesOf(block),
    })
    operations.push(...edit.operations, ...journal.operations, {
      type: 'put',
      key: indexStateKey(this.log),
      value: encodeIndexState(state),
    })
    return { operations, state, before: this.state, edit, journal: journal.state }
  }

  /** @param isKept left out of the cache where every page is read once */
  private readPage(id: number, depth: number, key: Uint8Array, isKept: boolean): IndexPage {
    const known = this.cache.get(id) ?? this.replacing.get(id)
    if (known !== undefined) return known
    const row = indexPageKey(this.log, depth, prefixOf(key, depth))
    const bytes = this.store.get(row)
    const page = bytes === undefined ? undefined : IndexPage.decode(bytes, this.sha256)
    if (page === undefined) throw this.corrupt(`the page ${toHex(row)} is missing or damaged`)
    if (!equalBytes(this.directory.hashOf(id), page.hash(this.sha256)))
      throw this.corrupt(`the page ${toHex(row)} does not have its hash`)
    if (isKept) this.cache.set(id, page)
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

const NO_PAGES: ReadonlyMap<number, IndexPage> = new Map()
const EMPTY_STATE: IndexState = { size: 0, subjects: 0, root: EMPTY_INDEX_ROOT, pages: 0, placeSum: 0 }

function rootOf(directory: IndexDirectory): Hash {
  return directory.count === 0 ? EMPTY_INDEX_ROOT : copyBytes(directory.hashOf(ROOT_NODE))
}

/** Postings of each subject by relation, in their order; the subjects ascending by key. */
function bySubject<T extends Posting>(postings: readonly T[]): [first: T, relations: Map<number, T[]>][] {
  const groups: [first: T, relations: Map<number, T[]>][] = []
  // The sort is stable: what is equal stays in its order.
  for (const posting of postings.toSorted((a, b) => compareBytes(a.key, b.key))) {
    let last = groups.at(-1)
    if (last === undefined || !equalBytes(last[0].key, posting.key)) groups.push((last = [posting, new Map()]))
    const list = last[1].get(posting.relation)
    if (list === undefined) last[1].set(posting.relation, [posting])
    else list.push(posting)
  }
  return groups
}
