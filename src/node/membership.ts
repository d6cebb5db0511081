/**
 * Which operators count for the quorum of the own log: those that have stored its newest published note at least once
 * (docs/protocol.md, "Quorum"). Counting survives a restart; taking an operator's card away ends it.
 */
import { decodeUtf8 } from '../encoding/utf8.ts'
import type { Store } from '../storage/store.ts'
import { nodeRowKey, nodeRowRange, nodeRowSuffix } from './rows.ts'

export class Membership {
  private readonly store: Store
  private readonly origins = new Set<string>()

  private constructor(store: Store) {
    this.store = store
  }

  static async open(store: Store): Promise<Membership> {
    const membership = new Membership(store)
    for await (const [key] of store.range(nodeRowRange('counted')))
      membership.origins.add(decodeUtf8(nodeRowSuffix('counted', key)))
    return membership
  }

  /** Origins of the operators that count, in byte order. */
  counted(): string[] {
    return [...this.origins].toSorted()
  }

  isCounted(origin: string): boolean {
    return this.origins.has(origin)
  }

  async count(origin: string): Promise<void> {
    await this.store.commit([{ type: 'put', key: nodeRowKey('counted', origin), value: new Uint8Array([1]) }])
    this.origins.add(origin)
  }

  async remove(origin: string): Promise<void> {
    if (!this.origins.has(origin)) return
    await this.store.commit([{ type: 'del', key: nodeRowKey('counted', origin) }])
    this.origins.delete(origin)
  }
}
