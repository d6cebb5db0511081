/**
 * Where the pages of a subject index are and what hashes they have, as it is stored: from this the directory is made at a
 * start, without reading the pages. A row for each page would be half of all rows an append writes, and reading a hundred
 * thousand of them takes longer than all else a start does.
 *
 *     change = number of pages removed u32, page..., (page, hash 32)...      what one commit removed and what it placed
 *     block  = change u48, (page, hash 32)...                                 pages as of that change
 *     page   = depth u8, prefix ceil(depth / 8)
 *
 * Changes are numbered from 1 without a gap. Up to 256 pages one block has all of them; from then on there are 256 blocks by
 * the first byte of the prefix. They are written anew in turn, one whenever as many pages have changed as a block has. What
 * all blocks know of is deleted, so some as many changes of pages are kept as there are pages, and a hash is written twice in
 * the mean, whatever the size.
 */
import { concatBytes, readU32, u32 } from '../encoding/bytes.ts'
import { HASH_BYTES, type Hash } from '../merkle/hash.ts'
import { indexBlockKey, indexChangeKey, logRange, numberOfKey, readU48, TABLE, u48 } from './keys.ts'
import type { Operation, Store } from './store.ts'

const BLOCKS = 256
/** One block has no more of them. */
const MAX_WHOLE_PAGES = 256
/** Fewer changes than this are not worth writing all pages. */
const MIN_CHANGES = 32
const NUMBER_BYTES = 6
const CHANGE_KEY_BYTES = 11
/** Of the row that has all pages; a block's has one byte more. */
const WHOLE_KEY_BYTES = 5

export interface PagePlace {
  /** How many bits the keys of the page share. */
  readonly depth: number
  /** Those bits, in whole bytes, the rest zero. */
  readonly prefix: Uint8Array
}

export interface PageHash extends PagePlace {
  readonly hash: Hash
}

/** What a commit does to pages. */
export interface PageChange {
  readonly removed: readonly PagePlace[]
  /** New, or in the place of one that is there. */
  readonly placed: readonly PageHash[]
}

export interface JournalState {
  /** Number of the last change; 0: none yet. */
  readonly newest: number
  /** The first that is still stored. */
  readonly oldest: number
  /** Pages changed for which no block was written yet. */
  readonly pending: number
  /** The change of which each block knows, one or 256; 0: it was never written. */
  readonly blocks: readonly number[]
}

export const EMPTY_JOURNAL: JournalState = { newest: 0, oldest: 1, pending: 0, blocks: [0] }

/** Where pages are put together. */
export interface PagePlaces {
  /** In the place of what is there, above or below it. */
  place: (page: PageHash) => void
  /** Does nothing where no page is. */
  remove: (place: PagePlace) => void
}

/**
 * Reads the journal of a log. Blocks know of different changes, so that pages of one can lie within those of another; all
 * changes are repeated on top of them in their order, also where a block knows of them, which leads to the same pages.
 * Whether they are the right ones is for the caller to see, by their number, their places and their root.
 *
 * @throws RangeError when a row of it is damaged or missing
 */
export async function readJournal(store: Store, log: number, into: PagePlaces): Promise<JournalState> {
  const blocks = await readBlocks(store, log, into)
  const written = Math.max(...blocks)
  let newest = written
  let oldest = newest + 1
  let pending = 0
  for await (const [key, row] of store.range(logRange(TABLE.indexChange, log))) {
    if (key.length !== CHANGE_KEY_BYTES) throw new RangeError('a change of pages is damaged')
    const number = numberOfKey(key)
    if (number < oldest) oldest = number
    else if (number !== newest + 1) throw new RangeError('a change of pages is missing')
    newest = number
    const changed = eachChange(row, into)
    if (number > written) pending += changed
  }
  if (newest < written || oldest > Math.min(...blocks) + 1) throw new RangeError('changes of pages are missing')
  return { newest, oldest, pending, blocks }
}

/** @returns the change of which each block knows */
async function readBlocks(store: Store, log: number, { place }: PagePlaces): Promise<readonly number[]> {
  // By the first byte of the prefixes; undefined: of the one that has all pages.
  const known = new Map<number | undefined, number>()
  for await (const [key, row] of store.range(logRange(TABLE.indexBlock, log))) {
    if (key.length > WHOLE_KEY_BYTES + 1 || row.length < NUMBER_BYTES)
      throw new RangeError('a block of pages is damaged')
    known.set(key[WHOLE_KEY_BYTES], readU48(row))
    eachPage(row, NUMBER_BYTES, place)
  }
  const whole = known.get(undefined)
  if (whole !== undefined && known.size > 1) throw new RangeError('a block of all pages stands beside others')
  if (known.size === 0) return EMPTY_JOURNAL.blocks
  return whole === undefined ? Array.from({ length: BLOCKS }, (_, block) => known.get(block) ?? 0) : [whole]
}

/**
 * The journal after a change of pages.
 *
 * @param pageCount how many pages there are then
 * @param pagesOf those of a block, by the first byte of their prefix; undefined: all
 */
export function extendJournal(
  log: number,
  before: JournalState,
  change: PageChange,
  { pageCount, pagesOf }: { readonly pageCount: number; readonly pagesOf: (block?: number) => readonly PageHash[] },
): { readonly state: JournalState; readonly operations: readonly Operation[] } {
  const changed = change.removed.length + change.placed.length
  if (changed === 0) return { state: before, operations: [] }
  const newest = before.newest + 1
  const operations: Operation[] = [{ type: 'put', key: indexChangeKey(log, newest), value: encodeChange(change) }]
  const isWhole = before.blocks.length === 1 && pageCount <= MAX_WHOLE_PAGES
  const isParted = before.blocks.length === 1 && !isWhole
  if (isParted) operations.push({ type: 'del', key: indexBlockKey(log) })
  const blocks = isParted ? Array.from({ length: BLOCKS }, () => 0) : Array.from(before.blocks)
  const perBlock = isWhole ? Math.max(MIN_CHANGES, pageCount) : Math.max(1, Math.ceil(pageCount / BLOCKS))
  const pending = before.pending + changed
  const due = isParted ? BLOCKS : Math.min(blocks.length, Math.floor(pending / perBlock))
  for (let i = 0; i < due; i++) {
    // They are written in turn, so the one that knows least is next.
    const block = blocks.indexOf(Math.min(...blocks))
    blocks[block] = newest
    const [key, pages] = isWhole ? [indexBlockKey(log), pagesOf()] : [indexBlockKey(log, block), pagesOf(block)]
    operations.push({ type: 'put', key, value: encodeBlock(newest, pages) })
  }
  const oldest = Math.max(before.oldest, Math.min(...blocks) + 1)
  for (let number = before.oldest; number < oldest; number++)
    operations.push({ type: 'del', key: indexChangeKey(log, number) })
  return { state: { newest, oldest, pending: due === 0 ? pending : pending % perBlock, blocks }, operations }
}

function encodeBlock(change: number, pages: readonly PageHash[]): Uint8Array {
  return concatBytes(u48(change), encodePages(pages))
}

function encodeChange({ removed, placed }: PageChange): Uint8Array {
  return concatBytes(u32(removed.length), encodePages(removed), encodePages(placed))
}

function encodePages(pages: readonly (PagePlace & { readonly hash?: Hash })[]): Uint8Array {
  let length = 0
  for (const { prefix, hash } of pages) length += 1 + prefix.length + (hash?.length ?? 0)
  const out = new Uint8Array(length)
  let at = 0
  for (const { depth, prefix, hash } of pages) {
    out[at++] = depth
    // Byte by byte, which is faster for so few of them.
    for (let i = 0; i < prefix.length; i++) out[at++] = prefix[i] as number
    if (hash === undefined) continue
    out.set(hash, at)
    at += hash.length
  }
  return out
}

/** @returns how many pages it changes */
function eachChange(row: Uint8Array, { place, remove }: PagePlaces): number {
  if (row.length < 4) throw new RangeError('a change of pages is damaged')
  const removed = readU32(row)
  let at = 4
  for (let left = removed; left > 0; left--) {
    const page = decodePlace(row, at)
    remove(page)
    at += 1 + page.prefix.length
  }
  return removed + eachPage(row, at, place)
}

function eachPage(row: Uint8Array, start: number, place: (page: PageHash) => void): number {
  let count = 0
  for (let at = start; at < row.length; count++) {
    const { depth, prefix } = decodePlace(row, at)
    const end = at + 1 + prefix.length
    at = end + HASH_BYTES
    if (at > row.length) throw new RangeError('a page without its hash')
    place({ depth, prefix, hash: row.subarray(end, at) })
  }
  return count
}

function decodePlace(row: Uint8Array, at: number): PagePlace {
  const depth = row[at] ?? 0
  const end = at + 1 + Math.ceil(depth / 8)
  if (end > row.length) throw new RangeError('a page without its prefix')
  return { depth, prefix: row.subarray(at + 1, end) }
}
