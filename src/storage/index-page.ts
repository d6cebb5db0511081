/**
 * A page of the subject index: the subjects whose keys share a prefix, few enough to be read, changed and hashed at once.
 * What is stored of a list is what appending to it needs: its count, the frontier of its tree, and the positions that do
 * not fill a chunk yet.
 *
 *     page     = subject...                                          ascending by key
 *     subject  = key 32, number of lists u8, list...                 ascending by relation
 *     list     = relation u8, count varint, frontier 32 x popcount(count), position varint x (count mod 32)
 */
import { compareBytes, concatBytes } from '../encoding/bytes.ts'
import { HASH_BYTES, type Hash, type Sha256 } from '../merkle/hash.ts'
import { appendLeaves, type Frontier, frontierRoot } from '../merkle/tree.ts'
import { itemHash, type ListItem } from '../subject-index/list.ts'
import { encodeRecord } from '../subject-index/record.ts'
import { bitOf, divergingBit, type IndexRow, innerHash, recordHash } from '../subject-index/tree.ts'

/** Positions kept with the list; full chunks are rows of their own, written once. */
export const CHUNK_POSITIONS = 32

export interface StoredList {
  readonly relation: number
  /** Size of it is the number of items. */
  readonly frontier: Frontier
  /** Positions of the last `count mod 32` items. */
  readonly tail: readonly number[]
}

/** Immutable; the record and its hash are computed when they are first asked for. */
export class StoredSubject {
  readonly key: Hash
  /** Ascending by relation. */
  readonly lists: readonly StoredList[]
  private record: IndexRow | undefined
  private recordDigest: Hash | undefined

  constructor(key: Hash, lists: readonly StoredList[]) {
    this.key = key
    this.lists = lists
  }

  list(relation: number): StoredList | undefined {
    return this.lists.find((list) => list.relation === relation)
  }

  row(sha256: Sha256): IndexRow {
    if (this.record === undefined) {
      const lists = this.lists.map(({ relation, frontier }) => {
        return [relation, { count: frontier.size, root: frontierRoot(frontier, sha256) }] as const
      })
      this.record = { key: this.key, value: encodeRecord(new Map(lists)) }
    }
    return this.record
  }

  hash(sha256: Sha256): Hash {
    this.recordDigest ??= recordHash(this.row(sha256), sha256)
    return this.recordDigest
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
}

/** 32 positions in the log, number `number` of a list. */
export interface PositionChunk {
  readonly key: Hash
  readonly relation: number
  readonly number: number
  readonly positions: readonly number[]
}

/** Hash of the subtree of these subjects, one or more, ascending by key. */
export function pageHash(subjects: readonly StoredSubject[], sha256: Sha256): Hash {
  return rangeHash(subjects, 0, subjects.length, sha256)
}

function rangeHash(subjects: readonly StoredSubject[], start: number, end: number, sha256: Sha256): Hash {
  const first = subjects[start] as StoredSubject
  if (end - start === 1) return first.hash(sha256)
  const bit = divergingBit(first.key, (subjects[end - 1] as StoredSubject).key)
  let middle = start + 1
  while (bitOf((subjects[middle] as StoredSubject).key, bit) === 0) middle++
  return innerHash(bit, rangeHash(subjects, start, middle, sha256), rangeHash(subjects, middle, end, sha256), sha256)
}

/** Position of the first subject with a key >= key. */
export function lowerBound(subjects: readonly StoredSubject[], key: Uint8Array): number {
  let [low, high] = [0, subjects.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareBytes((subjects[middle] as StoredSubject).key, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

export function encodePage(subjects: readonly StoredSubject[]): Uint8Array {
  const parts: Uint8Array[] = []
  for (const { key, lists } of subjects) {
    parts.push(key, Uint8Array.of(lists.length))
    for (const { relation, frontier, tail } of lists) {
      parts.push(Uint8Array.of(relation), varint(frontier.size), ...frontier.hashes, ...tail.map(varint))
    }
  }
  return concatBytes(...parts)
}

/** @returns undefined when these bytes are no page */
export function decodePage(bytes: Uint8Array): StoredSubject[] | undefined {
  const subjects: StoredSubject[] = []
  let at = 0
  const take = (count: number): Uint8Array => {
    at += count
    return bytes.slice(at - count, at)
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
    const before = subjects.at(-1)
    if (lists.length === 0 || at > bytes.length) return undefined
    if (before !== undefined && compareBytes(before.key, key) >= 0) return undefined
    subjects.push(new StoredSubject(key, lists))
  }
  return at === bytes.length && subjects.length > 0 ? subjects : undefined
}

function popcount(value: number): number {
  let count = 0
  for (let rest = value; rest >= 1; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}

/** Unsigned LEB128 of a number below 2^53. */
function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}
