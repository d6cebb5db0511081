/**
 * Trying terms out: would a use with these facts be permitted? The facts are taken as shown, so that the answer is about
 * the terms alone; what is left out is unknown. Grants, duties and time limits of theirs play no part.
 */
import type { CidText } from '../encoding/cid.ts'
import { type Constraint, comparisons } from '../statement/constraint.ts'
import type { Terms } from '../statement/terms.ts'
import {
  ACTIONS,
  type Action,
  type Capability,
  type Openness,
  type Operand,
  PURPOSES,
  type Purpose,
} from '../statement/vocabulary.ts'
import { evaluateConstraints } from './constraint.ts'
import { listed } from './explain/words.ts'
import type { Combination, FactContext, Side, SupposedFacts } from './facts/operand.ts'
import { isActionWithin, isPurposeWithin } from './hierarchy.ts'
import { openLedger } from './ledger.ts'
import { combinations, permissionMatches, prohibited, refusals } from './permissions.ts'
import { reason } from './reason.ts'
import type { Reason } from './verdict.ts'

export interface SupposedUse extends SupposedFacts {
  readonly actions: readonly Action[]
  readonly purposes?: readonly Purpose[]
  /** Where the data is processed. */
  readonly places?: readonly string[]
  readonly capabilities?: readonly Capability[]
  readonly openness?: Openness
  readonly project?: string
  /** Seconds since the grant was accepted. */
  readonly elapsed?: number
}

export interface Tried {
  readonly answer: 'allowed' | 'not allowed' | 'depends'
  /** Clause that allows it. */
  readonly permission?: string
  /** Clauses that forbid it. */
  readonly prohibitions?: readonly string[]
  readonly duties: readonly string[]
  readonly reasons: readonly Reason[]
}

/** The id of terms that are not published yet. */
const DRAFT = 'the draft' as CidText
const NOBODY = 'nobody in particular' as CidText

export function tryTerms(terms: Terms, use: SupposedUse): Tried {
  const at = use.time ?? 0
  const facts: FactContext = {
    ledger: openLedger({ logs: new Map(), statements: new Map(), citedNotes: new Map() }),
    trust: { endorsers: [], maxStalenessSeconds: 0 },
    horizon: {
      view: { logs: new Map(), statements: new Map(), citedNotes: new Map() },
      origins: new Set(),
      leftOut: new Set(),
      isStale: false,
    },
    judgedAt: undefined,
    use: {
      user: use.party ?? NOBODY,
      run: 'trial',
      actions: use.actions,
      ...(use.purposes === undefined ? {} : { purposes: use.purposes }),
      ...(use.commercial === undefined ? {} : { commercial: use.commercial }),
      ...(use.places === undefined ? {} : { places: use.places }),
      ...(use.capabilities === undefined ? {} : { capabilities: use.capabilities }),
      ...(use.openness === undefined ? {} : { openness: use.openness }),
      ...(use.project === undefined ? {} : { project: use.project }),
      from: at,
      to: at,
      attestedAt: at,
    },
    times: { from: at, to: at, startedBy: at, endedBy: at },
    asOf: terms.asOf ?? 'use-start',
    acceptedAt: use.elapsed === undefined ? undefined : at - use.elapsed,
    subsets: [use.subsetPercent === undefined ? undefined : { percent: use.subsetPercent }],
    project: use.project,
    supposed: use,
  }
  const each = combinations(facts.use, terms).map((combination) => tryCombination(terms, facts, combination))
  const worst = (['not allowed', 'depends', 'allowed'] as const).find((answer) =>
    each.some((tried) => tried.answer === answer),
  )
  return each.find((tried) => tried.answer === worst) ?? { answer: 'not allowed', duties: [], reasons: [] }
}

function tryCombination(terms: Terms, facts: FactContext, combination: Combination): Tried {
  const forbidding = terms.prohibit.map((rule) => ({
    rule,
    judgement: prohibited({ ...terms, prohibit: [rule] }, DRAFT, facts, combination).judgement,
  }))
  const against = forbidding.filter(({ judgement }) => judgement.value === 'T')
  if (against.length > 0) {
    const reasons = against.flatMap(({ judgement }) => judgement.reasons)
    return { answer: 'not allowed', prohibitions: against.map(({ rule }) => rule.id), duties: [], reasons }
  }
  const matches = permissionMatches(terms, DRAFT, facts, combination)
  const sure = matches.find(({ judgement }) => judgement.value === 'T')
  const maybe = matches.filter(({ judgement }) => judgement.value === 'U')
  const permission = (sure ?? maybe[0])?.permission
  if (permission === undefined) {
    const reasons = refusals(matches, DRAFT, combination).map((each) => unlisted(each, combination))
    return { answer: 'not allowed', duties: [], reasons }
  }
  const found = { permission: permission.id, duties: [...(permission.duties ?? []), ...(terms.obligations ?? [])] }
  const inDoubt = forbidding.filter(({ judgement }) => judgement.value === 'U')
  if (sure !== undefined && inDoubt.length === 0) return { answer: 'allowed', ...found, reasons: [] }
  const open = [
    ...inDoubt.flatMap(({ rule, judgement }) =>
      asked(rule, judgement.reasons, { facts, combination, side: 'prohibit' }),
    ),
    ...(sure === undefined ? maybe : []).flatMap(({ permission: rule, judgement }) =>
      asked(rule, judgement.reasons, { facts, combination, side: 'permit' }),
    ),
  ]
  return { answer: 'depends', ...found, reasons: open }
}

/** No rule is about this action at all: that is not the same as being forbidden. */
function unlisted(each: Reason, { action }: Combination): Reason {
  return each.clause === undefined && action !== undefined
    ? { ...each, sentence: `Nothing in the terms allows ${action}.` }
    : each
}

interface Asking {
  readonly facts: FactContext
  readonly combination: Combination
  readonly side: Side
}

/** Why a rule may or may not apply, with what to say to find out. */
function asked(
  rule: { readonly id: string; readonly if?: readonly Constraint[] },
  reasons: readonly Reason[],
  { facts, combination, side }: Asking,
): readonly Reason[] {
  const broad = reasons
    .filter(({ code }) => code === 'NOT_SPECIFIC_ENOUGH')
    .map((each) =>
      Object.assign({}, each, { sentence: `${each.sentence}${narrowerWords(each.values?.['what'] ?? '')}` }),
    )
  const unknown = [...comparisons(rule.if ?? [])].flatMap((comparison) => {
    const { value, deciding } = evaluateConstraints([comparison], facts, combination, side)
    const [first] = deciding
    if (value !== 'U' || first === undefined || first.code === 'NOT_SPECIFIC_ENOUGH') return []
    const made = reason(first.code, [DRAFT], { clause: rule.id, values: { what: first.what } })
    return [{ ...made, sentence: ASKED[comparison.l] }]
  })
  return [...broad, ...unknown]
}

function narrowerWords(declared: string): string {
  const action = ACTIONS.find((each) => each === declared)
  const purpose = PURPOSES.find((each) => each === declared)
  const words: readonly string[] =
    action !== undefined
      ? ACTIONS.filter((each) => each !== action && isActionWithin(each, action))
      : PURPOSES.filter((each) => purpose !== undefined && each !== purpose && isPurposeWithin(each, purpose))
  return words.length === 0
    ? ` Name one that is narrower than ${declared}.`
    : ` In place of ${declared} say ${listed(words, 'or')}.`
}

/** What was not said, and the word that says it. */
const ASKED: Readonly<Record<Operand, string>> = {
  purpose: 'You did not say for what purpose. Add a purpose, such as research, or purpose=noncommercial.',
  commercial: 'You did not say whether the use is commercial. Add commercial or noncommercial.',
  party: 'You did not say who the user is. Add party=ID.',
  'org.kind': 'You did not say what kind of organisation the user is. Add kind=CommunityOrganisation, or another kind.',
  'org.affiliation':
    'You did not say whether the user belongs to a group that the terms name. Add group=NAME, or group=none.',
  'region.establishment': 'You did not say where the user is established. Add established=KE, or another region.',
  'region.parent': "You did not say where the user's parent company is established. Add parent=KE, or another region.",
  'region.processing': 'You did not say where the data is processed. Add region=KE, or another region.',
  'region.deployment': 'You did not say where the model is used. Add deployed=KE, or another region.',
  'region.benefit': 'You did not say where the people live who benefit. Add benefit=KE, or another region.',
  capability: 'You did not say what the model can do. Add capability=asr, another capability, or capability=none.',
  'model.open': 'You did not say how open the model is. Add open=closed, open=weights, open=weights+code or open=all.',
  subset: 'You did not say how much of the dataset is used. Add subset=40 for 40 %, or subset=100 for all of it.',
  time: 'You did not say when it is used. Add time=2027-01-01.',
  elapsed: 'You did not say how long after the grant it is used. Add elapsed=30d.',
  count: 'You did not say how often it is used.',
  language: "You did not say the language of the model's output. Add language=sw.",
  project: 'You did not say for which project. Add project=NAME.',
}
