/**
 * A use as its user declares it: the first usage statement and the amendments that build on it.
 *
 * An amendment only adds (facts, datasets, grants); it replaces nothing. Where it gives another value to a single fact,
 * the use is read in every way the user has declared, and the worst reading counts. What is unsettled about an amendment
 * (its signature, a fork of amendments) is read both with it and without: nobody profits from his own fault.
 */
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import type { Usage } from '../statement/usage.ts'
import type { Action, Capability, Purpose } from '../statement/vocabulary.ts'
import type { Act, Ledger } from './ledger.ts'
import { type SignedAct, signedAct } from './signer.ts'
import { compareText } from './verdict.ts'

/** One reading of a use. Absent = unknown. */
export interface UseFacts {
  readonly user: CidText
  readonly run: string
  readonly actions?: readonly Action[]
  readonly purposes?: readonly Purpose[]
  readonly commercial?: boolean
  /** Unix seconds, [from, to). */
  readonly from: number
  readonly to: number
  readonly places?: readonly string[]
  readonly capabilities?: readonly Capability[]
  readonly openness?: Usage['openness']
  readonly published?: boolean
  readonly licence?: string
  readonly project?: string
  /** hi of the statements this reading takes its times from; Infinity when unproved. */
  readonly attestedAt: number
}

/** A dataset version as used, with every grant named for it. */
export interface UsedVersion {
  readonly version: CidText
  readonly grants: readonly CidText[]
  /** The statements that name this version: the settled ones, or all where none is. */
  readonly namedBy: readonly SignedAct[]
  /** Only amendments whose signature or order is not settled name it. */
  readonly isUnsettled: boolean
}

export interface UseChain {
  readonly root: SignedAct
  readonly rootAct: Act<15>
  /** The usage that the first one claims to amend is not in evidence. */
  readonly isRootMissing: boolean
  /** Amendments of the same user with a signature that is not disproved, by time, then id. */
  readonly amendments: readonly { readonly act: Act<15>; readonly signed: SignedAct; readonly isForked: boolean }[]
}

/** The chain that a usage belongs to; undefined when the id names no usage in evidence. */
export function useChain(ledger: Ledger, id: CidText): UseChain | undefined {
  let act = ledger.find(15, id)
  if (act === undefined) return undefined
  let isRootMissing = false
  while (act.payload.prev !== undefined) {
    const previous: Act<15> | undefined = ledger.find(15, act.payload.prev)
    // Amending somebody else's usage is no amendment: the statement stands alone.
    if (previous !== undefined && previous.iss !== act.iss) break
    if (previous === undefined) {
      isRootMissing = true
      break
    }
    act = previous
  }
  const amendments: { act: Act<15>; signed: SignedAct; isForked: boolean }[] = []
  const queue: Act<15>[] = [act]
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const successors = ledger
      .linked(15, next.id)
      .filter((later) => later.iss === act.iss)
      .map((later) => ({ act: later, signed: signedAct(ledger, later) }))
      .filter(({ signed }) => signed.judgement.value !== 'F')
    for (const { act: later, signed } of successors) {
      amendments.push({ act: later, signed, isForked: successors.length > 1 })
      queue.push(later)
    }
  }
  amendments.sort((a, b) => compareHi(hiOf(a.signed), hiOf(b.signed)) || compareText(a.act.id, b.act.id))
  return { root: signedAct(ledger, act), rootAct: act, isRootMissing, amendments }
}

export function hiOf(signed: SignedAct): number {
  return signed.at?.interval.hi ?? Number.POSITIVE_INFINITY
}

function compareHi(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}

/** Every dataset version the use names, by version id. What is unsettled names more datasets, but no further grants. */
export function usedVersions(ledger: Ledger, chain: UseChain): readonly UsedVersion[] {
  const unsettled = new Set(
    chain.amendments
      .filter(({ signed, isForked }) => isForked || signed.judgement.value !== 'T')
      .map(({ act }) => act.id),
  )
  const found = new Map<CidText, { act: Act<15>; signed: SignedAct; grants: readonly CidText[] }[]>()
  for (const { act, signed } of statementsOf(chain)) {
    for (const { version, grants } of act.payload.datasets) {
      const id = ledger.canonical(version)
      const entry = { act, signed, grants: grants.map((grant) => ledger.canonical(grant)) }
      const known = found.get(id)
      if (known === undefined) found.set(id, [entry])
      else known.push(entry)
    }
  }
  return [...found.entries()]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([version, entries]) => {
      const settled = entries.filter(({ act }) => !unsettled.has(act.id))
      const isUnsettled = settled.length === 0
      const counted = isUnsettled ? entries : settled
      const grants = [...new Set(counted.flatMap((entry) => entry.grants))].sort(compareText)
      return { version, grants, namedBy: [...new Set(counted.map(({ signed }) => signed))], isUnsettled }
    })
}

export function statementsOf(chain: UseChain): readonly { readonly act: Act<15>; readonly signed: SignedAct }[] {
  return [{ act: chain.rootAct, signed: chain.root }, ...chain.amendments]
}

/** Digests, hex, of the models the use made. */
export function outputsOf(chain: UseChain): ReadonlySet<string> {
  const outputs = statementsOf(chain).flatMap(({ act }) => act.payload.outputs ?? [])
  return new Set(outputs.map(({ sha256 }) => toHex(sha256)))
}

/** Every reading of the use; the worst outcome over them counts. */
export function readings(chain: UseChain): readonly UseFacts[] {
  const settled = chain.amendments.filter(({ signed, isForked }) => signed.judgement.value === 'T' && !isForked)
  const sure = readChain(chain, settled)
  const isSettled = settled.length === chain.amendments.length
  const found = isSettled ? sure : [...sure, ...readChain(chain, chain.amendments)]
  const byText = new Map(found.map((facts) => [JSON.stringify(facts, Object.keys(facts).sort()), facts]))
  return [...byText.entries()].sort((a, b) => compareText(a[0], b[0])).map((entry) => entry[1])
}

const SINGLE = ['commercial', 'openness', 'published', 'licence', 'project'] as const

/** The use as first declared with what was added, and once more for every later value of a single fact. */
function readChain(chain: UseChain, amendments: UseChain['amendments']): UseFacts[] {
  const payloads = [chain.rootAct.payload, ...amendments.map(({ act }) => act.payload)]
  const base: UseFacts = {
    user: chain.rootAct.iss as CidText,
    run: chain.rootAct.payload.run,
    from: chain.rootAct.payload.from,
    to: chain.rootAct.payload.to,
    attestedAt: hiOf(chain.root),
    ...union('actions', payloads),
    ...union('purposes', payloads),
    ...union('places', payloads),
    ...union('capabilities', payloads),
  }
  // The first value given for a single fact stands; later ones only make further readings.
  const first: UseFacts = Object.assign({}, ...payloads.map(singles).toReversed(), base) as UseFacts
  const found = [first]
  const latest: Record<string, unknown> = { ...first }
  for (const { act, signed } of amendments) {
    const { from, to } = act.payload
    const attestedAt = Math.max(first.attestedAt, hiOf(signed))
    if (from !== first.from) found.push({ ...first, from, attestedAt })
    if (to !== first.to) found.push({ ...first, to, attestedAt })
    for (const key of SINGLE) {
      const value = act.payload[key]
      if (value !== undefined && value !== first[key]) found.push({ ...first, [key]: value })
    }
    Object.assign(latest, singles(act.payload), { from, to, attestedAt })
    found.push({ ...latest } as unknown as UseFacts)
  }
  return found.filter(({ from, to }) => from <= to)
}

function singles(payload: Usage): Partial<UseFacts> {
  const out: Record<string, unknown> = {}
  for (const key of SINGLE) if (payload[key] !== undefined) out[key] = payload[key]
  return out
}

type SetFact = 'actions' | 'purposes' | 'places' | 'capabilities'

function union<K extends SetFact>(key: K, payloads: readonly Usage[]): Partial<Pick<UseFacts, K>> {
  const given = payloads.map((payload) => payload[key]).filter((values) => values !== undefined)
  if (given.length === 0) return {}
  const values: readonly string[] = [...new Set<string>(given.flat())].sort(compareText)
  // The union of lists of one vocabulary is a list of that vocabulary.
  return { [key]: values } as unknown as Partial<Pick<UseFacts, K>>
}
