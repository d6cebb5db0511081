/**
 * How a log grows and shrinks in the store: entries, tree, ids and subject index are one change, for one batch. Whoever
 * appends to a log, its own or a followed one, does it through here.
 */
import { equalBytes } from '../encoding/bytes.ts'
import { digestOf } from '../encoding/cid.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import { type Hash, leafHash } from '../merkle/hash.ts'
import { decodeStatement, type Statement } from '../statement/envelope.ts'
import { type IndexedEntry, IndexStore } from '../storage/index-store.ts'
import type { LogEntry, LogStore } from '../storage/log-store.ts'
import type { Operation, Store } from '../storage/store.ts'
import { readCommitment } from '../subject-index/commitment.ts'
import { MAP_ID, type Posting, postingsOf, postingsOfEntry } from '../subject-index/postings.ts'
import { SubjectKeys } from '../subject-index/subject-key.ts'
import { isGenesisOf } from './card.ts'
import type { HeldLog } from './log-registry.ts'
import { nativeSha256 } from './native-crypto.ts'

export interface PreparedGrowth {
  readonly operations: readonly Operation[]
  /** Size and root of the log after the change. */
  readonly size: number
  readonly root: Hash
  /** To be called when the operations are committed. */
  readonly applied: () => void
}

/** An entry as it is appended: all that tree and index take from it. The statement itself, which is large, is not kept. */
export interface GrowthEntry extends LogEntry, IndexedEntry {}

/** @param statement that these bytes are; undefined: they are none that can be read */
export function growthEntry(bytes: Uint8Array, statement: Statement | undefined): GrowthEntry {
  const leaf = { bytes, leafHash: leafHash(bytes, nativeSha256) }
  if (statement === undefined) return { ...leaf, postings: [] }
  return { ...leaf, digest: digestOf(statement.id), postings: postingsOf(statement, subjectKeys) }
}

/**
 * Reads entries as they came from others.
 *
 * @param each told of every statement in order; undefined: the entry is none that can be read
 */
export function readEntries(
  entries: readonly Uint8Array[],
  each: (statement: Statement | undefined) => void,
): GrowthEntry[] {
  return entries.map((bytes) => {
    const statement = decodeOrUndefined(bytes)
    each(statement)
    return growthEntry(bytes, statement)
  })
}

/** How the index of a log stands after entries, for the commitment that covers them. */
export interface IndexSummary {
  readonly size: number
  readonly subjects: number
  readonly root: Hash
}

/**
 * @throws LedgerError PEER_MISBEHAVED when a followed log does not begin as the card says that introduced it
 * @param close makes one more entry, the index commitment, from the index after the others
 */
export function prepareGrowth(
  log: Pick<HeldLog, 'store' | 'index' | 'card'>,
  entries: readonly GrowthEntry[],
  close?: (index: IndexSummary) => Uint8Array,
): PreparedGrowth {
  if (log.store.size === 0 && log.card !== undefined && !isGenesisOf(log.card, entries[0]?.bytes))
    throw new LedgerError('PEER_MISBEHAVED', `the genesis of ${log.card.origin} is not what its card says`)
  // A commitment refers to nothing: its leaf is counted before its bytes are known.
  const index = log.index.prepareExtend(close === undefined ? entries : [...entries, NO_POSTINGS])
  const leaves: LogEntry[] = [...entries]
  if (close !== undefined) {
    const { size, subjects, root } = index.state
    const bytes = close({ size: size - 1, subjects, root })
    leaves.push({ bytes, leafHash: leafHash(bytes, nativeSha256) })
  }
  const tree = log.store.prepareAppend(leaves)
  if (tree.size !== index.state.size)
    throw new LedgerError(
      'INVARIANT',
      `the tree of ${log.store.origin} would have ${tree.size} leaves, its index ${index.state.size}`,
    )
  return {
    operations: [...tree.operations, ...index.operations],
    size: tree.size,
    root: tree.root,
    applied: () => {
      log.store.applied(tree)
      log.index.applied(index)
    },
  }
}

/** Of all logs of this process: they name the same parties and datasets. */
const subjectKeys = new SubjectKeys(nativeSha256)

const EMPTY_LEAF: Hash = new Uint8Array(32)
const NO_POSTINGS = { leafHash: EMPTY_LEAF, postings: [] }

/** Takes the entries from `size` on back out of the log: they were never part of a signed tree. */
export function prepareShrink(log: Pick<HeldLog, 'store' | 'index'>, size: number): PreparedGrowth {
  const removed: (readonly Posting[])[] = []
  for (let i = size; i < log.store.size; i++)
    removed.push(postingsOfEntry(log.store.readEntry(i), nativeSha256, subjectKeys))
  const index = log.index.prepareTruncate(size, removed, (i) => log.store.readLeafHash(i))
  const tree = log.store.prepareTruncate(size)
  return {
    operations: [...tree.operations, ...index.operations],
    size: tree.size,
    root: tree.root,
    applied: () => {
      log.store.applied(tree)
      log.index.applied(index)
    },
  }
}

export function decodeOrUndefined(bytes: Uint8Array): Statement | undefined {
  try {
    return decodeStatement(bytes, nativeSha256)
  } catch {
    return undefined
  }
}

/** Entries indexed in one batch while an index is brought up to its log. */
const CATCH_UP_ENTRIES = 1024

/**
 * Opens the index of a log and brings it to the log's size. It follows from the entries, so one that is missing, damaged
 * or ahead of its log is built anew.
 *
 * @param options.publicKey of the own log: its last commitment must then be the root of the index
 * @param options.onRebuild told when it is built anew, since that takes a while
 */
export async function openLogIndex(
  store: Store,
  log: LogStore,
  options: { readonly publicKey?: Uint8Array; readonly onRebuild?: (reason: string) => void } = {},
): Promise<IndexStore> {
  const stored = await openStored(store, log, options.publicKey)
  if (stored.index === undefined) {
    options.onRebuild?.(stored.damage)
    await store.commit(await IndexStore.resetOperations(store, log.log))
  }
  const index = stored.index ?? (await IndexStore.open(store, log.log, nativeSha256))
  while (index.size < log.size) {
    const entries = log.readEntries(index.size, CATCH_UP_ENTRIES, Infinity)
    const start = index.size
    const change = index.prepareExtend(
      entries.map((bytes, i) => ({
        leafHash: log.readLeafHash(start + i),
        postings: postingsOfEntry(bytes, nativeSha256, subjectKeys),
      })),
    )
    await store.commit(change.operations)
    index.applied(change)
    index.release(index.size)
  }
  return index
}

/**
 * The index as it is stored, for a node that writes nothing: undefined unless it covers the log and fits it.
 *
 * @throws LedgerError STORE_CORRUPT when the log's last entry cannot be read
 */
export async function readLogIndex(
  store: Store,
  log: LogStore,
  publicKey?: Uint8Array,
): Promise<IndexStore | undefined> {
  const { index } = await openStored(store, log, publicKey)
  return index?.size === log.size ? index : undefined
}

type StoredIndex =
  { readonly index: IndexStore; readonly damage?: never } | { readonly index?: never; readonly damage: string }

async function openStored(store: Store, log: LogStore, publicKey: Uint8Array | undefined): Promise<StoredIndex> {
  let index: IndexStore
  try {
    index = await IndexStore.open(store, log.log, nativeSha256)
  } catch (error) {
    if (isLedgerError(error, 'STORE_CORRUPT')) return { damage: 'it is damaged' }
    if (isLedgerError(error, 'STORE_VERSION')) return { damage: 'an earlier version stored it' }
    throw error
  }
  const damage = damageOf(index, log, publicKey)
  return damage === undefined ? { index } : { damage }
}

function damageOf(index: IndexStore, log: LogStore, publicKey: Uint8Array | undefined): string | undefined {
  if (index.size > log.size) return 'it is ahead of its log'
  if (publicKey === undefined || index.size !== log.size || log.size === 0) return undefined
  const last = readCommitment(log.readEntry(log.size - 1), { origin: log.origin, publicKey }, nativeSha256)
  const root = last?.maps.find(({ id }) => id === MAP_ID)?.root
  return root === undefined || equalBytes(root, index.root()) ? undefined : 'it is not what the log committed to'
}
