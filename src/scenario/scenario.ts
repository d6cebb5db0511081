/**
 * A scenario: a story told in days, and the verdicts it must yield. This file reads its outer form; what a step means is
 * read when it is played, because names in it stand for what earlier steps made.
 */
import { parseTime } from '../encoding/time.ts'
import { isLedgerError } from '../errors.ts'
import { OUTCOMES, type Assurance, type Outcome } from '../terms/verdict.ts'
import { REASON_CODES, type ReasonCode } from '../terms/reason-code.ts'
import { Fields, boolOf, dayOf, durationOf, integerOf, listOf, scenarioError, textOf, wordOf } from './fields.ts'

export const DAY_SECONDS = 86_400

export interface Scenario {
  readonly title: string
  /** Unix seconds of day 0. */
  readonly start: number
  /** The day the verdict is asked for. */
  readonly now: number
  /** The last day with a checkpoint. */
  readonly lastSeen: number
  readonly policy: ScenarioPolicy
  readonly parties: ReadonlyMap<string, ScenarioParty>
  readonly partySets: ReadonlyMap<string, { readonly by: string; readonly members: readonly string[] }>
  readonly datasets: ReadonlyMap<string, ScenarioDataset>
  /** By name, as written; read when the names in them are known. */
  readonly terms: ReadonlyMap<string, unknown>
  readonly steps: readonly Step[]
  readonly expect: readonly Expectation[]
}

export interface ScenarioPolicy {
  readonly witnesses: number
  readonly quorum: number
  /** Undefined: party A, where there is one. */
  readonly endorsers: readonly string[] | undefined
  readonly maxStalenessSeconds: number
}

export interface ScenarioParty {
  readonly country?: string
  readonly kind?: string
  readonly recovery?: { readonly of: readonly string[]; readonly k: number }
}

export interface ScenarioDataset {
  readonly owner: string
  readonly versions: readonly string[]
  readonly coOwners?: readonly string[]
  readonly steward?: string
  readonly externalIds?: readonly { readonly scheme: string; readonly value: string }[]
}

/** What every step has; the rest of its keys belong to its kind. */
export interface Step {
  readonly at: number
  readonly by: string
  readonly do: string
  readonly id?: string
  /** The step signs with this key; left out: the party's newest. */
  readonly key?: string
  /** Day whose checkpoint it cites. */
  readonly seen?: number
  /** Day it claims to be of. */
  readonly claimed?: number
  readonly isInOtherLog: boolean
  readonly isForked: boolean
  readonly fields: Fields
}

export interface Expectation {
  readonly path: string
  readonly about:
    | { readonly use: string; readonly dataset?: string; readonly version?: string }
    | { readonly claim: string }
    | { readonly model: string }
  readonly outcome?: Outcome
  readonly inherited?: Outcome
  readonly assurance?: Assurance
  readonly admissible?: boolean
  readonly delayDays?: number
  readonly reasons: readonly ReasonCode[]
}

/**
 * @param value what a YAML 1.2 core schema parser gives
 * @throws LedgerError SCENARIO_INVALID with the path of what is wrong
 */
export function parseScenario(value: unknown): Scenario {
  const fields = new Fields(value, '')
  const title = fields.required('title', textOf)
  const start = fields.required('start', startOf)
  const steps = fields.required('steps', (list, path) => listOf(list, path, stepOf))
  const now = fields.optional('now', dayOf) ?? Math.max(0, ...steps.map(({ at }) => at))
  const scenario: Scenario = {
    title,
    start,
    now,
    lastSeen: fields.optional('lastSeen', dayOf) ?? now,
    policy: policyOf(fields),
    parties: fields.named('parties', partyOf),
    partySets: fields.named('partySets', partySetOf),
    datasets: fields.named('datasets', datasetOf),
    terms: fields.named('terms', (terms) => terms),
    steps,
    expect: fields.required('expect', (list, path) => listOf(list, path, expectationOf)),
  }
  fields.close()
  if (scenario.expect.length === 0) throw scenarioError('expect', 'is empty: the scenario would show nothing')
  return scenario
}

function startOf(value: unknown, path: string): number {
  const text = textOf(value, path)
  try {
    const seconds = parseTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text)
    if (seconds > 0 && seconds % DAY_SECONDS === 0) return seconds
  } catch (error) {
    if (!isLedgerError(error)) throw error
  }
  throw scenarioError(path, 'expected a date such as 2026-01-01')
}

function policyOf(scenario: Fields): ScenarioPolicy {
  const fields = new Fields(scenario.raw('policy') ?? {}, 'policy')
  const witnesses = fields.optional('witnesses', integerOf) ?? 4
  const quorum = fields.optional('quorum', integerOf) ?? Math.min(3, witnesses)
  const endorsers = fields.list('endorsers', textOf)
  const maxStalenessSeconds = fields.optional('maxStaleness', durationOf) ?? 3650 * DAY_SECONDS
  fields.close()
  if (witnesses < 1 || witnesses > 32) throw scenarioError('policy.witnesses', 'expected 1 to 32')
  if (quorum < 1 || quorum > witnesses) throw scenarioError('policy.quorum', `expected 1 to ${witnesses}`)
  return { witnesses, quorum, endorsers, maxStalenessSeconds }
}

function partyOf(value: unknown, path: string): ScenarioParty {
  const fields = new Fields(value ?? {}, path)
  const country = fields.optional('country', textOf)
  const kind = fields.optional('kind', textOf)
  const recovery = fields.optional('recovery', (set, at) => {
    const inner = new Fields(set, at)
    const read = {
      of: inner.required('of', (list, where) => listOf(list, where, textOf)),
      k: inner.required('k', integerOf),
    }
    inner.close()
    return read
  })
  fields.close()
  return {
    ...(country === undefined ? {} : { country }),
    ...(kind === undefined ? {} : { kind }),
    ...(recovery === undefined ? {} : { recovery }),
  }
}

function partySetOf(value: unknown, path: string): { by: string; members: readonly string[] } {
  const fields = new Fields(value, path)
  const read = {
    by: fields.required('by', textOf),
    members: fields.required('members', (list, where) => listOf(list, where, textOf)),
  }
  fields.close()
  return read
}

function datasetOf(value: unknown, path: string): ScenarioDataset {
  const fields = new Fields(value, path)
  const owner = fields.required('owner', textOf)
  const versions = fields.list('versions', textOf) ?? []
  const coOwners = fields.list('coOwners', textOf)
  const steward = fields.optional('steward', textOf)
  const externalIds = fields.list('externalIds', (item, at) => {
    const inner = new Fields(item, at)
    const read = { scheme: inner.required('scheme', textOf), value: inner.required('value', textOf) }
    inner.close()
    return read
  })
  fields.close()
  return {
    owner,
    versions,
    ...(coOwners === undefined ? {} : { coOwners }),
    ...(steward === undefined ? {} : { steward }),
    ...(externalIds === undefined ? {} : { externalIds }),
  }
}

function stepOf(value: unknown, path: string): Step {
  const fields = new Fields(value, path)
  const key = fields.optional('key', textOf)
  const seen = fields.optional('seen', dayOf)
  const claimed = fields.optional('claimed', dayOf)
  const id = fields.optional('id', textOf)
  return {
    at: fields.required('at', dayOf),
    by: fields.required('by', textOf),
    do: fields.required('do', textOf),
    ...(id === undefined ? {} : { id }),
    ...(key === undefined ? {} : { key }),
    ...(seen === undefined ? {} : { seen }),
    ...(claimed === undefined ? {} : { claimed }),
    isInOtherLog: fields.optional('log', wordOf(['other'])) !== undefined,
    isForked: fields.optional('fork', boolOf) ?? false,
    fields,
  }
}

function expectationOf(value: unknown, path: string): Expectation {
  const fields = new Fields(value, path)
  const use = fields.optional('use', textOf)
  const dataset = fields.optional('dataset', textOf)
  const version = fields.optional('version', textOf)
  const claim = fields.optional('claim', textOf)
  const model = fields.optional('model', textOf)
  const outcome = fields.optional('outcome', wordOf(OUTCOMES))
  const inherited = fields.optional('inherited', wordOf(OUTCOMES))
  const assurance = fields.optional('assurance', wordOf<Assurance>(['A0', 'A1', 'A2', 'A3']))
  const admissible = fields.optional('admissible', boolOf)
  const delayDays = fields.optional('delayDays', integerOf)
  const reasons = fields.list('reasons', wordOf(REASON_CODES)) ?? []
  fields.close()
  if ([use, claim, model].filter((each) => each !== undefined).length !== 1)
    throw scenarioError(path, 'expected exactly one of use, claim and model')
  const about =
    use !== undefined
      ? { use, ...(dataset === undefined ? {} : { dataset }), ...(version === undefined ? {} : { version }) }
      : claim !== undefined
        ? { claim }
        : { model: model ?? '' }
  return {
    path,
    about,
    ...(outcome === undefined ? {} : { outcome }),
    ...(inherited === undefined ? {} : { inherited }),
    ...(assurance === undefined ? {} : { assurance }),
    ...(admissible === undefined ? {} : { admissible }),
    ...(delayDays === undefined ? {} : { delayDays }),
    reasons,
  }
}
