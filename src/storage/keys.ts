/**
 * The layout table of the store: which rows exist and what their keys look like. Integers are unsigned big-endian, so
 * rows of a table come in numeric order. Every log has a short number, given out when the log is first opened.
 *
 * | key                                     | value                                        | written                     |
 * | --------------------------------------- | -------------------------------------------- | --------------------------- |
 * | `o` origin (UTF-8)                      | log number u32                               | once per log                |
 * | `L` log u32                             | size u48, root 32, origin (UTF-8)            | with every append           |
 * | `e` log u32, index u48                  | the entry's bytes                            | once                        |
 * | `t` log u32, level u8, index u32        | a full tile, 256 hashes, 8,192 bytes         | once, when complete         |
 * | `i` log u32, first 16 bytes of the id   | index u48, several if ids share those bytes  | with the entry              |
 * | `n` log u32, size u48                   | the first quorum note of that size           | once, immutable             |
 * | `s` log u32, size u48                   | the COSE root signature of that size         | once, immutable             |
 * | `l` log u32                             | size u48, newest note (the heartbeat)        | replaced                    |
 * | `c` log u32, size u48                   | the last note of that size, cosigned again   | when the log grew beyond it |
 * | `m` name (UTF-8)                        | a small row of the node, by name             | replaced                    |
 * | `q` u64                                 | a queued statement, in order of acceptance   | put on accept, del on append|
 * | `w` origin (UTF-8)                      | witness state of a log                       | replaced, check and store   |
 * | `f` origin (UTF-8)                      | why a log is frozen, with both notes         | once; deleted by an operator|
 * | `j` log u32                             | subject index: index-state.ts                | with every append           |
 * | `x` log u32, depth u8, prefix           | a page of it: records of up to 8 subjects    | replaced                    |
 * | `y` log u32, nothing or u8              | the hashes of its pages: index-journal.ts    | now and then, in turn       |
 * | `h` log u32, number u48                 | the hashes of pages that an append changed   | once; deleted               |
 * | `z` log u32, key 32, relation u8, u32   | 32 positions of a list, in order             | once                        |
 *
 * An id is the SHA-256 of the entry's bytes. Keys below 0x20 belong to the store implementation (level-store.ts).
 */
import { concatBytes, u32, u64 } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'

/** The first byte of every table, by noun. */
export const TABLE: {
  readonly origin: number
  readonly logState: number
  readonly entry: number
  readonly tile: number
  readonly id: number
  readonly note: number
  readonly rootSignature: number
  readonly latestNote: number
  readonly closingNote: number
  readonly meta: number
  readonly queue: number
  readonly witness: number
  readonly freeze: number
  readonly indexState: number
  readonly indexPage: number
  readonly indexBlock: number
  readonly indexChange: number
  readonly indexPositions: number
} = {
  origin: 0x6f,
  logState: 0x4c,
  entry: 0x65,
  tile: 0x74,
  id: 0x69,
  note: 0x6e,
  rootSignature: 0x73,
  latestNote: 0x6c,
  closingNote: 0x63,
  meta: 0x6d,
  queue: 0x71,
  witness: 0x77,
  freeze: 0x66,
  indexState: 0x6a,
  indexPage: 0x78,
  indexBlock: 0x79,
  indexChange: 0x68,
  indexPositions: 0x7a,
}

/** What a subject index has beside its state. */
export const INDEX_TABLES: readonly number[] = [
  TABLE.indexPage,
  TABLE.indexBlock,
  TABLE.indexChange,
  TABLE.indexPositions,
]

export const MAX_LOG_NUMBER = 0xffff_fffe
export const ID_PREFIX_BYTES = 16
/** Indices and sizes are stored in 48 bits: 2^48 - 1 entries is beyond any disk, and safe as a JavaScript number. */
export const MAX_SIZE: number = 2 ** 48 - 1

export function originKey(origin: string): Uint8Array {
  return concatBytes(Uint8Array.of(TABLE.origin), encodeUtf8(origin))
}

export function logStateKey(log: number): Uint8Array {
  return concatBytes(Uint8Array.of(TABLE.logState), u32(log))
}

export function entryKey(log: number, index: number): Uint8Array {
  return numbered(TABLE.entry, log, index)
}

export function noteKey(log: number, size: number): Uint8Array {
  return numbered(TABLE.note, log, size)
}

export function rootSignatureKey(log: number, size: number): Uint8Array {
  return numbered(TABLE.rootSignature, log, size)
}

export function latestNoteKey(log: number): Uint8Array {
  return concatBytes(Uint8Array.of(TABLE.latestNote), u32(log))
}

export function closingNoteKey(log: number, size: number): Uint8Array {
  return numbered(TABLE.closingNote, log, size)
}

export function tileKey(log: number, level: number, index: number): Uint8Array {
  const key = new Uint8Array(10)
  const view = new DataView(key.buffer)
  view.setUint8(0, TABLE.tile)
  view.setUint32(1, log)
  view.setUint8(5, level)
  view.setUint32(6, index)
  return key
}

/** @param digest 32 bytes, the SHA-256 of the entry */
export function idKey(log: number, digest: Uint8Array): Uint8Array {
  const key = keyOfLog(TABLE.id, log, ID_PREFIX_BYTES)
  for (let i = 0; i < ID_PREFIX_BYTES; i++) key[5 + i] = digest[i] as number
  return key
}

export function metaKey(name: string): Uint8Array {
  return concatBytes(Uint8Array.of(TABLE.meta), encodeUtf8(name))
}

export function queueKey(sequence: number): Uint8Array {
  return concatBytes(Uint8Array.of(TABLE.queue), u64(sequence))
}

export function witnessKey(origin: string): Uint8Array {
  return concatBytes(Uint8Array.of(TABLE.witness), encodeUtf8(origin))
}

export function freezeKey(origin: string): Uint8Array {
  return concatBytes(Uint8Array.of(TABLE.freeze), encodeUtf8(origin))
}

export function indexStateKey(log: number): Uint8Array {
  return concatBytes(Uint8Array.of(TABLE.indexState), u32(log))
}

/** @param prefix the first `depth` bits that all keys of the page share, in whole bytes, the rest of the last one zero */
export function indexPageKey(log: number, depth: number, prefix: Uint8Array): Uint8Array {
  const key = keyOfLog(TABLE.indexPage, log, 1 + prefix.length)
  key[5] = depth
  key.set(prefix, 6)
  return key
}

/** @param block first byte of the prefixes of its pages; undefined: it has all pages */
export function indexBlockKey(log: number, block?: number): Uint8Array {
  const key = concatBytes(Uint8Array.of(TABLE.indexBlock), u32(log))
  return block === undefined ? key : concatBytes(key, Uint8Array.of(block))
}

export function indexChangeKey(log: number, number: number): Uint8Array {
  return numbered(TABLE.indexChange, log, number)
}

/** @param chunk number of the 32 positions in the list, from 0 */
export function indexPositionsKey(log: number, key: Uint8Array, relation: number, chunk: number): Uint8Array {
  return concatBytes(Uint8Array.of(TABLE.indexPositions), u32(log), key, Uint8Array.of(relation), u32(chunk))
}

/** All rows of a table. */
export function tableRange(table: number): { gte: Uint8Array; lt: Uint8Array } {
  return { gte: Uint8Array.of(table), lt: Uint8Array.of(table + 1) }
}

/** All rows of a table that belong to one log. */
export function logRange(table: number, log: number): { gte: Uint8Array; lt: Uint8Array } {
  return {
    gte: concatBytes(Uint8Array.of(table), u32(log)),
    lt: concatBytes(Uint8Array.of(table), u32(log + 1)),
  }
}

/** The last component of an `e`, `n`, `s` or `h` key. */
export function numberOfKey(key: Uint8Array): number {
  return readU48(key, 5)
}

export function u48(value: number): Uint8Array {
  const out = new Uint8Array(6)
  writeU48(out, 0, value)
  return out
}

export function writeU48(target: Uint8Array, offset: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > MAX_SIZE) {
    throw new RangeError(`expected an index or size below 2^48, found ${value}`)
  }
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength)
  view.setUint16(offset, Math.floor(value / 2 ** 32))
  view.setUint32(offset + 2, value % 2 ** 32)
}

export function readU48(bytes: Uint8Array, offset = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return view.getUint16(offset) * 2 ** 32 + view.getUint32(offset + 2)
}

function numbered(table: number, log: number, number: number): Uint8Array {
  const key = keyOfLog(table, log, 6)
  writeU48(key, 5, number)
  return key
}

/** Table and log, and zeros for the bytes that follow: some ten keys are made for a statement. */
function keyOfLog(table: number, log: number, restBytes: number): Uint8Array {
  const key = new Uint8Array(5 + restBytes)
  key[0] = table
  key[1] = log >>> 24
  key[2] = log >>> 16
  key[3] = log >>> 8
  key[4] = log
  return key
}
