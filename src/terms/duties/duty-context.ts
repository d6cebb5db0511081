/**
 * What a duty is judged by: the agreement and the run it belongs to, its due date, and the verdict on it. One file beside
 * this one per kind of duty that can be judged.
 */
import type { CidText } from '../../encoding/cid.ts'
import type { Duty } from '../../statement/terms.ts'
import type { Horizon } from '../absence.ts'
import type { Ledger } from '../ledger.ts'
import { reason } from '../reason.ts'
import { DAY_SECONDS, type RunTimes } from '../revocation.ts'
import type { UsedVersion } from '../use-facts.ts'
import type { Outcome, Reason } from '../verdict.ts'

export interface DutyContext {
  readonly ledger: Ledger
  readonly horizon: Horizon
  /** min(instant, asOf), Unix seconds; undefined where the named logs prove no time. */
  readonly judgedAt: number | undefined
  readonly grant: CidText
  readonly termsId: CidText
  readonly lineage: CidText
  readonly user: CidText
  /** hi of the acceptance; undefined when not settled. */
  readonly acceptedAt: number | undefined
  readonly revokedAt: number | undefined
  readonly times: RunTimes
  readonly used: UsedVersion
}

export interface DutyVerdict {
  readonly outcome: Outcome
  readonly reasons: readonly Reason[]
  readonly delayDays?: number
}

/** One duty that has been triggered, with its due date. */
export interface DueDuty {
  readonly id: string
  readonly duty: Duty
  /** Unix seconds. */
  readonly due: number
  readonly isDueLater: boolean
}

export type DutyRule = (context: DutyContext, duty: DueDuty) => DutyVerdict

export function pending(context: DutyContext, id: string): DutyVerdict {
  return { outcome: 'pending', reasons: [reason('DUTY_PENDING', [context.termsId], { clause: id })] }
}

/** Whole days late, a day begun counted as one. */
export function delayInDays(doneAt: number, due: number): number {
  return Math.max(0, Math.ceil((doneAt - due) / DAY_SECONDS))
}
