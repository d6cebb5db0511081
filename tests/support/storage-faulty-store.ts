/**
 * A Store that fails once, at a chosen commit, in one of the two ways that matter: nothing of it is on disk, or all of it
 * is and only the answer was lost. From then on it rejects everything, as the port demands.
 */
import { LedgerError } from '../../src/errors.ts'
import type { Operation, Range, Row, Store } from '../../src/storage/store.ts'

export type Fault = 'fails and is not persisted' | 'fails but is persisted'
export const FAULTS: readonly Fault[] = ['fails and is not persisted', 'fails but is persisted']

export class FaultyStore implements Store {
  readonly location: string
  failure: Error | undefined
  commits = 0
  private readonly inner: Store
  private readonly failAt: number
  private readonly fault: Fault

  constructor(inner: Store, failAt: number, fault: Fault) {
    this.inner = inner
    this.location = inner.location
    this.failAt = failAt
    this.fault = fault
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.assertUsable()
    return this.inner.get(key)
  }

  range(range: Range): AsyncIterable<Row> {
    this.assertUsable()
    return this.inner.range(range)
  }

  keys(range: Range): AsyncIterable<Uint8Array> {
    this.assertUsable()
    return this.inner.keys(range)
  }

  async commit(operations: readonly Operation[]): Promise<void> {
    this.assertUsable()
    if (this.commits++ !== this.failAt) {
      await this.inner.commit(operations)
      return
    }
    if (this.fault === 'fails but is persisted') await this.inner.commit(operations)
    this.failure = new LedgerError('STORE_FAILED', `commit ${this.failAt} fails, as planned`)
    throw this.failure
  }

  async close(): Promise<void> {
    await this.inner.close()
  }

  private assertUsable(): void {
    if (this.failure !== undefined) throw this.failure
  }
}
