/**
 * The logs this node holds: its own and those of the operators it follows, each with the card that introduced it.
 */
import { toHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { logIdOf } from '../network/log-id.ts'
import type { VerifierKey } from '../note/verifier-key.ts'
import type { LogStore } from '../storage/log-store.ts'
import type { Card } from './card.ts'

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
}

export class LogRegistry {
  private readonly byOrigin = new Map<string, HeldLog>()
  private readonly byId = new Map<string, HeldLog>()

  add(log: Omit<HeldLog, 'logId'>): HeldLog {
    const held = { ...log, logId: toHex(logIdOf(log.origin)) }
    this.byOrigin.set(held.origin, held)
    this.byId.set(held.logId, held)
    return held
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
