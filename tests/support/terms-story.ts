/**
 * Stories in days for the evaluator: statements are signed for real, put into in-memory logs on given days, and every log
 * has one checkpoint a day, cosigned at 00:00 by a quorum. What a log fails to do (silence, fork, no quorum, incomplete
 * lists) is told per log.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { toHex } from '../../src/encoding/bytes.ts'
import type { CidText } from '../../src/encoding/cid.ts'
import { didKey, keyThumbprint } from '../../src/signing/key.ts'
import { nativeSigner } from '../../src/node/native-crypto.ts'
import type { Signer } from '../../src/signing/signer.ts'
import { decodeStatement, prepareStatement, signStatement, type Statement } from '../../src/statement/envelope.ts'
import type { Party } from '../../src/statement/party.ts'
import type { PayloadByKind, ReadKind } from '../../src/statement/payload.ts'
import type { Terms } from '../../src/statement/terms.ts'
import { TERMS_PROFILE } from '../../src/statement/vocabulary.ts'
import { evaluate } from '../../src/terms/evaluate.ts'
import type { DatasetVerdict, UseVerdict, Verdict } from '../../src/terms/verdict.ts'
import type {
  CheckpointTime,
  EvidenceView,
  LogView,
  Placement,
  Question,
  TrustView,
  ViewedStatement,
} from '../../src/terms/view.ts'

export const START = 1_767_225_600
export const DAY = 86_400
export const MAIN = 'main.example/log'

/** Seconds of the start of a day. */
export function day(n: number): number {
  return START + n * DAY
}

export interface LogStory {
  /** Last day with a checkpoint. */
  until?: number
  /** From this day on checkpoints carry no quorum. */
  noQuorumFrom?: number
  /** From this day on there are two branches. */
  forkedFrom?: number
  /** Entries up to this day only are complete; -1: no complete lists. */
  completeUntil?: number
}

export interface Signing {
  by: string
  /** Name of the key; default: the newest. */
  key?: string
  /** Default: the main log. */
  logs?: readonly string[]
}

export const TRUST: TrustView = { endorsers: [], maxStalenessSeconds: 3650 * DAY }

/** Keys and signatures are deterministic, so stories that tell the same share them. */
const SIGNERS = new Map<string, Signer>()
const SIGNED = new Map<string, Statement>()
const MOST_KEPT = 20_000

function signedOnce<K extends ReadKind>(kind: K, payload: PayloadByKind[K], iss: string, signer: Signer): Statement {
  const prepared = prepareStatement(kind, payload, { iss }, signer.publicKey)
  const key = toHex(prepared.signedBytes)
  const known = SIGNED.get(key)
  if (known !== undefined) return known
  const statement = decodeStatement(signStatement(prepared, signer))
  // Long runs make up ever new statements: what is kept stays bounded.
  if (SIGNED.size >= MOST_KEPT) SIGNED.clear()
  SIGNED.set(key, statement)
  return statement
}

export class Story {
  readonly #newest = new Map<string, string>()
  readonly #ids = new Map<string, CidText>()
  readonly #entries: { readonly statement: Statement; readonly day: number; readonly logs: readonly string[] }[] = []
  readonly #logs = new Map<string, LogStory>([[MAIN, {}]])
  readonly hidden: Set<CidText> = new Set()

  log(origin: string, story: LogStory = {}): this {
    this.#logs.set(origin, story)
    return this
  }

  id(party: string): CidText {
    const id = this.#ids.get(party)
    if (id === undefined) throw new RangeError(`no party ${party}`)
    return id
  }

  key(name: string): Signer {
    let signer = SIGNERS.get(name)
    if (signer === undefined) {
      signer = nativeSigner(sha256(new TextEncoder().encode(`story ${name}`)))
      SIGNERS.set(name, signer)
    }
    return signer
  }

  kid(name: string): Uint8Array {
    return keyThumbprint(this.key(name).publicKey)
  }

  party(name: string, at = 0, more: Partial<Party> = {}): CidText {
    const first = this.key(`${name}.key1`)
    this.#newest.set(name, `${name}.key1`)
    const payload: Party = { v: 1, name, keys: [first.publicKey], threshold: 1, logs: [MAIN], ...more }
    const id = this.#put(at, 3, payload, didKey(first.publicKey), first, [MAIN])
    this.#ids.set(name, id)
    return id
  }

  /** Later statements of the party are signed with this key. */
  use(party: string, key: string): void {
    this.#newest.set(party, key)
  }

  add<K extends ReadKind>(at: number, kind: K, payload: PayloadByKind[K], { by, key, logs }: Signing): CidText {
    const name = key ?? this.#newest.get(by)
    if (name === undefined) throw new RangeError(`no key of ${by}`)
    return this.#put(at, kind, payload, this.id(by), this.key(name), logs ?? [MAIN])
  }

  #put<K extends ReadKind>(
    at: number,
    kind: K,
    payload: PayloadByKind[K],
    iss: string,
    signer: Signer,
    logs: readonly string[],
  ): CidText {
    const statement = signedOnce(kind, payload, iss, signer)
    this.#entries.push({ statement, day: at, logs })
    return statement.id
  }

  view(now: number): EvidenceView {
    const placements = new Map<CidText, Placement[]>()
    const logs = new Map<string, LogView>()
    for (const [origin, story] of this.#logs) logs.set(origin, this.#play(origin, story, now, placements))
    const statements = new Map<CidText, ViewedStatement>()
    for (const { statement, day: at } of this.#entries) {
      const places = placements.get(statement.id)
      if (at > now || places === undefined || this.hidden.has(statement.id)) continue
      statements.set(statement.id, { statement, placements: places, isSignatureValid: true })
    }
    return { logs, statements, citedNotes: new Map() }
  }

  #play(origin: string, story: LogStory, now: number, placements: Map<CidText, Placement[]>): LogView {
    const times: CheckpointTime[] = []
    let size = 0
    let completeUpTo = 0
    let forkedAt: number | undefined
    for (let d = 0; d <= now; d++) {
      if (d === story.forkedFrom) forkedAt = size
      size++
      for (const { statement, day: at, logs } of this.#entries) {
        if (at !== d || !logs.includes(origin)) continue
        const places = placements.get(statement.id) ?? []
        places.push({ origin, index: size })
        placements.set(statement.id, places)
        size++
      }
      if (d > (story.until ?? now)) continue
      const hasQuorum = d < (story.noQuorumFrom ?? Number.POSITIVE_INFINITY)
      times.push(hasQuorum ? { size, first: day(d), fresh: day(d) } : { size })
      if (d <= (story.completeUntil ?? now)) completeUpTo = size
    }
    const log: LogView = { origin, operator: undefined, times, completeUpTo }
    return forkedAt === undefined ? log : { ...log, forkedAt }
  }

  ask(question: Question, now: number, trust: TrustView = TRUST, lastDay: number = now): Verdict {
    return evaluate(this.view(lastDay), trust, question, day(now))
  }

  use1(use: CidText, now: number, trust: TrustView = TRUST): UseVerdict {
    const verdict = this.ask({ use }, now, trust).uses[0]
    if (verdict === undefined) throw new RangeError('no use')
    return verdict
  }
}

export function codes(verdict: { readonly reasons: readonly { readonly code: string }[] }): string[] {
  return [...new Set(verdict.reasons.map(({ code }) => code))].sort()
}

/** The first dataset of the use. */
export function only(use: UseVerdict): DatasetVerdict {
  const dataset = use.datasets[0]
  if (dataset === undefined) throw new RangeError('no dataset')
  return dataset
}

/** Terms that allow training and evaluation and ask for an attestation within 30 days. */
export function termsOf(lineage: CidText, more: Partial<Terms> = {}): Terms {
  return {
    v: 1,
    profile: TERMS_PROFILE,
    lineage,
    versions: { mode: 'lineage' },
    permit: [{ id: 'use', actions: ['train', 'evaluate'], duties: ['attest'] }],
    prohibit: [],
    duties: new Map([
      ['attest', { action: 'attest-use', due: { event: 'use-end', within: 30 * DAY }, cure: 60 * DAY }],
    ]),
    attach: 'at-start',
    amend: { mode: 'pinned' },
    revoke: { allowed: 'any', notice: 14 * DAY, effect: { mode: 'no-new-use' } },
    ...more,
  }
}

export interface Scene {
  story: Story
  lineage: CidText
  v1: CidText
  v2: CidText
  terms: CidText
}

/** Owner O and user U, a dataset D with two versions, and its terms, all on day 0. */
export function scene(more: Partial<Terms> = {}, home: readonly string[] = [MAIN]): Scene {
  const story = new Story()
  for (const name of ['O', 'U', 'N', 'A', 'S']) story.party(name)
  const lineage = story.add(0, 5, { title: 'D', owner: story.id('O'), locales: ['sw'], logs: home }, { by: 'O' })
  const v1 = story.add(0, 6, { lineage, label: 'v1' }, { by: 'O' })
  const v2 = story.add(0, 6, { lineage, label: 'v2', prev: v1 }, { by: 'O' })
  const terms = story.add(0, 7, termsOf(lineage, more), { by: 'O' })
  return { story, lineage, v1, v2, terms }
}

export interface Agreed extends Scene {
  grant: CidText
}

/** A scene with a grant to U on day 1, accepted on day 2. */
export function agreed(more: Partial<Terms> = {}, home?: readonly string[]): Agreed {
  const set = scene(more, home)
  const { story, terms } = set
  const grant = story.add(1, 9, { terms, assignee: story.id('U') }, { by: 'O' })
  story.add(2, 10, { grant, terms }, { by: 'U' })
  return { ...set, grant }
}

type UsageMore = Partial<Omit<PayloadByKind[15], 'from' | 'to'>> & { from?: number; to?: number }

/** A usage attested on a day; its times in days. Default: trained from day 6 to 20 for research. */
export function attest(
  set: Agreed,
  at: number,
  { from = 6, to = 20, ...more }: UsageMore = {},
  signing: Partial<Signing> = {},
): CidText {
  const payload: PayloadByKind[15] = {
    run: 'R1',
    actions: ['train'],
    purposes: ['research'],
    commercial: false,
    places: ['KE'],
    datasets: [{ version: set.v1, grants: [set.grant] }],
    ...more,
    from: day(from),
    to: day(to),
  }
  return set.story.add(at, 15, payload, { by: 'U', ...signing })
}
