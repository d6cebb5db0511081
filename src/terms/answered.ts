/**
 * What was answered stands: a fork, a key change or a compromise never undoes a statement that another party had answered
 * (acceptance, receipt, usage) before it was witnessed (docs/terms.md, rule R8).
 */
import type { CidText } from '../encoding/cid.ts'
import type { ReadKind } from '../statement/payload.ts'
import { REFERS_TO_CID } from '../statement/references.ts'
import type { Act, Ledger } from './ledger.ts'
import { type Witnessed, order, witnessed } from './time-interval.ts'

const ANSWERS: readonly ReadKind[] = [10, 12, 15]

/**
 * @param ids of the statement answered, all its variants
 * @param issuer whose own later statements do not count as answers
 */
export function isAnsweredBefore(ledger: Ledger, ids: readonly CidText[], issuer: string, event: Witnessed): boolean {
  return answersTo(ledger, ids).some((act) => {
    if (act.iss === issuer) return false
    return act.variants.some((variant) => {
      if (!variant.isSignatureValid) return false
      const answer = witnessed(ledger.view, variant)
      return answer !== undefined && order(ledger.view, answer, event) === 'T'
    })
  })
}

function answersTo(ledger: Ledger, ids: readonly CidText[]): readonly Act[] {
  return ids.flatMap((subject) => ANSWERS.flatMap((kind) => ledger.referring(kind, { type: REFERS_TO_CID, subject })))
}
