/**
 * The map function of the index (map id 1): from the bytes of a log entry to the keys under which it is listed. Pure,
 * stateless and total, so that every replica of a log computes the same index: whatever cannot be read, and the index
 * commitments themselves, are listed nowhere. No signature is checked: that would take state.
 */
import { isLedgerError } from '../errors.ts'
import type { Hash, Sha256 } from '../merkle/hash.ts'
import { decodeStatement, type Statement } from '../statement/envelope.ts'
import { references } from '../statement/references.ts'
import { SubjectKeys } from './subject-key.ts'

export const MAP_ID = 1

/** Where one entry is listed: under the key of a subject, among the statements of its kind. */
export interface Posting {
  readonly key: Hash
  /** Kind number of the entry. */
  readonly relation: number
}

/**
 * @param entry any bytes
 * @param keys where many entries are read one after the other: of the subjects of all of them
 */
export function postingsOfEntry(
  entry: Uint8Array,
  sha256: Sha256,
  keys: SubjectKeys = new SubjectKeys(sha256),
): readonly Posting[] {
  let statement: Statement
  try {
    statement = decodeStatement(entry, sha256)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    return []
  }
  return postingsOf(statement, keys)
}

/** Each once, in the order of the payload. */
export function postingsOf(statement: Statement, keys: SubjectKeys): readonly Posting[] {
  return references(statement).map((reference) => ({ key: keys.of(reference), relation: reference.relation }))
}
