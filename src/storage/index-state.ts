/**
 * How far the subject index of a log goes, and its root (row `j` of keys.ts): layout u8, size u48, subjects u48, root 32.
 */
import { concatBytes } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { HASH_BYTES, type Hash } from '../merkle/hash.ts'
import { readU48, u48 } from './keys.ts'

/** Of all rows of an index. Another one is built anew from the entries: layout 1 had a row for the hash of each page. */
const LAYOUT = 2

export interface IndexState {
  /** Leaves of the log that are covered. */
  readonly size: number
  readonly subjects: number
  readonly root: Hash
}

export function encodeIndexState({ size, subjects, root }: IndexState): Uint8Array {
  return concatBytes(Uint8Array.of(LAYOUT), u48(size), u48(subjects), root)
}

/** @throws LedgerError STORE_VERSION where an earlier version wrote it, STORE_CORRUPT where none did */
export function decodeIndexState(row: Uint8Array): IndexState {
  if (row.length === 12 + HASH_BYTES)
    throw new LedgerError('STORE_VERSION', 'the subject index was stored by an earlier version')
  if (row.length !== 13 + HASH_BYTES || row[0] !== LAYOUT)
    throw new LedgerError('STORE_CORRUPT', `an index state row has ${row.length} bytes and layout ${row[0]}`)
  return { size: readU48(row, 1), subjects: readU48(row, 7), root: row.slice(13) }
}
