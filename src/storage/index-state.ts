/**
 * How far the subject index of a log goes, and its root (row `j` of keys.ts).
 */
import { concatBytes } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { HASH_BYTES, type Hash } from '../merkle/hash.ts'
import { readU48, u48 } from './keys.ts'

export interface IndexState {
  /** Leaves of the log that are covered. */
  readonly size: number
  readonly subjects: number
  readonly root: Hash
}

export function encodeIndexState({ size, subjects, root }: IndexState): Uint8Array {
  return concatBytes(u48(size), u48(subjects), root)
}

/** @throws LedgerError STORE_CORRUPT */
export function decodeIndexState(row: Uint8Array): IndexState {
  if (row.length !== 12 + HASH_BYTES)
    throw new LedgerError('STORE_CORRUPT', `an index state row has ${row.length} bytes`)
  return { size: readU48(row), subjects: readU48(row, 6), root: row.slice(12) }
}
