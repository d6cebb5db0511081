/**
 * Takes statements in, in groups: everything that arrives while a batch is being written goes into the next one, so that
 * many submitters share one synced write. Resubmission is safe and leads to the one index and the same receipt.
 */
import { type CidText, cidFromDigest, digestOf } from '../encoding/cid.ts'
import { LedgerError } from '../errors.ts'
import type { Store } from '../storage/store.ts'
import type { Admission } from './admission.ts'
import type { DiskGuard } from './disk-guard.ts'
import { nativeSha256 } from './native-crypto.ts'
import type { OwnLog } from './own-log.ts'
import type { Queued } from './queue.ts'
import { BATCH_LIMITS, type Sequencer } from './sequencer.ts'

/** A group that goes straight into the tree is the next proposal's batch, and bounded like one; a commitment follows. */
const MAX_GROUP_ENTRIES = BATCH_LIMITS.entries - 1
const MAX_GROUP_BYTES = BATCH_LIMITS.bytes
/** How long a group waits for statements that are being checked. */
const GATHER_MS = 10

export interface IntakeOptions {
  store: Store
  own: OwnLog
  sequencer: Sequencer
  admission: Admission
  disk: DiskGuard
  /** Statements that may wait for a receipt. */
  backlog: number
  onFatal: (error: unknown) => void
}

interface Pending extends Queued {
  resolve: () => void
  reject: (error: unknown) => void
}

export class Intake {
  private readonly options: IntakeOptions
  private readonly pending: Pending[] = []
  /** Statements being checked or written, so that a second submission of the same bytes waits for the first. */
  private readonly writing = new Map<CidText, Promise<void>>()
  private isFlushing = false
  /** Statements that are being checked, and who waits for there to be none. */
  private checking = 0
  private onChecked: () => void = () => undefined

  constructor(options: IntakeOptions) {
    this.options = options
  }

  /**
   * Resolves once the statement is durable here: in the tree, or in the queue for it.
   *
   * @throws LedgerError as {@link Admission.admit}; BACKLOG when too many wait; DISK_LOW; STORE_FAILED
   */
  async submit(bytes: Uint8Array): Promise<{ readonly id: CidText; readonly isNew: boolean }> {
    const id = cidFromDigest(nativeSha256(bytes))
    if (this.isKnown(id)) return { id, isNew: false }
    const inFlight = this.writing.get(id)
    if (inFlight !== undefined) {
      await inFlight
      return { id, isNew: false }
    }
    const { own, backlog, disk } = this.options
    disk.assertTaken()
    // With those that are being checked or written: all of them arrived before this one.
    if (own.queue.size + own.unpublished + this.writing.size >= backlog) {
      throw new LedgerError('BACKLOG', `${backlog} statements wait for witnesses already`, {
        hint: 'nothing was recorded; submit again when `tally status` shows the witnesses connected',
      })
    }
    // Registered before the first await: an identical submission that arrives meanwhile joins this one.
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.writing.set(id, promise)
    promise.catch(() => undefined)
    try {
      await this.check(id, bytes, { resolve, reject })
      void this.flush()
      await promise
    } catch (error) {
      reject(error)
      throw error
    } finally {
      this.writing.delete(id)
    }
    return { id, isNew: true }
  }

  private async check(id: CidText, bytes: Uint8Array, waiting: Pick<Pending, 'resolve' | 'reject'>): Promise<void> {
    this.checking++
    try {
      const statement = await this.options.admission.admit(bytes)
      this.pending.push({ id, bytes, statement, ...waiting })
    } finally {
      if (--this.checking === 0) this.onChecked()
    }
  }

  isKnown(id: CidText): boolean {
    return this.options.own.queue.has(id) || this.options.own.tree.indexOf(digestOf(id)) !== undefined
  }

  private async flush(): Promise<void> {
    if (this.isFlushing) return
    this.isFlushing = true
    try {
      // One turn of the event loop: submissions that are ready now share the first write.
      await new Promise((resolve) => setImmediate(resolve))
      while (this.pending.length > 0) {
        await this.gather()
        await this.writeGroup(this.takeGroup())
      }
    } finally {
      this.isFlushing = false
    }
  }

  /**
   * What arrived together is checked one after the other; written as it comes, the first handful would cost a synced write
   * and the upper hashes of the index of its own.
   */
  private async gather(): Promise<void> {
    if (this.checking === 0 || this.pending.length >= MAX_GROUP_ENTRIES) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.onChecked = resolve
    const timer = setTimeout(resolve, GATHER_MS)
    await promise
    clearTimeout(timer)
  }

  private takeGroup(): Pending[] {
    let bytes = 0
    let count = 0
    while (count < this.pending.length && count < MAX_GROUP_ENTRIES && bytes < MAX_GROUP_BYTES) {
      bytes += this.pending[count]?.bytes.length ?? 0
      count++
    }
    return this.pending.splice(0, count)
  }

  private async writeGroup(group: readonly Pending[]): Promise<void> {
    const { own, sequencer, store } = this.options
    try {
      await own.writes.run(async () => {
        // Known since this was admitted: what others hold of this log was taken over meanwhile.
        const fresh = group.filter(({ id }) => !this.isKnown(id))
        // Once the fence is passed the tree itself is the durable place; otherwise the queue is.
        if (sequencer.canAppend && own.queue.size === 0) {
          if (fresh.length > 0) await own.append(fresh, BATCH_LIMITS)
          return
        }
        await store.commit(own.queue.prepareAdd(fresh))
        own.queue.added(fresh)
      })
      for (const { resolve } of group) resolve()
    } catch (error) {
      for (const { reject } of group) reject(error)
      this.options.onFatal(error)
    }
    sequencer.wake()
  }
}
