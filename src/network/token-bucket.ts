/**
 * Fair shares of a node: a token bucket of requests and one of response bytes for every peer.
 *
 * An empty bucket delays, and beyond a bound answers `busy`. It never bans: peers under load are not misbehaving.
 */
import type { NetworkLimits } from './limits.ts'

/** Peers remembered. The one seen longest ago is forgotten first; a peer that reconnects finds its own debt. */
const MAX_PEERS = 1_024

export class TokenBucket {
  private readonly perSecond: number
  private readonly burst: number
  private level: number
  private updatedAtMs: number

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.perSecond = perSecond
    this.burst = burst
    this.level = burst
    this.updatedAtMs = nowMs
  }

  /** Takes `amount` in any case, and says how long to wait until the debt is paid: 0 when there is none. */
  take(amount: number, nowMs: number): number {
    this.level = Math.min(this.burst, this.level + ((nowMs - this.updatedAtMs) * this.perSecond) / 1_000) - amount
    this.updatedAtMs = nowMs
    return this.level >= 0 ? 0 : (-this.level * 1_000) / this.perSecond
  }
}

export interface PeerBudget {
  readonly requests: TokenBucket
  readonly bytes: TokenBucket
}

export class PeerBudgets {
  private readonly limits: NetworkLimits
  private readonly budgets = new Map<string, PeerBudget>()

  constructor(limits: NetworkLimits) {
    this.limits = limits
  }

  of(peerId: string, nowMs: number): PeerBudget {
    const { requestsPerSecond, requestBurst, bytesPerSecond, byteBurst } = this.limits
    const budget = this.budgets.get(peerId) ?? {
      requests: new TokenBucket(requestsPerSecond, requestBurst, nowMs),
      bytes: new TokenBucket(bytesPerSecond, byteBurst, nowMs),
    }
    this.budgets.delete(peerId)
    this.budgets.set(peerId, budget)
    if (this.budgets.size > MAX_PEERS) {
      for (const oldest of this.budgets.keys()) {
        this.budgets.delete(oldest)
        break
      }
    }
    return budget
  }
}
