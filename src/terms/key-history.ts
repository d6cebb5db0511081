/**
 * The keys of a party over time: its inception and the chain of updates, each signed by the keys, or by the recovery set,
 * of the state before it (docs/terms.md A, kinds 3 and 4, rules R2, R6 and R8).
 *
 * Two valid successors of one update are an issuer fork: both are suspended and the chain ends there, unless one of them,
 * or one that builds on it, is signed by the recovery set: recovery beats a thief's fork. An update signed with a key that
 * its sibling had revoked before is no successor at all.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { keyThumbprint } from '../signing/key.ts'
import type { Delegate, Party, PartyUpdate, RecoverySet } from '../statement/party.ts'
import type { Act, Ledger } from './ledger.ts'
import { type Interval, type Witnessed, order, witnessed } from './time-interval.ts'
import type { ViewedStatement } from './view.ts'

/** One update that took effect, or a suspended one. */
export interface KeyEvent {
  /** Ids of all statements that make it up. */
  readonly ids: readonly CidText[]
  readonly payload: PartyUpdate
  readonly at: Witnessed
  readonly isRecovery: boolean
  /** Thumbprints, hex. */
  readonly added: ReadonlySet<string>
  readonly revoked: ReadonlySet<string>
  /** Undefined unless the recovery set says since when the old keys were not the party's own; Unix seconds. */
  readonly compromisedSince?: number
}

export interface KeyHistory {
  readonly party: CidText
  /** Where its key events count. */
  readonly logs: ReadonlySet<string>
  /** Thumbprints of the first keys, hex. */
  readonly inception: ReadonlySet<string>
  readonly events: readonly KeyEvent[]
  /** The branches of a fork at the end of the chain; empty when there is none. */
  readonly suspended: readonly KeyEvent[]
  readonly delegates: readonly { readonly delegate: Delegate; readonly since: KeyEvent }[]
  /** Members of a recovery set who signed and are not in evidence: what they signed may count. */
  readonly missing: readonly CidText[]
}

interface State {
  readonly keys: ReadonlySet<string>
  readonly threshold: number
  readonly next: ReadonlySet<string> | undefined
  readonly recovery: RecoverySet | undefined
}

/** A recovery set may itself be recovered by others, who may be recovered by the first: followed this deep. */
const MAX_RECOVERY_DEPTH = 2
const MAX_COMPROMISE_SECONDS = 30 * 86_400

const caches = new WeakMap<Ledger, Map<string, KeyHistory | undefined>>()

/** @returns undefined when the party's inception is not in evidence */
export function keyHistory(ledger: Ledger, party: string): KeyHistory | undefined {
  return historyAt(ledger, party, 0)
}

function historyAt(ledger: Ledger, party: string, depth: number): KeyHistory | undefined {
  let cache = caches.get(ledger)
  if (cache === undefined) {
    cache = new Map()
    caches.set(ledger, cache)
  }
  const key = `${depth} ${party}`
  if (!cache.has(key)) cache.set(key, buildHistory(ledger, party, depth))
  return cache.get(key)
}

function buildHistory(ledger: Ledger, party: string, depth: number): KeyHistory | undefined {
  const inception = ledger.find(3, party)
  const viewed = inception?.variants[0]
  if (inception === undefined || viewed === undefined || !viewed.isSignatureValid) return undefined
  const logs = new Set(inception.payload.logs)
  const walk = new Walk(ledger, inception, logs, depth)
  const { events, suspended } = walk.from(walk.initialState(), [inception.id])
  return {
    party: inception.id,
    logs,
    inception: new Set(inception.payload.keys.map(kidOf)),
    events,
    suspended,
    delegates: events.flatMap((event) =>
      (event.payload.delegates ?? []).map((delegate) => ({ delegate, since: event })),
    ),
    missing: [...walk.missing].sort(),
  }
}

interface Chain {
  readonly events: readonly KeyEvent[]
  readonly suspended: readonly KeyEvent[]
}

class Walk {
  /** As in KeyHistory. */
  readonly missing: Set<CidText> = new Set()
  readonly #ledger: Ledger
  readonly #inception: Act<3>
  readonly #logs: ReadonlySet<string>
  readonly #depth: number

  constructor(ledger: Ledger, inception: Act<3>, logs: ReadonlySet<string>, depth: number) {
    this.#ledger = ledger
    this.#inception = inception
    this.#logs = logs
    this.#depth = depth
  }

  initialState(): State {
    const { keys, threshold, next, recovery }: Party = this.#inception.payload
    return {
      keys: new Set(keys.map(kidOf)),
      threshold,
      next: next === undefined ? undefined : new Set(next.map(toHex)),
      recovery,
    }
  }

  /** The chain from a state on. @param ids of the statements that brought the state about */
  from(state: State, ids: readonly CidText[]): Chain {
    const events: KeyEvent[] = []
    for (;;) {
      const successors = this.#successors(state, ids)
      if (successors.length === 0) return { events, suspended: [] }
      const chosen = this.#choose(state, successors)
      if (chosen === undefined) return { events, suspended: successors }
      events.push(chosen)
      state = after(state, chosen)
      ids = chosen.ids
    }
  }

  #choose(state: State, successors: readonly KeyEvent[]): KeyEvent | undefined {
    if (successors.length === 1) return successors[0]
    const recovering = successors.filter((event) => event.isRecovery)
    if (recovering.length === 1) return recovering[0]
    if (recovering.length > 1) return undefined
    const recovered = successors.filter((event) =>
      this.from(after(state, event), event.ids).events.some((later) => later.isRecovery),
    )
    return recovered.length === 1 ? recovered[0] : undefined
  }

  #successors(state: State, ids: readonly CidText[]): readonly KeyEvent[] {
    const found = new Map<string, Act<4>[]>()
    for (const id of ids) {
      for (const act of this.#ledger.linked(4, id)) {
        const bytes = act.variants[0]?.statement.payloadBytes
        if (bytes === undefined) continue
        const key = toHex(bytes)
        const group = found.get(key)
        if (group === undefined) found.set(key, [act])
        else if (!group.includes(act)) group.push(act)
      }
    }
    const events = [...found.entries()]
      .sort((a, b) => (a[0] < b[0] ? -1 : 1))
      .flatMap(([, acts]) => {
        const event = this.#ownEvent(state, acts) ?? this.#recoveryEvent(state, acts)
        return event === undefined ? [] : [event]
      })
    return events.filter((event) => !events.some((other) => other !== event && this.#voids(other, event)))
  }

  /** Whether `other` revoked, before `event` was witnessed, a key that signed it. */
  #voids(other: KeyEvent, event: KeyEvent): boolean {
    if (event.isRecovery) return false
    const isSignedByRevoked = event.at.statements.some(({ statement }) => other.revoked.has(toHex(statement.kid)))
    return isSignedByRevoked && order(this.#ledger.view, other.at, event.at) === 'T'
  }

  #ownEvent(state: State, acts: readonly Act<4>[]): KeyEvent | undefined {
    const act = acts.find(({ iss }) => iss === this.#inception.id)
    if (act === undefined || act.payload.keys !== undefined || act.payload.compromisedSince !== undefined)
      return undefined
    if (!matchesCommitment(state, act.payload)) return undefined
    const signed = new Map<string, ViewedStatement[]>()
    for (const variant of act.variants) {
      const kid = toHex(variant.statement.kid)
      if (variant.isSignatureValid && state.keys.has(kid)) signed.set(kid, [...(signed.get(kid) ?? []), variant])
    }
    const at = jointly(this.#ledger, [...signed.values()], state.threshold, this.#logs)
    return at === undefined ? undefined : keyEvent(state, act.payload, at, false)
  }

  #recoveryEvent(state: State, acts: readonly Act<4>[]): KeyEvent | undefined {
    const { recovery } = state
    const payload = acts[0]?.payload
    if (recovery === undefined || payload?.keys === undefined || this.#depth >= MAX_RECOVERY_DEPTH) return undefined
    const signers: ViewedStatement[][] = []
    for (const act of acts) {
      if (!recovery.of.includes(act.iss as CidText)) continue
      const history = historyAt(this.#ledger, act.iss, this.#depth + 1)
      if (history === undefined) this.missing.add(act.iss as CidText)
      if (history === undefined) continue
      const valid = act.variants.filter((variant) => isOwnKey(this.#ledger, history, variant))
      if (valid.length > 0) signers.push(valid)
    }
    const at = jointly(this.#ledger, signers, recovery.k, this.#logs)
    return at === undefined ? undefined : keyEvent(state, payload, at, true)
  }
}

/** A key of the party that was not revoked before: what a recovery signature needs. */
function isOwnKey(ledger: Ledger, history: KeyHistory, variant: ViewedStatement): boolean {
  if (!variant.isSignatureValid) return false
  const kid = toHex(variant.statement.kid)
  const at = witnessed(ledger.view, variant)
  if (at === undefined) return false
  let isValid = history.inception.has(kid)
  for (const event of history.events) {
    if (event.added.has(kid) && order(ledger.view, event.at, at) === 'T') isValid = true
    if (event.revoked.has(kid) && order(ledger.view, event.at, at) !== 'F') isValid = false
  }
  return isValid
}

/**
 * An act that needs k signers takes effect with the last required one witnessed.
 *
 * @param signers per signer its statements of the act
 * @returns undefined when fewer than k of them stand in one of the logs
 */
export function jointly(
  ledger: Ledger,
  signers: readonly (readonly ViewedStatement[])[],
  k: number,
  logs: ReadonlySet<string> | undefined,
): Witnessed | undefined {
  const each: Witnessed[] = []
  for (const statements of signers) {
    const found = statements.flatMap((viewed) => witnessed(ledger.view, viewed, logs) ?? [])
    const first = found.sort((a, b) => a.interval.hi - b.interval.hi || 0)[0]
    if (first !== undefined) each.push(first)
  }
  if (each.length < k || k < 1) return undefined
  each.sort((a, b) => compareTimes(a.interval, b.interval))
  const needed = each.slice(0, k)
  const last = needed.at(-1)
  if (last === undefined) return undefined
  const lows = each.map(({ interval }) => interval.lo).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const lo = Math.min(lows[k - 1] ?? last.interval.lo, last.interval.hi)
  return {
    statements: needed.flatMap(({ statements }) => statements),
    placements: last.placements,
    interval: { ...last.interval, lo },
  }
}

function compareTimes(a: Interval, b: Interval): number {
  return a.hi === b.hi ? 0 : a.hi < b.hi ? -1 : 1
}

function matchesCommitment(state: State, update: PartyUpdate): boolean {
  const { next } = state
  return next === undefined || (update.add ?? []).every((key) => next.has(toHex(sha256(key))))
}

function keyEvent(state: State, payload: PartyUpdate, at: Witnessed, isRecovery: boolean): KeyEvent {
  const ids = at.statements.map(({ statement }) => statement.id).sort()
  const added = new Set([...(isRecovery ? (payload.keys ?? []) : []), ...(payload.add ?? [])].map(kidOf))
  const revoked = new Set((payload.revoke ?? []).map(toHex))
  if (isRecovery) for (const kid of state.keys) if (!added.has(kid)) revoked.add(kid)
  const event: KeyEvent = { ids, payload, at, isRecovery, added, revoked }
  if (!isRecovery || payload.compromisedSince === undefined) return event
  const earliest = at.interval.hi === Number.POSITIVE_INFINITY ? at.interval.lo : at.interval.hi
  return { ...event, compromisedSince: Math.max(payload.compromisedSince, earliest - MAX_COMPROMISE_SECONDS) }
}

function after(state: State, event: KeyEvent): State {
  const keys = new Set(event.isRecovery ? [] : state.keys)
  for (const kid of event.added) keys.add(kid)
  for (const kid of event.revoked) keys.delete(kid)
  const { next, recovery } = event.payload
  return {
    keys,
    threshold: Math.max(1, Math.min(state.threshold, keys.size)),
    next: next === undefined ? state.next : new Set(next.map(toHex)),
    recovery: recovery ?? state.recovery,
  }
}

export function kidOf(publicKey: Uint8Array): string {
  return toHex(keyThumbprint(publicKey))
}
