/**
 * Who made a model: the user whose usage naming it as output was witnessed first (docs/terms.md C, "inherited").
 */
import { toHex } from '../encoding/bytes.ts'
import type { Ledger } from './ledger.ts'
import { order } from './time-interval.ts'
import { type UseChain, outputsOf, useChain } from './use-facts.ts'
import { compareText } from './verdict.ts'

/** The uses of whoever first attested making the model; of all who may have been first. */
export function makersOf(ledger: Ledger, model: Uint8Array): readonly UseChain[] {
  const hex = toHex(model)
  const chains = rootsOf(ledger).filter((chain) => chain.root.judgement.value !== 'F' && outputsOf(chain).has(hex))
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

const caches = new WeakMap<Ledger, readonly UseChain[]>()

/** Every use in evidence, once, in the order of ids. */
export function rootsOf(ledger: Ledger): readonly UseChain[] {
  const known = caches.get(ledger)
  if (known !== undefined) return known
  const found = new Map<string, UseChain>()
  for (const act of ledger.all(15)) {
    const chain = useChain(ledger, act.id)
    if (chain !== undefined) found.set(chain.rootAct.id, chain)
  }
  const roots = [...found.entries()].sort((a, b) => compareText(a[0], b[0])).map((entry) => entry[1])
  caches.set(ledger, roots)
  return roots
}
