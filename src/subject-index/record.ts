/**
 * The record of a subject: for each relation how many statements refer to it and the root of their list. As CBOR
 * `{relation: [count, list root]}`, at most 1,024 bytes; this is the value of a leaf of the index tree.
 */
import { decodeCbor, isCborArray, isCborMap } from '../encoding/cbor.ts'
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

/** Put together by hand, because an index of a million records is hashed often; tests compare it with the encoder. */
export function encodeRecord(record: SubjectRecord): Uint8Array {
  let length = headLength(record.size)
  for (const [relation, { count }] of record) length += headLength(relation) + 1 + headLength(count) + 2 + HASH_BYTES
  const out = new Uint8Array(length)
  let at = writeHead(out, 0, MAP, record.size)
  const lists = record.size > 1 ? [...record].toSorted(([a], [b]) => a - b) : record
  for (const [relation, { count, root }] of lists) {
    at = writeHead(out, at, UNSIGNED, relation)
    at = writeHead(out, at, ARRAY, 2)
    at = writeHead(out, at, UNSIGNED, count)
    at = writeHead(out, at, BYTE_STRING, HASH_BYTES)
    out.set(root, at)
    at += HASH_BYTES
  }
  return out
}

/** Major types of RFC 8949 section 3.1, in the upper three bits. */
const UNSIGNED = 0x00
const BYTE_STRING = 0x40
const ARRAY = 0x80
const MAP = 0xa0

/** Bytes of a type and a number in their shortest form. */
function headLength(value: number): number {
  return value < 24 ? 1 : value < 0x100 ? 2 : value < 0x10000 ? 3 : value < 0x100000000 ? 5 : 9
}

/** @returns the offset after it */
function writeHead(out: Uint8Array, offset: number, major: number, value: number): number {
  if (value < 24) {
    out[offset] = major | value
    return offset + 1
  }
  const end = offset + headLength(value)
  // 24 to 27: one, two, four or eight bytes follow.
  out[offset] = major | (24 + 31 - Math.clz32(end - offset - 1))
  let rest = value
  for (let at = end - 1; at > offset; at--) {
    out[at] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return end
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
