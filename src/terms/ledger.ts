/**
 * The statements in evidence as acts, with the links between them that evaluation follows.
 *
 * The same act signed twice is one act (docs/formats.md, "act id"): its statements are the variants, any of their ids
 * names it. A party or dataset is its statement, so those are never joined. Everything is in the order of ids, so that
 * nothing depends on the order in which evidence arrived.
 *
 * Evaluation asks for statements by what they refer to, as the subject index lists them, and never for all there are: what
 * it rests on can then be proved to be complete without the whole log.
 */
import { toHex } from '../encoding/bytes.ts'
import { type CidText, isCid } from '../encoding/cid.ts'
import { actId } from '../statement/act-id.ts'
import { type PayloadByKind, type ReadKind, isReadKind } from '../statement/payload.ts'
import { ISSUED_BY, REFERS_TO_CID, type Subject, references } from '../statement/references.ts'
import { compareText } from './verdict.ts'
import type { EvidenceView, Inquiry, ViewedStatement } from './view.ts'

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
  /** Acts of this kind that refer to each of the subjects, or to another variant of the same act. */
  referring<K extends ReadKind>(kind: K, ...subjects: readonly [Subject, ...Subject[]]): readonly Act<K>[]
  /**
   * Acts of this kind that name `id`, or another variant of the same act, in the field their kind is linked by.
   *
   * @param by only those that one of these parties issued
   */
  linked<K extends LinkedKind>(kind: K, id: CidText, by?: readonly CidText[]): readonly Act<K>[]
  /**
   * Acts of this kind that happen to be in evidence: for what is reported and decides nothing, since nothing tells whether
   * there are others.
   */
  inEvidence<K extends ReadKind>(kind: K): readonly Act<K>[]
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
    addTo(byKind, act.kind, act)
  }
  const canonical = (id: CidText): CidText => byId.get(id)?.id ?? id
  const links = new Map<string, Act[]>()
  for (const act of acts) {
    if (!isLinked(act.kind)) continue
    const targets: (payload: never) => readonly CidText[] = LINKS[act.kind]
    for (const target of new Set(targets(act.payload as never).map(canonical)))
      addTo(links, `${act.kind} ${target}`, act)
  }
  const lists = new Map<ReadKind, ReadonlyMap<string, readonly Act[]>>()
  const listsOf = (kind: ReadKind): ReadonlyMap<string, readonly Act[]> => {
    const known = lists.get(kind)
    if (known !== undefined) return known
    const made = listBySubject(byKind.get(kind) ?? [], canonical)
    lists.set(kind, made)
    return made
  }
  const asked = view.inquiry === undefined ? undefined : new Asked(view.inquiry, byId)
  const found = <T extends Act>(all: readonly T[]): readonly T[] => {
    if (asked !== undefined) for (const act of all) asked.variantsOf(act)
    return all
  }
  // The maps are filled by kind, which the compiler cannot follow.
  return {
    view,
    canonical: (id) => {
      asked?.named(id)
      return canonical(id)
    },
    has: (id) => {
      asked?.named(id)
      return view.statements.has(id as CidText)
    },
    find: <K extends ReadKind>(kind: K, id: string) => {
      asked?.named(id)
      const act = byId.get(id)
      if (act?.kind !== kind) return undefined
      found([act])
      return act as unknown as Act<K>
    },
    inEvidence: <K extends ReadKind>(kind: K) => (byKind.get(kind) ?? []) as unknown as readonly Act<K>[],
    referring: <K extends ReadKind>(kind: K, ...subjects: readonly [Subject, ...Subject[]]) => {
      asked?.listed(kind, subjects)
      const [first, ...rest] = subjects.map((subject) => listsOf(kind).get(subjectName(subject, canonical)) ?? [])
      const all = (first ?? []).filter((act) => rest.every((list) => list.includes(act)))
      return found(all) as unknown as readonly Act<K>[]
    },
    linked: <K extends LinkedKind>(kind: K, id: CidText, by?: readonly CidText[]) => {
      const target: Subject = { type: REFERS_TO_CID, subject: id }
      if (by === undefined) asked?.listed(kind, [target])
      else for (const party of new Set(by)) asked?.listed(kind, [target, { type: ISSUED_BY, subject: party }])
      const all = (links.get(`${kind} ${canonical(id)}`) ?? []).filter(
        ({ iss }) => by === undefined || by.some((party) => party === iss),
      )
      return found(all) as unknown as readonly Act<K>[]
    },
  }
}

/** Passes on what is asked, each question once. */
class Asked {
  private readonly inquiry: Inquiry
  private readonly byId: ReadonlyMap<string, Act>
  private readonly seen = new Set<string>()

  constructor(inquiry: Inquiry, byId: ReadonlyMap<string, Act>) {
    this.inquiry = inquiry
    this.byId = byId
  }

  /** An act may be referred to under the id of any of its variants, so each of them is asked about. */
  listed(kind: ReadKind, subjects: readonly Subject[]): void {
    for (const [position, subject] of subjects.entries()) {
      if (subject.type !== REFERS_TO_CID) continue
      const variants = this.byId.get(subject.subject)?.variants ?? []
      if (variants.length < 2) continue
      for (const { statement } of variants)
        this.ask(kind, subjects.with(position, { type: REFERS_TO_CID, subject: statement.id }))
      return
    }
    this.ask(kind, subjects)
  }

  /** Another signed form of the same act refers to the same, and may stand elsewhere or be referred to instead. */
  variantsOf(act: Act): void {
    const [first] = act.variants
    if (NEVER_JOINED.has(act.kind) || first === undefined) return
    const name = `variants ${act.id}`
    if (this.seen.has(name)) return
    this.seen.add(name)
    const subjects = references(first.statement)
    if (subjects.length > 0) this.ask(act.kind, subjects)
  }

  named(id: string): void {
    if (this.byId.has(id) || this.seen.has(id) || !isCid(id)) return
    this.seen.add(id)
    this.inquiry.missed(id)
  }

  private ask(kind: ReadKind, subjects: readonly Subject[]): void {
    const name = [kind, ...subjects.map((subject) => subjectName(subject, (id) => id))].join(' ')
    if (this.seen.has(name)) return
    this.seen.add(name)
    this.inquiry.listed(kind, subjects)
  }
}

function listBySubject(acts: readonly Act[], canonical: (id: CidText) => CidText): ReadonlyMap<string, readonly Act[]> {
  const lists = new Map<string, Act[]>()
  for (const act of acts) {
    const [first] = act.variants
    const subjects = first === undefined ? [] : references(first.statement)
    for (const name of new Set(subjects.map((subject) => subjectName(subject, canonical)))) addTo(lists, name, act)
  }
  return lists
}

function subjectName(subject: Subject, canonical: (id: CidText) => CidText): string {
  if (subject.type === 2) return `2 ${toHex(subject.subject)}`
  return `${subject.type} ${subject.type === REFERS_TO_CID ? canonical(subject.subject) : subject.subject}`
}

function addTo<K, T>(lists: Map<K, T[]>, name: K, item: T): void {
  const list = lists.get(name)
  if (list === undefined) lists.set(name, [item])
  else list.push(item)
}

/** In the order in which the keys first occur. */
function groupBy(items: readonly ViewedStatement[], keyOf: (item: ViewedStatement) => string): ViewedStatement[][] {
  const groups = new Map<string, ViewedStatement[]>()
  for (const item of items) addTo(groups, keyOf(item), item)
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
