/**
 * Takes and keeps this instance's claims at the other operators (docs/protocol.md, "Claim").
 *
 * One timer for all operators. Every change of the set of claims raises `epoch`: whoever evaluated their answers before
 * must do it again before signing.
 */
import { isLedgerError } from '../errors.ts'
import type { Clock } from './clock.ts'
import { JumpDetector } from './clock.ts'
import type { OperatorLink } from './operator-link.ts'

const RENEW_AFTER_MS = 10_000
const TICK_MS = 500
/** After a refusal all claims are dropped, so that two copies cannot block each other for ever, and asked for again. */
const RETREAT_MIN_MS = 5_000
const RETREAT_MAX_MS = 30_000
const ANOTHER_COPY_AFTER_MS = 90_000
/** A holder that renewed within this time is alive: it renews every 10 s. */
const ALIVE_WITHIN_MS = 20_000

export interface ClaimKeeperOptions {
  clock: Clock
  /** Something about the claims changed: look again. */
  onChange: () => void
  /** An operator lets another copy of this log sign, which renewed its claim a moment ago; told once. */
  onContested: (link: OperatorLink) => void
  /** A living copy of this log held a claim for 90 s while this one asked: this process must end (exit 7). */
  onAnotherCopy: () => void
}

export class ClaimKeeper {
  epoch = 0
  private readonly options: ClaimKeeperOptions
  private readonly jumps: JumpDetector
  private readonly links = new Map<string, OperatorLink>()
  private readonly busy = new Set<string>()
  private timer: NodeJS.Timeout | undefined
  private retreatUntilMs = 0
  private refusedSinceMs: number | undefined
  private isStopped = false

  constructor(options: ClaimKeeperOptions) {
    this.options = options
    this.jumps = new JumpDetector(options.clock)
  }

  start(): void {
    this.timer = setInterval(() => this.tick(), TICK_MS)
    this.tick()
  }

  /** Gives all claims back. */
  async stop(): Promise<void> {
    this.isStopped = true
    clearInterval(this.timer)
    await Promise.allSettled([...this.links.values()].map((link) => link.release()))
  }

  add(link: OperatorLink): void {
    this.links.set(link.card.origin, link)
    this.changed()
    this.tick()
  }

  remove(origin: string): void {
    const link = this.links.get(origin)
    this.links.delete(origin)
    this.changed()
    void link?.release().catch(() => undefined)
  }

  all(): OperatorLink[] {
    return [...this.links.values()]
  }

  /** Operators at which this instance holds the claim now. */
  live(): OperatorLink[] {
    return this.all().filter((link) => link.holdsClaim)
  }

  /** Whether a living copy of this log held a claim when this one last asked. */
  get isContested(): boolean {
    return this.refusedSinceMs !== undefined
  }

  /** Nothing that this operator answered counts any more. */
  peerTurnedAway(peerId: string): void {
    for (const link of this.all()) {
      if (link.card.peerId !== peerId || !link.holdsClaim) continue
      link.dropClaim()
      this.changed()
    }
  }

  /** A claim ends with its connection, and what was evaluated under it counts no more. Other connections do not matter. */
  connectionClosed(connectionId: string): void {
    if (!this.all().some((link) => link.claimConnectionId === connectionId)) return
    this.changed()
    this.tick()
  }

  private tick(): void {
    if (this.isStopped) return
    if (this.jumps.hasJumped()) {
      for (const link of this.links.values()) link.dropClaim()
      this.changed()
    }
    const now = this.options.clock.monotonicMs()
    for (const link of this.links.values()) {
      if (this.busy.has(link.card.origin) || !link.isReachable) continue
      if (link.holdsClaim) {
        if (now - (link.claimAgeStartMs ?? 0) >= RENEW_AFTER_MS) void this.ask(link, true)
      } else if (now >= this.retreatUntilMs) {
        void this.ask(link, false)
      }
    }
  }

  private async ask(link: OperatorLink, isRenewal: boolean): Promise<void> {
    this.busy.add(link.card.origin)
    try {
      const reply = await link.claim(this.options.clock.monotonicMs(), isRenewal)
      link.lastError = undefined
      if (reply.granted && !isRenewal) this.granted()
      if (!reply.granted && reply.renewedAgoMs !== undefined) await this.refused(link, reply.renewedAgoMs)
    } catch (error) {
      link.lastError = isLedgerError(error) ? `${error.code}: ${error.message}` : String(error)
      if (isRenewal && link.holdsClaim) {
        link.dropClaim()
        this.changed()
      }
    } finally {
      this.busy.delete(link.card.origin)
    }
  }

  private granted(): void {
    this.changed()
    if (this.live().length === this.links.size) this.refusedSinceMs = undefined
  }

  private async refused(link: OperatorLink, renewedAgoMs: number): Promise<void> {
    const now = this.options.clock.monotonicMs()
    if (renewedAgoMs > ALIVE_WITHIN_MS) {
      this.refusedSinceMs = undefined
    } else {
      if (this.refusedSinceMs === undefined) this.options.onContested(link)
      this.refusedSinceMs ??= now
      if (now - this.refusedSinceMs >= ANOTHER_COPY_AFTER_MS) {
        this.options.onAnotherCopy()
        return
      }
    }
    this.retreatUntilMs = now + RETREAT_MIN_MS + Math.random() * (RETREAT_MAX_MS - RETREAT_MIN_MS)
    const held = this.live()
    this.changed()
    await Promise.allSettled(held.map((link) => link.release()))
  }

  /** An operator remembers something newer than this copy knows: its answers must be judged again. */
  reconsider(): void {
    this.changed()
  }

  private changed(): void {
    this.epoch++
    this.options.onChange()
  }
}
