/**
 * Remembers logs that were caught with two histories. The proof is stored before anything else happens; the log stays
 * frozen, across restarts, until a person lifts it; nothing is deleted (docs/guarantees.md, "Replica").
 */
import { type CborValue, decodeCbor, encodeCbor, isCborArray } from '../encoding/cbor.ts'
import { LedgerError } from '../errors.ts'
import { putFreeze, readFreezes } from '../storage/node-rows.ts'
import type { Operation, Store } from '../storage/store.ts'
import type { Clock } from './clock.ts'

export interface ForkRecord {
  origin: string
  /** An equivocation proof (src/note/equivocation.ts). */
  proof: Uint8Array
  /** Size up to which both branches agree as far as this node knows: the log is served up to here. */
  size: number
  otherSize: number
  detectedAt: number
  /** A person has looked at it and lifted the freeze; the proof stays. */
  isLifted: boolean
}

export class ForkKeeper {
  private readonly store: Store
  private readonly clock: Clock
  private readonly records = new Map<string, ForkRecord>()
  private readonly listeners: ((record: ForkRecord) => void)[] = []

  private constructor(store: Store, clock: Clock) {
    this.store = store
    this.clock = clock
  }

  static async open(store: Store, clock: Clock): Promise<ForkKeeper> {
    const keeper = new ForkKeeper(store, clock)
    for await (const { value } of readFreezes(store)) {
      const record = decodeRecord(value)
      keeper.records.set(record.origin, record)
    }
    return keeper
  }

  onFork(listener: (record: ForkRecord) => void): void {
    this.listeners.push(listener)
  }

  isFrozen(origin: string): boolean {
    return this.records.get(origin)?.isLifted === false
  }

  find(origin: string): ForkRecord | undefined {
    return this.records.get(origin)
  }

  all(): ForkRecord[] {
    return [...this.records.values()]
  }

  /** Persists the proof, then freezes. A second proof against the same log adds nothing. */
  async freeze(origin: string, proof: Uint8Array, size: number, otherSize: number): Promise<void> {
    if (this.isFrozen(origin)) return
    const record: ForkRecord = { origin, proof, size, otherSize, detectedAt: this.clock.nowSeconds(), isLifted: false }
    await this.store.commit([prepareRecord(record)])
    this.records.set(origin, record)
    for (const listener of this.listeners) listener(record)
  }

  /** @throws LedgerError NOT_FOUND when no fork of that log is known */
  async lift(origin: string): Promise<void> {
    const record = this.records.get(origin)
    if (record === undefined) throw new LedgerError('NOT_FOUND', `no fork of ${origin} is known here`)
    const lifted = { ...record, isLifted: true }
    await this.store.commit([prepareRecord(lifted)])
    this.records.set(origin, lifted)
  }
}

function prepareRecord(record: ForkRecord): Operation {
  const value: CborValue = [
    record.origin,
    record.proof,
    record.size,
    record.otherSize,
    record.detectedAt,
    record.isLifted,
  ]
  return putFreeze(record.origin, encodeCbor(value))
}

function decodeRecord(row: Uint8Array): ForkRecord {
  const value = decodeCbor(row)
  if (isCborArray(value)) {
    const [origin, proof, size, otherSize, detectedAt, isLifted] = value
    if (
      typeof origin === 'string' &&
      proof instanceof Uint8Array &&
      typeof size === 'number' &&
      typeof otherSize === 'number' &&
      typeof detectedAt === 'number' &&
      typeof isLifted === 'boolean'
    ) {
      return { origin, proof, size, otherSize, detectedAt, isLifted }
    }
  }
  throw new LedgerError('STORE_CORRUPT', 'a stored fork record is not in a known form')
}
