/**
 * How far the subject index of a log goes, and what its pages must lead to (row `j` of keys.ts):
 *
 *     layout u8, size u48, subjects u48, root 32, pages u48, sum of their places u32
 *
 * The root alone does not say where pages stand: what has nothing beside it has the same hash at every depth.
 */
import { concatBytes, readU32, u32 } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { HASH_BYTES, type Hash } from '../merkle/hash.ts'
import { readU48, u48 } from './keys.ts'

/** Of all rows of an index. Another one is built anew from the entries: layout 1 had a row for the hash of each page. */
const LAYOUT = 2
const LAYOUT_1_BYTES = 44
const STATE_BYTES = 55

export interface IndexState {
  /** Leaves of the log that are covered. */
  readonly size: number
  readonly subjects: number
  readonly root: Hash
  readonly pages: number
  /** Of the places of all pages (index-prefix.ts), modulo 2^32. */
  readonly placeSum: number
}

export function encodeIndexState({ size, subjects, root, pages, placeSum }: IndexState): Uint8Array {
  return concatBytes(Uint8Array.of(LAYOUT), u48(size), u48(subjects), root, u48(pages), u32(placeSum))
}

/** @throws LedgerError STORE_VERSION where an earlier version wrote it, STORE_CORRUPT where none did */
export function decodeIndexState(row: Uint8Array): IndexState {
  // Layout 1 began with its size, of which the first byte is zero.
  if (row.length === LAYOUT_1_BYTES && row[0] === 0)
    throw new LedgerError('STORE_VERSION', 'the subject index was stored by an earlier version')
  if (row.length !== STATE_BYTES || row[0] !== LAYOUT)
    throw new LedgerError('STORE_CORRUPT', `an index state row has ${row.length} bytes and layout ${row[0]}`)
  const root = row.slice(13, 13 + HASH_BYTES)
  return { size: readU48(row, 1), subjects: readU48(row, 7), root, pages: readU48(row, 45), placeSum: readU32(row, 51) }
}
