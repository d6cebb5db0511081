/**
 * The statements in evidence as acts, with the links between them that evaluation follows.
 *
 * The same act signed twice is one act (docs/formats.md, "act id"): its statements are the variants, any of their ids
 * names it. A party or dataset is its statement, so those are never joined. Everything is in the order of ids, so that
 * nothing depends on the order in which evidence arrived.
 */
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { actId } from '../statement/act-id.ts'
import { type PayloadByKind, type ReadKind, isReadKind } from '../statement/payload.ts'
import { compareText } from './verdict.ts'
import type { EvidenceView, ViewedStatement } from './view.ts'

export interface Act<K extends ReadKind = ReadKind> {
  /** The least id of its variants. */
  readonly id: CidText
  readonly kind: K
  readonly iss: string
  readonly payload: PayloadByKind[K]
  /** Every signed form of this act, by id. */
  readonly variants: readonly ViewedStatement[]
}

export interface Ledger {
  readonly view: EvidenceView
  /** The act of this kind that the id names; undefined when it is not in evidence or of another kind. */
  find<K extends ReadKind>(kind: K, id: string): Act<K> | undefined
  /** Whether a statement of any kind with this id is in evidence. */
  has(id: string): boolean
  all<K extends ReadKind>(kind: K): readonly Act<K>[]
  /** Acts of this kind that name `id`, or another variant of the same act, in the field their kind is linked by. */
  linked<K extends LinkedKind>(kind: K, id: CidText): readonly Act<K>[]
  /** The id all variants of an act share: that of the act, or `id` itself when it is not in evidence. */
  canonical(id: CidText): CidText
}

/** The links followed backwards, by the kind that refers. */
const LINKS = {
  4: (payload: PayloadByKind[4]): readonly CidText[] => [payload.prev],
  6: (payload: PayloadByKind[6]): readonly CidText[] => optional(payload.prev),
  7: (payload: PayloadByKind[7]): readonly CidText[] => optional(payload.prev),
  10: (payload: PayloadByKind[10]): readonly CidText[] => [payload.grant],
  11: (payload: PayloadByKind[11]): readonly CidText[] => [payload.grant],
  12: (payload: PayloadByKind[12]): readonly CidText[] => [payload.payment],
  13: (payload: PayloadByKind[13]): readonly CidText[] => [payload.target],
  14: (payload: PayloadByKind[14]): readonly CidText[] => payload.grants,
  15: (payload: PayloadByKind[15]): readonly CidText[] => optional(payload.prev),
  16: (payload: PayloadByKind[16]): readonly CidText[] => [payload.subject],
  18: (payload: PayloadByKind[18]): readonly CidText[] => [payload.lineage],
  19: (payload: PayloadByKind[19]): readonly CidText[] => [payload.target],
  21: (payload: PayloadByKind[21]): readonly CidText[] => [payload.claim],
  22: (payload: PayloadByKind[22]): readonly CidText[] => [payload.claim],
  23: (payload: PayloadByKind[23]): readonly CidText[] => [payload.claim],
  24: (payload: PayloadByKind[24]): readonly CidText[] => payload.about ?? [],
  25: (payload: PayloadByKind[25]): readonly CidText[] => [payload.blob],
} as const

export type LinkedKind = keyof typeof LINKS

const NEVER_JOINED: ReadonlySet<number> = new Set([1, 3, 5])

export function openLedger(view: EvidenceView): Ledger {
  const acts = groupActs(view)
  const byId = new Map<string, Act>()
  const byKind = new Map<ReadKind, Act[]>()
  for (const act of acts) {
    for (const variant of act.variants) byId.set(variant.statement.id, act)
    const list = byKind.get(act.kind)
    if (list === undefined) byKind.set(act.kind, [act])
    else list.push(act)
  }
  const canonical = (id: CidText): CidText => byId.get(id)?.id ?? id
  const links = new Map<string, Act[]>()
  for (const act of acts) {
    if (!isLinked(act.kind)) continue
    const targets: (payload: never) => readonly CidText[] = LINKS[act.kind]
    for (const target of new Set(targets(act.payload as never).map(canonical))) {
      const key = `${act.kind} ${target}`
      const list = links.get(key)
      if (list === undefined) links.set(key, [act])
      else list.push(act)
    }
  }
  // The maps are filled by kind, which the compiler cannot follow.
  return {
    view,
    canonical,
    has: (id) => view.statements.has(id as CidText),
    find: <K extends ReadKind>(kind: K, id: string) => {
      const act = byId.get(id)
      return act?.kind === kind ? (act as unknown as Act<K>) : undefined
    },
    all: <K extends ReadKind>(kind: K) => (byKind.get(kind) ?? []) as unknown as readonly Act<K>[],
    linked: <K extends LinkedKind>(kind: K, id: CidText) =>
      (links.get(`${kind} ${canonical(id)}`) ?? []) as unknown as readonly Act<K>[],
  }
}

/** In the order in which the keys first occur. */
function groupBy(items: readonly ViewedStatement[], keyOf: (item: ViewedStatement) => string): ViewedStatement[][] {
  const groups = new Map<string, ViewedStatement[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return [...groups.values()]
}

/** FNV-1a, 32 bits: equal bytes give equal numbers; whoever makes others collide only costs a hash. */
function checksum(bytes: Uint8Array): number {
  let sum = 0x81_1c_9d_c5
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01_00_01_93)
  return sum
}

function groupActs(view: EvidenceView): Act[] {
  const sorted = [...view.statements.values()]
    .filter(({ statement }) => isReadKind(statement.kind))
    .sort((a, b) => compareText(a.statement.id, b.statement.id))
  // Nearly every act is signed once, and hashing each would cost more than all the rest: a checksum finds those few that
  // may be the same, and only they are compared by their act ids.
  const alike = groupBy(sorted, ({ statement }) =>
    NEVER_JOINED.has(statement.kind ?? 0)
      ? statement.id
      : `${statement.kind ?? ''} ${statement.iss} ${checksum(statement.payloadBytes)}`,
  )
  const acts: Act[] = []
  for (const variants of alike.flatMap((group) =>
    group.length === 1 ? [group] : groupBy(group, ({ statement }) => toHex(actId(statement))),
  )) {
    const first = variants[0]?.statement
    if (first === undefined || !isReadKind(first.kind)) continue
    acts.push({ id: first.id, kind: first.kind, iss: first.iss, payload: first.payload, variants } as Act)
  }
  // Those that only looked alike stand in the order of ids as well.
  return acts.sort((a, b) => compareText(a.id, b.id))
}

function isLinked(kind: ReadKind): kind is LinkedKind {
  return Object.hasOwn(LINKS, kind)
}

function optional(id: CidText | undefined): readonly CidText[] {
  return id === undefined ? [] : [id]
}
