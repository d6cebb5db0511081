/**
 * The two clocks a node lives by: wall time for cosignatures, monotonic time for leases and timeouts. Injected, so that
 * tests move time; only this file asks the system.
 */
export interface Clock {
  /** Unix time in whole seconds. Proves nothing about what others sign. */
  nowSeconds(): number
  /** Milliseconds since some start; never goes back. */
  monotonicMs(): number
}

/** No cosignature is taken that is dated further ahead of the own clock. */
export const MAX_AHEAD_SECONDS = 120

export const systemClock: Clock = {
  nowSeconds: () => Math.floor(Date.now() / 1000),
  monotonicMs: () => performance.now(),
}

const JUMP_LIMIT_MS = 5000

/**
 * Notices a wall clock that jumps against the monotonic one (a suspended laptop, a cloned virtual machine, a wrong NTP
 * step). After a difference of 5 s a node treats its claims as lapsed (docs/protocol.md, "Claim").
 */
export class JumpDetector {
  private readonly clock: Clock
  private wallMs: number
  private monotonicMs: number

  constructor(clock: Clock) {
    this.clock = clock
    this.wallMs = clock.nowSeconds() * 1000
    this.monotonicMs = clock.monotonicMs()
  }

  /** True once per jump; wall time is whole seconds, so a second of rounding is allowed for. */
  hasJumped(): boolean {
    const wallMs = this.clock.nowSeconds() * 1000
    const monotonicMs = this.clock.monotonicMs()
    const difference = wallMs - this.wallMs - (monotonicMs - this.monotonicMs)
    if (Math.abs(difference) < JUMP_LIMIT_MS + 1000) return false
    this.wallMs = wallMs
    this.monotonicMs = monotonicMs
    return true
  }
}
