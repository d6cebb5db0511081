/**
 * Trying terms out: would a use with these facts be permitted? The facts are taken as shown, so that the answer is about
 * the terms alone; what is left out is unknown. Grants, duties and time play no part.
 */
import type { CidText } from '../encoding/cid.ts'
import type { Terms } from '../statement/terms.ts'
import type { Action, Capability, Openness, Purpose } from '../statement/vocabulary.ts'
import type { Combination, FactContext } from './facts/operand.ts'
import { openLedger } from './ledger.ts'
import { combinations, permissionMatches, prohibited, refusals } from './permissions.ts'
import type { Reason } from './verdict.ts'

export interface SupposedUse {
  readonly actions: readonly Action[]
  readonly purposes?: readonly Purpose[]
  readonly commercial?: boolean
  /** Where the data is processed. */
  readonly places?: readonly string[]
  /** Where user and parent are established. */
  readonly established?: string
  readonly parent?: string
  readonly kind?: string
  readonly party?: CidText
  /** Party sets it belongs to; empty: none. */
  readonly groups?: readonly string[]
  readonly capabilities?: readonly Capability[]
  readonly openness?: Openness
  readonly project?: string
  readonly subsetPercent?: number
}

export interface Tried {
  readonly answer: 'allowed' | 'not allowed' | 'depends'
  /** Clause that allows it. */
  readonly permission?: string
  readonly duties: readonly string[]
  readonly reasons: readonly Reason[]
}

/** The id of terms that are not published yet. */
const DRAFT = 'the draft' as CidText
const NOBODY = 'nobody in particular' as CidText

export function tryTerms(terms: Terms, use: SupposedUse): Tried {
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
      from: 0,
      to: 0,
      attestedAt: 0,
    },
    times: { from: 0, to: 0, startedBy: 0, endedBy: 0 },
    asOf: terms.asOf ?? 'use-start',
    acceptedAt: undefined,
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
  const against = prohibited(terms, DRAFT, facts, combination).judgement
  const matches = permissionMatches(terms, DRAFT, facts, combination)
  const sure = matches.find(({ judgement }) => judgement.value === 'T')
  const maybe = matches.filter(({ judgement }) => judgement.value === 'U')
  if (against.value === 'T') return { answer: 'not allowed', duties: [], reasons: against.reasons }
  const permission = (sure ?? maybe[0])?.permission
  if (permission === undefined)
    return { answer: 'not allowed', duties: [], reasons: refusals(matches, DRAFT, combination) }
  const found = { permission: permission.id, duties: [...(permission.duties ?? []), ...(terms.obligations ?? [])] }
  if (sure !== undefined && against.value === 'F') return { answer: 'allowed', ...found, reasons: [] }
  const open = sure === undefined ? maybe.flatMap(({ judgement }) => judgement.reasons) : []
  return { answer: 'depends', ...found, reasons: [...against.reasons, ...open] }
}
