/** Turns: at most so many holders of a key at once, the others wait in order, and the queue is bounded. */
import { LedgerError } from '../errors.ts'
import { asPeerError } from './peer-error.ts'

interface Turns {
  held: number
  readonly waiting: Set<() => void>
}

export class TurnTable {
  private readonly table = new Map<string, Turns>()
  private readonly maxHeld: number
  private readonly maxWaiting: number

  constructor(maxHeld: number, maxWaiting: number) {
    this.maxHeld = maxHeld
    this.maxWaiting = maxWaiting
  }

  /**
   * Resolves with the function that gives the turn back.
   *
   * @throws LedgerError PEER_BUSY when too many wait already
   * @throws LedgerError of the signal's reason when it aborts first
   */
  async take(key: string, signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw asPeerError(signal.reason, 'waiting for a turn')
    const turns = this.table.get(key) ?? { held: 0, waiting: new Set() }
    this.table.set(key, turns)
    if (turns.held < this.maxHeld) turns.held++
    else await this.wait(turns, signal)
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      this.release(key, turns)
    }
  }

  private async wait(turns: Turns, signal: AbortSignal): Promise<void> {
    if (turns.waiting.size >= this.maxWaiting) {
      throw new LedgerError('PEER_BUSY', `${turns.waiting.size} requests to this peer wait already`)
    }
    return new Promise((resolve, reject) => {
      const proceed = (): void => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      const onAbort = (): void => {
        turns.waiting.delete(proceed)
        reject(asPeerError(signal.reason, 'waiting for a turn'))
      }
      turns.waiting.add(proceed)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** The turn passes to the one who waited longest. */
  private release(key: string, turns: Turns): void {
    for (const proceed of turns.waiting) {
      turns.waiting.delete(proceed)
      proceed()
      return
    }
    turns.held--
    if (turns.held === 0) this.table.delete(key)
  }
}
