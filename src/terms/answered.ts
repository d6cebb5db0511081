/**
 * What was answered stands: a fork, a key change or a compromise never undoes a statement that another party had answered
 * (acceptance, receipt, usage) before it was witnessed (docs/terms.md, rule R8).
 */
import type { CidText } from '../encoding/cid.ts'
import type { ReadKind } from '../statement/payload.ts'
import type { Act, Ledger } from './ledger.ts'
import { type Witnessed, idsNamedBy, order, witnessed } from './time-interval.ts'

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
  let index = answerIndexes.get(ledger)
  if (index === undefined) {
    index = indexAnswers(ledger)
    answerIndexes.set(ledger, index)
  }
  const found = new Set<Act>()
  for (const id of ids) for (const act of index.get(id) ?? []) found.add(act)
  return [...found]
}

/** Every statement that some answer names, built once per ledger. */
const answerIndexes = new WeakMap<Ledger, ReadonlyMap<string, readonly Act[]>>()

function indexAnswers(ledger: Ledger): ReadonlyMap<string, readonly Act[]> {
  const index = new Map<string, Act[]>()
  for (const kind of ANSWERS) {
    for (const act of ledger.all(kind)) {
      const statement = act.variants[0]?.statement
      if (statement === undefined) continue
      for (const id of idsNamedBy(statement)) {
        const list = index.get(id)
        if (list === undefined) index.set(id, [act])
        else list.push(act)
      }
    }
  }
  return index
}
