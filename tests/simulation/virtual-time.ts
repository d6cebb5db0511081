/**
 * Time that moves only when nothing is left to do: timers run one by one, in the order of their times, and between two of
 * them every promise that can settle does. One seed gives one run.
 *
 * What the process itself offers (setTimeout, performance.now, Math.random) is replaced while a simulation runs, so the
 * nodes are the very code that ships.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** Whose timers they are: those of a process that was killed never run again. */
export interface Owner {
  isAlive: boolean
}

interface Timer {
  dueMs: number
  readonly order: number
  readonly run: () => void
  readonly owner: Owner
  readonly everyMs: number | undefined
  isCancelled: boolean
}

const owners = new AsyncLocalStorage<Owner>()
const NOBODY: Owner = { isAlive: true }
const { setImmediate: realSetImmediate } = globalThis

export class VirtualTime {
  nowMs = 0
  /** Timers that ran. */
  steps = 0
  /** A heap: the next timer first. */
  private readonly timers: Timer[] = []
  private order = 0

  /** Calls within `run`, and whatever follows from them, belong to this owner. */
  as<T>(owner: Owner, run: () => T): T {
    return owners.run(owner, run)
  }

  after(ms: number, run: () => void, everyMs?: number): Timer {
    const timer: Timer = {
      dueMs: this.nowMs + Math.max(0, ms),
      order: this.order++,
      run,
      owner: owners.getStore() ?? NOBODY,
      everyMs,
      isCancelled: false,
    }
    this.push(timer)
    return timer
  }

  /** In the owner's time: never, when it dies meanwhile. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve))
  }

  /** Runs until this time, or until `isDone`. */
  async run(untilMs: number, isDone: () => boolean = () => false): Promise<void> {
    await settle()
    while (!isDone()) {
      const next = this.timers[0]
      if (next === undefined || next.dueMs > untilMs) break
      this.pop()
      if (next.isCancelled || !next.owner.isAlive) continue
      this.nowMs = next.dueMs
      this.steps++
      owners.run(next.owner, next.run)
      if (next.everyMs !== undefined) {
        next.dueMs += Math.max(1, next.everyMs)
        this.push(next)
      }
      await settle()
    }
    if (!isDone()) this.nowMs = Math.max(this.nowMs, untilMs)
  }

  /** Puts this time, and this chance, in the place of the process's own; returns what puts them back. */
  install(random: () => number): () => void {
    const real = {
      setTimeout: globalThis.setTimeout,
      clearTimeout: globalThis.clearTimeout,
      setInterval: globalThis.setInterval,
      clearInterval: globalThis.clearInterval,
      random: Math.random,
      now: performance.now.bind(performance),
    }
    const timerOf = (run: (...args: unknown[]) => void, ms: number, args: unknown[], isRepeated: boolean): object => {
      const timer = this.after(ms, () => run(...args), isRepeated ? ms : undefined)
      const handle = { timer, ref: () => handle, unref: () => handle, hasRef: () => false }
      return handle
    }
    const clear = (handle: { timer?: Timer } | undefined): void => {
      if (handle?.timer !== undefined) handle.timer.isCancelled = true
    }
    Object.assign(globalThis, {
      setTimeout: (run: () => void, ms = 0, ...args: unknown[]) => timerOf(run, ms, args, false),
      setInterval: (run: () => void, ms = 0, ...args: unknown[]) => timerOf(run, ms, args, true),
      clearTimeout: clear,
      clearInterval: clear,
    })
    Math.random = random
    performance.now = () => this.nowMs
    return () => {
      const { random: realRandom, now, ...timers } = real
      Object.assign(globalThis, timers)
      Math.random = realRandom
      performance.now = now
    }
  }

  private push(timer: Timer): void {
    this.timers.push(timer)
    let i = this.timers.length - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (isBefore(this.timers[parent] as Timer, timer)) break
      this.timers[i] = this.timers[parent] as Timer
      i = parent
    }
    this.timers[i] = timer
  }

  private pop(): void {
    const last = this.timers.pop() as Timer
    if (this.timers.length === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= this.timers.length) break
      if (child + 1 < this.timers.length && isBefore(this.timers[child + 1] as Timer, this.timers[child] as Timer))
        child++
      if (isBefore(last, this.timers[child] as Timer)) break
      this.timers[i] = this.timers[child] as Timer
      i = child
    }
    this.timers[i] = last
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)
}

/** Everything that waits on nothing but promises has run: nothing in a simulation waits on the outside. */
function settle(): Promise<void> {
  return new Promise((resolve) => void realSetImmediate(resolve))
}
