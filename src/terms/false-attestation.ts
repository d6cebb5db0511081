/**
 * A usage that says it is complete, contradicted by a later statement of the same user about the same run: breach,
 * FALSE_ATTESTATION.
 */
import type { CidText } from '../encoding/cid.ts'
import type { Act, Ledger } from './ledger.ts'
import { reason } from './reason.ts'
import { signedAct } from './signer.ts'
import { type UseChain, statementsOf } from './use-facts.ts'
import type { Reason } from './verdict.ts'

export function falseAttestations(ledger: Ledger, chain: UseChain): readonly Reason[] {
  const found: Reason[] = []
  const own = statementsOf(chain)
  for (const { act, signed } of own) {
    if (act.payload.complete !== true || signed.judgement.value !== 'T') continue
    const known = versionsUpTo(
      ledger,
      own.map((each) => each.act),
      act,
    )
    for (const later of laterStatements(ledger, chain, act)) {
      const added = later.payload.datasets.some(({ version }) => !known.has(ledger.canonical(version)))
      if (added) found.push(reason('FALSE_ATTESTATION', [act.id, later.id]))
    }
  }
  return found
}

/** Versions named by the statement and by those it builds on. */
function versionsUpTo(ledger: Ledger, chain: readonly Act<15>[], act: Act<15>): ReadonlySet<CidText> {
  const known = new Set<CidText>()
  for (let at: Act<15> | undefined = act; at !== undefined;) {
    for (const { version } of at.payload.datasets) known.add(ledger.canonical(version))
    const prev: CidText | undefined = at.payload.prev
    at = prev === undefined ? undefined : chain.find((each) => each.id === ledger.canonical(prev))
  }
  return known
}

function laterStatements(ledger: Ledger, chain: UseChain, act: Act<15>): readonly Act<15>[] {
  const later: Act<15>[] = []
  const queue = [act]
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const amendment of chain.amendments) {
      const { prev } = amendment.act.payload
      if (prev === undefined || ledger.canonical(prev) !== next.id) continue
      queue.push(amendment.act)
      if (signedAct(ledger, amendment.act).judgement.value === 'T') later.push(amendment.act)
    }
  }
  return later
}
