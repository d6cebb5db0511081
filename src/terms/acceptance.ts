/**
 * Was the grant accepted by this user before the run started? Without acceptance a grant is an offer (docs/terms.md C,
 * step 0).
 */
import type { CidText } from '../encoding/cid.ts'
import { type Horizon, deadlineMet } from './absence.ts'
import { linkedFor } from './actors.ts'
import type { Act, Ledger } from './ledger.ts'
import { type Judgement, all, fails, reason, unknown } from './reason.ts'
import { type SignedAct, mayAct, signedAct } from './signer.ts'
import { type Witnessed, order } from './time-interval.ts'

export interface AcceptanceInput {
  readonly ledger: Ledger
  readonly horizon: Horizon
  readonly grant: Act<9>
  readonly signedGrant: SignedAct
  readonly lineage: CidText
  readonly user: CidText
  /** Declared start of the run, Unix seconds. */
  readonly start: number
}

export interface AcceptanceJudgement {
  readonly judgement: Judgement
  /** When the agreement took effect: both grant and acceptance witnessed. */
  readonly acceptedAt?: number
  /** Price agreed, minor units. */
  readonly total?: number
  /** The user, or a delegate of the user, signed for it. */
  readonly isSigned: boolean
}

/** Acceptances of the grant by the user or for it, whatever their signature is worth; the logs they name are named. */
export function acceptancesBy(ledger: Ledger, grant: Act<9>, user: CidText): readonly Act<10>[] {
  return linkedFor(ledger, 10, grant, user).filter((act) => {
    if (ledger.canonical(act.payload.terms) !== ledger.canonical(grant.payload.terms)) return false
    if (!act.variants.some(({ isSignatureValid }) => isSignatureValid)) return false
    return mayAct(ledger, signedAct(ledger, act), [user], 'acceptance', undefined).value !== 'F' || act.iss === user
  })
}

export function acceptedBefore(input: AcceptanceInput): AcceptanceJudgement {
  const { ledger, grant, user } = input
  const each = linkedFor(ledger, 10, grant, user)
    .filter((act) => ledger.canonical(act.payload.terms) === ledger.canonical(grant.payload.terms))
    .flatMap((act) => judgeAcceptance(input, act, user) ?? [])
    .sort((a, b) => RANK[a.judgement.value] - RANK[b.judgement.value] || (a.hi === b.hi ? 0 : a.hi < b.hi ? -1 : 1))
  const chosen = each[0]
  if (chosen !== undefined) return chosen
  const none = deadlineMet(input.horizon, undefined, input.start)
  const judgement = none.value === 'F' ? fails(reason('GRANT_NOT_ACCEPTED', [grant.id])) : none
  return { judgement, isSigned: false }
}

const RANK = { T: 0, U: 1, F: 2 } as const

/** Undefined: somebody else's acceptance. */
function judgeAcceptance(
  input: AcceptanceInput,
  act: Act<10>,
  user: CidText,
): (AcceptanceJudgement & { readonly hi: number }) | undefined {
  const { ledger, horizon, grant, signedGrant } = input
  const signed = signedAct(ledger, act)
  const authority = mayAct(ledger, signed, [user], 'acceptance', input.lineage)
  if (authority.value === 'F' && act.iss !== user && !isForUser(grant, user)) return undefined
  const valid = all([signed.judgement, authority])
  const notAccepted = reason('GRANT_NOT_ACCEPTED', [grant.id, act.id])
  const grantAt = signedGrant.at
  const hi = Math.max(
    signed.at?.interval.hi ?? Number.POSITIVE_INFINITY,
    grantAt?.interval.hi ?? Number.POSITIVE_INFINITY,
  )
  const isBackwards = signed.at !== undefined && grantAt !== undefined && order(ledger.view, signed.at, grantAt) === 'T'
  if (valid.value === 'F') {
    return { judgement: fails(notAccepted, ...valid.reasons), isSigned: false, hi: Number.POSITIVE_INFINITY }
  }
  // An answer to something that was provably not there yet answers nothing.
  if (isBackwards) return { judgement: fails(notAccepted), isSigned: false, hi: Number.POSITIVE_INFINITY }
  const met = all([
    timely(horizon, signed.at, input.start, notAccepted),
    timely(horizon, grantAt, input.start, notAccepted),
  ])
  const judgement = valid.value === 'T' ? met : met.value === 'F' ? met : unknown(...valid.reasons, ...met.reasons)
  const isKnown = valid.value === 'T' && hi !== Number.POSITIVE_INFINITY
  const result = { judgement: { ...judgement, notes: valid.notes }, isSigned: valid.value === 'T', hi }
  const agreed = act.payload.total === undefined ? result : { ...result, total: act.payload.total }
  return isKnown ? { ...agreed, acceptedAt: hi } : agreed
}

function timely(
  horizon: Horizon,
  at: Witnessed | undefined,
  start: number,
  late: ReturnType<typeof reason>,
): Judgement {
  const met = deadlineMet(horizon, at, start)
  return met.value === 'F' ? fails(late) : met
}

/** A grant that names its assignee: an acceptance by anybody else is a delegate's out of scope. */
function isForUser(grant: Act<9>, user: CidText): boolean {
  return grant.payload.assignee === user
}
