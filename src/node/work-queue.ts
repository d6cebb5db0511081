/**
 * One piece of work per key at a time, fair among keys, with a back-off per key after a failure. Timers do not grow with
 * the number of logs: one timer serves the whole queue.
 */
import type { Clock } from './clock.ts'

export interface WorkQueueOptions {
  clock: Clock
  /** How many keys are worked on at once. */
  parallel: number
  /** Called with a failed key; the key is retried after its back-off. */
  onFailure?: (key: string, error: unknown) => void
  firstBackoffMs?: number
  maxBackoffMs?: number
}

interface Waiting {
  notBeforeMs: number
  failures: number
}

/** The worker answers `true` when the key wants another turn at once (more work is left). */
export type Worker = (key: string) => Promise<boolean>

export class WorkQueue {
  private readonly waiting = new Map<string, Waiting>()
  private readonly running = new Set<string>()
  private readonly again = new Set<string>()
  private readonly failures = new Map<string, number>()
  private readonly worker: Worker
  private readonly options: WorkQueueOptions
  private timer: NodeJS.Timeout | undefined
  private isStopped = false

  constructor(worker: Worker, options: WorkQueueOptions) {
    this.worker = worker
    this.options = options
  }

  /** Asks for a turn. A key that is backing off keeps its place unless `isUrgent` (news arrived, so retrying makes sense). */
  add(key: string, isUrgent = false): void {
    if (this.isStopped) return
    if (this.running.has(key)) {
      this.again.add(key)
      return
    }
    const waiting = this.waiting.get(key)
    if (waiting === undefined) this.waiting.set(key, { notBeforeMs: 0, failures: this.failures.get(key) ?? 0 })
    else if (isUrgent) waiting.notBeforeMs = 0
    this.pump()
  }

  async stop(): Promise<void> {
    this.isStopped = true
    clearTimeout(this.timer)
    this.waiting.clear()
    this.again.clear()
    while (this.running.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  private pump(): void {
    clearTimeout(this.timer)
    const now = this.options.clock.monotonicMs()
    let nextMs = Infinity
    for (const [key, waiting] of this.waiting) {
      if (this.running.size >= this.options.parallel) return
      if (waiting.notBeforeMs > now) {
        nextMs = Math.min(nextMs, waiting.notBeforeMs)
        continue
      }
      this.waiting.delete(key)
      void this.runOne(key)
    }
    if (nextMs < Infinity) this.timer = setTimeout(() => this.pump(), Math.max(1, nextMs - now))
  }

  private async runOne(key: string): Promise<void> {
    this.running.add(key)
    let wantsMore = false
    let hasFailed = false
    try {
      wantsMore = await this.worker(key)
      this.failures.delete(key)
    } catch (error) {
      hasFailed = true
      this.options.onFailure?.(key, error)
    }
    this.running.delete(key)
    if (this.isStopped) return
    const isAskedAgain = this.again.delete(key)
    if (hasFailed) {
      const failures = (this.failures.get(key) ?? 0) + 1
      this.failures.set(key, failures)
      this.waiting.set(key, { notBeforeMs: this.options.clock.monotonicMs() + this.backoffMs(failures), failures })
    } else if (wantsMore || isAskedAgain) {
      // Re-inserted at the end of the map, so a busy log does not starve the others.
      this.waiting.set(key, { notBeforeMs: 0, failures: 0 })
    }
    this.pump()
  }

  private backoffMs(failures: number): number {
    const first = this.options.firstBackoffMs ?? 250
    const most = this.options.maxBackoffMs ?? 30_000
    const base = Math.min(most, first * 2 ** Math.min(failures - 1, 20))
    return base * (0.5 + Math.random() / 2)
  }
}
