/**
 * A disk that survives its process: rows and head are what was written before the crash. A write takes time, is made at one
 * moment of it and acknowledged at a later one; a process that dies in between has written without ever knowing it.
 */
import type { Head, HeadKeeper } from '../../src/storage/head-file.ts'
import { assertReplaceable, formatHead, parseHead } from '../../src/storage/head-file.ts'
import { LedgerError } from '../../src/errors.ts'
import { Ballast } from '../../src/storage/ballast.ts'
import type { DiskSpace } from '../../src/storage/disk-space.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { assertOperations, type Operation, type Range, type Row, type Store } from '../../src/storage/store.ts'
import type { Chance } from './random.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface DiskSpeed {
  /** Longest time of one write. */
  slowestMs: number
  /** Its last write is gone when its process is killed, as on disks that acknowledge what they have not written. */
  isLying: boolean
}

const TOTAL_BYTES = 100_000_000_000

export class SimulatedDisk {
  readonly speed: DiskSpeed = { slowestMs: 10, isLying: false }
  isFull = false
  freeBytes: number = TOTAL_BYTES
  private rows = new MemoryStore()
  private head: string | undefined
  /** A lying disk before its last write. */
  private before: SimulatedDisk | undefined

  /** Its process was killed. */
  powerLost(): void {
    if (this.before === undefined) return
    this.rows = this.before.rows
    this.head = this.before.head
  }

  /** As it is at this moment: what a backup would hold that stops the disk for it. */
  copy(): SimulatedDisk {
    const copy = new SimulatedDisk()
    copy.rows = this.rows.reopened()
    copy.head = this.head
    return copy
  }

  measure(): DiskSpace {
    return { freeBytes: this.freeBytes, totalBytes: TOTAL_BYTES }
  }

  async prepare(fill: (store: Store) => Promise<Head>): Promise<void> {
    this.head = formatHead(await fill(this.rows))
  }

  open(time: VirtualTime, chance: Chance): { store: Store; head: HeadKeeper } {
    // Rows of a closed store are reopened; an earlier process of this disk holds on to its own object.
    this.rows = this.rows.reopened()
    const rows = this.rows
    const write = async (apply: () => Promise<void>): Promise<void> => {
      const ms = chance.between(0.1, this.speed.slowestMs)
      const doneMs = chance.between(0, ms)
      await time.sleep(doneMs)
      if (this.speed.isLying) this.before = this.copy()
      await apply()
      await time.sleep(ms - doneMs)
    }
    const head: HeadKeeper = {
      read: async () => (this.head === undefined ? undefined : parseHead(this.head)),
      replace: (expected, next) =>
        write(async () => {
          assertReplaceable(this.head, expected, next)
          this.head = formatHead(next)
        }),
    }
    return { store: new SimulatedStore(rows, write, () => this.isFull), head }
  }
}

/** Its file would be a real one. */
export class NoBallast extends Ballast {
  constructor() {
    super('/nonexistent', 0)
  }

  override async heldBytes(): Promise<number> {
    return 0
  }

  override async release(): Promise<void> {
    throw new LedgerError('INVARIANT', 'there is no ballast in a simulation')
  }
}

class SimulatedStore implements Store {
  readonly location = 'simulated disk'
  failure: Error | undefined
  private readonly rows: MemoryStore
  private readonly write: (apply: () => Promise<void>) => Promise<void>
  private readonly isFull: () => boolean
  /** Commits take effect in call order. */
  private last: Promise<void> = Promise.resolve()

  constructor(rows: MemoryStore, write: SimulatedStore['write'], isFull: () => boolean) {
    this.rows = rows
    this.write = write
    this.isFull = isFull
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.rows.get(key)
  }

  range(range: Range): AsyncIterable<Row> {
    return this.rows.range(range)
  }

  keys(range: Range): AsyncIterable<Uint8Array> {
    return this.rows.keys(range)
  }

  async commit(operations: readonly Operation[]): Promise<void> {
    assertOperations(operations)
    const turn = this.last.then(() =>
      this.write(async () => {
        if (this.isFull()) this.failure ??= new LedgerError('DISK_FULL', 'no space left on the simulated disk')
        if (this.failure !== undefined)
          throw new LedgerError('STORE_FAILED', 'the simulated disk is full', { cause: this.failure })
        await this.rows.commit(operations)
      }),
    )
    this.last = turn.catch(() => undefined)
    await turn
  }

  async close(): Promise<void> {
    await this.last
  }
}
