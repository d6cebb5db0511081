/**
 * Keeps configured peers connected: dials those that are not, waits longer after each failure, and spreads the dials.
 *
 * One timer for all peers. When a whole network restarts, the random part keeps the nodes from dialling in step.
 */
import { isLedgerError } from '../errors.ts'
import type { ConnectionEvent } from './connection.ts'
import type { Host } from './host.ts'

export interface ConfiguredPeer {
  peerId: string
  /** Multiaddrs, tried in order; those without `/p2p/` are completed with the peer id. */
  addresses: readonly string[]
}

export interface KeeperOptions {
  firstDelayMs?: number
  maxDelayMs?: number
  /** Uniform in [0, 1). */
  random?: () => number
}

export interface PeerKeeper {
  /** Replaces the configured peers, admits them at the host, and dials the new ones soon. */
  configure(peers: readonly ConfiguredPeer[]): void
  /** Why a peer is not connected; undefined when it is, or was not tried yet. */
  lastError(peerId: string): string | undefined
  stop(): void
}

interface Attempt {
  readonly peer: ConfiguredPeer
  failures: number
  dueAtMs: number
  openedAtMs: number
  isDialling: boolean
  lastError: string | undefined
}

const FIRST_DELAY_MS = 500
const MAX_DELAY_MS = 60_000
/** A connection that lasted this long was a good one. */
const SETTLED_MS = 10_000
/** Dials under way at once: the rest of a long list waits for its turn. */
const MAX_DIALS = 8

export function keepPeers(host: Host, options: KeeperOptions = {}): PeerKeeper {
  return new Keeper(host, options)
}

class Keeper implements PeerKeeper {
  private readonly host: Host
  private readonly firstDelayMs: number
  private readonly maxDelayMs: number
  private readonly random: () => number
  private attempts = new Map<string, Attempt>()
  private timer: NodeJS.Timeout | undefined
  private readonly stopped = new AbortController()
  private readonly stopListening: () => void

  constructor(host: Host, options: KeeperOptions) {
    this.host = host
    this.firstDelayMs = options.firstDelayMs ?? FIRST_DELAY_MS
    this.maxDelayMs = options.maxDelayMs ?? MAX_DELAY_MS
    this.random = options.random ?? Math.random
    this.stopListening = host.onConnection((event) => this.onConnection(event))
  }

  configure(peers: readonly ConfiguredPeer[]): void {
    const attempts = new Map<string, Attempt>()
    for (const peer of peers) {
      if (peer.peerId === this.host.peerId) continue
      const known = this.attempts.get(peer.peerId)
      const isSame = known !== undefined && known.peer.addresses.join(' ') === peer.addresses.join(' ')
      attempts.set(
        peer.peerId,
        isSame ? known : { peer, failures: 0, dueAtMs: 0, openedAtMs: 0, isDialling: false, lastError: undefined },
      )
    }
    this.attempts = attempts
    this.host.allow(attempts.keys())
    this.schedule()
  }

  lastError(peerId: string): string | undefined {
    return this.attempts.get(peerId)?.lastError
  }

  stop(): void {
    this.stopped.abort()
    this.stopListening()
    clearTimeout(this.timer)
  }

  private onConnection(event: ConnectionEvent): void {
    const attempt = this.attempts.get(event.connection.peerId)
    if (attempt === undefined) return
    if (event.type === 'open') {
      attempt.openedAtMs = performance.now()
      attempt.lastError = undefined
      return
    }
    // A peer that does not admit us lets the dial succeed and closes then: that is a failure, not a lost connection.
    const livedMs = performance.now() - attempt.openedAtMs
    attempt.failures = livedMs < SETTLED_MS ? attempt.failures + 1 : 0
    if (livedMs < SETTLED_MS) attempt.lastError = `the peer closed the connection after ${Math.round(livedMs)} ms`
    attempt.dueAtMs = performance.now() + this.delayMs(attempt)
    this.schedule()
  }

  /** Sets the one timer to the next peer that is due. */
  private schedule(): void {
    clearTimeout(this.timer)
    if (this.stopped.signal.aborted) return
    let next = Infinity
    for (const attempt of this.attempts.values()) if (this.isWanted(attempt)) next = Math.min(next, attempt.dueAtMs)
    if (next === Infinity) return
    this.timer = setTimeout(() => this.dialDue(), Math.max(0, next - performance.now()))
    this.timer.unref()
  }

  private dialDue(): void {
    const now = performance.now()
    let dialling = 0
    for (const attempt of this.attempts.values()) if (attempt.isDialling) dialling++
    for (const attempt of this.attempts.values()) {
      if (dialling >= MAX_DIALS) return
      if (!this.isWanted(attempt) || attempt.dueAtMs > now) continue
      dialling++
      attempt.isDialling = true
      void this.dial(attempt).finally(() => {
        attempt.isDialling = false
        this.schedule()
      })
    }
    this.schedule()
  }

  private isWanted(attempt: Attempt): boolean {
    return (
      !attempt.isDialling &&
      attempt.peer.addresses.length > 0 &&
      this.host.connections(attempt.peer.peerId).length === 0
    )
  }

  private async dial(attempt: Attempt): Promise<void> {
    for (const address of attempt.peer.addresses) {
      try {
        await this.host.connect(withPeerId(address, attempt.peer.peerId), { signal: this.stopped.signal })
        return
      } catch (error) {
        attempt.lastError = isLedgerError(error) ? error.message : String(error)
      }
    }
    attempt.failures++
    attempt.dueAtMs = performance.now() + this.delayMs(attempt)
  }

  /** Doubles with each failure, and varies by half, so that nodes do not dial in step. */
  private delayMs(attempt: Attempt): number {
    const delay = Math.min(this.maxDelayMs, this.firstDelayMs * 2 ** Math.min(attempt.failures, 20))
    return delay * (0.5 + this.random())
  }
}

function withPeerId(address: string, peerId: string): string {
  return address.includes('/p2p/') ? address : `${address}/p2p/${peerId}`
}
