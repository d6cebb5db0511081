/**
 * The record of a subject: for each relation how many statements refer to it and the root of their list. As CBOR
 * `{relation: [count, list root]}`, at most 1,024 bytes; this is the value of a leaf of the index tree.
 */
import { copyBytes } from '../encoding/bytes.ts'
import { type CborValue, decodeCbor, encodeCbor, isCborArray, isCborMap } from '../encoding/cbor.ts'
import { LedgerError } from '../errors.ts'
import { HASH_BYTES, type Hash } from '../merkle/hash.ts'

export interface ListSummary {
  /** Items in the list, 1 or more. */
  readonly count: number
  readonly root: Hash
}

/** By relation, which is the kind number of the referring statements. */
export type SubjectRecord = ReadonlyMap<number, ListSummary>

export const MAX_RECORD_BYTES = 1024
/** Kind numbers are one byte. */
const MAX_RELATION = 255

export function encodeRecord(record: SubjectRecord): Uint8Array {
  const [first] = record
  if (record.size === 1 && first !== undefined && first[0] < SMALL && first[1].count < SMALL)
    return encodeSmallRecord(first[0], first[1])
  const map = new Map<number, CborValue>()
  for (const [relation, { count, root }] of [...record].toSorted(([a], [b]) => a - b)) map.set(relation, [count, root])
  return copyBytes(encodeCbor(map))
}

/** CBOR writes smaller numbers into the first byte. */
const SMALL = 24

/** The same bytes; nearly every record is like this, and an index of a million of them is hashed often. */
function encodeSmallRecord(relation: number, { count, root }: ListSummary): Uint8Array {
  const bytes = new Uint8Array(6 + HASH_BYTES)
  bytes.set([0xa1, relation, 0x82, count, 0x58, HASH_BYTES])
  bytes.set(root, 6)
  return bytes
}

/**
 * @throws LedgerError PROOF_MALFORMED when it is no record; CBOR_* when it is not deterministic CBOR
 */
export function decodeRecord(bytes: Uint8Array): SubjectRecord {
  if (bytes.length > MAX_RECORD_BYTES) throw malformed(`it has ${bytes.length} bytes`)
  const map = decodeCbor(bytes)
  if (!isCborMap(map) || map.size === 0) throw malformed('it is not a map of relations')
  const record = new Map<number, ListSummary>()
  for (const [relation, value] of map) {
    if (typeof relation !== 'number' || relation < 1 || relation > MAX_RELATION)
      throw malformed(`${String(relation)} is no relation`)
    const [count, root] = isCborArray(value) && value.length === 2 ? value : []
    if (typeof count !== 'number' || count < 1) throw malformed(`the count of relation ${relation} is not 1 or more`)
    if (!(root instanceof Uint8Array) || root.length !== HASH_BYTES)
      throw malformed(`relation ${relation} has no list root of ${HASH_BYTES} bytes`)
    record.set(relation, { count, root })
  }
  return record
}

function malformed(what: string): LedgerError {
  return new LedgerError('PROOF_MALFORMED', `not a record of the subject index: ${what}`)
}
