/**
 * Which statements does a question need? The evaluator itself tells: it is run on what is gathered so far, and whatever it
 * asks for (Inquiry) is looked up in the logs, until it asks for nothing new.
 *
 * Whoever verifies has a policy of his own, and what the evaluator asks for depends on whom it believes. So it is run as
 * several verifiers would: one who trusts every endorser, one who trusts none, one to whom no checkpoint proves a time, and
 * one to whom so few do that everything may have been witnessed earlier.
 */
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { isCid } from '../encoding/cid.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import type { Hash, Sha256 } from '../merkle/hash.ts'
import { cosignatureTimestamp } from '../note/cosignature.ts'
import { parseNote } from '../note/note.ts'
import { decodeStatement, type Statement } from '../statement/envelope.ts'
import type { ReadKind } from '../statement/payload.ts'
import type { Subject } from '../statement/references.ts'
import { SubjectKeys } from '../subject-index/subject-key.ts'
import { evaluate } from '../terms/evaluate.ts'
import { keyHistory } from '../terms/key-history.ts'
import { openLedger } from '../terms/ledger.ts'
import { evaluateIntended } from '../terms/suppose.ts'
import { firstAbove } from '../terms/time-interval.ts'
import type { CheckpointTime, EvidenceView, LogView, Placement, Question, TrustView } from '../terms/view.ts'
import type { EvidenceLog } from './evidence-log.ts'
import type { EvidenceRequest } from './evidence-request.ts'

/** Longer lists are not taken: what rests on them needs the whole log. */
const MAX_LIST_ITEMS = 20_000
/** A bundle is held in memory whole. */
export const MAX_GATHERED_BYTES: number = 24 << 20

/** What was found in one log. */
export interface GatheredLog {
  readonly log: EvidenceLog
  /** Entries by position. */
  readonly entries: Map<number, Uint8Array>
  /** Keys that were asked about, hex, with the kinds that are wanted whole. */
  readonly asked: Map<string, { readonly key: Hash; readonly relations: Set<number> }>
  /** Sizes whose notes tell when these entries were witnessed. */
  readonly noteSizes: Set<number>
}

export interface Gathered {
  /** The logs that bear on the question, in the order given. */
  readonly logs: readonly GatheredLog[]
  readonly statements: readonly Statement[]
}

/**
 * @throws LedgerError NOT_FOUND when no log has what is asked about; BUNDLE_LIMIT when it takes too many statements
 */
export function gather(request: EvidenceRequest, logs: readonly EvidenceLog[], sha256: Sha256): Gathered {
  return new Gathering(request, logs, sha256).run()
}

class Gathering {
  private readonly request: EvidenceRequest
  private readonly logs: readonly GatheredLog[]
  private readonly sha256: Sha256
  private readonly statements = new Map<CidText, { statement: Statement; placements: Placement[] }>()
  private readonly keys: SubjectKeys
  private readonly looked = new Set<string>()
  private readonly times = new Map<string, number>()
  private bytes = 0
  private hasNew = false

  constructor(request: EvidenceRequest, logs: readonly EvidenceLog[], sha256: Sha256) {
    this.request = request
    this.logs = logs.map((log) => ({ log, entries: new Map(), asked: new Map(), noteSizes: new Set([log.size]) }))
    this.sha256 = sha256
    this.keys = new SubjectKeys(sha256)
  }

  run(): Gathered {
    do {
      this.hasNew = false
      this.ask()
    } while (this.hasNew)
    if (this.statements.size === 0)
      throw new LedgerError(
        'NOT_FOUND',
        `nothing published here answers the question about ${describe(this.request.question)}`,
      )
    const named = new Set([...this.statements.values()].flatMap(({ statement }) => originsNamedBy(statement)))
    const used = this.logs.filter(({ log, entries }) => entries.size > 0 || named.has(log.origin))
    for (const gathered of used) this.addKeeper(gathered)
    return { logs: used, statements: [...this.statements.values()].map(({ statement }) => statement) }
  }

  private ask(): void {
    const view = this.view()
    const endorsers = [...view.statements.values()].flatMap(({ statement }) =>
      statement.kind === 16 && isCid(statement.iss) ? [statement.iss] : [],
    )
    const timeless: EvidenceView = {
      ...view,
      logs: new Map([...view.logs].map(([origin, log]) => [origin, { ...log, times: [] }])),
    }
    this.evaluate(view, endorsers)
    if (endorsers.length > 0) this.evaluate(view, [])
    this.evaluate(timeless, endorsers)
    this.evaluate({ ...view, early: new Set(view.statements.keys()) }, endorsers)
    // Whether a signature is its issuer's is reported for every statement, also for those that decide nothing.
    const ledger = openLedger(view)
    for (const { statement } of view.statements.values()) if (isCid(statement.iss)) keyHistory(ledger, statement.iss)
  }

  private evaluate(view: EvidenceView, endorsers: readonly CidText[]): void {
    const trust: TrustView = { endorsers, maxStalenessSeconds: Number.MAX_SAFE_INTEGER }
    const { question, intended } = this.request
    if (intended === undefined) evaluate(view, trust, question)
    else evaluateIntended(view, trust, intended)
  }

  /** What is gathered, as whoever trusts everybody sees it, and as if every list were complete. */
  private view(): EvidenceView {
    const logs = this.logs.map(({ log, noteSizes }): [string, LogView] => {
      const times = [...noteSizes].toSorted((a, b) => a - b).map((size) => this.timesOf(log, size))
      const view: LogView = { origin: log.origin, operator: undefined, times, completeUpTo: log.size }
      return [log.origin, log.forks.length === 0 ? view : { ...view, forkedAt: 0 }]
    })
    const statements = [...this.statements].map(([id, viewed]) => [id, { ...viewed, isSignatureValid: true }] as const)
    const inquiry = {
      listed: (kind: ReadKind, subjects: readonly Subject[]): void => this.lookUpList(kind, subjects),
      missed: (id: CidText): void => this.lookUp(id),
    }
    return { logs: new Map(logs), statements: new Map(statements), citedNotes: new Map(), inquiry }
  }

  /** The middle one of the times at which a note was cosigned. */
  private timesOf(log: EvidenceLog, size: number): CheckpointTime {
    const times = log.notesAt(size).map(({ note }) => this.timeOf(note))
    return { size, first: Math.min(...times), fresh: Math.max(...times) }
  }

  private timeOf(note: Uint8Array): number {
    const name = toHex(this.sha256(note))
    const known = this.times.get(name)
    if (known !== undefined) return known
    const dated = parseNote(note)
      .signatures.filter(({ signature }) => signature.length === 72)
      .map((line) => cosignatureTimestamp(line))
      .toSorted((a, b) => a - b)
    const time = dated[dated.length >> 1] ?? 0
    this.times.set(name, time)
    return time
  }

  private lookUp(id: CidText): void {
    if (this.looked.has(id)) return
    this.looked.add(id)
    for (const gathered of this.logs) {
      const index = gathered.log.indexOf(id)
      if (index !== undefined) this.place(gathered, index)
    }
  }

  /** In every log the shortest of the lists that answer, unless one is there already. */
  private lookUpList(kind: ReadKind, subjects: readonly Subject[]): void {
    const keys = subjects.map((subject) => this.keys.of(subject))
    for (const gathered of this.logs) {
      const { log, asked } = gathered
      if (keys.some((key) => asked.get(toHex(key))?.relations.has(kind))) continue
      const counted = keys.map((key) => ({ key, count: log.index.counts(key).get(kind) ?? 0 }))
      const [shortest] = counted.toSorted((a, b) => a.count - b.count)
      if (shortest === undefined || shortest.count > MAX_LIST_ITEMS) continue
      const name = toHex(shortest.key)
      const known = asked.get(name) ?? { key: shortest.key, relations: new Set() }
      asked.set(name, known)
      known.relations.add(kind)
      for (const index of log.index.positions(shortest.key, kind)) this.place(gathered, index)
    }
  }

  private place(gathered: GatheredLog, index: number): void {
    const { log } = gathered
    const bytes = this.take(gathered, index)
    if (bytes === undefined) return
    this.hasNew = true
    const statement = decodeOrUndefined(bytes, this.sha256)
    if (statement === undefined) return
    const placement = { origin: log.origin, index }
    const known = this.statements.get(statement.id)
    if (known === undefined) this.statements.set(statement.id, { statement, placements: [placement] })
    else known.placements.push(placement)
    // Who signed it, and where else it stands.
    this.lookUp(statement.id)
    if (isCid(statement.iss)) this.lookUp(statement.iss)
    if (statement.kind === 22) for (const { origin, size } of statement.payload.checkpoints) this.addNote(origin, size)
  }

  /** @returns undefined when it is taken already */
  private take({ log, entries, noteSizes }: GatheredLog, index: number): Uint8Array | undefined {
    if (entries.has(index)) return undefined
    const bytes = log.readEntry(index)
    this.bytes += bytes.length
    if (this.bytes > MAX_GATHERED_BYTES)
      throw new LedgerError('BUNDLE_LIMIT', 'more statements bear on this question than fit into a bundle', {
        hint: 'ask about one use, or export the log instead: tally export',
      })
    entries.set(index, bytes)
    // The checkpoints between which it was witnessed.
    const above = firstAbove(log.noteSizes, index)
    for (const size of [log.noteSizes[above], log.noteSizes[above - 1]]) if (size !== undefined) noteSizes.add(size)
    return bytes
  }

  private addNote(origin: string, size: number): void {
    const gathered = this.logs.find(({ log }) => log.origin === origin)
    if (gathered?.log.noteSizes.includes(size) === true) gathered.noteSizes.add(size)
  }

  /** Every verifier needs the genesis of a log, and the name of its operator helps. */
  private addKeeper(gathered: GatheredLog): void {
    const genesis = this.take(gathered, 0) ?? gathered.entries.get(0)
    if (genesis === undefined) return
    const statement = decodeStatement(genesis, this.sha256)
    const operator = statement.kind === 1 ? gathered.log.indexOf(statement.payload.operator) : undefined
    if (operator !== undefined) this.take(gathered, operator)
  }
}

/** A log may hold what is no statement. */
function decodeOrUndefined(bytes: Uint8Array, sha256: Sha256): Statement | undefined {
  try {
    return decodeStatement(bytes, sha256)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    return undefined
  }
}

/** Logs in which answers to a statement count: they matter also where they hold nothing. */
function originsNamedBy(statement: Statement): readonly string[] {
  if (statement.kind === 3 || statement.kind === 5) return statement.payload.logs
  if (statement.kind === 9) return statement.payload.logs ?? []
  return statement.kind === 10 && statement.payload.log !== undefined ? [statement.payload.log] : []
}

function describe(question: Question): string {
  if ('use' in question) return `use ${question.use}`
  if ('claim' in question) return `claim ${question.claim}`
  if ('grants' in question) return `grant ${question.grants.join(', ')}`
  return `model ${toHex(question.model)}`
}
