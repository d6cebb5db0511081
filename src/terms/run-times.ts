/** When a run was under way, as far as it is shown: what its user declares, and by when it is witnessed to have begun. */
import type { CidText } from '../encoding/cid.ts'
import { ISSUED_BY, REFERS_TO_CID, type Subject } from '../statement/references.ts'
import type { CandidateInput } from './candidate-input.ts'
import type { Act, Ledger } from './ledger.ts'
import type { RunTimes } from './revocation.ts'
import { signedAct } from './signer.ts'
import { order } from './time-interval.ts'
import { type UseChain, hiOf } from './use-facts.ts'

/** A usage-start protects the first witnessed usage of its user, run and grant. */
export function runTimes({ ledger, chain, use }: CandidateInput, grant: Act<9>): RunTimes {
  let startedBy = use.attestedAt
  if (isFirstOfRun(ledger, chain, grant)) {
    for (const start of ledger.linked(14, grant.id, [use.user])) {
      if (start.payload.run !== chain.rootAct.payload.run) continue
      const signed = signedAct(ledger, start)
      if (signed.judgement.value === 'T') startedBy = Math.min(startedBy, hiOf(signed))
    }
  }
  return { from: use.from, to: use.to, startedBy, endedBy: use.attestedAt }
}

function isFirstOfRun(ledger: Ledger, chain: UseChain, grant: Act<9>): boolean {
  const own = new Set([chain.rootAct.id, ...chain.amendments.map(({ act }) => act.id)])
  const at = chain.root.at
  if (at === undefined) return false
  const user: Subject = { type: ISSUED_BY, subject: chain.rootAct.iss as CidText }
  return ledger.referring(15, user, { type: REFERS_TO_CID, subject: grant.id }).every((other) => {
    if (own.has(other.id) || other.payload.run !== chain.rootAct.payload.run) return true
    const isSameGrant = other.payload.datasets.some(({ grants }) =>
      grants.some((id) => ledger.canonical(id) === grant.id),
    )
    if (!isSameGrant) return true
    const signed = signedAct(ledger, other)
    if (signed.judgement.value === 'F' || signed.at === undefined) return true
    return order(ledger.view, at, signed.at) === 'T'
  })
}
