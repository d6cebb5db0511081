/**
 * Opens what a home has for `up --read-only`, also a damaged one: whatever is whole is served, whatever is not is named and
 * left out, and nothing is written (docs/protocol.md, "Start"). Every entry is checked again when it is read.
 *
 * What LevelDB itself cannot read stays refused: no database, or damaged blocks in its tables, over which it may end the
 * process.
 */
import { equalBytes } from '../encoding/bytes.ts'
import { isLedgerError, type LedgerError } from '../errors.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { parseNote } from '../note/note.ts'
import type { Head } from '../storage/head-file.ts'
import { IndexStore } from '../storage/index-store.ts'
import { openLevelStore } from '../storage/level-store.ts'
import { type LogStore, openLogStore } from '../storage/log-store.ts'
import { MemoryStore } from '../storage/memory-store.ts'
import type { Store } from '../storage/store.ts'
import type { TileCache } from '../storage/tile-cache.ts'
import { openLogIndex, readLogIndex } from './log-growth.ts'
import type { OpenedLog } from './log-registry.ts'
import { nativeSha256 } from './native-crypto.ts'
import { OwnLog, type OwnLogDependencies } from './own-log.ts'

export type DamageListener = (damage: LedgerError) => void

/** @throws LedgerError as openLevelStore, except that lost commits are only told */
export async function openStoreToServe(directory: string, onDamage: DamageListener): Promise<Store> {
  try {
    return await openLevelStore(directory, { isReadOnly: true })
  } catch (error) {
    if (!isLedgerError(error, 'STORE_CORRUPT')) throw error
    const store = await openLevelStore(directory, { isReadOnly: true, acceptLoss: true })
    onDamage(error)
    return store
  }
}

export interface OpenToServeOptions {
  tileCache: TileCache
  /** Of the own log: its last commitment must then be the root of the index. */
  publicKey: Uint8Array | undefined
  onDamage: DamageListener
}

/** An empty log in memory stands in for one that is not there, or does not lead to its root: nothing of it is served. */
export async function openLogToServe(store: Store, origin: string, options: OpenToServeOptions): Promise<OpenedLog> {
  const { tileCache, publicKey, onDamage } = options
  try {
    const log = await openLogStore(store, origin, { sha256: nativeSha256, tileCache, mustExist: true })
    return { store: log, index: await openIndexToServe(store, log, publicKey, onDamage) }
  } catch (error) {
    if (isLedgerError(error, 'STORE_CORRUPT')) onDamage(error)
    else if (!isLedgerError(error, 'STORE_MISSING')) throw error
    const memory = new MemoryStore()
    const log = await openLogStore(memory, origin, { sha256: nativeSha256 })
    return { store: log, index: await openLogIndex(memory, log) }
  }
}

/** One that does not fit its log is built anew in memory; where an entry is damaged that fails, and it answers nothing. */
async function openIndexToServe(
  store: Store,
  log: LogStore,
  publicKey: Uint8Array | undefined,
  onDamage: DamageListener,
): Promise<IndexStore> {
  try {
    return (await readLogIndex(store, log, publicKey)) ?? (await openLogIndex(new MemoryStore(), log))
  } catch (error) {
    if (!isLedgerError(error, 'STORE_CORRUPT')) throw error
    onDamage(error)
    return IndexStore.open(new MemoryStore(), log.log, nativeSha256)
  }
}

/** The own log as its head says, or, where they do not fit, at the newest published checkpoint that the entries lead to. */
export async function openOwnToServe(deps: OwnLogDependencies, onDamage: DamageListener): Promise<OwnLog> {
  try {
    return await OwnLog.open(deps)
  } catch (error) {
    if (!isLedgerError(error, 'DAMAGED') && !isLedgerError(error, 'STORE_CORRUPT')) throw error
    onDamage(error)
    return OwnLog.standingAt(deps, newestWholeCheckpoint(deps.log.store))
  }
}

function newestWholeCheckpoint(tree: LogStore): Pick<Head, 'size' | 'root'> {
  for (const size of tree.notes.sizes.toReversed()) {
    try {
      const checkpoint = parseCheckpoint(parseNote(tree.notes.noteAt(size) ?? new Uint8Array(0)).text)
      if (equalBytes(tree.rootAt(size), checkpoint.root)) return { size, root: checkpoint.root }
    } catch (error) {
      // A damaged note or tile: an older checkpoint may not need it.
      if (!isLedgerError(error)) throw error
    }
  }
  return { size: 0, root: tree.rootAt(0) }
}
