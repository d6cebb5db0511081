/**
 * A part of the index tree that is in memory as rows in ascending order of their keys. Nothing is hashed before it is
 * asked for.
 */
import type { Hash, Sha256 } from '../merkle/hash.ts'
import type { IndexSubtree } from './proof.ts'
import { bitOf, divergingBit, type IndexRow, innerHash, recordHash } from './tree.ts'

/** @returns undefined for no rows */
export function subtreeOf(rows: readonly IndexRow[], sha256: Sha256): IndexSubtree | undefined {
  return rows.length === 0 ? undefined : new RowsSubtree(rows, 0, rows.length, sha256)
}

type OpenedNode = ReturnType<IndexSubtree['open']>

class RowsSubtree implements IndexSubtree {
  private readonly rows: readonly IndexRow[]
  private readonly start: number
  private readonly end: number
  private readonly sha256: Sha256
  private known: Hash | undefined
  private opened: OpenedNode | undefined

  constructor(rows: readonly IndexRow[], start: number, end: number, sha256: Sha256) {
    this.rows = rows
    this.start = start
    this.end = end
    this.sha256 = sha256
  }

  hash(): Hash {
    if (this.known === undefined) {
      const node = this.open()
      this.known =
        'key' in node
          ? recordHash(node, this.sha256)
          : innerHash(node.bit, node.left.hash(), node.right.hash(), this.sha256)
    }
    return this.known
  }

  open(): OpenedNode {
    this.opened ??= this.split()
    return this.opened
  }

  private split(): OpenedNode {
    const first = this.rows[this.start] as IndexRow
    if (this.end - this.start === 1) return first
    // The rows are in order, so the outermost two part first, and one place in between divides both sides.
    const bit = divergingBit(first.key, (this.rows[this.end - 1] as IndexRow).key)
    let [low, high] = [this.start + 1, this.end - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (bitOf((this.rows[middle] as IndexRow).key, bit) === 0) low = middle + 1
      else high = middle
    }
    return { bit, left: this.part(this.start, low), right: this.part(low, this.end) }
  }

  private part(start: number, end: number): IndexSubtree {
    return new RowsSubtree(this.rows, start, end, this.sha256)
  }
}
