/**
 * The Store on LevelDB (`level`), inside the bounds that make LevelDB 1.20 safe for a log that must never lose or change
 * a row it acknowledged:
 *
 * - a commit is one batch with sync:true, then an fsync of the directory (LevelDB does not sync the names of new files),
 *   then the commit's number goes to the file COMMITTED and is synced: only then does commit() resolve;
 * - every row ends in a CRC-32 of key and value, since table files are read without any checksum;
 * - every commit leaves a row with its number. On open the numbers must have no gap and reach COMMITTED, since LevelDB
 *   recovers from a damaged write-ahead log by dropping what it cannot read, without an error;
 * - the first error of the engine ends the store: after a failed write LevelDB takes further writes and loses them;
 * - nothing but createLevelStore makes a new database: opening one without CURRENT would delete what is left of it.
 */
import { randomBytes } from 'node:crypto'
import { access, mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { Level } from 'level'
import { concatBytes, copyBytes, equalBytes, readU32, readU64, toHex, u32, u64 } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import {
  COMMITTED_FILE,
  createCommitMark,
  openCommitMark,
  readCommitMark,
  type CommitMark,
  writeCommitMark,
} from './commit-mark.ts'
import { commitToDrop, firstKeptCommit, isWindowWhole } from './commit-window.ts'
import { syncDirectory } from './durable-file.ts'
import { assertOperations, type Operation, type Range, type Row, type Store } from './store.ts'
import { hasCode, isDiskFull, messageOf, storeFailed } from './store-error.ts'
import { type TableScope, verifyTableFiles } from './table-files.ts'

/** Version of the layout in keys.ts. A store of a later version is refused, never touched. */
export const STORE_VERSION = 1

export interface OpenLevelStoreOptions {
  /**
   * Opens a store whose newest commits are lost, and starts their numbering anew: for `repair`. With isReadOnly nothing is
   * numbered, and the next start finds the loss again.
   */
  acceptLoss?: boolean
  /** Refuses commits with NOT_READY: for a node that only serves. */
  isReadOnly?: boolean
  /** What is checked of the table files first; `all` reads every byte, so that damage no row shows is named too. */
  tables?: TableScope
}

const CHECKSUM_BYTES = 4
const STORE_ID_BYTES = 16
/** Rows of the store itself: below MIN_KEY_BYTE of store.ts. */
const VERSION_KEY = Uint8Array.of(0, 0x76)
const COMMIT_TABLE = Uint8Array.of(0, 0x63)
const COMMIT_TABLE_END = Uint8Array.of(0, 0x64)
/** Waiting commits are written together up to this size: one fsync for all of them. */
const GROUP_MAX_BYTES = 4 << 20
/** Read at a time, whichever is reached first; a call for fewer costs more than the rows. */
const ROWS_PER_READ = 1024
const BYTES_PER_READ = 64 << 10

type Engine = Level<Uint8Array, Uint8Array>

interface WaitingCommit {
  readonly operations: readonly Operation[]
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * Makes a new, empty store in a directory that does not hold one. Only for a home under construction (home.ts).
 *
 * @throws LedgerError STORE_EXISTS when the directory holds a database
 */
export async function createLevelStore(directory: string): Promise<Store> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  if ((await exists(join(directory, 'CURRENT'))) || (await exists(join(directory, COMMITTED_FILE)))) {
    throw new LedgerError('STORE_EXISTS', `${directory} holds a store already`)
  }
  const storeId = new Uint8Array(randomBytes(STORE_ID_BYTES))
  await createCommitMark(directory, { storeId, sequence: 0 })
  const engine = newEngine(directory)
  try {
    await engine.open({ createIfMissing: true, errorIfExists: true, compression: false })
    const value = concatBytes(u32(STORE_VERSION), storeId)
    await engine.batch([sealed(VERSION_KEY, value), sealed(commitKey(0), new Uint8Array(0))], { sync: true })
    await syncDirectory(directory)
    await syncDirectory(dirname(directory))
  } catch (cause) {
    await engine.close().catch(() => undefined)
    throw storeFailed('creating the store', directory, cause)
  }
  return openedStore(engine, directory, { storeId, sequence: 0 }, false)
}

/**
 * Opens an existing store.
 *
 * @throws LedgerError STORE_MISSING when the directory or a file without which LevelDB would start anew is missing
 * @throws LedgerError STORE_CORRUPT when LevelDB cannot read it, or acknowledged commits are missing from it
 * @throws LedgerError STORE_VERSION when a later version of this program wrote it
 * @throws LedgerError HOME_LOCKED when another process or instance has it open
 * @throws LedgerError STORE_FAILED for other errors, with a DISK_FULL cause when the device is full
 */
export async function openLevelStore(directory: string, options: OpenLevelStoreOptions = {}): Promise<Store> {
  for (const name of ['CURRENT', COMMITTED_FILE]) {
    if (!(await exists(join(directory, name)))) {
      throw new LedgerError('STORE_MISSING', `expected a store in ${directory}, found no file ${name}`, {
        hint: 'do not create a new store in its place: restore the folder, or run tally repair --from-peers',
      })
    }
  }
  const mark = await readCommitMark(directory)
  await assertTablesWhole(directory, options.tables ?? 'index')
  const engine = newEngine(directory)
  try {
    await engine.open({ createIfMissing: false, compression: false })
  } catch (cause) {
    throw openError(directory, cause)
  }
  try {
    await assertVersion(engine, directory, mark)
    const last = await lastCommit(engine, directory, mark, options)
    return await openedStore(engine, directory, { storeId: mark.storeId, sequence: last }, options.isReadOnly === true)
  } catch (error) {
    await engine.close().catch(() => undefined)
    throw error
  }
}

class LevelStore implements Store {
  readonly location: string
  failure: Error | undefined
  private readonly engine: Engine
  /** Open for the life of the store, so that an error of writing the directory back reaches our fsync. */
  private readonly directory: FileHandle
  private readonly mark: FileHandle
  private readonly storeId: Uint8Array
  private readonly isReadOnly: boolean
  /** Number of the newest commit; changed by {@link writeGroup} alone. */
  private sequence: number
  private readonly waiting: WaitingCommit[] = []
  /** The loop that writes waiting commits, while there are any. */
  private writing: Promise<void> | undefined
  private isClosed = false

  constructor(
    engine: Engine,
    location: string,
    handles: { directory: FileHandle; mark: FileHandle },
    mark: CommitMark,
    isReadOnly: boolean,
  ) {
    this.engine = engine
    this.location = location
    this.directory = handles.directory
    this.mark = handles.mark
    this.storeId = mark.storeId
    this.isReadOnly = isReadOnly
    this.sequence = mark.sequence
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.assertUsable()
    let stored: Uint8Array | undefined
    try {
      stored = this.engine.getSync(key)
    } catch (cause) {
      throw this.fail('reading', cause)
    }
    return stored === undefined ? undefined : unsealed(key, stored, this.location)
  }

  async *range(range: Range): AsyncIterable<Row> {
    this.assertUsable()
    const iterator = this.engine.iterator(levelRange(range))
    try {
      for (;;) {
        const rows = await this.guardRead(() => iterator.nextv(ROWS_PER_READ))
        if (rows.length === 0) return
        for (const [key, stored] of rows) yield [copyBytes(key), unsealed(key, stored, this.location)]
      }
    } finally {
      await iterator.close()
    }
  }

  async *keys(range: Range): AsyncIterable<Uint8Array> {
    this.assertUsable()
    const iterator = this.engine.keys(levelRange(range))
    try {
      for (;;) {
        const keys = await this.guardRead(() => iterator.nextv(ROWS_PER_READ))
        if (keys.length === 0) return
        for (const key of keys) yield copyBytes(key)
      }
    } finally {
      await iterator.close()
    }
  }

  async commit(operations: readonly Operation[]): Promise<void> {
    assertOperations(operations)
    this.assertUsable()
    if (this.isReadOnly) {
      throw new LedgerError('NOT_READY', `the store in ${this.location} is open to be read only`, {
        hint: 'nothing was changed; start the node without --read-only first',
      })
    }
    const done = new Promise<void>((resolve, reject) => {
      this.waiting.push({ operations, resolve, reject })
    })
    this.writing ??= this.writeWaiting()
    await done
  }

  async close(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    await this.writing
    try {
      await this.engine.close()
    } finally {
      await this.directory.close()
      await this.mark.close()
    }
  }

  private async writeWaiting(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.takeGroup()
      try {
        if (this.failure !== undefined) throw this.failure
        await this.writeGroup(group)
        for (const commit of group) commit.resolve()
      } catch (cause) {
        const error = this.fail('a commit', cause)
        for (const commit of group) commit.reject(error)
      }
    }
    this.writing = undefined
  }

  private takeGroup(): WaitingCommit[] {
    let bytes = 0
    let count = 0
    for (const { operations } of this.waiting) {
      for (const operation of operations)
        bytes += operation.key.length + (operation.type === 'put' ? operation.value.length : 0)
      if (count > 0 && bytes > GROUP_MAX_BYTES) break
      count++
    }
    return this.waiting.splice(0, count)
  }

  private async writeGroup(group: readonly WaitingCommit[]): Promise<void> {
    const sequence = this.sequence + 1
    const batch: EngineOperation[] = []
    for (const { operations } of group) {
      for (const operation of operations) {
        batch.push(
          operation.type === 'del' ? { type: 'del', key: operation.key } : sealed(operation.key, operation.value),
        )
      }
    }
    batch.push(sealed(commitKey(sequence), new Uint8Array(0)))
    const dropped = commitToDrop(sequence)
    if (dropped !== undefined) batch.push({ type: 'del', key: commitKey(dropped) })
    await this.engine.batch(batch, { sync: true })
    // The batch is in the log file now; its name may not be in the directory until the next line.
    await this.directory.sync()
    // A crash before this line leaves a commit that is not acknowledged and not counted in COMMITTED: it is kept.
    await writeCommitMark(this.mark, { storeId: this.storeId, sequence })
    this.sequence = sequence
  }

  private async guardRead<T>(read: () => Promise<T>): Promise<T> {
    this.assertUsable()
    try {
      return await read()
    } catch (cause) {
      this.assertUsable()
      throw this.fail('reading', cause)
    }
  }

  private assertUsable(): void {
    if (this.failure !== undefined) throw this.rejection(this.failure)
    if (this.isClosed) throw new LedgerError('STORE_FAILED', `the store in ${this.location} is closed`)
  }

  private fail(what: string, cause: unknown): LedgerError {
    if (this.failure !== undefined) return this.rejection(this.failure)
    const error = storeFailed(what, this.location, cause)
    this.failure = error
    return error
  }

  private rejection(failure: Error): LedgerError {
    const hint = failure instanceof LedgerError && failure.hint !== undefined ? { hint: failure.hint } : {}
    const cause = isDiskFull(failure) ? failure.cause : failure
    return new LedgerError('STORE_FAILED', `the store in ${this.location} failed before: ${failure.message}`, {
      cause,
      ...hint,
    })
  }
}

type EngineOperation = { type: 'put'; key: Uint8Array; value: Uint8Array } | { type: 'del'; key: Uint8Array }

function newEngine(directory: string): Engine {
  return new Level<Uint8Array, Uint8Array>(directory, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    // Opened by hand below: the default would create a missing database.
    createIfMissing: false,
    passive: true,
  } as { keyEncoding: 'view'; valueEncoding: 'view'; createIfMissing: boolean })
}

async function openedStore(engine: Engine, directory: string, newest: CommitMark, isReadOnly: boolean): Promise<Store> {
  const mark = await openCommitMark(directory)
  try {
    return new LevelStore(engine, directory, { directory: await open(directory, 'r'), mark }, newest, isReadOnly)
  } catch (error) {
    await mark.close()
    throw error
  }
}

/** Damage in an index block would make rows look absent, in another block it can end the process; LevelDB checks neither. */
async function assertTablesWhole(directory: string, scope: TableScope): Promise<void> {
  const [damage] = await engineRead(directory, () => verifyTableFiles(directory, scope))
  if (damage === undefined) return
  const place = `${damage.file} in ${directory} at byte ${damage.offset}`
  throw new LedgerError('STORE_CORRUPT', `the table file ${place}: ${damage.message}`, {
    hint: 'restore the folder, or run tally repair --from-peers',
  })
}

async function assertVersion(engine: Engine, directory: string, mark: CommitMark): Promise<void> {
  const stored = await engineRead(directory, async () => engine.getSync(VERSION_KEY))
  if (stored === undefined) {
    throw new LedgerError('STORE_CORRUPT', `the store in ${directory} has no version row: it is empty or damaged`)
  }
  const row = unsealed(VERSION_KEY, stored, directory)
  const version = row.length < 4 ? 0 : readU32(row)
  if (version > STORE_VERSION) {
    throw new LedgerError(
      'STORE_VERSION',
      `the store in ${directory} has version ${version}, this program reads ${STORE_VERSION}`,
      {
        hint: 'start it with the newer program that wrote it',
      },
    )
  }
  if (version !== STORE_VERSION || !equalBytes(row.subarray(4), mark.storeId)) {
    throw new LedgerError('STORE_CORRUPT', `the file ${COMMITTED_FILE} in ${directory} belongs to another store`)
  }
}

/** Number of the newest commit in the database, after checking that none before it is missing. */
async function lastCommit(
  engine: Engine,
  directory: string,
  mark: CommitMark,
  { acceptLoss = false, isReadOnly = false }: OpenLevelStoreOptions,
): Promise<number> {
  const numbers = await engineRead(directory, async () => {
    const found: number[] = []
    for await (const key of engine.keys({ gte: COMMIT_TABLE, lt: COMMIT_TABLE_END }))
      found.push(Number(readU64(key, 2)))
    return found
  })
  const last = numbers.at(-1) ?? -1
  const isWhole = isWindowWhole(numbers)
  if (last >= mark.sequence && isWhole) return last
  if (!acceptLoss) {
    const found = isWhole ? `commits up to ${last}` : `gaps in the commits up to ${last}`
    throw new LedgerError(
      'STORE_CORRUPT',
      `expected every commit up to ${mark.sequence} in ${directory}, found ${found}`,
      {
        hint: 'the write-ahead log was damaged: run tally repair --from-peers',
      },
    )
  }
  const next = Math.max(last, mark.sequence)
  if (isReadOnly) return next
  const filled: EngineOperation[] = []
  for (let number = firstKeptCommit(next); number <= next; number++) {
    filled.push(sealed(commitKey(number), new Uint8Array(0)))
  }
  await engineRead(directory, () => engine.batch(filled, { sync: true }))
  return next
}

async function engineRead<T>(directory: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    throw openError(directory, cause)
  }
}

function openError(directory: string, cause: unknown): LedgerError {
  if (hasCode(cause, 'LEVEL_LOCKED')) {
    return new LedgerError('HOME_LOCKED', `another process has the store in ${directory} open`, { cause })
  }
  if (isDiskFull(cause)) return storeFailed('opening', directory, cause)
  const text = messageOf(cause)
  if (hasCode(cause, 'LEVEL_CORRUPTION') || /corrupt|no such file|invalid argument|does not exist/i.test(text)) {
    return new LedgerError('STORE_CORRUPT', `the store in ${directory} cannot be read: ${text}`, {
      cause,
      hint: 'run tally repair --from-peers; do not let LevelDB repair it',
    })
  }
  return storeFailed('opening', directory, cause)
}

function commitKey(sequence: number): Uint8Array {
  return concatBytes(COMMIT_TABLE, u64(sequence))
}

/** A put whose value ends in the CRC-32 of key and value. */
function sealed(key: Uint8Array, value: Uint8Array): { type: 'put'; key: Uint8Array; value: Uint8Array } {
  // From the runtime's pool: memory of its own costs more than the checksum, and lives for one write.
  const stored = Buffer.allocUnsafe(value.length + CHECKSUM_BYTES)
  stored.set(value)
  stored.writeUInt32BE(crc32(value, crc32(key)), value.length)
  return { type: 'put', key, value: stored }
}

function unsealed(key: Uint8Array, stored: Uint8Array, location: string): Uint8Array {
  const length = stored.length - CHECKSUM_BYTES
  if (length >= 0) {
    const value = stored.subarray(0, length)
    if (readU32(stored, length) === crc32(value, crc32(key))) return copyBytes(value)
  }
  throw new LedgerError('STORE_CORRUPT', `the row ${toHex(key)} in ${location} does not match its checksum`)
}

function levelRange(range: Range): {
  gte: Uint8Array
  lt: Uint8Array
  reverse: boolean
  limit: number
  highWaterMarkBytes: number
} {
  return {
    gte: range.gte,
    lt: range.lt,
    reverse: range.reverse ?? false,
    limit: range.limit ?? -1,
    highWaterMarkBytes: BYTES_PER_READ,
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}
