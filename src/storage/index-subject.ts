/**
 * What is stored of one subject of the index: of each list what appending to it needs, its count, the frontier of its tree,
 * and the positions that do not fill a chunk yet.
 *
 *     subject  = key 32, number of lists u8, list...                 ascending by relation
 *     list     = relation u8, count varint, frontier 32 x popcount(count), position varint x (count mod 32)
 */
import { HASH_BYTES, type Hash, type Sha256 } from '../merkle/hash.ts'
import { appendLeaves, type Frontier, frontierRoot } from '../merkle/tree.ts'
import { itemHash, type ListItem } from '../subject-index/list.ts'
import { encodeRecord } from '../subject-index/record.ts'
import { type IndexRow, recordHash } from '../subject-index/tree.ts'

/** Positions kept with the list; full chunks are rows of their own, written once. */
export const CHUNK_POSITIONS = 32

export interface StoredList {
  readonly relation: number
  /** Size of it is the number of items. */
  readonly frontier: Frontier
  /** Positions of the last `count mod 32` items. */
  readonly tail: readonly number[]
}

/** 32 positions in the log, number `number` of a list. */
export interface PositionChunk {
  readonly key: Hash
  readonly relation: number
  readonly number: number
  readonly positions: readonly number[]
}

/** Immutable; its encoding is made when it is first asked for. */
export class StoredSubject {
  readonly key: Hash
  /** Ascending by relation. */
  readonly lists: readonly StoredList[]
  private bytes: Uint8Array | undefined

  /** @param bytes its encoding, where it is known */
  constructor(key: Hash, lists: readonly StoredList[], bytes?: Uint8Array) {
    this.key = key
    this.lists = lists
    this.bytes = bytes
  }

  list(relation: number): StoredList | undefined {
    return this.lists.find((list) => list.relation === relation)
  }

  row(sha256: Sha256): IndexRow {
    const lists = this.lists.map(
      ({ relation, frontier }) => [relation, { count: frontier.size, root: frontierRoot(frontier, sha256) }] as const,
    )
    return { key: this.key, value: encodeRecord(new Map(lists)) }
  }

  /** Of its record, a leaf of the index tree. */
  hash(sha256: Sha256): Hash {
    return recordHash(this.row(sha256), sha256)
  }

  /** With these items at the end of one list, and the chunks that they completed. */
  extended(
    relation: number,
    items: readonly ListItem[],
    sha256: Sha256,
  ): { subject: StoredSubject; chunks: readonly PositionChunk[] } {
    const before = this.list(relation) ?? { relation, frontier: { size: 0, hashes: [] }, tail: [] }
    const frontier = appendLeaves(
      before.frontier,
      items.map((item) => itemHash(item, sha256)),
      sha256,
    )
    const chunks: PositionChunk[] = []
    let tail = [...before.tail, ...items.map(({ index }) => index)]
    let number = Math.floor(before.frontier.size / CHUNK_POSITIONS)
    for (; tail.length >= CHUNK_POSITIONS; tail = tail.slice(CHUNK_POSITIONS))
      chunks.push({ key: this.key, relation, number: number++, positions: tail.slice(0, CHUNK_POSITIONS) })
    return { subject: this.with({ relation, frontier, tail }), chunks }
  }

  /** With another list in the place of the one under its relation. */
  with(list: StoredList): StoredSubject {
    const others = this.lists.filter(({ relation }) => relation !== list.relation)
    const kept = list.frontier.size === 0 ? others : [...others, list]
    return new StoredSubject(
      this.key,
      kept.toSorted((a, b) => a.relation - b.relation),
    )
  }

  encoded(): Uint8Array {
    this.bytes ??= encodeSubject(this)
    return this.bytes
  }
}

function encodeSubject({ key, lists }: StoredSubject): Uint8Array {
  let length = HASH_BYTES + 1
  for (const { frontier, tail } of lists) {
    length += 1 + varintLength(frontier.size) + frontier.hashes.length * HASH_BYTES
    for (const position of tail) length += varintLength(position)
  }
  // From the runtime's pool: it is copied into a page at once.
  const out = Buffer.allocUnsafe(length)
  out.set(key)
  out[HASH_BYTES] = lists.length
  let at = HASH_BYTES + 1
  for (const { relation, frontier, tail } of lists) {
    out[at++] = relation
    at = writeVarint(out, at, frontier.size)
    for (const hash of frontier.hashes) {
      out.set(hash, at)
      at += HASH_BYTES
    }
    for (const position of tail) at = writeVarint(out, at, position)
  }
  return out
}

/** @returns undefined when these bytes are no subjects, ascending by key, one or more */
export function decodeSubjects(bytes: Uint8Array): StoredSubject[] | undefined {
  const subjects: StoredSubject[] = []
  let at = 0
  const take = (count: number): Uint8Array => {
    at += count
    return bytes.subarray(at - count, at)
  }
  const number = (): number => {
    let value = 0
    for (let factor = 1; at < bytes.length; factor *= 128) {
      const byte = bytes[at++] ?? 0
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
    return Number.NaN
  }
  while (at < bytes.length) {
    const start = at
    const key = take(HASH_BYTES)
    const lists: StoredList[] = []
    for (let left = take(1)[0] ?? 0; left > 0; left--) {
      const relation = take(1)[0] ?? 0
      const size = number()
      if (!Number.isSafeInteger(size) || size < 1 || relation <= (lists.at(-1)?.relation ?? 0)) return undefined
      const hashes = Array.from({ length: popcount(size) }, () => take(HASH_BYTES))
      const tail = Array.from({ length: size % CHUNK_POSITIONS }, number)
      lists.push({ relation, frontier: { size, hashes }, tail })
    }
    if (lists.length === 0 || at > bytes.length) return undefined
    subjects.push(new StoredSubject(key, lists, bytes.subarray(start, at)))
  }
  return at === bytes.length && subjects.length > 0 ? subjects : undefined
}

function popcount(value: number): number {
  let count = 0
  for (let rest = value; rest >= 1; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}

/** Of an unsigned LEB128 below 2^53. */
function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++
  return length
}

/** @returns the offset after it */
function writeVarint(target: Uint8Array, offset: number, value: number): number {
  let at = offset
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) target[at++] = (rest % 128) | 128
  target[at++] = rest
  return at
}
