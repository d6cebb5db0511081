/**
 * `tally terms explain|diff|try`: what terms mean, what changed, and what they say to a use, before anybody signs them.
 */
import { LedgerError } from '../errors.ts'
import { ACTIONS, CAPABILITIES, OPENNESS, ORGANISATION_KINDS, PURPOSES } from '../statement/vocabulary.ts'
import { isRegion } from '../statement/tables/regions.ts'
import { compareTerms } from '../terms/compare-terms.ts'
import { explainTerms } from '../terms/explain.ts'
import { type SupposedUse, tryTerms } from '../terms/try.ts'
import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { readTerms } from './terms-file.ts'

export async function explain(context: Context, reference: string): Promise<void> {
  const { terms, nameOf, setOf } = await readTerms(context, reference)
  const sentences = explainTerms(terms, nameOf, setOf)
  context.output.result('terms-explain', { sentences }, sentences.map((sentence) => `- ${sentence}`).join('\n'))
}

export async function diff(context: Context, before: string, after: string): Promise<void> {
  const old = await readTerms(context, before)
  const now = await readTerms(context, after)
  const nameOf = (id: string): string => (now.nameOf(id) === id ? old.nameOf(id) : now.nameOf(id))
  const { changes, hits } = compareTerms(old.terms, now.terms, nameOf)
  const lines = changes.map(({ kind, sentence }) => `${kind === 'added' ? '+' : '-'} ${sentence}`)
  context.output.result(
    'terms-diff',
    { changes: changes.map(({ kind, sentence }) => ({ kind, sentence })), hits },
    [...lines, ...(lines.length > 0 ? [''] : []), hits].join('\n'),
  )
}

/** Exit 0 allowed, 4 not allowed, 5 it depends on what was not said. */
export async function tryOut(context: Context, reference: string): Promise<number> {
  const { terms, idOf } = await readTerms(context, reference)
  const use = parseUse(context.options.required('for'), idOf)
  const tried = tryTerms(terms, use)
  const exit = { allowed: EXIT.done, 'not allowed': EXIT.violation, depends: EXIT.undetermined }[tried.answer]
  const reasons = tried.reasons.map(({ code, clause, sentence }) => ({
    code,
    ...(clause === undefined ? {} : { clause }),
    sentence,
  }))
  const why = [
    ...new Set(
      reasons.map(
        ({ code, clause, sentence }) => `  ${sentence} [${code}${clause === undefined ? '' : `, ${clause}`}]`,
      ),
    ),
  ]
  const head = {
    allowed: `Allowed by "${tried.permission ?? ''}".`,
    'not allowed': 'Not allowed.',
    depends: 'It depends on what was not said:',
  }[tried.answer]
  const duties =
    tried.duties.length === 0 || tried.answer === 'not allowed'
      ? []
      : [`Owed for it: ${[...new Set(tried.duties)].join(', ')}.`]
  context.output.result(
    'terms-try',
    {
      answer: tried.answer,
      ...(tried.permission === undefined ? {} : { permission: tried.permission }),
      duties: [...new Set(tried.duties)],
      reasons,
    },
    [head, ...why, ...duties].join('\n'),
    exit,
  )
  return exit
}

const KEYS =
  'region (processing), established, parent, kind, party, group, capability, open, project, subset; words alone are actions, purposes, commercial or noncommercial'

/** `train,commercial,region=EU`: actions, purposes and facts in any order. */
export function parseUse(text: string, idOf: (name: string) => string): SupposedUse {
  const use: { -readonly [K in keyof SupposedUse]: SupposedUse[K] } = { actions: [] }
  for (const part of text.split(',').map((each) => each.trim())) {
    const [key = '', value] = part.split('=', 2)
    if (value === undefined) {
      const action = ACTIONS.find((each) => each === key)
      const purpose = PURPOSES.find((each) => each === key)
      if (action !== undefined) use.actions = [...use.actions, action]
      else if (purpose !== undefined) {
        // These two say which side of the axis the use is on; the purpose is what stands beside them.
        if (key === 'commercial' || key === 'noncommercial') use.commercial = key === 'commercial'
        else use.purposes = [...(use.purposes ?? []), purpose]
      } else throw noFact(part)
      continue
    }
    switch (key) {
      case 'region':
        use.places = [...(use.places ?? []), region(value)]
        break
      case 'established':
        use.established = region(value)
        break
      case 'parent':
        use.parent = region(value)
        break
      case 'kind':
        if (!ORGANISATION_KINDS.some((kind) => kind === value))
          throw new LedgerError('USAGE', `--for kind: one of ${ORGANISATION_KINDS.join(', ')}`)
        use.kind = value
        break
      case 'party':
        use.party = idOf(value) as NonNullable<SupposedUse['party']>
        break
      case 'group':
        use.groups = value === 'none' ? [] : [...(use.groups ?? []), idOf(value)]
        break
      case 'capability': {
        const capability = CAPABILITIES.find((each) => each === value)
        if (capability === undefined && value !== 'none')
          throw new LedgerError('USAGE', `--for capability: none, or one of ${CAPABILITIES.join(', ')}`)
        use.capabilities = [...(use.capabilities ?? []), ...(capability === undefined ? [] : [capability])]
        break
      }
      case 'open': {
        const openness = OPENNESS.find((each) => each === value)
        if (openness === undefined) throw new LedgerError('USAGE', `--for open: one of ${OPENNESS.join(', ')}`)
        use.openness = openness
        break
      }
      case 'project':
        use.project = value
        break
      case 'subset':
        if (!/^\d{1,3}$/.test(value)) throw new LedgerError('USAGE', '--for subset: a whole number of percent')
        use.subsetPercent = Number(value)
        break
      default:
        throw noFact(part)
    }
  }
  if (use.actions.length === 0)
    throw new LedgerError('USAGE', `--for names no action; actions are ${ACTIONS.join(', ')}`)
  // Without a purpose beside it, the side of the axis is the purpose: alone it would settle nothing.
  if (use.commercial !== undefined) use.purposes ??= [use.commercial ? 'commercial' : 'noncommercial']
  return use
}

function noFact(word: string): LedgerError {
  return new LedgerError('USAGE', `--for: "${word}" is no action, purpose or fact; facts are ${KEYS}`)
}

function region(code: string): string {
  if (isRegion(code)) return code
  throw new LedgerError('USAGE', `--for: "${code}" is no region (ISO 3166 as KE or ZA-NW, UN M49 as 002, EU, EEA)`)
}
