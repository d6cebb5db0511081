/**
 * Who may have signed for a party: itself, and everybody it ever gave a right to. With it evaluation asks for what this
 * party did under a grant that thousands hold, and not for what all of them did.
 */
import type { CidText } from '../encoding/cid.ts'
import { keyHistory } from './key-history.ts'
import type { Act, Ledger, LinkedKind } from './ledger.ts'

export function actorsFor(ledger: Ledger, parties: readonly CidText[]): readonly CidText[] {
  const delegates = parties.flatMap((party) => {
    const { delegates: own, suspended } = keyHistory(ledger, party) ?? { delegates: [], suspended: [] }
    const disputed = suspended.flatMap(({ payload }) => payload.delegates ?? [])
    return [...own.map(({ delegate }) => delegate), ...disputed].map((delegate) => delegate.party)
  })
  return [...new Set([...parties, ...delegates])]
}

/** What was done under a grant for its user; under one that names its assignee, whatever was done by anybody. */
export function linkedFor<K extends LinkedKind>(
  ledger: Ledger,
  kind: K,
  grant: Act<9>,
  user: CidText,
): readonly Act<K>[] {
  const isOpen = grant.payload.assignee === undefined
  return isOpen ? ledger.linked(kind, grant.id, actorsFor(ledger, [user])) : ledger.linked(kind, grant.id)
}
