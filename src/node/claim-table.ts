/**
 * The witness's side of a claim: at most one living copy of a log holds the lease at a time (docs/protocol.md, "Claim").
 *
 * A lease is bound to one connection, ends with it, and ends 60 s after its last renewal. It lives in memory only: a
 * restarted witness has no connections, hence no leases.
 */
import { equalBytes } from '../encoding/bytes.ts'
import type { Clock } from './clock.ts'

export const CLAIM_LEASE_MS = 60_000

interface Lease {
  instance: Uint8Array
  connectionId: string
  renewedAtMs: number
}

export type ClaimAnswer = { granted: true } | { granted: false; renewedAgoMs: number }

export class ClaimTable {
  private readonly leases = new Map<string, Lease>()
  private readonly clock: Clock

  constructor(clock: Clock) {
    this.clock = clock
  }

  /**
   * Takes or renews the lease of a log. A lease moves to another connection only for the instance that holds it.
   *
   * @param instance 16 random bytes drawn by the claiming process at its start
   */
  claim(origin: string, instance: Uint8Array, connectionId: string): ClaimAnswer {
    const lease = this.liveLease(origin)
    const now = this.clock.monotonicMs()
    if (lease !== undefined && !equalBytes(lease.instance, instance)) {
      return { granted: false, renewedAgoMs: Math.round(now - lease.renewedAtMs) }
    }
    this.leases.set(origin, { instance, connectionId, renewedAtMs: now })
    return { granted: true }
  }

  /** True when this very connection holds the lease for this instance: notes and reservations are taken only then. */
  holds(origin: string, instance: Uint8Array, connectionId: string): boolean {
    const lease = this.liveLease(origin)
    return lease !== undefined && lease.connectionId === connectionId && equalBytes(lease.instance, instance)
  }

  release(origin: string, instance: Uint8Array): void {
    const lease = this.leases.get(origin)
    if (lease !== undefined && equalBytes(lease.instance, instance)) this.leases.delete(origin)
  }

  dropConnection(connectionId: string): void {
    for (const [origin, lease] of this.leases) if (lease.connectionId === connectionId) this.leases.delete(origin)
  }

  private liveLease(origin: string): Lease | undefined {
    const lease = this.leases.get(origin)
    if (lease === undefined) return undefined
    if (this.clock.monotonicMs() - lease.renewedAtMs <= CLAIM_LEASE_MS) return lease
    this.leases.delete(origin)
    return undefined
  }
}
