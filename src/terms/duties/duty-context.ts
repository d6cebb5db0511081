/**
 * What a duty is judged by: the agreement and the run it belongs to, its due date, and the verdict on it. One file beside
 * this one per kind of duty that is judged in a way of its own.
 */
import type { CidText } from '../../encoding/cid.ts'
import type { Grant } from '../../statement/grant.ts'
import type { Duty, Terms } from '../../statement/terms.ts'
import type { Horizon } from '../absence.ts'
import type { Act, Ledger } from '../ledger.ts'
import { reason } from '../reason.ts'
import { DAY_SECONDS, type RunTimes } from '../revocation.ts'
import type { UseChain, UseFacts, UsedVersion } from '../use-facts.ts'
import type { Outcome, Reason } from '../verdict.ts'
import type { TrustView } from '../view.ts'

export interface DutyContext {
  readonly ledger: Ledger
  readonly trust: TrustView
  readonly horizon: Horizon
  /** min(instant, asOf), Unix seconds; undefined where the named logs prove no time. */
  readonly judgedAt: number | undefined
  readonly grant: CidText
  readonly granted: Grant
  readonly termsId: CidText
  /** The pinned terms. */
  readonly terms: Terms
  readonly lineage: CidText
  readonly owner: CidText
  readonly steward: CidText | undefined
  readonly user: CidText
  /** hi of the acceptance; undefined when not settled. */
  readonly acceptedAt: number | undefined
  /** Price agreed in the acceptance, minor units. */
  readonly total: number | undefined
  readonly revokedAt: number | undefined
  /** What revoked the grant, its terms or the version, as far as it counts. */
  readonly revocations: readonly Act<13>[]
  readonly times: RunTimes
  readonly use: UseFacts
  readonly chain: UseChain
  readonly used: UsedVersion
}

export interface DutyVerdict {
  readonly outcome: Outcome
  readonly reasons: readonly Reason[]
  readonly delayDays?: number
  /** A third party that the verifier trusts attests what discharges it. */
  readonly isAttested?: boolean
}

/** What endorsers that the verifier trusts say of the user; anybody else's word shows nothing, and opens nothing. */
export function trustedCredentials({ ledger, trust, user }: DutyContext): readonly Act<16>[] {
  return ledger.linked(16, user).filter(({ iss }) => trust.endorsers.some((endorser) => endorser === iss))
}

/** One duty that has been triggered, with its due date. */
export interface DueDuty {
  readonly id: string
  readonly duty: Duty
  /** Unix seconds. */
  readonly due: number
  readonly isDueLater: boolean
  /** The statement that triggered it: a claim, a withdrawal. */
  readonly trigger?: Act
}

export type DutyRule = (context: DutyContext, duty: DueDuty) => DutyVerdict

export const FULFILLED: DutyVerdict = { outcome: 'compliant', reasons: [] }

export function pending(context: DutyContext, id: string): DutyVerdict {
  return { outcome: 'pending', reasons: [reason('DUTY_PENDING', [context.termsId], { clause: id })] }
}

/** Whole days late, a day begun counted as one. */
export function delayInDays(doneAt: number, due: number): number {
  return Math.max(0, Math.ceil((doneAt - due) / DAY_SECONDS))
}

/** Which words a sentence has for a delay: a duty can be overdue on the very day it was due. */
export function lateness(delayDays: number): 'none' | 'one' | 'many' {
  return delayDays === 0 ? 'none' : delayDays === 1 ? 'one' : 'many'
}

/** The reason under the clause of a duty. */
export function underClause(reason: Reason, clause: string): Reason {
  return { ...reason, clause }
}
