/**
 * Who made a model: the user whose usage naming it as output was witnessed first (docs/terms.md C, "inherited").
 */
import { toHex } from '../encoding/bytes.ts'
import { REFERS_TO_DIGEST } from '../statement/references.ts'
import type { Act, Ledger } from './ledger.ts'
import { order } from './time-interval.ts'
import { type UseChain, outputsOf, useChain } from './use-facts.ts'
import { compareText } from './verdict.ts'

/** The uses of whoever first attested making the model; of all who may have been first. */
export function makersOf(ledger: Ledger, model: Uint8Array): readonly UseChain[] {
  const hex = toHex(model)
  const named = ledger.referring(15, { type: REFERS_TO_DIGEST, subject: model })
  const chains = rootsOf(ledger, named).filter(
    (chain) => chain.root.judgement.value !== 'F' && outputsOf(chain).has(hex),
  )
  const isLater = (chain: UseChain, other: UseChain): boolean => {
    const [first, second] = [other.root.at, chain.root.at]
    return other.rootAct.iss !== chain.rootAct.iss && first !== undefined && second !== undefined
      ? order(ledger.view, first, second) === 'T'
      : false
  }
  const makers = new Set(
    chains.filter((chain) => !chains.some((other) => isLater(chain, other))).map((chain) => chain.rootAct.iss),
  )
  return chains.filter((chain) => makers.has(chain.rootAct.iss))
}

/** The uses that these usages belong to, each once, in the order of ids. */
export function rootsOf(ledger: Ledger, usages: readonly Act<15>[]): readonly UseChain[] {
  const found = new Map<string, UseChain>()
  for (const act of usages) {
    const chain = useChain(ledger, act.id)
    if (chain !== undefined) found.set(chain.rootAct.id, chain)
  }
  return [...found.entries()].sort((a, b) => compareText(a[0], b[0])).map((entry) => entry[1])
}
