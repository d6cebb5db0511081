/**
 * The index of a log whose entries are all in memory, by the definitions alone: for logs that are small or without an index
 * of their own. A node keeps its index on disk (storage/index-store.ts).
 */
import { compareBytes, fromHex, toHex } from '../encoding/bytes.ts'
import { type Hash, leafHash, type Sha256 } from '../merkle/hash.ts'
import { type ListItem, listRoot } from './list.ts'
import { postingsOfEntry } from './postings.ts'
import type { IndexSubtree } from './proof.ts'
import { encodeRecord } from './record.ts'
import { subtreeOf } from './rows.ts'
import { EMPTY_INDEX_ROOT, type IndexRow } from './tree.ts'

export class MemoryIndex {
  private readonly sha256: Sha256
  /** By hex key, then by relation. */
  private readonly lists = new Map<string, Map<number, ListItem[]>>()
  /** Encoded records of keys that have not changed since. */
  private readonly records = new Map<string, Uint8Array>()
  private whole: IndexSubtree | undefined
  private entries = 0

  constructor(sha256: Sha256) {
    this.sha256 = sha256
  }

  /** Entries so far. */
  get size(): number {
    return this.entries
  }

  get subjects(): number {
    return this.lists.size
  }

  append(entry: Uint8Array): void {
    const item = { index: this.entries++, leafHash: leafHash(entry, this.sha256) }
    for (const { key, relation } of postingsOfEntry(entry, this.sha256)) {
      const name = toHex(key)
      const lists = this.lists.get(name) ?? new Map<number, ListItem[]>()
      this.lists.set(name, lists)
      const items = lists.get(relation)
      if (items === undefined) lists.set(relation, [item])
      else items.push(item)
      this.records.delete(name)
      this.whole = undefined
    }
  }

  /** How many statements refer to the subject, by their kind. */
  counts(key: Hash): ReadonlyMap<number, number> {
    return new Map([...(this.lists.get(toHex(key)) ?? [])].map(([relation, items]) => [relation, items.length]))
  }

  /** Their positions in the log, ascending. */
  positions(key: Hash, relation: number): readonly number[] {
    return (this.lists.get(toHex(key))?.get(relation) ?? []).map(({ index }) => index)
  }

  /** Every record, ascending by key. */
  rows(): IndexRow[] {
    const rows = [...this.lists.keys()].map((name) => ({ key: fromHex(name), value: this.recordOf(name) }))
    return rows.toSorted((a, b) => compareBytes(a.key, b.key))
  }

  /** For proofs; undefined: nothing refers to anything. */
  tree(): IndexSubtree | undefined {
    this.whole ??= subtreeOf(this.rows(), this.sha256)
    return this.whole
  }

  root(): Hash {
    return this.tree()?.hash() ?? EMPTY_INDEX_ROOT
  }

  private recordOf(name: string): Uint8Array {
    const known = this.records.get(name)
    if (known !== undefined) return known
    const lists = [...(this.lists.get(name) ?? [])]
    const record = new Map(
      lists.map(([relation, items]) => [relation, { count: items.length, root: listRoot(items, this.sha256) }]),
    )
    const encoded = encodeRecord(record)
    this.records.set(name, encoded)
    return encoded
  }
}
