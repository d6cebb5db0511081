/**
 * What is reported and changes no outcome: the same act signed twice, claimed dates that a cited note contradicts, and a
 * dataset that two parties claim.
 */
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { linkedFor } from './actors.ts'
import type { Act, Ledger } from './ledger.ts'
import { reason } from './reason.ts'
import { type UseChain, type UsedVersion, statementsOf } from './use-facts.ts'
import type { Reason } from './verdict.ts'

export function reportedOnly(
  ledger: Ledger,
  chain: UseChain,
  used: UsedVersion,
  terms: CidText | undefined,
  lineage: CidText | undefined,
): readonly Reason[] {
  const acts = new Map<string, Act>()
  const add = (act: Act | undefined): void => {
    if (act !== undefined) acts.set(act.id, act)
  }
  const user = chain.rootAct.iss as CidText
  for (const { act } of statementsOf(chain)) add(act)
  for (const grant of used.grants) {
    const granted = ledger.find(9, grant)
    add(granted)
    if (granted !== undefined) for (const acceptance of linkedFor(ledger, 10, granted, user)) add(acceptance)
    for (const revocation of ledger.linked(13, grant)) add(revocation)
    for (const payment of ledger.linked(11, grant, [user])) {
      add(payment)
      for (const receipt of ledger.linked(12, payment.id)) add(receipt)
    }
    for (const start of ledger.linked(14, grant, [user])) add(start)
  }
  for (const credential of ledger.linked(16, user)) add(credential)
  if (terms !== undefined) add(ledger.find(7, terms))
  add(ledger.find(6, used.version))
  const all = [...acts.values()]
  const found = [...all.flatMap(duplicates), ...all.flatMap((act) => backdated(ledger, act))]
  return [...found, ...(lineage === undefined ? [] : contested(ledger, lineage))]
}

function duplicates(act: Act): readonly Reason[] {
  const signed = act.variants.filter(({ isSignatureValid }) => isSignatureValid)
  return signed.length > 1
    ? [
        reason(
          'DUPLICATE_ACT',
          signed.map(({ statement }) => statement.id),
        ),
      ]
    : []
}

/** A statement that claims to be older than the note it cites. */
function backdated(ledger: Ledger, act: Act): readonly Reason[] {
  const { iat, seen } = act.payload
  if (iat === undefined || seen === undefined) return []
  const first = ledger.view.citedNotes.get(toHex(seen))?.first
  return first !== undefined && iat < first ? [reason('BACKDATED', [act.id])] : []
}

/** The same external id claimed by two owners. */
function contested(ledger: Ledger, lineage: CidText): readonly Reason[] {
  const dataset = ledger.find(5, lineage)
  if (dataset === undefined) return []
  const own = new Set((dataset.payload.externalIds ?? []).map(({ scheme, value }) => JSON.stringify([scheme, value])))
  const others = ledger
    .inEvidence(5)
    .filter(
      ({ payload }) =>
        payload.owner !== dataset.payload.owner &&
        (payload.externalIds ?? []).some(({ scheme, value }) => own.has(JSON.stringify([scheme, value]))),
    )
  return others.length === 0 ? [] : [reason('OWNERSHIP_CONTESTED', [lineage, ...others.map(({ id }) => id)])]
}
