/**
 * The subject index of one log against its entries. Every list names entries in their order, and their tree has the stored
 * hashes; all lists together name the references that the entries have, each once, which is seen by a sum over both. Pages
 * lead to the root, and the last commitment states it. One page is in memory at a time.
 */
import { concatBytes, equalBytes, readU32, toHex, u64 } from '../encoding/bytes.ts'
import { isLedgerError } from '../errors.ts'
import { leafHash, type Sha256 } from '../merkle/hash.ts'
import { listRoot } from '../subject-index/list.ts'
import { type Posting, postingsOfEntry } from '../subject-index/postings.ts'
import { SubjectKeys } from '../subject-index/subject-key.ts'
import { frontierRoot } from '../merkle/tree.ts'
import { IndexPage } from './index-page.ts'
import { CHUNK_POSITIONS, type StoredSubject } from './index-subject.ts'
import { IndexStore } from './index-store.ts'
import { entryKey, INDEX_TABLES, indexPositionsKey, indexStateKey, logRange, readU48, TABLE } from './keys.ts'
import type { LogState } from './log-state.ts'
import type { Store } from './store.ts'

export interface IndexCheck {
  readonly store: Store
  readonly sha256: Sha256
  /** A row; undefined where there is none, or where it is damaged, which is reported already. */
  readonly read: (key: Uint8Array) => Uint8Array | undefined
  readonly find: (key: Uint8Array, message: string) => void
  /** Called once a page or a few hundred entries: lets other work run. */
  readonly breathe: () => Promise<void>
}

const ENTRIES_PER_STEP = 256

/** Checks nothing where the index was not begun or is of an earlier version: the next start builds it. */
export async function checkIndex(log: number, state: LogState, check: IndexCheck): Promise<void> {
  const { store, read, find } = check
  if (read(indexStateKey(log)) === undefined) {
    for (const table of INDEX_TABLES)
      for await (const key of store.keys(logRange(table, log))) find(key, 'a row of a subject index without a state')
    return
  }
  const index = await openOrFind(log, check)
  if (index === undefined) return
  if (index.size !== state.size) {
    find(indexStateKey(log), `the subject index covers ${index.size} entries, the log has ${state.size}`)
    return
  }
  const references = new ReferenceSum(check.sha256)
  const keys = new SubjectKeys(check.sha256)
  for (let i = 0; i < state.size; i++) {
    const entry = read(entryKey(log, i))
    for (const posting of entry === undefined ? [] : postingsOfEntry(entry, check.sha256, keys))
      references.add(i, posting)
    if (i % ENTRIES_PER_STEP === 0) await check.breathe()
  }
  const listed = new ReferenceSum(check.sha256)
  let chunks = 0
  let subjects = 0
  for await (const key of store.keys(logRange(TABLE.indexPage, log))) {
    const page = IndexPage.decode(read(key) ?? new Uint8Array(0), check.sha256)
    const stored = index.pageHash({ depth: key[5] ?? 0, prefix: key.subarray(6) })
    if (page === undefined || stored === undefined || !equalBytes(page.hash(check.sha256), stored)) {
      find(key, 'a page of the subject index does not have its hash')
      continue
    }
    subjects += page.subjects.length
    for (const subject of page.subjects) {
      chunks += checkSubject(log, state, subject, key, { ...check, listed })
    }
    await check.breathe()
  }
  if (subjects !== index.subjects)
    find(indexStateKey(log), `the subject index says ${index.subjects} subjects, its pages have ${subjects}`)
  if (!listed.equals(references)) {
    const counts = `${listed.count} references, the entries have ${references.count}`
    find(indexStateKey(log), `the subject index lists ${listed.count === references.count ? 'other ' : ''}${counts}`)
  }
  for await (const key of store.keys(logRange(TABLE.indexPositions, log))) {
    chunks--
    if (chunks < 0) find(key, 'a row of positions that no list has')
  }
}

async function openOrFind(log: number, { store, sha256, find }: IndexCheck): Promise<IndexStore | undefined> {
  try {
    return await IndexStore.open(store, log, sha256)
  } catch (error) {
    if (isLedgerError(error, 'STORE_VERSION')) return undefined
    if (!isLedgerError(error, 'STORE_CORRUPT')) throw error
    find(indexStateKey(log), error.message)
    return undefined
  }
}

function checkSubject(
  log: number,
  state: LogState,
  subject: StoredSubject,
  pageKey: Uint8Array,
  { read, sha256, find, listed }: IndexCheck & { readonly listed: ReferenceSum },
): number {
  let chunks = 0
  for (const { relation, frontier, tail } of subject.lists) {
    const positions: number[] = []
    const full = Math.floor(frontier.size / CHUNK_POSITIONS)
    for (let number = 0; number < full; number++) {
      const row = read(indexPositionsKey(log, subject.key, relation, number)) ?? new Uint8Array(0)
      for (let at = 0; at + 6 <= row.length; at += 6) positions.push(readU48(row, at))
    }
    positions.push(...tail)
    chunks += full
    for (const position of positions) listed.add(position, { key: subject.key, relation })
    const isAscending = positions.every((position, i) => position > (positions[i - 1] ?? -1) && position < state.size)
    const list = positions.map((position) => {
      const entry = read(entryKey(log, position)) ?? new Uint8Array(0)
      return { index: position, leafHash: leafHash(entry, sha256) }
    })
    const isRight =
      isAscending &&
      positions.length === frontier.size &&
      equalBytes(listRoot(list, sha256), frontierRoot(frontier, sha256))
    if (!isRight) find(pageKey, `the list of relation ${relation} of ${toHex(subject.key)} differs from the entries`)
  }
  return chunks
}

/**
 * The sum of a hash over references, whatever their order: two sums are equal when both are of the same ones. It finds
 * damage; nobody who could choose the rows to fool it gains anything by it.
 */
class ReferenceSum {
  count = 0
  private readonly sha256: Sha256
  private readonly words = new Uint32Array(8)

  constructor(sha256: Sha256) {
    this.sha256 = sha256
  }

  add(index: number, { key, relation }: Posting): void {
    const hash = this.sha256(concatBytes(u64(index), Uint8Array.of(relation), key))
    for (let i = 0; i < this.words.length; i++) this.words[i] = (this.words[i] ?? 0) + readU32(hash, 4 * i)
    this.count++
  }

  equals(other: ReferenceSum): boolean {
    return this.count === other.count && this.words.every((word, i) => word === other.words[i])
  }
}
