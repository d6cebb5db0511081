/**
 * Decides from the free space of the disk what a node still takes (docs/guarantees.md, "Disk"), and gives up and makes its
 * ballast. It reads, serves and publishes what it has accepted in every case.
 *
 * - enough: it takes everything.
 * - low: less is free than the limit. It takes no statements and no blobs; it follows and witnesses.
 * - scarce: less than a quarter of the limit. It copies no further entries of others and stores no reservations either: what
 *   is left is for its own log. It goes on cosigning what it has stored.
 */
import { LedgerError } from '../errors.ts'
import type { Ballast } from '../storage/ballast.ts'
import { type DiskSpace, leastFreeBytes } from '../storage/disk-space.ts'
import type { DiskStatus } from './api.ts'

/** One statfs: often enough that little is written between two, and too rarely to cost anything. */
const CHECK_INTERVAL_MS = 1000
const SCARCE_SHARE = 1 / 4

export interface DiskGuardOptions {
  measure: () => Promise<DiskSpace>
  ballast: Ballast
  /** `leastFreeMb` of node.yaml. */
  leastFreeMb: number | undefined
  /** A read-only node gives its ballast up, but makes none. */
  isReadOnly: boolean
  /** The level is another one than it was. */
  onChange: (status: DiskStatus) => void
}

export class DiskGuard {
  private readonly options: DiskGuardOptions
  private current: DiskStatus
  private timer: NodeJS.Timeout | undefined
  private checking: Promise<void> | undefined
  private making: Promise<void> | undefined
  private readonly stopped = new AbortController()

  private constructor(options: DiskGuardOptions, status: DiskStatus) {
    this.options = options
    this.current = status
  }

  /** Looks once, and gives the ballast up when the disk is full: before anything else is opened or written. */
  static async open(options: DiskGuardOptions): Promise<DiskGuard> {
    const guard = new DiskGuard(options, { freeBytes: 0, leastFreeBytes: 0, level: 'enough', isBallastReleased: false })
    await guard.look()
    return guard
  }

  get status(): DiskStatus {
    return this.current
  }

  start(): void {
    this.timer = setInterval(() => void this.check(), CHECK_INTERVAL_MS)
    void this.check()
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    this.stopped.abort()
    await this.checking
    await this.making
  }

  /** @throws LedgerError DISK_LOW when statements and blobs are not taken */
  assertTaken(): void {
    if (this.current.level === 'enough') return
    throw new LedgerError(
      'DISK_LOW',
      'the disk of this node is low on space; it takes no statements and files for now',
      {
        hint: 'nothing was recorded; `tally status` at the node says how much space is needed. Submit again then, or to another node',
      },
    )
  }

  /** @throws LedgerError DISK_LOW when entries of others are not stored any more */
  assertStoresForOthers(): void {
    if (this.current.level !== 'scarce') return
    throw new LedgerError('DISK_LOW', 'the disk of this node is nearly full; it stores nothing of others for now')
  }

  /** What the timer does: one look, however often it is asked for meanwhile. */
  check(): Promise<void> {
    this.checking ??= this.look()
      // A home that cannot be looked at for a moment is no reason to refuse anything; writing to it will tell.
      .catch(() => undefined)
      .finally(() => (this.checking = undefined))
    return this.checking
  }

  private async look(): Promise<void> {
    const { measure, ballast, isReadOnly } = this.options
    let space = await measure()
    let heldBytes = this.making === undefined ? await ballast.heldBytes() : 0
    // One of another size is what a crash, or another setting, has left.
    const isGivenUp = heldBytes > 0 && (heldBytes !== ballast.sizeBytes || isBelow(space, ballast.sizeBytes))
    if (isGivenUp) {
      await ballast.release()
      heldBytes = 0
      space = await measure()
    }
    const least = leastFreeBytes(space.totalBytes, this.options.leastFreeMb)
    const isMissing = heldBytes < ballast.sizeBytes && this.making === undefined
    // With it there must be as much free as is asked for, or making it would be what stops the node.
    const hasRoom = !isBelow(space, Math.max(least, ballast.sizeBytes) + ballast.sizeBytes)
    if (isMissing && hasRoom && !isReadOnly && this.timer !== undefined) this.makeBallast()
    this.report({
      freeBytes: space.freeBytes,
      leastFreeBytes: least,
      level: levelOf(space, least),
      isBallastReleased: isMissing && !hasRoom,
    })
  }

  private makeBallast(): void {
    this.making = this.options.ballast
      .make(this.stopped.signal)
      .then(() => undefined)
      // It is tried again when the disk is looked at next; what is wrong with the home, other writes will say.
      .catch(() => undefined)
      .finally(() => (this.making = undefined))
  }

  private report(status: DiskStatus): void {
    const before = this.current.level
    this.current = status
    if (status.level !== before) this.options.onChange(status)
  }
}

function levelOf(space: DiskSpace, least: number): DiskStatus['level'] {
  if (isBelow(space, least * SCARCE_SHARE)) return 'scarce'
  return isBelow(space, least) ? 'low' : 'enough'
}

function isBelow({ freeBytes, totalBytes }: DiskSpace, bytes: number): boolean {
  return totalBytes > 0 && freeBytes < bytes
}
