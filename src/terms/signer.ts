/**
 * Did this statement come from its issuer: was the key one of the issuer's when it was witnessed? (docs/terms.md, R2, R7,
 * R8, R10.) And may the issuer say it: is it the principal, or its delegate for this kind and lineage?
 */
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import type { KindName } from '../statement/kind.ts'
import { type Horizon, listsComplete, missing } from './absence.ts'
import { isAnsweredBefore } from './answered.ts'
import { type KeyEvent, type KeyHistory, keyHistory } from './key-history.ts'
import type { Act, Ledger } from './ledger.ts'
import { HOLDS, type Judgement, all, best, fails, holds, reason, unknown, withNotes } from './reason.ts'
import { type Witnessed, order, provenTimes, witnessed } from './time-interval.ts'
import type { Reason } from './verdict.ts'
import type { ViewedStatement } from './view.ts'

/** An act, the variant that counts, and whether its signature is its issuer's. */
export interface SignedAct {
  readonly act: Act
  /** Undefined when it is in no log in evidence. */
  readonly at: Witnessed | undefined
  /** T includes that a quorum witnessed it. */
  readonly judgement: Judgement
}

const PREFERENCE = { T: 0, U: 1, F: 2 } as const

const caches = new WeakMap<Ledger, Map<string, SignedAct>>()

/**
 * The act as signed by its issuer: of its variants the one with the best signature, then the earliest.
 *
 * @param logs where it has to stand to count; undefined = any log that meets the policy
 */
export function signedAct(ledger: Ledger, act: Act, logs?: ReadonlySet<string>): SignedAct {
  let cache = caches.get(ledger)
  if (cache === undefined) {
    cache = new Map()
    caches.set(ledger, cache)
  }
  const key = [act.id, ...(logs === undefined ? ['*'] : logs)].join(' ')
  const known = cache.get(key)
  if (known !== undefined) return known
  const result = findSigned(ledger, act, logs)
  cache.set(key, result)
  return result
}

function findSigned(ledger: Ledger, act: Act, logs: ReadonlySet<string> | undefined): SignedAct {
  let chosen: SignedAct | undefined
  for (const variant of act.variants) {
    const at = witnessed(ledger.view, variant, logs)
    const candidate: SignedAct = { act, at, judgement: judgeVariant(ledger, act, variant, at) }
    if (chosen === undefined || compareSigned(candidate, chosen) < 0) chosen = candidate
  }
  return chosen ?? { act, at: undefined, judgement: missing('the statement', [act.id]) }
}

function compareSigned(a: SignedAct, b: SignedAct): number {
  const byValue = PREFERENCE[a.judgement.value] - PREFERENCE[b.judgement.value]
  if (byValue !== 0) return byValue
  const left = a.at?.interval.hi ?? Number.POSITIVE_INFINITY
  const right = b.at?.interval.hi ?? Number.POSITIVE_INFINITY
  return left === right ? 0 : left < right ? -1 : 1
}

function judgeVariant(ledger: Ledger, act: Act, variant: ViewedStatement, at: Witnessed | undefined): Judgement {
  const { id } = variant.statement
  // Where the signer is not in evidence, neither is the key: that settles nothing, or leaving the signer out would.
  const isOpen = variant.isKeyUnknown === true && keyHistory(ledger, act.iss) === undefined
  if (isOpen) return missing('the party that signed', [id])
  if (!variant.isSignatureValid && variant.isKeyUnknown !== true) return fails(reason('KEY_NOT_VALID', [id]))
  if (at === undefined) return missing('a log that holds the statement', [id])
  const loss = at.interval.loss
  const witnessedByQuorum = loss === undefined ? HOLDS : unknown(reason(loss, [id]))
  if (act.kind === 3) return witnessedByQuorum
  const tenure = keyWasValid(ledger, act, variant, at)
  // Unless the key lists say that it never was the signer's key, an unchecked signature shows nothing.
  const isChecked = variant.isSignatureValid || tenure.value === 'F'
  return all([witnessedByQuorum, isChecked ? tenure : missing('the key that signed', [id])])
}

/** T: the key was the issuer's when the statement was witnessed. */
function keyWasValid(ledger: Ledger, act: Act, variant: ViewedStatement, at: Witnessed): Judgement {
  const history = keyHistory(ledger, act.iss)
  if (history === undefined) return missing('the party that signed', [variant.statement.id])
  const kid = toHex(variant.statement.kid)
  const complete = keyListsComplete(ledger, history, at)
  const tenure = tenureOf(ledger, act, history, kid, at)
  // That a key was revoked is shown by what is there; that it was not, or never was a key, rests on absence.
  if (tenure.value === 'F' && tenure.reasons.some(({ statements }) => statements.length > 1)) return tenure
  return complete.value === 'T' ? tenure : { ...complete, notes: tenure.notes }
}

function tenureOf(ledger: Ledger, act: Act, history: KeyHistory, kid: string, at: Witnessed): Judgement {
  const ids = act.variants.map(({ statement }) => statement.id)
  const notValid = (event?: KeyEvent): Judgement =>
    fails(reason('KEY_NOT_VALID', event === undefined ? ids : [...ids, ...event.ids]))
  const unordered = (event: KeyEvent): Judgement =>
    unknown(reason('ORDER_UNPROVEN', [...ids, ...event.ids], { values: { what: 'the signature or the key event' } }))
  const isAnswered = (event: Witnessed): boolean => isAnsweredBefore(ledger, ids, act.iss, event)

  let current: Judgement = history.inception.has(kid) ? HOLDS : notValid()
  for (const event of history.events) {
    const isBefore = order(ledger.view, event.at, at)
    if (event.added.has(kid)) {
      if (isBefore === 'T') current = HOLDS
      else if (isBefore === 'U' && current.value !== 'T') current = unordered(event)
    }
    if (!event.revoked.has(kid)) continue
    if (isBefore === 'T') current = notValid(event)
    else if (current.value !== 'F') current = all([current, revokedLater(event, at, isBefore, isAnswered, ids)])
  }
  return judgeFork({ ledger, history, kid, at, isAnswered, ids }, current)
}

/** The key was revoked by an event that is not before the statement. */
function revokedLater(
  event: KeyEvent,
  at: Witnessed,
  isBefore: 'F' | 'U' | 'T',
  isAnswered: (event: Witnessed) => boolean,
  ids: readonly CidText[],
): Judgement {
  const stood = holds(reason('KEY_VALID_AT_TIME', [...ids, ...event.ids]))
  if (isAnswered(event.at)) return stood
  if (event.compromisedSince !== undefined && at.interval.hi > event.compromisedSince) {
    return unknown(reason('KEY_COMPROMISED', [...ids, ...event.ids]))
  }
  if (isBefore === 'F') return stood
  return unknown(
    reason('ORDER_UNPROVEN', [...ids, ...event.ids], { values: { what: 'the signature or the key event' } }),
  )
}

interface ForkInput {
  readonly ledger: Ledger
  readonly history: KeyHistory
  readonly kid: string
  readonly at: Witnessed
  readonly isAnswered: (event: Witnessed) => boolean
  readonly ids: readonly CidText[]
}

/** A fork of the party's updates suspends what its branches say about the key. */
function judgeFork({ ledger, history, kid, at, isAnswered, ids }: ForkInput, current: Judgement): Judgement {
  const fork = shownBy(history.suspended)
  const isProtected = fork !== undefined && isAnswered(fork)
  const open = unknown(reason('ISSUER_FORK', [...ids, ...history.suspended.flatMap((branch) => branch.ids)]))
  const adding = history.suspended.filter(
    (branch) => branch.added.has(kid) && order(ledger.view, at, branch.at) !== 'T',
  )
  if (current.value !== 'T') {
    if (adding.length === 0) return current
    return isProtected ? holds(...current.notes) : open
  }
  const revoking = history.suspended.filter(
    (branch) => branch.revoked.has(kid) && order(ledger.view, at, branch.at) !== 'T',
  )
  return revoking.length === 0 || isProtected ? current : withNotes(open, current.notes)
}

/** A fork is witnessed with its second branch. */
function shownBy(branches: readonly KeyEvent[]): Witnessed | undefined {
  const sorted = [...branches].sort((a, b) => (a.at.interval.hi < b.at.interval.hi ? -1 : 1))
  return sorted[1]?.at
}

/** T: every key event of the party that was witnessed before the statement is in evidence. */
function keyListsComplete(ledger: Ledger, history: KeyHistory, at: Witnessed): Judgement {
  if (history.missing.length > 0) return missing('a party of the recovery set', history.missing)
  const horizon: Horizon = { view: ledger.view, origins: history.logs, leftOut: new Set(), isStale: false }
  return all(
    [...history.logs].map((origin) => {
      const log = ledger.view.logs.get(origin)
      const place = at.placements.find((placement) => placement.origin === origin)
      // In the statement's own log its position is the moment: no checkpoint after it is needed.
      const isOrdered = log !== undefined && place !== undefined && place.index < (log.forkedAt ?? place.index + 1)
      if (isOrdered && log.completeUpTo >= place.index) {
        return provenTimes(log).length > 0 ? HOLDS : unknown(reason('NO_QUORUM', []))
      }
      return listsComplete({ ...horizon, origins: new Set([origin]) }, at.interval.hi)
    }),
  )
}

/**
 * T: the issuer of the act is one of the principals, or a delegate of one of them with this right, for this lineage, when
 * the act was witnessed.
 */
export function mayAct(
  ledger: Ledger,
  signed: SignedAct,
  principals: readonly string[],
  right: KindName,
  lineage: CidText | undefined,
): Judgement {
  if (principals.includes(signed.act.iss)) return HOLDS
  const refused = fails(reason('DELEGATE_SCOPE', [signed.act.id]))
  const each = principals.map((principal) => isDelegate(ledger, signed, principal, right, lineage))
  return best(each, refused)
}

function isDelegate(
  ledger: Ledger,
  signed: SignedAct,
  principal: string,
  right: KindName,
  lineage: CidText | undefined,
): Judgement {
  const { act, at } = signed
  const refusal = (statements: readonly CidText[] = []): Reason => reason('DELEGATE_SCOPE', [act.id, ...statements])
  const history = keyHistory(ledger, principal)
  if (history === undefined) return missing('the party that would have delegated the right', [act.id])
  if (at === undefined) return missing('a log that holds the statement', [act.id])
  const complete = keyListsComplete(ledger, history, at)
  const refuse = (statements?: readonly CidText[]): Judgement =>
    complete.value === 'T' ? fails(refusal(statements)) : complete
  let current: Judgement | undefined
  for (const { delegate, since } of history.delegates) {
    if (delegate.party !== act.iss) continue
    const isBefore = order(ledger.view, since.at, at)
    if (isBefore === 'F') continue
    const covers = delegate.rights.includes(right) && inScope(delegate.scope, lineage)
    const entry = covers ? inTime(delegate.until, at, act.id, since.ids) : refuse(since.ids)
    if (isBefore === 'T') current = entry
    else {
      const unordered = reason('ORDER_UNPROVEN', [act.id, ...since.ids], {
        values: { what: 'the act or the delegation' },
      })
      // The delegation may or may not have been in force: sure only where both ways agree.
      const isSame = (current?.value ?? 'F') === entry.value
      if (!isSame) current = unknown(unordered)
    }
  }
  if (current === undefined) return refuse()
  return current.value === 'T' && complete.value !== 'T' ? withNotes(complete, current.notes) : current
}

function inScope(scope: readonly CidText[] | undefined, lineage: CidText | undefined): boolean {
  return scope === undefined || (lineage !== undefined && scope.includes(lineage))
}

/** Delegations end at `until`, exclusive. */
function inTime(until: number | undefined, at: Witnessed, id: CidText, since: readonly CidText[]): Judgement {
  if (until === undefined || at.interval.hi < until) return HOLDS
  if (at.interval.lo >= until) return fails(reason('DELEGATE_SCOPE', [id, ...since]))
  return unknown(reason('ORDER_UNPROVEN', [id, ...since], { values: { what: 'the act or the end of the delegation' } }))
}
