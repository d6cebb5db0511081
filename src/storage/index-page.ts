/**
 * A page of the subject index: the subjects whose keys share a prefix, few enough to be read, changed and hashed at once.
 *
 *     page = subject...                                              ascending by key (index-subject.ts)
 *
 * Between two neighbours lies exactly one inner node of the tree, the one that parts them, so the hashes of inner nodes are
 * kept by these gaps. A change makes those above it unknown and leaves the others as they are.
 *
 * In memory a page is one piece: thousands of them are kept, and objects for each of their subjects would cost more in
 * looking for them in memory, and in collecting garbage, than all their hashes.
 */
import { HASH_BYTES, type Hash, type Sha256 } from '../merkle/hash.ts'
import { innerHash, KEY_BITS } from '../subject-index/tree.ts'
import { decodeSubjects, type StoredSubject } from './index-subject.ts'

/** Hash of a subject's record, then of the gap behind it, which the last one has not. */
const HASHES_BYTES = 2 * HASH_BYTES

/** Immutable, but for hashes of gaps that become known. */
export class IndexPage {
  static readonly EMPTY: IndexPage = new IndexPage(new Uint8Array(0), [0])

  /** The hashes, then the subjects as they are stored. A gap's hash that begins with a zero is not known. */
  private readonly memory: Uint8Array
  /** Where in it each subject begins, and where the last one ends. */
  private readonly starts: readonly number[]

  private constructor(memory: Uint8Array, starts: readonly number[]) {
    this.memory = memory
    this.starts = starts
  }

  /** @param subjects ascending by key, each once */
  private static of(subjects: readonly StoredSubject[], sha256: Sha256): IndexPage {
    const starts = [subjects.length * HASHES_BYTES]
    for (const subject of subjects) starts.push((starts.at(-1) ?? 0) + subject.encoded().length)
    const memory = new Uint8Array(starts.at(-1) ?? 0)
    for (const [i, subject] of subjects.entries()) {
      memory.set(subject.hash(sha256), i * HASHES_BYTES)
      memory.set(subject.encoded(), starts[i])
    }
    return new IndexPage(memory, starts)
  }

  /** @returns undefined when these bytes are no page */
  static decode(bytes: Uint8Array, sha256: Sha256): IndexPage | undefined {
    const subjects = decodeSubjects(bytes)
    if (subjects === undefined) return undefined
    const page = IndexPage.of(subjects, sha256)
    const isAscending = subjects.every(({ key }, i) => i === 0 || page.compareAt(i - 1, key) < 0)
    return isAscending ? page : undefined
  }

  /** As it is stored; not to be changed. */
  encode(): Uint8Array {
    return this.memory.subarray(this.starts[0])
  }

  /** How many subjects it has. */
  get length(): number {
    return this.starts.length - 1
  }

  get subjects(): readonly StoredSubject[] {
    return decodeSubjects(this.encode()) ?? []
  }

  /** Of the first subject, so of all of them as far as they share it. */
  get firstKey(): Hash {
    return this.encode().subarray(0, HASH_BYTES)
  }

  /** The subject with this key. */
  find(key: Uint8Array): StoredSubject | undefined {
    const at = this.lowerBound(key)
    if (!this.hasAt(at, key)) return undefined
    return decodeSubjects(this.memory.slice(this.starts[at], this.starts[at + 1]))?.[0]
  }

  /** With the subject in the place of the one with its key, or where it belongs. */
  with(subject: StoredSubject, sha256: Sha256): IndexPage {
    const at = this.lowerBound(subject.key)
    // The first of the subjects behind it, where they stand now.
    const behind = this.hasAt(at, subject.key) ? at + 1 : at
    const added = subject.encoded()
    const { memory, starts, length } = this
    const moved = (at + 1 - behind) * HASHES_BYTES
    const movedBehind = moved + this.start(at) + added.length - this.start(behind)
    const newStarts: number[] = []
    for (let i = 0; i <= at; i++) newStarts.push(this.start(i) + moved)
    for (let i = behind; i <= length; i++) newStarts.push(this.start(i) + movedBehind)
    const made = new Uint8Array(memory.length + movedBehind)
    made.set(memory.subarray(0, at * HASHES_BYTES))
    made.set(subject.hash(sha256), at * HASHES_BYTES)
    made.set(memory.subarray(behind * HASHES_BYTES, length * HASHES_BYTES), (at + 1) * HASHES_BYTES)
    made.set(memory.subarray(starts[0], starts[at]), newStarts[0])
    made.set(added, newStarts[at])
    made.set(memory.subarray(starts[behind]), newStarts[at + 1])
    const page = new IndexPage(made, newStarts)
    // Also the gaps beside it: it lies below both.
    page.forgetAbove(at)
    return page
  }

  without(key: Uint8Array, sha256: Sha256): IndexPage {
    const at = this.lowerBound(key)
    return this.hasAt(at, key) ? IndexPage.of(this.subjects.toSpliced(at, 1), sha256) : this
  }

  /** The subjects whose keys have a 0 in a bit, and those with a 1, where all bits before it are the same. */
  parted(bit: number): readonly [IndexPage, IndexPage] {
    let middle = 0
    while (middle < this.length && this.bitAt(middle, bit) === 0) middle++
    return [this.part(0, middle), this.part(middle, this.length)]
  }

  private part(from: number, to: number): IndexPage {
    if (from === to) return IndexPage.EMPTY
    const [start, end] = [this.start(from), this.start(to)]
    const hashesBytes = (to - from) * HASHES_BYTES
    const memory = new Uint8Array(hashesBytes + end - start)
    memory.set(this.memory.subarray(from * HASHES_BYTES, to * HASHES_BYTES))
    memory.set(this.memory.subarray(start, end), hashesBytes)
    return new IndexPage(
      memory,
      this.starts.slice(from, to + 1).map((at) => at - start + hashesBytes),
    )
  }

  /** Of the subtree of its subjects, one or more. */
  hash(sha256: Sha256): Hash {
    return this.rangeHash(0, this.length, sha256).slice()
  }

  private rangeHash(start: number, end: number, sha256: Sha256): Hash {
    if (end - start === 1) return this.memory.subarray(start * HASHES_BYTES, start * HASHES_BYTES + HASH_BYTES)
    const bit = this.partingBit(start, end - 1)
    let middle = start + 1
    while (this.bitAt(middle, bit) === 0) middle++
    const at = middle * HASHES_BYTES - HASH_BYTES
    if (this.memory[at] === 0) {
      const hash = innerHash(bit, this.rangeHash(start, middle, sha256), this.rangeHash(middle, end, sha256), sha256)
      this.memory.set(hash, at)
    }
    return this.memory.subarray(at, at + HASH_BYTES)
  }

  /**
   * Makes the inner nodes unknown that have the subject below them: to each side those that part their neighbours in an
   * earlier bit than every gap in between does.
   */
  private forgetAbove(position: number): void {
    for (let [i, least] = [position, KEY_BITS]; i > 0; i--) least = this.forgetBelow(i - 1, least)
    for (let [i, least] = [position, KEY_BITS]; i < this.length - 1; i++) least = this.forgetBelow(i, least)
  }

  /** Makes the gap behind a subject unknown if it parts in an earlier bit. @returns the earlier of both bits */
  private forgetBelow(position: number, bit: number): number {
    const own = this.partingBit(position, position + 1)
    if (own >= bit) return bit
    this.memory[position * HASHES_BYTES + HASH_BYTES] = 0
    return own
  }

  private start(position: number): number {
    return this.starts[position] as number
  }

  /** The first bit in which two of the keys differ. */
  private partingBit(left: number, right: number): number {
    const [a, b] = [this.start(left), this.start(right)]
    for (let byte = 0; byte < HASH_BYTES; byte++) {
      const difference = (this.memory[a + byte] as number) ^ (this.memory[b + byte] as number)
      if (difference !== 0) return byte * 8 + Math.clz32(difference) - 24
    }
    throw new RangeError('one key stands in the index twice')
  }

  private bitAt(position: number, bit: number): number {
    return ((this.memory[this.start(position) + (bit >> 3)] as number) >> (7 - (bit & 7))) & 1
  }

  /** Position of the first subject with a key >= key. */
  private lowerBound(key: Uint8Array): number {
    let [low, high] = [0, this.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.compareAt(middle, key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  private hasAt(position: number, key: Uint8Array): boolean {
    return position < this.length && this.compareAt(position, key) === 0
  }

  /** The order of the key there and this one. */
  private compareAt(position: number, key: Uint8Array): number {
    const start = this.start(position)
    for (let byte = 0; byte < HASH_BYTES; byte++) {
      const difference = (this.memory[start + byte] as number) - (key[byte] as number)
      if (difference !== 0) return difference
    }
    return 0
  }
}
