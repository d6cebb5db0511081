/**
 * The logs this node holds: its own and those of the operators it follows, each with the card that introduced it.
 */
import { toHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { logIdOf } from '../network/log-id.ts'
import type { VerifierKey } from '../note/verifier-key.ts'
import type { IndexStore } from '../storage/index-store.ts'
import type { LogStore } from '../storage/log-store.ts'
import type { Card } from './card.ts'
import { Mutex } from './mutex.ts'

export interface HeldLog {
  origin: string
  /** Hex SHA-256 of the origin. */
  logId: string
  name: string
  logKey: VerifierKey
  /** Absent for the own log. */
  card?: Card
  isOwn: boolean
  store: LogStore
  /** What its entries refer to; grows with the store, in the same batches (log-growth.ts). */
  index: IndexStore
  /** Held by whoever appends to a replica: the follower, or the witness when it takes over a confirmed reservation. */
  appends: Mutex
}

/** A log as it was opened from the store. */
export type OpenedLog = Pick<HeldLog, 'store' | 'index'>

export class LogRegistry {
  private readonly byOrigin = new Map<string, HeldLog>()
  private readonly byId = new Map<string, HeldLog>()

  add(log: Omit<HeldLog, 'logId' | 'appends'>): HeldLog {
    const held = { ...log, logId: toHex(logIdOf(log.origin)), appends: new Mutex() }
    this.byOrigin.set(held.origin, held)
    this.byId.set(held.logId, held)
    return held
  }

  /** Starts holding the log that a card introduces. */
  follow(card: Card, opened: OpenedLog): HeldLog {
    return this.add({ origin: card.origin, name: card.name, logKey: card.logKey, card, isOwn: false, ...opened })
  }

  remove(origin: string): void {
    const held = this.byOrigin.get(origin)
    if (held === undefined || held.isOwn) return
    this.byOrigin.delete(origin)
    this.byId.delete(held.logId)
  }

  get(origin: string): HeldLog | undefined {
    return this.byOrigin.get(origin)
  }

  getById(logId: Uint8Array): HeldLog | undefined {
    return this.byId.get(toHex(logId))
  }

  /** @throws LedgerError UNKNOWN_LOG */
  require(origin: string): HeldLog {
    const held = this.byOrigin.get(origin)
    if (held === undefined) throw new LedgerError('UNKNOWN_LOG', `this node does not hold the log ${origin}`)
    return held
  }

  all(): HeldLog[] {
    return [...this.byOrigin.values()]
  }
}
