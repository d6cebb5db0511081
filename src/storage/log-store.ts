/**
 * One append-only log inside the store: entries, the full tiles of its Merkle tree (C2SP tlog-tiles), an index from
 * statement id to position, and its notes (log-notes.ts).
 *
 * Nothing read from disk is believed: an entry must hash to its leaf, a tile to its parent's hash, and so on up to the
 * right edge, which is kept in memory and was checked against the root stored with the size when the log was opened.
 *
 * Changes are prepared here and committed by the caller, so that one batch can hold the changes of several concerns:
 *
 *     const append = log.prepareAppend(entries)
 *     await store.commit([...append.operations, ...other])
 *     log.applied(append)
 *
 * Between commit and applied the log answers as before the append.
 */
import { concatBytes, equalBytes, toHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { type HashReader, readFrontier, readRoot } from '../merkle/hash-reader.ts'
import { type Hash, type Sha256, leafHash as hashOfLeaf } from '../merkle/hash.ts'
import { type TileId, formatTilePath, MAX_ENTRY_BYTES, TILE_WIDTH } from '../merkle/tile.ts'
import { type Frontier, appendLeaves, frontierRoot } from '../merkle/tree.ts'
import { entryKey, idKey, logStateKey, MAX_SIZE, readU48, tileKey, u48 } from './keys.ts'
import { LogNotes } from './log-notes.ts'
import { assignLogNumber, decodeLogState, encodeLogState } from './log-state.ts'
import { nativeSha256 } from './native-sha256.ts'
import { EMPTY_EDGE, edgeFrontier, extendEdge, type FullTile, type RightEdge } from './right-edge.ts'
import type { Operation, Store } from './store.ts'
import { TileCache } from './tile-cache.ts'
import { FULL_TILE_BYTES, TILE_HEIGHT, TileNodes } from './tile-nodes.ts'

export interface LogEntry {
  readonly bytes: Uint8Array
  readonly leafHash: Hash
  /** SHA-256 of the bytes, where it is known already. */
  readonly digest?: Uint8Array
}

/** A change computed but not stored. Its operations must be committed as a whole, then given to {@link LogStore.applied}. */
export interface PreparedAppend {
  readonly operations: readonly Operation[]
  /** Size, root and frontier of the log after the change. */
  readonly size: number
  readonly root: Hash
  readonly frontier: Frontier
  /** The edge it was computed from: it applies to no other state. */
  readonly before: RightEdge
  readonly after: RightEdge
  readonly completed: readonly FullTile[]
}

export interface OpenLogOptions {
  sha256?: Sha256
  /** Shared by all logs of a node; each log has its own small one when absent. */
  tileCache?: TileCache
  /** Refuse with STORE_MISSING where the store holds no such log, instead of starting it at size 0. */
  mustExist?: boolean
}

/** Positions kept for one id: a foreign log may repeat an entry without end, its index row must not grow without end. */
export const MAX_POSITIONS_PER_ID = 16
const POSITION_BYTES = 6
const OWN_CACHE_TILES = 64
const MAX_ABSENT_IDS = 4096

/**
 * Opens a log, checking its right edge against the stored root; starts it at size 0 where the store has none.
 *
 * @throws LedgerError STORE_CORRUPT when what is stored does not lead to the stored root
 * @throws LedgerError STORE_MISSING with mustExist, when there is no such log
 */
export async function openLogStore(store: Store, origin: string, options: OpenLogOptions = {}): Promise<LogStore> {
  const log = await assignLogNumber(store, origin, options.mustExist === true)
  const notes = await LogNotes.open(store, log)
  const sha256 = options.sha256 ?? nativeSha256
  const loader = new LogStore(store, origin, log, notes, sha256, options.tileCache ?? new TileCache(OWN_CACHE_TILES))
  loader.load()
  return loader
}

export class LogStore {
  readonly origin: string
  /** The log's number in keys of the store. */
  readonly log: number
  readonly notes: LogNotes
  private readonly store: Store
  private readonly sha256: Sha256
  private readonly cache: TileCache
  /** Changed by load() and applied() alone. */
  private edge: RightEdge = EMPTY_EDGE
  /** The second path to the root: leaf hashes of entries read back from the store, on a frontier of its own. */
  private reread: Frontier = { size: 0, hashes: [] }
  /** Ids that were looked for since the last change and are not here: whoever submits asks before it is appended. */
  private readonly absentIds = new Set<string>()

  constructor(store: Store, origin: string, log: number, notes: LogNotes, sha256: Sha256, cache: TileCache) {
    this.store = store
    this.origin = origin
    this.log = log
    this.notes = notes
    this.sha256 = sha256
    this.cache = cache
  }

  get size(): number {
    return this.edge.size
  }

  get frontier(): Frontier {
    return edgeFrontier(this.edge)
  }

  root(): Hash {
    return frontierRoot(this.frontier, this.sha256)
  }

  /** @throws LedgerError TREE_RANGE when size is larger than the log */
  rootAt(size: number): Hash {
    this.assertSize(size)
    return size === this.size ? this.root() : readRoot(this.hashReader(), size, this.sha256)
  }

  /** Reads the right edge back from the store and checks it; see {@link openLogStore}. */
  load(): void {
    const row = this.store.get(logStateKey(this.log))
    if (row === undefined) throw this.corrupt('its size row is missing', logStateKey(this.log))
    const state = decodeLogState(row)
    if (state.origin !== this.origin) throw this.corrupt(`its size row is of ${state.origin}`, logStateKey(this.log))
    const tiles: TileNodes[] = []
    let hashesInLevel = state.size
    for (let level = 0; hashesInLevel > 0; level++) {
      const start = Math.floor(hashesInLevel / TILE_WIDTH) * TILE_WIDTH
      const tile = new TileNodes()
      for (let index = start; index < hashesInLevel; index++) {
        tile.append(level === 0 ? this.storedLeaf(index) : this.storedTile(level - 1, index).root(), this.sha256)
      }
      tiles.push(tile)
      hashesInLevel = start / TILE_WIDTH
    }
    const edge = { size: state.size, tiles }
    if (!equalBytes(frontierRoot(edgeFrontier(edge), this.sha256), state.root)) {
      throw this.corrupt(
        `entries and tiles do not lead to the stored root of size ${state.size}`,
        logStateKey(this.log),
      )
    }
    this.cache.forget(this.log)
    this.absentIds.clear()
    this.edge = edge
    this.reread = edgeFrontier(edge)
  }

  /**
   * The bytes of an entry, checked against its leaf hash.
   *
   * @throws LedgerError TREE_RANGE unless 0 <= index < size
   * @throws LedgerError STORE_CORRUPT when the row is missing or has other bytes
   */
  readEntry(index: number): Uint8Array {
    this.assertIndex(index)
    const key = entryKey(this.log, index)
    const bytes = this.store.get(key)
    if (bytes === undefined) throw this.corrupt(`entry ${index} is missing`, key)
    if (
      !equalBytes(
        hashOfLeaf(bytes, this.sha256),
        this.tile(0, Math.floor(index / TILE_WIDTH)).read(0, index % TILE_WIDTH),
      )
    ) {
      throw this.corrupt(`entry ${index} does not hash to its leaf`, key)
    }
    return bytes
  }

  /**
   * Entries from `start` on: at most `count`, and no more than maxBytes of them, but at least one where there is one.
   * Empty when start is the size.
   */
  readEntries(start: number, count: number, maxBytes: number): Uint8Array[] {
    this.assertSize(start)
    const entries: Uint8Array[] = []
    let bytes = 0
    for (let index = start; index < Math.min(this.size, start + count); index++) {
      const entry = this.readEntry(index)
      bytes += entry.length
      if (entries.length > 0 && bytes > maxBytes) break
      entries.push(entry)
    }
    return entries
  }

  /** The leaf hash of an entry, from its tile: the entry itself is not read. */
  readLeafHash(index: number): Hash {
    this.assertIndex(index)
    return this.tile(0, Math.floor(index / TILE_WIDTH)).read(0, index % TILE_WIDTH)
  }

  /**
   * First position of an entry by its id, or undefined.
   *
   * @param idDigest 32 bytes, the SHA-256 of the entry
   */
  indexOf(idDigest: Uint8Array): number | undefined {
    for (const index of this.positions(idDigest)) {
      if (index >= this.size) continue
      if (equalBytes(this.sha256(this.readEntry(index)), idDigest)) return index
    }
    return undefined
  }

  /**
   * The bytes of a tile: width x 32. Any width up to what the tile has now, so the partial tiles of every earlier size
   * are served.
   *
   * @throws LedgerError NOT_FOUND when the tree has no such tile yet
   */
  readTile(tile: TileId): Uint8Array {
    const hashesInLevel = Math.floor(this.size / TILE_WIDTH ** tile.level)
    if (tile.index * TILE_WIDTH + tile.width > hashesInLevel) {
      throw new LedgerError(
        'NOT_FOUND',
        `the log ${this.origin} of size ${this.size} has no ${formatTilePath(tile)} yet`,
      )
    }
    return this.tile(tile.level, tile.index).bytes(tile.width)
  }

  /** For proofs at any size up to the present one. It reads the log as it is when called. */
  hashReader(): HashReader {
    return {
      readHash: (level, index) => {
        const height = level % TILE_HEIGHT
        const position = index * 2 ** height
        const tile = this.tile((level - height) / TILE_HEIGHT, Math.floor(position / TILE_WIDTH))
        return tile.read(height, (position % TILE_WIDTH) / 2 ** height)
      },
    }
  }

  /**
   * The change that appends entries. Their leaf hashes are taken as given and checked by {@link rootBySecondPath}.
   *
   * @throws LedgerError TREE_RANGE when the log would pass 2^48 - 1 entries; STATEMENT_TOO_LARGE above 65,535 bytes
   */
  prepareAppend(entries: readonly LogEntry[]): PreparedAppend {
    const start = this.size
    if (start + entries.length > MAX_SIZE) throw new LedgerError('TREE_RANGE', `the log ${this.origin} is full`)
    const operations: Operation[] = []
    const ids = new Map<string, { key: Uint8Array; positions: number[] }>()
    for (const [offset, { bytes, digest = this.sha256(bytes) }] of entries.entries()) {
      if (bytes.length > MAX_ENTRY_BYTES) {
        throw new LedgerError(
          'STATEMENT_TOO_LARGE',
          `an entry has at most ${MAX_ENTRY_BYTES} bytes, found ${bytes.length}`,
        )
      }
      operations.push({ type: 'put', key: entryKey(this.log, start + offset), value: bytes })
      const key = idKey(this.log, digest)
      const name = toHex(key)
      const id = ids.get(name) ?? { key, positions: this.positions(digest) }
      if (id.positions.length < MAX_POSITIONS_PER_ID) id.positions.push(start + offset)
      ids.set(name, id)
    }
    for (const { key, positions } of ids.values())
      operations.push({ type: 'put', key, value: encodePositions(positions) })
    const { edge, completed } = extendEdge(
      this.edge,
      entries.map((entry) => entry.leafHash),
      this.sha256,
    )
    for (const { level, index, nodes } of completed) {
      operations.push({ type: 'put', key: tileKey(this.log, level, index), value: nodes.bytes() })
    }
    return this.prepared(edge, operations, completed)
  }

  /**
   * The change that takes back all entries from `size` on: they were never part of a signed tree. Notes stay.
   *
   * @throws LedgerError TREE_RANGE when size is larger than the log
   */
  prepareTruncate(size: number): PreparedAppend {
    this.assertSize(size)
    const operations: Operation[] = []
    const ids = new Map<string, { key: Uint8Array; positions: number[] }>()
    for (let index = size; index < this.size; index++) {
      const digest = this.sha256(this.readEntry(index))
      const key = idKey(this.log, digest)
      ids.set(toHex(key), { key, positions: this.positions(digest).filter((position) => position < size) })
      operations.push({ type: 'del', key: entryKey(this.log, index) })
    }
    for (const { key, positions } of ids.values()) {
      operations.push(
        positions.length === 0 ? { type: 'del', key } : { type: 'put', key, value: encodePositions(positions) },
      )
    }
    const tiles: TileNodes[] = []
    let [before, after] = [this.size, size]
    for (let level = 0; before > 0; level++) {
      const width = after % TILE_WIDTH
      const first = (after - width) / TILE_WIDTH
      const end = Math.floor(before / TILE_WIDTH)
      for (let index = first; index < end; index++)
        operations.push({ type: 'del', key: tileKey(this.log, level, index) })
      if (after > 0)
        tiles.push(width === 0 ? new TileNodes() : TileNodes.from(this.tile(level, first).bytes(width), this.sha256))
      ;[before, after] = [end, first]
    }
    return this.prepared({ size, tiles }, operations, [])
  }

  /**
   * Takes over a change whose operations are committed.
   *
   * @throws LedgerError INVARIANT when the log has changed since it was prepared
   */
  applied(change: PreparedAppend): void {
    if (change.before !== this.edge) {
      throw new LedgerError(
        'INVARIANT',
        `a change of ${this.origin} to size ${change.size} was prepared for another state`,
      )
    }
    const isTruncation = change.size < this.size
    this.absentIds.clear()
    this.edge = change.after
    if (isTruncation) this.cache.forget(this.log)
    for (const { level, index, nodes } of change.completed) this.cache.put(this.log, level, index, nodes)
    if (isTruncation) this.reread = edgeFrontier(this.edge)
  }

  /**
   * The root of the first `size` entries on a path that shares nothing with the append: entries and tiles are read back
   * from the store and hashed again. Costs as much as the entries since the last call. To be compared with the prepared
   * root after the commit and before a checkpoint is signed.
   *
   * @throws LedgerError STORE_CORRUPT when a row is missing or a completed tile does not match the tree
   */
  rootBySecondPath(size: number): Hash {
    this.assertSize(size)
    if (size < this.reread.size) {
      const start = size - (size % TILE_WIDTH)
      this.reread = readFrontier(this.hashReader(), start)
    }
    const before = this.reread
    let reread = before
    for (let start = before.size; start < size; start += TILE_WIDTH) {
      const count = Math.min(TILE_WIDTH, size - start)
      const leaves = Array.from({ length: count }, (_, i) => this.storedLeaf(start + i))
      reread = appendLeaves(reread, leaves, this.sha256)
    }
    for (let level = 0, [from, to] = [before.size, size]; to >= TILE_WIDTH; level++) {
      ;[from, to] = [Math.floor(from / TILE_WIDTH), Math.floor(to / TILE_WIDTH)]
      for (let index = from; index < to; index++) {
        // The parent's hash is in the edge or a checked tile; the row is read anew, past the cache.
        const parent = this.tile(level + 1, Math.floor(index / TILE_WIDTH)).read(0, index % TILE_WIDTH)
        if (!equalBytes(this.storedTile(level, index).root(), parent)) throw this.tileMismatch(level, index)
      }
    }
    this.reread = reread
    return frontierRoot(reread, this.sha256)
  }

  /** A tile as it is now: the growing one from memory, a full one from the cache or checked against its parent. */
  private tile(level: number, index: number): TileNodes {
    const full = Math.floor(this.size / TILE_WIDTH ** (level + 1))
    if (index === full) return this.edge.tiles[level] ?? new TileNodes()
    if (index > full || index < 0)
      throw new LedgerError('TREE_RANGE', `no tile ${index} on level ${level} in size ${this.size}`)
    const cached = this.cache.get(this.log, level, index)
    if (cached !== undefined) return cached
    const parent = this.tile(level + 1, Math.floor(index / TILE_WIDTH)).read(0, index % TILE_WIDTH)
    const tile = this.storedTile(level, index)
    if (!equalBytes(tile.root(), parent)) throw this.tileMismatch(level, index)
    this.cache.put(this.log, level, index, tile)
    return tile
  }

  /** A full tile from the store, not checked against anything. */
  private storedTile(level: number, index: number): TileNodes {
    const key = tileKey(this.log, level, index)
    const bytes = this.store.get(key)
    if (bytes === undefined) throw this.corrupt(`tile ${index} of level ${level} is missing`, key)
    if (bytes.length !== FULL_TILE_BYTES)
      throw this.corrupt(`tile ${index} of level ${level} has ${bytes.length} bytes`, key)
    return TileNodes.from(bytes, this.sha256)
  }

  private storedLeaf(index: number): Hash {
    const key = entryKey(this.log, index)
    const bytes = this.store.get(key)
    if (bytes === undefined) throw this.corrupt(`entry ${index} is missing`, key)
    return hashOfLeaf(bytes, this.sha256)
  }

  /** Where entries whose id begins like this digest may be, in ascending order. */
  private positions(digest: Uint8Array): number[] {
    const key = idKey(this.log, digest)
    const name = toHex(key)
    if (this.absentIds.has(name)) return []
    const value = this.store.get(key)
    if (value === undefined) {
      if (this.absentIds.size >= MAX_ABSENT_IDS) this.absentIds.clear()
      this.absentIds.add(name)
      return []
    }
    if (value.length % POSITION_BYTES !== 0) throw this.corrupt(`an id row has ${value.length} bytes`, key)
    return decodePositions(value)
  }

  private prepared(after: RightEdge, operations: Operation[], completed: readonly FullTile[]): PreparedAppend {
    const frontier = edgeFrontier(after)
    const root = frontierRoot(frontier, this.sha256)
    operations.push({
      type: 'put',
      key: logStateKey(this.log),
      value: encodeLogState({ size: after.size, root, origin: this.origin }),
    })
    return { operations, size: after.size, root, frontier, before: this.edge, after, completed }
  }

  private assertIndex(index: number): void {
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.size) {
      throw new LedgerError('TREE_RANGE', `the log ${this.origin} of size ${this.size} has no entry ${index}`)
    }
  }

  private assertSize(size: number): void {
    if (!Number.isSafeInteger(size) || size < 0 || size > this.size) {
      throw new LedgerError('TREE_RANGE', `the log ${this.origin} has size ${this.size}, asked for ${size}`)
    }
  }

  private tileMismatch(level: number, index: number): LedgerError {
    return this.corrupt(`tile ${index} of level ${level} does not hash to its parent`, tileKey(this.log, level, index))
  }

  private corrupt(what: string, key: Uint8Array): LedgerError {
    return new LedgerError(
      'STORE_CORRUPT',
      `log ${this.origin}: ${what} (row ${toHex(key)} in ${this.store.location})`,
      {
        hint: 'run tally fsck, then tally repair --from-peers',
      },
    )
  }
}

export function decodePositions(value: Uint8Array): number[] {
  const positions: number[] = []
  for (let at = 0; at + POSITION_BYTES <= value.length; at += POSITION_BYTES) positions.push(readU48(value, at))
  return positions
}

function encodePositions(positions: readonly number[]): Uint8Array {
  return concatBytes(...positions.map(u48))
}
