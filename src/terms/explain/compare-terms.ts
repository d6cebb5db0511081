/**
 * What changed between two terms, in sentences, and whom it hits.
 *
 * Where one value of a clause differs, the value is what people look for; it is told alone. Whether users are better or
 * worse off is said where the clause alone decides it.
 */
import type { Duty, Terms } from '../../statement/terms.ts'
import { type NameOf, type SetOf, money, percent, span, spanOf, timeText } from './words.ts'
import { countsCure, countsTime, owedDuties, owedUnder, rulesOwing } from './duties.ts'
import { type Explained, explainClauses } from './explain.ts'

/** What is in one list of sentences and not in the other. */
export interface TermsChange {
  readonly kind: 'added' | 'removed'
  readonly sentence: string
  /** The part of the terms: `permit.ID`, `price`... */
  readonly clause: string
}

/** Whether a change binds users more or less; undefined where the clause alone does not tell. */
export type Weight =
  | 'stricter for users'
  | 'looser for users'
  // A rule beside it may allow or forbid the same already.
  | 'can only be stricter for users'
  | 'can only be looser for users'
  | 'only a name changed'

/** One thing that changed, for people. */
export interface Difference {
  /** Sentences that no longer hold, and those that hold now; none where `value` says it all. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** `Price: USD 1000.00 -> USD 2000.00`. */
  readonly value?: string
  readonly weight?: Weight
}

export interface Comparison {
  readonly changes: readonly TermsChange[]
  readonly differences: readonly Difference[]
  readonly hits: string
}

/** What changed, and whom it hits: those with grants under the old terms, or only those who accept from now on. */
export function compareTerms(
  before: Terms,
  after: Terms,
  nameOf: NameOf = (id) => id,
  setOf: SetOf = () => undefined,
): Comparison {
  const [old, now] = [explainClauses(before, nameOf, setOf), explainClauses(after, nameOf, setOf)]
  const changes: TermsChange[] = [...without(old, now, 'removed'), ...without(now, old, 'added')]
  const { amend } = before
  const hits =
    changes.length === 0
      ? 'Nothing changes for anybody.'
      : amend?.mode === 'owner-may-change'
        ? `The old terms allow changes ${amend.notice === 0 ? 'without notice' : `with ${spanOf(amend.notice)} notice`}: published as their successor (--prev), what is allowed and forbidden changes for every grant under them, for uses that start after the notice. Price and duties stay as they were accepted.`
        : 'The old terms are fixed for whoever accepted them: only grants given from now on follow the new ones.'
  return { changes, differences: differencesOf(before, after, changes), hits }
}

function without(these: readonly Explained[], those: readonly Explained[], kind: TermsChange['kind']): TermsChange[] {
  const known = new Set(those.map(({ sentence }) => sentence))
  return these
    .filter(({ sentence }) => !known.has(sentence))
    .map(({ clause, sentence }) => ({ kind, sentence, clause }))
}

/** In the order of the old terms, and what is new after it. */
function differencesOf(before: Terms, after: Terms, changes: readonly TermsChange[]): readonly Difference[] {
  // What is named and decides nothing may differ.
  if (changes.length === 0) return []
  const renamed = renamedRules(before, after)
  const values = changedValues(before, after)
  if (renamed.length === 0 && values !== undefined && values.length > 0)
    return values.map((each) => Object.assign({ before: [], after: [] }, each))
  const names = new Map(renamed)
  const clauses = new Set(changes.map(({ clause }) => names.get(clause) ?? clause))
  return [...clauses].map((clause) => {
    const old = renamed.find(([, now]) => now === clause)?.[0] ?? clause
    const lost = changes.filter((change) => change.kind === 'removed' && change.clause === old)
    const gained = changes.filter((change) => change.kind === 'added' && change.clause === clause)
    return difference(lost, gained, old === clause ? weightOf(clause, before, after) : 'only a name changed')
  })
}

function difference(
  lost: readonly TermsChange[],
  gained: readonly TermsChange[],
  weight: Weight | undefined,
): Difference {
  const sentences = {
    before: lost.map(({ sentence }) => sentence),
    after: gained.map(({ sentence }) => sentence),
  }
  return weight === undefined ? sentences : { ...sentences, weight }
}

/** Rules of which the id alone changed: [old clause, new clause]. */
function renamedRules(before: Terms, after: Terms): readonly (readonly [old: string, now: string])[] {
  const pair = (field: 'permit' | 'prohibit'): readonly (readonly [string, string])[] => {
    const gone = before[field].filter(({ id }) => after[field].every((rule) => rule.id !== id))
    const fresh = after[field].filter(({ id }) => before[field].every((rule) => rule.id !== id))
    return gone.flatMap((rule) => {
      const same = fresh.find((other) => isSame(ruleOf(before, field, rule.id), ruleOf(after, field, other.id)))
      return same === undefined ? [] : [[`${field}.${rule.id}`, `${field}.${same.id}`] as const]
    })
  }
  return [...pair('permit'), ...pair('prohibit')]
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** What a rule alone says about users: more allowed, or more forbidden. */
function weightOf(clause: string, before: Terms, after: Terms): Weight | undefined {
  const [field, ...rest] = clause.split('.')
  const id = rest.join('.')
  if (field !== 'permit' && field !== 'prohibit') return undefined
  const direction = directionOf(ruleOf(before, field, id), ruleOf(after, field, id))
  if (direction === undefined) return undefined
  return (direction === 'wider') === (field === 'permit')
    ? 'can only be looser for users'
    : 'can only be stricter for users'
}

/** A rule by what it says alone: the duties that it owes with what they ask for, since their names do not tell. */
interface Rule {
  readonly actions: readonly string[]
  readonly conditions: readonly string[]
  readonly owed: readonly string[]
  readonly remedy: readonly string[]
}

function ruleOf(terms: Terms, field: 'permit' | 'prohibit', id: string): Rule | undefined {
  const permission = field === 'permit' ? terms.permit.find((rule) => rule.id === id) : undefined
  const rule = permission ?? (field === 'prohibit' ? terms.prohibit.find((each) => each.id === id) : undefined)
  if (rule === undefined) return undefined
  const owed = permission === undefined ? [] : owedUnder(terms, permission)
  const remedy = 'remedy' in rule ? (rule.remedy ?? []) : []
  const content = (duty: string): string => JSON.stringify([duty, terms.duties.get(duty)])
  return {
    actions: rule.actions,
    conditions: (rule.if ?? []).map((condition) => JSON.stringify(condition)),
    owed: owed.map(content),
    remedy: remedy.map(content),
  }
}

/** Whether a rule covers more or fewer uses; undefined where it does not tell, or says the same as before. */
function directionOf(old: Rule | undefined, now: Rule | undefined): 'wider' | 'narrower' | undefined {
  if (old === undefined || now === undefined) return old === now ? undefined : old === undefined ? 'wider' : 'narrower'
  const [isMore, isLess] = [coversAtLeast(now, old), coversAtLeast(old, now)]
  return isMore === isLess ? undefined : isMore ? 'wider' : 'narrower'
}

/** All the actions of the other, no condition that the other has not, and nothing owed that the other does not owe. */
function coversAtLeast(wide: Rule, narrow: Rule): boolean {
  return (
    narrow.actions.every((action) => wide.actions.includes(action)) &&
    wide.conditions.every((condition) => narrow.conditions.includes(condition)) &&
    wide.owed.every((duty) => narrow.owed.includes(duty))
  )
}

interface ChangedValue {
  readonly value: string
  readonly weight?: Weight
}

/**
 * The single values that differ between terms of the same shape: numbers that stand in the same place.
 *
 * @returns undefined where something else differs as well
 */
function changedValues(before: Terms, after: Terms): readonly ChangedValue[] | undefined {
  const [old, now] = [valuesOf(before), valuesOf(after)]
  if (!isSame(old.shape, now.shape)) return undefined
  return old.values.flatMap((value, i): readonly ChangedValue[] => {
    const other = now.values[i]
    if (other === undefined || other.number === value.number) return []
    const more = value.ifMore
    const isMore = other.number > value.number
    const weight = more === undefined ? undefined : isMore === (more === 'stricter') ? 'stricter' : 'looser'
    return [
      {
        value: `${value.label}: ${value.say(value.number)} -> ${other.say(other.number)}`,
        ...(weight === undefined ? {} : { weight: `${weight} for users` as const }),
      },
    ]
  })
}

interface NumberOfTerms {
  readonly label: string
  readonly number: number
  readonly say: (value: number) => string
  /** What more of it means to users. */
  readonly ifMore?: 'stricter' | 'looser'
}

/** Takes a number out of the terms, and leaves 0 in its place. */
type Take = (
  number: number | undefined,
  label: string,
  say: (value: number) => string,
  ifMore?: NumberOfTerms['ifMore'],
) => number | undefined

/** The numbers that have a name of their own, and the terms without them. */
function valuesOf(terms: Terms): { readonly shape: unknown; readonly values: readonly NumberOfTerms[] } {
  const values: NumberOfTerms[] = []
  const take: Take = (number, label, say, ifMore) => {
    if (number === undefined) return undefined
    values.push(ifMore === undefined ? { label, number, say } : { label, number, say, ifMore })
    return 0
  }
  const { price, revoke, amend, withdrawal, prove, versions } = terms
  // Owed by nobody, a higher price is no burden.
  const owed = owedDuties(terms)
  const isHonoured = withdrawal?.honour === true && rulesOwing(terms, 'honour-withdrawals').length === 0
  const isPaid = [...owed].some((id) => terms.duties.get(id)?.action === 'pay')
  const isFixed = price?.model === 'flat' || price?.model === 'per-year' || price?.model === 'per-version'
  const burden = isPaid && isFixed ? 'stricter' : undefined
  const shape = {
    ...terms,
    price: price && {
      ...price,
      amount: take(price.amount, 'Price', (amount) => money(amount, price), burden),
      bp: take(price.bp, 'Share of revenue', percent),
      platform: price.platform && {
        ...price.platform,
        bp: take(price.platform.bp, 'Platform fee', percent, burden),
      },
    },
    revoke:
      revoke?.allowed === 'any'
        ? {
            ...revoke,
            notice: take(revoke.notice, 'Notice before a grant that is taken back ends', span, 'looser'),
            effect: {
              ...revoke.effect,
              ...('grace' in revoke.effect
                ? { grace: take(revoke.effect.grace, 'Time for running uses to stop', span, 'looser') }
                : {}),
              ...('within' in revoke.effect
                ? { within: take(revoke.effect.within, 'Time to act after a grant was taken back', span, 'looser') }
                : {}),
            },
          }
        : revoke,
    amend:
      amend?.mode === 'owner-may-change'
        ? { ...amend, notice: take(amend.notice, 'Notice before changed terms count', span, 'looser') }
        : amend,
    withdrawal: withdrawal && {
      ...withdrawal,
      within: take(withdrawal.within, 'Time to honour withdrawals', span, isHonoured ? 'looser' : undefined),
    },
    prove: prove?.map(({ fact, within }) => ({ fact, within: take(within, `Time to show ${fact}`, span, 'looser') })),
    versions:
      versions.mode === 'all-until'
        ? { ...versions, until: take(versions.until, 'For versions published before', timeText, 'looser') }
        : versions,
    duties: [...terms.duties].map(([id, duty]) => [id, dutyShape(id, duty, owed.has(id), take)]),
    text: [...(terms.text ?? [])],
    tables: [...(terms.tables ?? [])].map(([name, digest]) => [name, [...digest]]),
    licence: terms.licence && { ...terms.licence, digest: [...(terms.licence.digest ?? [])] },
    // What its author claims about the statement, and where it stands, is no rule.
    iat: undefined,
    seen: undefined,
    prev: undefined,
    lineage: undefined,
  }
  return { shape, values }
}

function dutyShape(id: string, duty: Duty, isOwed: boolean, take: Take): object {
  const { due, cure, action } = duty
  const ifMore = (counts: boolean): 'looser' | undefined => (isOwed && counts ? 'looser' : undefined)
  const within = take(due.within, `Time for [${id}]`, span, ifMore(countsTime(action)))
  return {
    ...duty,
    due: { event: due.event, within },
    cure: take(cure, `Time in which a late [${id}] still counts as cured`, span, ifMore(countsCure(action))),
  }
}
