/**
 * Issuer forks of terms and of dataset versions: two successors of one `prev` suspend each other (docs/terms.md, R6),
 * except the one that another party had answered before the fork was witnessed (R8). Terms without `prev` are parallel
 * offers, not a fork.
 */
import type { CidText } from '../encoding/cid.ts'
import { isAnsweredBefore } from './answered.ts'
import type { Act, Ledger } from './ledger.ts'
import { type Judgement, HOLDS, reason, unknown } from './reason.ts'
import { type SignedAct, signedAct } from './signer.ts'

/**
 * T: no valid sibling, or answered in time. U: suspended, ISSUER_FORK.
 *
 * @param isValid whether a successor counts: only what its issuer had the right to sign can fork
 */
export function notSuspended(
  ledger: Ledger,
  act: Act<6> | Act<7>,
  isValid: (sibling: SignedAct) => boolean,
): Judgement {
  const prev: CidText | undefined = act.payload.prev
  if (prev === undefined) return HOLDS
  const siblings: readonly Act[] = act.kind === 6 ? ledger.linked(6, prev) : ledger.linked(7, prev)
  const branches = siblings.map((sibling) => signedAct(ledger, sibling)).filter(isValid)
  if (branches.length < 2) return HOLDS
  const witnessedBranches = branches
    .flatMap(({ at }) => (at === undefined ? [] : [at]))
    .sort((a, b) => (a.interval.hi < b.interval.hi ? -1 : a.interval.hi > b.interval.hi ? 1 : 0))
  const fork = witnessedBranches[1]
  const ids = act.variants.map(({ statement }) => statement.id)
  if (fork !== undefined && isAnsweredBefore(ledger, ids, act.iss, fork)) return HOLDS
  return unknown(
    reason(
      'ISSUER_FORK',
      branches.map((branch) => branch.act.id),
    ),
  )
}
