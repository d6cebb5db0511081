/**
 * Statements that are admitted and durable but not in the tree yet: while claims are missing or a proposal is open.
 * Rows are numbered in order of acceptance; only ids and numbers are kept in memory.
 */
import { type CidText, cidOf } from '../encoding/cid.ts'
import type { Statement } from '../statement/envelope.ts'
import { queueKey } from '../storage/keys.ts'
import { deleteQueued, putQueued, readQueue } from '../storage/node-rows.ts'
import type { Operation, Store } from '../storage/store.ts'

export interface Queued {
  id: CidText
  bytes: Uint8Array
  /** Decoded already, where it comes straight from admission. */
  statement?: Statement
}

export class Queue {
  private readonly store: Store
  /** In order of acceptance. */
  private readonly numbers = new Map<CidText, number>()
  private next = 0

  private constructor(store: Store) {
    this.store = store
  }

  static async open(store: Store): Promise<Queue> {
    const queue = new Queue(store)
    for await (const { sequence, bytes } of readQueue(store)) {
      queue.numbers.set(cidOf(bytes), sequence)
      queue.next = sequence + 1
    }
    return queue
  }

  get size(): number {
    return this.numbers.size
  }

  has(id: CidText): boolean {
    return this.numbers.has(id)
  }

  /** Rows to commit; call {@link added} once they are durable. */
  prepareAdd(items: readonly Queued[]): Operation[] {
    return items.map(({ bytes }, i) => putQueued(this.next + i, bytes))
  }

  added(items: readonly Queued[]): void {
    for (const { id } of items) this.numbers.set(id, this.next++)
  }

  /** The oldest statements, at most `maxCount` and about `maxBytes`, at least one if there is any. */
  peek(maxCount: number, maxBytes: number): Queued[] {
    const out: Queued[] = []
    let total = 0
    for (const [id, number] of this.numbers) {
      if (out.length >= maxCount) break
      const bytes = this.store.get(queueKey(number))
      if (bytes === undefined) continue
      total += bytes.length
      if (total > maxBytes && out.length > 0) break
      out.push({ id, bytes })
    }
    return out
  }

  prepareRemove(items: readonly Queued[]): Operation[] {
    return items.flatMap(({ id }) => {
      const number = this.numbers.get(id)
      return number === undefined ? [] : [deleteQueued(number)]
    })
  }

  removed(items: readonly Queued[]): void {
    for (const { id } of items) this.numbers.delete(id)
  }
}
