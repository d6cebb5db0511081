/**
 * Answers questions about subjects from the index of a log held here, at its newest published size: nothing else carries
 * the cosignatures that a stranger believes.
 */
import { concatBytes, toHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { proveConsistency } from '../merkle/consistency.ts'
import type { Hash } from '../merkle/hash.ts'
import { createLeafHashReader } from '../merkle/hash-reader.ts'
import { proveInclusion } from '../merkle/inclusion.ts'
import { MAX_KEYS_PER_PROOF } from '../network/messages/proof.ts'
import type { IndexVersion } from '../storage/index-version.ts'
import { readCommitment } from '../subject-index/commitment.ts'
import { encodeIndexEvidence, type EvidenceElement, type EvidenceList } from '../subject-index/evidence.ts'
import { itemHash, type ListItem } from '../subject-index/list.ts'
import { MAP_ID } from '../subject-index/postings.ts'
import { proveKeys } from '../subject-index/proof.ts'
import { encodeSnapshotHead, encodeSnapshotRow } from '../subject-index/snapshot.ts'
import type { HeldLog } from './log-registry.ts'
import { nativeSha256 } from './native-crypto.ts'

export interface IndexQuestion {
  /** Keys of subjects (subject-index/subject-key.ts). */
  readonly keys: readonly Hash[]
  /** Kinds whose lists are wanted whole; undefined: all. What is not listed is counted all the same. */
  readonly relations?: readonly number[]
  /** A smaller size for which the counts are wanted too, without the lists. */
  readonly asOf?: number
}

const PIECE_BYTES = 64 << 10

/** Some 40 bytes each: the answer fits into one message. */
const MAX_ITEMS_ANSWERED = 20_000

/** The index of a log at its newest published size, with the note that states that size. */
export interface PublishedIndex {
  readonly version: IndexVersion
  readonly size: number
  readonly note: Uint8Array
  readonly commitment: Uint8Array
}

/**
 * @throws LedgerError NOT_FOUND while no published checkpoint of the log ends with a commitment; NOT_READY while this
 *   node's index does not stand at a published size, for a moment after a start
 */
export function publishedIndex(log: HeldLog): PublishedIndex {
  const { store, index, origin } = log
  const size = store.notes.newestSize() ?? 0
  const latest = store.notes.latest()
  const note = latest?.size === size ? latest.note : store.notes.noteAt(size)
  if (note === undefined || size > store.size)
    throw new LedgerError('NOT_FOUND', `no checkpoint of ${origin} is published yet`)
  const commitment = store.readEntry(size - 1)
  if (readCommitment(commitment, { origin, publicKey: log.logKey.publicKey }, nativeSha256) === undefined)
    throw new LedgerError('NOT_FOUND', `the newest checkpoint of ${origin} commits to no index`)
  const version = index.at(size)
  if (version === undefined)
    throw new LedgerError('NOT_READY', `the index of ${origin} is ahead of its published checkpoint`, {
      hint: 'ask again in a few seconds',
    })
  return { version, size, note, commitment }
}

/**
 * @returns index evidence (subject-index/evidence.ts)
 * @throws LedgerError as {@link publishedIndex}; USAGE for too many keys; BUNDLE_LIMIT for lists that are too long
 */
export function answerFromIndex(log: HeldLog, question: IndexQuestion): Uint8Array {
  return proveFrom(log, publishedIndex(log), question)
}

export function proveFrom(log: HeldLog, published: PublishedIndex, question: IndexQuestion): Uint8Array {
  const { keys, relations } = question
  const asOf = question.asOf === published.size ? undefined : question.asOf
  if (keys.length === 0 || keys.length > MAX_KEYS_PER_PROOF)
    throw new LedgerError('USAGE', `1 to ${MAX_KEYS_PER_PROOF} subjects can be asked about at once, not ${keys.length}`)
  const { version, size, note, commitment } = published
  const lists: EvidenceList[] = []
  const elements: EvidenceElement[] = []
  let items = 0
  for (const key of uniqueKeys(keys)) {
    for (const [relation, count] of version.counts(key)) {
      const isWanted = relations === undefined || relations.includes(relation)
      if (!isWanted) continue
      if (asOf === undefined) {
        items += count
        if (items > MAX_ITEMS_ANSWERED)
          throw new LedgerError('BUNDLE_LIMIT', `more than ${MAX_ITEMS_ANSWERED} statements refer to it`, {
            hint: 'ask for one kind, or for the count as of an earlier size (--as-of)',
          })
        lists.push({ key, relation, items: listOf(log, version, key, relation) })
      } else elements.push(...boundary(listOf(log, version, key, relation), asOf, key, relation))
    }
  }
  const reader = log.store.hashReader()
  return encodeIndexEvidence({
    note,
    commitment,
    path: proveInclusion(reader, size - 1, size, nativeSha256),
    mapId: MAP_ID,
    proof: proveKeys(version.tree(), keys),
    lists,
    elements,
    ...(asOf === undefined ? {} : { older: olderTree(log, asOf, size) }),
  })
}

/**
 * The whole index at the newest published size, in pieces of some 64 KiB; the log may grow meanwhile.
 *
 * @throws LedgerError as {@link publishedIndex}; NOT_READY while reading when the log grew by too much
 */
export async function* snapshotOf(log: HeldLog): AsyncIterable<Uint8Array> {
  const { size, note, commitment } = publishedIndex(log)
  const held = log.index.hold(size)
  if (held === undefined) throw new LedgerError('NOT_READY', `the index of ${log.origin} is not at a published size`)
  try {
    const path = proveInclusion(log.store.hashReader(), size - 1, size, nativeSha256)
    yield encodeSnapshotHead({ note, commitment, path, mapId: MAP_ID })
    let rows: Uint8Array[] = []
    let bytes = 0
    for (const row of held.version.rows()) {
      const encoded = encodeSnapshotRow(row)
      rows.push(encoded)
      bytes += encoded.length
      if (bytes < PIECE_BYTES) continue
      yield concatBytes(...rows)
      rows = []
      bytes = 0
    }
    if (rows.length > 0) yield concatBytes(...rows)
  } finally {
    held.letGo()
  }
}

function olderTree(log: HeldLog, older: number, size: number): { size: number; root: Hash; consistency: Hash[] } {
  if (older < 1 || older >= size)
    throw new LedgerError('TREE_RANGE', `--as-of takes a size from 1 to ${size - 1}, not ${older}`)
  return {
    size: older,
    root: log.store.rootAt(older),
    consistency: proveConsistency(log.store.hashReader(), older, size, nativeSha256),
  }
}

function listOf(log: HeldLog, version: IndexVersion, key: Hash, relation: number): ListItem[] {
  return version.positions(key, relation).map((index) => ({ index, leafHash: log.store.readLeafHash(index) }))
}

/** The items on both sides of an older size: what shows how many there were. */
function boundary(list: readonly ListItem[], size: number, key: Hash, relation: number): EvidenceElement[] {
  const hashes = list.map((item) => itemHash(item, nativeSha256))
  const reader = createLeafHashReader(hashes, nativeSha256)
  const below = list.filter(({ index }) => index < size).length
  return [below - 1, below].flatMap((position) => {
    const item = list[position]
    if (item === undefined) return []
    const path = proveInclusion(reader, position, list.length, nativeSha256)
    return [{ key, relation, position, index: item.index, leafHash: item.leafHash, path }]
  })
}

function uniqueKeys(keys: readonly Hash[]): Hash[] {
  return [...new Map(keys.map((key) => [toHex(key), key])).values()]
}
