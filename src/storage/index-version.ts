/**
 * The subject index of a log as of one size, for looking up and proving. It reads through whoever keeps the pages, so that
 * what changed since is seen as it was.
 */
import { copyBytes } from '../encoding/bytes.ts'
import type { Hash, Sha256 } from '../merkle/hash.ts'
import { frontierRoot } from '../merkle/tree.ts'
import { listRoot } from '../subject-index/list.ts'
import type { IndexSubtree } from '../subject-index/proof.ts'
import { encodeRecord, type ListSummary } from '../subject-index/record.ts'
import { subtreeOf } from '../subject-index/rows.ts'
import { bitOf, type IndexRow, KEY_BITS } from '../subject-index/tree.ts'
import { ROOT_NODE } from './index-directory.ts'
import { type DirectoryNode, NONE } from './index-nodes.ts'
import type { IndexPage } from './index-page.ts'
import { withBit } from './index-prefix.ts'
import type { IndexState } from './index-state.ts'
import { CHUNK_POSITIONS, type StoredSubject } from './index-subject.ts'

export class IndexVersion {
  readonly size: number
  readonly subjects: number
  readonly root: Hash
  private readonly read: VersionReader
  private readonly sha256: Sha256

  constructor(state: IndexState, read: VersionReader, sha256: Sha256) {
    this.size = state.size
    this.subjects = state.subjects
    this.root = state.root
    this.read = read
    this.sha256 = sha256
  }

  /** For proofs; undefined: the index is empty. */
  tree(): IndexSubtree | undefined {
    return this.subjects === 0 ? undefined : this.subtree(ROOT_NODE, 0, new Uint8Array(KEY_BITS / 8))
  }

  /** Positions in the log of the statements of a kind that refer to the subject, ascending. */
  positions(key: Hash, relation: number): readonly number[] {
    const subject = this.subject(key)
    return subject === undefined ? [] : positionsOf(subject, relation, this.read.chunkAt)
  }

  /** How many there are of each kind. */
  counts(key: Hash): ReadonlyMap<number, number> {
    return new Map(this.subject(key)?.lists.map(({ relation, frontier }) => [relation, frontier.size]))
  }

  /** Every record, ascending by key. */
  *rows(): Iterable<IndexRow> {
    for (const subject of this.allSubjects()) yield subject.row(this.sha256)
  }

  /**
   * The records of an earlier size, ascending by key; undefined for each subject that nothing referred to then. They follow
   * from those of now, since entries only join the end of a list.
   *
   * @param leafHashOf of an entry below that size
   */
  *rowsAt(size: number, leafHashOf: (index: number) => Hash): Iterable<IndexRow | undefined> {
    for (const subject of this.allSubjects()) {
      const record = new Map<number, ListSummary>()
      for (const { relation, frontier, tail } of subject.lists) {
        const isSame = (tail.at(-1) ?? size) < size
        const all = isSame ? [] : positionsOf(subject, relation, this.read.chunkAt)
        const items = all.filter((index) => index < size).map((index) => ({ index, leafHash: leafHashOf(index) }))
        if (isSame) record.set(relation, { count: frontier.size, root: frontierRoot(frontier, this.sha256) })
        else if (items.length > 0) record.set(relation, { count: items.length, root: listRoot(items, this.sha256) })
      }
      yield record.size === 0 ? undefined : { key: subject.key, value: encodeRecord(record) }
    }
  }

  private *allSubjects(): Iterable<StoredSubject> {
    if (this.subjects > 0) yield* this.subjectsBelow(ROOT_NODE, 0, new Uint8Array(KEY_BITS / 8))
  }

  private subject(key: Hash): StoredSubject | undefined {
    let id = this.subjects === 0 ? NONE : ROOT_NODE
    for (let depth = 0; id !== NONE; depth++) {
      const node = this.read.nodeAt(id)
      if (node.isPage) {
        return this.read.pageAt(id, depth, key).find(key)
      }
      id = bitOf(key, depth) === 0 ? node.left : node.right
    }
    return undefined
  }

  private subtree(id: number, depth: number, prefix: Uint8Array): IndexSubtree {
    const node = this.read.nodeAt(id)
    if (node.isPage) {
      const rows = this.read.pageAt(id, depth, prefix).subjects.map((subject) => subject.row(this.sha256))
      return { hash: () => copyBytes(node.hash), open: () => (subtreeOf(rows, this.sha256) as IndexSubtree).open() }
    }
    const side = (child: number, bit: 0 | 1): IndexSubtree | undefined =>
      child === NONE
        ? undefined
        : lazy(copyBytes(this.read.nodeAt(child).hash), () =>
            this.subtree(child, depth + 1, withBit(prefix, depth, bit)),
          )
    const left = side(node.left, 0)
    const right = side(node.right, 1)
    if (left !== undefined && right !== undefined)
      return { hash: () => copyBytes(node.hash), open: () => ({ bit: depth, left, right }) }
    return left ?? (right as IndexSubtree)
  }

  private *subjectsBelow(id: number, depth: number, prefix: Uint8Array): Iterable<StoredSubject> {
    const node = this.read.nodeAt(id)
    if (node.isPage) {
      yield* this.read.pageAt(id, depth, prefix, false).subjects
      return
    }
    if (node.left !== NONE) yield* this.subjectsBelow(node.left, depth + 1, withBit(prefix, depth, 0))
    if (node.right !== NONE) yield* this.subjectsBelow(node.right, depth + 1, withBit(prefix, depth, 1))
  }
}

/** Where a version reads from. */
export interface VersionReader {
  readonly nodeAt: (id: number) => DirectoryNode
  readonly pageAt: (id: number, depth: number, key: Uint8Array, isKept?: boolean) => IndexPage
  readonly chunkAt: ChunkReader
}

export type ChunkReader = (key: Hash, relation: number, number: number) => readonly number[]

/** All positions of a list: full chunks, and the last ones with the subject. */
export function positionsOf(subject: StoredSubject, relation: number, chunkAt: ChunkReader): number[] {
  const list = subject.list(relation)
  if (list === undefined) return []
  const chunks = Array.from({ length: Math.floor(list.frontier.size / CHUNK_POSITIONS) }, (_, number) =>
    chunkAt(subject.key, relation, number),
  )
  return [...chunks.flat(), ...list.tail]
}

/** Hash is known, the rest is looked up when it is opened. */
function lazy(hash: Hash, subtree: () => IndexSubtree): IndexSubtree {
  return { hash: () => hash, open: () => subtree().open() }
}
