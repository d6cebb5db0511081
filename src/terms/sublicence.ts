/**
 * Sublicences: a grant whose parent is another grant. The use must pass the terms of every grant in the chain, any ended
 * link ends it, and each owner's terms say how long the chain below them may be (docs/terms.md, "sublicensing").
 */
import type { CidText } from '../encoding/cid.ts'
import { isSupported } from './amendments.ts'
import { missing } from './absence.ts'
import type { Act, Ledger } from './ledger.ts'
import { HOLDS, type Judgement, fails, reason, unknown } from './reason.ts'

/** One step where the terms do not say. */
const DEFAULT_DEPTH = 1

export interface GrantChain {
  /** The grants above, the nearest first. */
  readonly parents: readonly Act<9>[]
  /** U where one is not in evidence, F where the chain runs in a circle or is too long. */
  readonly judgement: Judgement
}

export function chainOf(ledger: Ledger, grant: Act<9>): GrantChain {
  const parents: Act<9>[] = []
  const seen = new Set<CidText>([grant.id])
  for (let child = grant; child.payload.parent !== undefined;) {
    const parent: Act<9> | undefined = ledger.find(9, child.payload.parent)
    if (parent === undefined) {
      const isOther = ledger.has(child.payload.parent)
      return { parents, judgement: isOther ? fails() : missing('the grant of a sublicence', [child.payload.parent]) }
    }
    if (seen.has(parent.id)) return { parents, judgement: fails(reason('SUBLICENSE_DEPTH', [grant.id])) }
    seen.add(parent.id)
    parents.push(parent)
    child = parent
  }
  return { parents, judgement: depthOf(ledger, grant, parents) }
}

/** Every grant above allows a chain as long as the one below it, under the terms it asks for. */
function depthOf(ledger: Ledger, grant: Act<9>, parents: readonly Act<9>[]): Judgement {
  const chain = [grant, ...parents]
  for (const [i, parent] of parents.entries()) {
    const child = chain[i]
    const terms = ledger.find(7, parent.payload.terms)
    if (terms === undefined || child === undefined) return missing('the terms of the grant', [parent.payload.terms])
    if (!isSupported(terms.payload)) return unknown(reason('PROFILE_UNSUPPORTED', [terms.id]))
    const { sublicense } = terms.payload
    const depth = sublicense?.allowed === true ? (sublicense.depth ?? DEFAULT_DEPTH) : 0
    if (i + 1 > depth) return fails(reason('SUBLICENSE_DEPTH', [grant.id, terms.id]))
    const next = sublicense?.next === 'same' ? terms.id : sublicense?.next
    if (next !== undefined && ledger.canonical(child.payload.terms) !== ledger.canonical(next))
      return fails(reason('PARTY_NOT_PERMITTED', [child.id, terms.id]))
  }
  return HOLDS
}
