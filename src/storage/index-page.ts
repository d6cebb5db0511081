/**
 * A page of the subject index: the subjects whose keys share a prefix, few enough to be read, changed and hashed at once.
 *
 *     page = subject...                                              ascending by key (index-subject.ts)
 *
 * Between two neighbours lies exactly one inner node of the tree, the one that parts them, so the hashes of inner nodes are
 * kept by these gaps. A change makes those above it unknown and leaves the others as they are.
 */
import { compareBytes } from '../encoding/bytes.ts'
import type { Hash, Sha256 } from '../merkle/hash.ts'
import { bitOf, divergingBit, innerHash } from '../subject-index/tree.ts'
import { decodeSubjects, type StoredSubject } from './index-subject.ts'

/** Immutable, but for hashes that become known. */
export class IndexPage {
  static readonly EMPTY: IndexPage = new IndexPage([], [])

  readonly subjects: readonly StoredSubject[]
  /** Hash of the inner node between subjects i and i + 1, where it is known. */
  private readonly gaps: (Hash | undefined)[]

  private constructor(subjects: readonly StoredSubject[], gaps: (Hash | undefined)[]) {
    this.subjects = subjects
    this.gaps = gaps
  }

  /** @param subjects ascending by key, each once */
  static of(subjects: readonly StoredSubject[]): IndexPage {
    return new IndexPage(subjects, [])
  }

  /** @returns undefined when these bytes are no page */
  static decode(bytes: Uint8Array): IndexPage | undefined {
    const subjects = decodeSubjects(bytes)
    const isAscending = subjects?.every(({ key }, i) => i === 0 || compareBytes(keyAt(subjects, i - 1), key) < 0)
    return subjects === undefined || isAscending !== true ? undefined : IndexPage.of(subjects)
  }

  encode(): Uint8Array {
    const parts = this.subjects.map((subject) => subject.encoded())
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
      out.set(part, at)
      at += part.length
    }
    return out
  }

  /** The subject with this key. */
  find(key: Uint8Array): StoredSubject | undefined {
    return this.at(this.lowerBound(key), key)
  }

  private at(position: number, key: Uint8Array): StoredSubject | undefined {
    const found = this.subjects[position]
    return found !== undefined && compareBytes(found.key, key) === 0 ? found : undefined
  }

  /** With the subject in the place of the one with its key, or where it belongs. */
  with(subject: StoredSubject): IndexPage {
    const at = this.lowerBound(subject.key)
    const isThere = this.at(at, subject.key) !== undefined
    const subjects = this.subjects.toSpliced(at, isThere ? 1 : 0, subject)
    const page = new IndexPage(subjects, isThere ? [...this.gaps] : this.gaps.toSpliced(at, 0, undefined))
    // Also the gaps beside it: it lies below both.
    page.forgetAbove(at)
    return page
  }

  without(key: Uint8Array): IndexPage {
    return IndexPage.of(this.subjects.filter((subject) => compareBytes(subject.key, key) !== 0))
  }

  /** The subjects whose keys have this value in a bit. */
  side(bit: number, value: 0 | 1): IndexPage {
    return IndexPage.of(this.subjects.filter(({ key }) => bitOf(key, bit) === value))
  }

  /** Of the subtree of its subjects, one or more. */
  hash(sha256: Sha256): Hash {
    return this.rangeHash(0, this.subjects.length, sha256)
  }

  private rangeHash(start: number, end: number, sha256: Sha256): Hash {
    if (end - start === 1) return (this.subjects[start] as StoredSubject).hash(sha256)
    const { bit, middle } = this.part(start, end)
    const known = this.gaps[middle - 1]
    if (known !== undefined) return known
    const hash = innerHash(bit, this.rangeHash(start, middle, sha256), this.rangeHash(middle, end, sha256), sha256)
    this.gaps[middle - 1] = hash
    return hash
  }

  /** Makes the inner nodes unknown that have the subject below them. */
  private forgetAbove(position: number): void {
    for (let [start, end] = [0, this.subjects.length]; end - start > 1;) {
      const { middle } = this.part(start, end)
      this.gaps[middle - 1] = undefined
      if (position < middle) end = middle
      else start = middle
    }
  }

  /** Where the outermost inner node parts these subjects: the first subject on its right side. */
  private part(start: number, end: number): { bit: number; middle: number } {
    const bit = divergingBit(keyAt(this.subjects, start), keyAt(this.subjects, end - 1))
    let middle = start + 1
    while (bitOf(keyAt(this.subjects, middle), bit) === 0) middle++
    return { bit, middle }
  }

  /** Position of the first subject with a key >= key. */
  private lowerBound(key: Uint8Array): number {
    let [low, high] = [0, this.subjects.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareBytes(keyAt(this.subjects, middle), key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

function keyAt(subjects: readonly StoredSubject[], position: number): Uint8Array {
  return (subjects[position] as StoredSubject).key
}
