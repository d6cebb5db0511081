/**
 * A Store in memory, for tests, simulations and dry runs: the same contract, "durable" until the object is dropped.
 */
import { compareBytes, copyBytes, toHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { assertOperations, type Operation, type Range, type Row, type Store } from './store.ts'

export class MemoryStore implements Store {
  readonly location = 'memory'
  failure: Error | undefined
  private readonly rows = new Map<string, Row>()
  /** Rows in key order, rebuilt by the first range after a commit. */
  private sorted: readonly Row[] | undefined
  private isClosed = false

  get(key: Uint8Array): Uint8Array | undefined {
    this.assertUsable()
    const row = this.rows.get(toHex(key))
    return row === undefined ? undefined : copyBytes(row[1])
  }

  async *range(range: Range): AsyncIterable<Row> {
    this.assertUsable()
    this.sorted ??= [...this.rows.values()].sort((a, b) => compareBytes(a[0], b[0]))
    const snapshot = this.sorted
    let left = range.limit ?? Infinity
    const [first, last] = [lowerBound(snapshot, range.gte), lowerBound(snapshot, range.lt)]
    for (let step = 0; step < last - first && left > 0; step++, left--) {
      const row = snapshot[range.reverse === true ? last - 1 - step : first + step]
      if (row === undefined) return
      yield [copyBytes(row[0]), copyBytes(row[1])]
      this.assertUsable()
    }
  }

  async *keys(range: Range): AsyncIterable<Uint8Array> {
    for await (const [key] of this.range(range)) yield key
  }

  async commit(operations: readonly Operation[]): Promise<void> {
    this.assertUsable()
    assertOperations(operations)
    for (const operation of operations) {
      const name = toHex(operation.key)
      if (operation.type === 'del') this.rows.delete(name)
      else this.rows.set(name, [copyBytes(operation.key), copyBytes(operation.value)])
    }
    this.sorted = undefined
  }

  async close(): Promise<void> {
    this.isClosed = true
  }

  /** A second store with the same rows, as a reopened directory would be. Works on a closed store. */
  reopened(): MemoryStore {
    const copy = new MemoryStore()
    for (const [name, row] of this.rows) copy.rows.set(name, row)
    return copy
  }

  private assertUsable(): void {
    if (this.isClosed) throw new LedgerError('STORE_FAILED', 'the store in memory is closed')
    if (this.failure !== undefined) {
      throw new LedgerError('STORE_FAILED', 'the store in memory has failed before', { cause: this.failure })
    }
  }
}

/** Position of the first row with a key >= key. */
function lowerBound(rows: readonly Row[], key: Uint8Array): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    const row = rows[middle]
    if (row !== undefined && compareBytes(row[0], key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
