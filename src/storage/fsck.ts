/**
 * Derives everything a store holds once more from the entries alone (RFC 9162 section 2.1.1, C2SP tlog-tiles) and reports
 * each difference: leaf hashes, tiles, roots of all noted sizes, ids in both directions, counts, rows that belong to
 * nothing. Reads every row once or twice, in key order, and keeps at most one right edge in memory.
 */
import { compareBytes, equalBytes, readU32, toHex } from '../encoding/bytes.ts'
import { isLedgerError, LedgerError, type ErrorCode } from '../errors.ts'
import { type Hash, type Sha256, leafHash } from '../merkle/hash.ts'
import { TILE_WIDTH } from '../merkle/tile.ts'
import { appendLeaf, EMPTY_FRONTIER, type Frontier, frontierRoot } from '../merkle/tree.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { parseNote } from '../note/note.ts'
import { checkIndex } from './fsck-index.ts'
import {
  INDEX_TABLES,
  entryKey,
  idKey,
  logRange,
  logStateKey,
  noteKey,
  numberOfKey,
  originKey,
  TABLE,
  tableRange,
  tileKey,
} from './keys.ts'
import { decodeLogState, type LogState } from './log-state.ts'
import { decodePositions, MAX_POSITIONS_PER_ID } from './log-store.ts'
import { nativeSha256 } from './native-sha256.ts'
import { EMPTY_EDGE, extendEdge, type FullTile, type RightEdge } from './right-edge.ts'
import { MIN_KEY_BYTE, type Store } from './store.ts'

/** What is wrong with one row. The names are a contract, as error codes are. */
export type FindingCode =
  | 'ROW_UNREADABLE'
  | 'ENTRY_MISSING'
  | 'ENTRY_ORPHAN'
  | 'TILE_MISSING'
  | 'TILE_WRONG'
  | 'TILE_ORPHAN'
  | 'ROOT_WRONG'
  | 'ID_MISSING'
  | 'ID_ORPHAN'
  | 'INDEX_WRONG'
  | 'NOTE_WRONG'
  | 'NOTE_BEYOND_SIZE'
  | 'SIGNATURE_ORPHAN'
  | 'LOG_STATE_WRONG'
  | 'HEAD_MISSING'
  | 'HEAD_BEYOND_SIZE'
  | 'HEAD_WRONG'
  | 'ROW_ORPHAN'

export interface Finding {
  readonly code: FindingCode
  /** Hex key of the row, empty for a finding about no row. */
  readonly key: string
  readonly origin?: string
  readonly message: string
}

export interface FsckReport {
  readonly ok: boolean
  /** The first {@link MAX_FINDINGS} findings; findingCount counts all. */
  readonly findings: readonly Finding[]
  readonly findingCount: number
  readonly checked: Readonly<Record<'logs' | 'entries' | 'tiles' | 'ids' | 'notes' | 'rows', number>>
  /** Set when the database itself failed, so not everything was read. */
  readonly stopped?: ErrorCode
}

/** What the caller knows of a log from outside the store. */
export interface ExpectedHead {
  readonly origin: string
  readonly size: number
  readonly root: Hash
}

export interface FsckOptions {
  sha256?: Sha256
  /** Heads that the store must reach, as the head file has them. */
  heads?: readonly ExpectedHead[]
  /** There should be a head file, and is none. */
  isHeadMissing?: boolean
  onProgress?: (checkedRows: number) => void
}

export const MAX_FINDINGS = 1000
const IDS_PER_STEP = 256

export async function fsck(store: Store, options: FsckOptions = {}): Promise<FsckReport> {
  const run = new Run(store, options)
  try {
    await run.checkAll()
  } catch (error) {
    // Everything else is a finding; after a failure of the database nothing more can be read.
    if (!isLedgerError(error, 'STORE_FAILED')) throw error
    return run.report('STORE_FAILED')
  }
  return run.report()
}

class Run {
  private readonly store: Store
  private readonly options: FsckOptions
  private readonly sha256: Sha256
  private readonly findings: Finding[] = []
  private findingCount = 0
  private readonly checked = { logs: 0, entries: 0, tiles: 0, ids: 0, notes: 0, rows: 0 }

  constructor(store: Store, options: FsckOptions) {
    this.store = store
    this.options = options
    this.sha256 = options.sha256 ?? nativeSha256
  }

  report(stopped?: ErrorCode): FsckReport {
    return {
      ok: this.findingCount === 0 && stopped === undefined,
      findings: this.findings,
      findingCount: this.findingCount,
      checked: this.checked,
      ...(stopped === undefined ? {} : { stopped }),
    }
  }

  async checkAll(): Promise<void> {
    const logs = new Map<number, LogState>()
    for await (const key of this.store.keys(tableRange(TABLE.logState))) {
      const state = this.readLogState(key)
      if (state !== undefined) logs.set(readU32(key, 1), state)
    }
    for (const [log, state] of logs) await this.checkLog(log, state)
    if (this.options.isHeadMissing === true)
      this.find('HEAD_MISSING', undefined, 'there is no head file: nothing says how far this copy has signed')
    for (const head of this.options.heads ?? []) {
      if (!Array.from(logs.values()).some((state) => state.origin === head.origin)) {
        this.find(
          'HEAD_BEYOND_SIZE',
          undefined,
          `the head says ${head.size} entries, the store has no such log`,
          head.origin,
        )
      }
    }
    await this.checkRest(logs)
  }

  private readLogState(key: Uint8Array): LogState | undefined {
    const value = this.read(key)
    if (value === undefined) return undefined
    try {
      const state = decodeLogState(value)
      const number = this.read(originKey(state.origin))
      if (number === undefined || number.length !== 4 || readU32(number) !== readU32(key, 1)) {
        this.find('LOG_STATE_WRONG', key, 'the origin of this log has another number or none', state.origin)
      }
      return state
    } catch (error) {
      if (!isLedgerError(error) || error.code === 'STORE_FAILED') throw error
      this.find('LOG_STATE_WRONG', key, error.message)
      return undefined
    }
  }

  private async checkLog(log: number, state: LogState): Promise<void> {
    this.checked.logs++
    const roots = await this.wantedRoots(log, state)
    await this.checkTree(log, state, roots)
    await this.checkEntryKeys(log, state)
    await this.checkTileKeys(log, state)
    await this.checkIdRows(log, state)
    await checkIndex(log, state, {
      store: this.store,
      sha256: this.sha256,
      read: (key) => this.read(key),
      find: (key, message) => this.find('INDEX_WRONG', key, message, state.origin),
      breathe: () => this.breathe(),
    })
  }

  /** The roots that notes, heads and the state row claim, by size, to be compared while the tree grows past them. */
  private async wantedRoots(log: number, state: LogState): Promise<Map<number, Claim[]>> {
    const wanted = new Map<number, Claim[]>()
    const want = (size: number, claim: Claim) => wanted.set(size, [...(wanted.get(size) ?? []), claim])
    want(state.size, { code: 'ROOT_WRONG', key: logStateKey(log), root: state.root })
    for (const head of this.options.heads ?? []) {
      if (head.origin !== state.origin) continue
      if (head.size > state.size) {
        const message = `the head says ${head.size} entries, the store has ${state.size}`
        this.find('HEAD_BEYOND_SIZE', logStateKey(log), message, state.origin)
      } else want(head.size, { code: 'HEAD_WRONG', key: logStateKey(log), root: head.root })
    }
    for await (const key of this.noteKeys(log)) {
      const size = numberOfKey(key)
      const note = this.read(key)
      if (note === undefined) continue
      this.checked.notes++
      if (size > state.size) {
        this.find(
          'NOTE_BEYOND_SIZE',
          key,
          `a quorum note of ${size} entries, the store has ${state.size}`,
          state.origin,
        )
        continue
      }
      const root = this.rootOfNote(key, note, size, state.origin)
      if (root !== undefined) want(size, { code: 'NOTE_WRONG', key, root })
    }
    for await (const key of this.store.keys(logRange(TABLE.rootSignature, log))) {
      this.read(key)
      if (this.read(noteKey(log, numberOfKey(key))) === undefined) {
        this.find('SIGNATURE_ORPHAN', key, 'a root signature of a size without a note', state.origin)
      }
    }
    return wanted
  }

  private async *noteKeys(log: number): AsyncIterable<Uint8Array> {
    yield* this.store.keys(logRange(TABLE.note, log))
    yield* this.store.keys(logRange(TABLE.closingNote, log))
  }

  private rootOfNote(key: Uint8Array, note: Uint8Array, size: number, origin: string): Hash | undefined {
    try {
      const checkpoint = parseCheckpoint(parseNote(note).text)
      if (checkpoint.size === size && checkpoint.origin === origin) return checkpoint.root
      this.find('NOTE_WRONG', key, `a note of ${checkpoint.origin}, size ${checkpoint.size}, stored as ${size}`, origin)
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error
      this.find('NOTE_WRONG', key, error.message, origin)
    }
    return undefined
  }

  /** Grows the tree from the entries and compares every completed tile and every claimed root. */
  private async checkTree(log: number, state: LogState, wanted: ReadonlyMap<number, Claim[]>): Promise<void> {
    let edge: RightEdge = EMPTY_EDGE
    let frontier: Frontier = EMPTY_FRONTIER
    let leaves: Hash[] = []
    this.compareRoots(frontier, wanted, state)
    for (let index = 0; index < state.size; index++) {
      const key = entryKey(log, index)
      const bytes = this.read(key)
      if (bytes === undefined) {
        this.find('ENTRY_MISSING', key, `entry ${index} is missing; what follows it cannot be checked`, state.origin)
        return
      }
      this.checked.entries++
      const hash = leafHash(bytes, this.sha256)
      leaves.push(hash)
      frontier = appendLeaf(frontier, hash, this.sha256)
      this.compareRoots(frontier, wanted, state)
      this.checkId(log, index, bytes, state.origin)
      if (leaves.length < TILE_WIDTH) continue
      const grown = extendEdge(edge, leaves, this.sha256)
      for (const tile of grown.completed) this.checkTile(log, tile, state.origin)
      edge = grown.edge
      leaves = []
      await this.breathe()
    }
  }

  private checkTile(log: number, tile: FullTile, origin: string): void {
    const key = tileKey(log, tile.level, tile.index)
    const stored = this.read(key)
    this.checked.tiles++
    if (stored === undefined) this.find('TILE_MISSING', key, 'a full tile is missing', origin)
    else if (!equalBytes(stored, tile.nodes.bytes())) {
      this.find('TILE_WRONG', key, 'a tile differs from its entries', origin)
    }
  }

  private compareRoots(frontier: Frontier, wanted: ReadonlyMap<number, Claim[]>, state: LogState): void {
    const claims = wanted.get(frontier.size)
    if (claims === undefined) return
    const root = frontierRoot(frontier, this.sha256)
    for (const claim of claims) {
      if (equalBytes(root, claim.root)) continue
      this.find(claim.code, claim.key, `entries lead to another root of size ${frontier.size}`, state.origin)
    }
  }

  private checkId(log: number, index: number, bytes: Uint8Array, origin: string): void {
    const key = idKey(log, this.sha256(bytes))
    const positions = decodePositions(this.read(key) ?? new Uint8Array(0))
    // An id that fills its row keeps its first positions only.
    const isThere =
      positions.includes(index) ||
      (positions.length > 0 && (positions.at(-1) ?? index) < index && positions.length >= MAX_POSITIONS_PER_ID)
    if (!isThere) this.find('ID_MISSING', key, `the id of entry ${index} does not lead to it`, origin)
  }

  private async checkEntryKeys(log: number, state: LogState): Promise<void> {
    for await (const key of this.store.keys(logRange(TABLE.entry, log))) {
      if (key.length !== 11 || numberOfKey(key) >= state.size) {
        this.find('ENTRY_ORPHAN', key, `an entry at or beyond the size ${state.size}`, state.origin)
      }
    }
  }

  private async checkTileKeys(log: number, state: LogState): Promise<void> {
    for await (const key of this.store.keys(logRange(TABLE.tile, log))) {
      const level = key[5] ?? 0
      if (key.length !== 10 || readU32(key, 6) >= Math.floor(state.size / TILE_WIDTH ** (level + 1))) {
        this.find('TILE_ORPHAN', key, `a tile that size ${state.size} does not have`, state.origin)
      }
    }
  }

  /** From ids to entries; the other direction is {@link checkId}. */
  private async checkIdRows(log: number, state: LogState): Promise<void> {
    for await (const key of this.store.keys(logRange(TABLE.id, log))) {
      const value = this.read(key)
      if (value === undefined) continue
      this.checked.ids++
      for (const index of decodePositions(value)) {
        const entry = index < state.size ? this.read(entryKey(log, index)) : undefined
        if (entry === undefined || compareBytes(idKey(log, this.sha256(entry)), key) !== 0) {
          this.find('ID_ORPHAN', key, `an id that leads to ${index}, which is another entry or none`, state.origin)
        }
      }
      if (this.checked.ids % IDS_PER_STEP === 0) await this.breathe()
    }
  }

  /** Rows of logs that do not exist, of no table at all, and the checksums of everything not read so far. */
  private async checkRest(logs: ReadonlyMap<number, LogState>): Promise<void> {
    const ofIndex = new Set([TABLE.indexState, ...INDEX_TABLES])
    const ofLog = new Set([
      TABLE.entry,
      TABLE.tile,
      TABLE.id,
      TABLE.note,
      TABLE.rootSignature,
      TABLE.latestNote,
      TABLE.closingNote,
      ...ofIndex,
    ])
    const small = new Set([TABLE.meta, TABLE.queue, TABLE.witness, TABLE.freeze])
    const origins = new Map(Array.from(logs, ([log, state]) => [toHex(originKey(state.origin)), log]))
    for await (const key of this.store.keys({ gte: Uint8Array.of(MIN_KEY_BYTE), lt: Uint8Array.of(0xff) })) {
      const table = key[0] ?? 0
      this.checked.rows++
      if (ofLog.has(table)) {
        if (key.length < 5 || !logs.has(readU32(key, 1)))
          this.find('ROW_ORPHAN', key, 'a row of a log that does not exist')
        else if (table === TABLE.latestNote || ofIndex.has(table)) this.read(key)
      } else if (table === TABLE.origin) {
        this.read(key)
        if (!origins.has(toHex(key))) this.find('ROW_ORPHAN', key, 'an origin without a log')
      } else if (small.has(table)) this.read(key)
      else if (table !== TABLE.logState) this.find('ROW_ORPHAN', key, 'a row of no known table')
    }
    this.options.onProgress?.(this.checked.rows)
  }

  private read(key: Uint8Array): Uint8Array | undefined {
    try {
      return this.store.get(key)
    } catch (error) {
      if (!isLedgerError(error, 'STORE_CORRUPT')) throw error
      this.find('ROW_UNREADABLE', key, error.message)
      return undefined
    }
  }

  private find(code: FindingCode, key: Uint8Array | undefined, message: string, origin?: string): void {
    this.findingCount++
    if (this.findings.length >= MAX_FINDINGS) return
    this.findings.push({
      code,
      key: key === undefined ? '' : toHex(key),
      message,
      ...(origin === undefined ? {} : { origin }),
    })
  }

  /** Lets other work of the process run: a check of a large store takes minutes. */
  private async breathe(): Promise<void> {
    this.options.onProgress?.(this.checked.entries + this.checked.ids)
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
  }
}

interface Claim {
  readonly code: FindingCode
  readonly key: Uint8Array
  readonly root: Hash
}
