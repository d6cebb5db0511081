/**
 * What each kind of step says: its keys, and the payload of the statement it makes.
 */
import type { CidText } from '../encoding/cid.ts'
import type { PayloadByKind, ReadKind } from '../statement/payload.ts'
import { keyThumbprint } from '../signing/key.ts'
import {
  Fields,
  boolOf,
  dayOf,
  durationOf,
  integerOf,
  isRecord,
  listOf,
  oneOrMore,
  scenarioError,
  textOf,
} from './fields.ts'
import type { Step } from './scenario.ts'
import type { World } from './world.ts'
import { dropUndefined } from './write-terms.ts'

/** What a step makes; kind 7 is written in write-terms.ts. */
export interface Written {
  readonly kind: ReadKind
  readonly payload: object
  /** Parties that sign; left out: the party of the step. */
  readonly signers?: readonly string[]
  readonly refersTo?: string
  /** Name of the key the party signs with from the next statement on. */
  readonly nextKey?: string
  readonly version?: { readonly dataset: string; readonly label: string }
}

type Writer = (world: World, fields: Fields, step: Step) => Written

/** @throws LedgerError SCENARIO_INVALID */
export function writeStep(world: World, step: Step): Written {
  const writer = Object.hasOwn(WRITERS, step.do) ? WRITERS[step.do] : undefined
  if (writer === undefined) {
    const known = ['terms', ...Object.keys(WRITERS)].sort().join(', ')
    throw scenarioError(step.fields.at('do'), `no step "${step.do}"; known are ${known}`)
  }
  const written = writer(world, step.fields, step)
  step.fields.close()
  return { ...written, payload: dropUndefined(written.payload) }
}

function made<K extends ReadKind>(
  kind: K,
  payload: { [N in keyof PayloadByKind[K]]?: unknown },
  more: Omit<Written, 'kind' | 'payload'> = {},
): Written {
  return { kind, payload, ...more }
}

const WRITERS: Readonly<Record<string, Writer>> = {
  request: (world, fields) =>
    made(8, {
      terms: fields.optional('terms', (name, at) => world.statement(name, at, 'terms').id),
      version: versionIn(world, fields),
      actions: fields.raw('actions'),
      purposes: fields.raw('purposes'),
      commercial: fields.raw('commercial'),
      places: fields.raw('places'),
      project: fields.optional('project', textOf),
    }),

  grant: (world, fields) => {
    const terms = fields.required('terms', (name, at) => world.statement(name, at, 'terms'))
    const dataset = terms.refersTo === undefined ? undefined : world.datasets.get(terms.refersTo)
    return made(
      9,
      {
        terms: terms.id,
        assignee: fields.optional('to', world.party),
        versions: fields.list('versions', (name, at) => world.version(name, at, dataset)),
        request: fields.optional('request', (name, at) => world.statement(name, at, 'request').id),
        parent: fields.optional('parent', (name, at) => world.statement(name, at, 'grant').id),
        project: fields.optional('project', textOf),
        from: fields.optional('from', (day, at) => world.time(dayOf(day, at))),
        until: fields.optional('until', (day, at) => world.time(dayOf(day, at))),
        rights: fields.raw('rights'),
        logs: [LOG_ORIGIN],
      },
      { refersTo: fields.required('terms', textOf) },
    )
  },

  acceptance: (world, fields) => {
    const grant = fields.required('grant', (name, at) => world.statement(name, at, 'grant'))
    const terms = fields.optional('terms', (name, at) => world.statement(name, at, 'terms').id)
    return made(10, {
      grant: grant.id,
      terms: terms ?? world.made.get(grant.refersTo ?? '')?.id,
      total: fields.optional('total', integerOf),
      authority: fields.optional('authority', textOf),
      log: fields.has('namedLog') ? fields.required('namedLog', textOf) : undefined,
    })
  },

  payment: (world, fields) => {
    const grant = fields.required('grant', (name, at) => world.statement(name, at, 'grant'))
    const currency = world.currencies.get(grant.refersTo ?? '')
    return made(
      11,
      {
        grant: grant.id,
        lines: fields.required('lines', (lines, at) =>
          listOf(lines, at, (line, where) => {
            const inner = new Fields(line, where)
            const read = {
              to: inner.required('to', world.party),
              amount: inner.required('amount', integerOf),
              currency: inner.optional('currency', textOf) ?? currency ?? 'USD',
              role: inner.raw('role') ?? 'owner',
            }
            inner.close()
            return read
          }),
        ),
        rail: fields.optional('rail', textOf),
      },
      grant.refersTo === undefined ? {} : { refersTo: grant.refersTo },
    )
  },

  'payment-receipt': (world, fields) => {
    const payment = fields.required('payment', (name, at) => world.statement(name, at, 'payment'))
    const currency = world.currencies.get(payment.refersTo ?? '')
    return made(12, {
      payment: payment.id,
      lines: fields.required('lines', (lines, at) =>
        listOf(lines, at, (line, where) => {
          const inner = new Fields(line, where)
          const read = {
            amount: inner.required('amount', integerOf),
            currency: inner.optional('currency', textOf) ?? currency ?? 'USD',
          }
          inner.close()
          return read
        }),
      ),
      receivedAt: fields.optional('receivedAt', (day, at) => world.time(dayOf(day, at))),
    })
  },

  'usage-start': (world, fields) =>
    made(14, {
      run: fields.required('run', textOf),
      grants: fields.required('grants', (grants, at) =>
        oneOrMore(grants, at, (name, where) => world.statement(name, where, 'grant').id),
      ),
      actions: fields.raw('actions'),
    }),

  usage: (world, fields) => {
    const subset = fields.optional('subset', subsetOf)
    return made(15, {
      run: fields.optional('run', textOf) ?? 'run',
      actions: fields.raw('actions'),
      purposes: fields.raw('purposes'),
      commercial: fields.raw('commercial'),
      from: fields.required('from', (day, at) => world.time(dayOf(day, at))),
      to: fields.required('to', (day, at) => world.time(dayOf(day, at))),
      places: fields.raw('places'),
      datasets: fields.list('datasets', (item, at) => usedDataset(world, item, at, subset)) ?? [],
      parents: fields.list('parents', (name, at) => world.model(name, at)),
      outputs: fields.list('models', (name, at) => ({ name: textOf(name, at), sha256: world.model(name, at) })),
      capabilities: fields.raw('capabilities'),
      openness: fields.raw('openness'),
      published: fields.raw('published'),
      licence: fields.optional('licence', textOf),
      attribution: fields.optional('attribution', (value, at) =>
        isRecord(value) ? value : { uri: textOf(value, at) },
      ),
      project: fields.optional('project', textOf),
      complete: fields.optional('complete', boolOf),
      prev: fields.optional('prev', (name, at) => world.statement(name, at, 'usage').id),
    })
  },

  revocation: (world, fields) =>
    made(13, {
      target: fields.required('of', (name, at) => world.anything(name, at)),
      effective: fields.optional('effective', (day, at) => world.time(dayOf(day, at))),
      cause: fields.optional('cause', textOf),
      effect: fields.optional('effect', (value, at) => {
        const inner: Record<string, unknown> = { ...(isRecord(value) ? value : { mode: value }) }
        for (const key of ['grace', 'within']) if (key in inner) inner[key] = durationOf(inner[key], `${at}.${key}`)
        return inner
      }),
    }),

  credential: (world, fields) => {
    const type = fields.required('type', textOf)
    return {
      kind: 16,
      payload: {
        subject: fields.required('subject', world.party),
        type,
        value: fields.optional('value', (value, at) => credentialValue(world, type, value, at)) ?? {},
        from: fields.optional('from', (day, at) => world.time(dayOf(day, at))),
        until: fields.optional('until', (day, at) => world.time(dayOf(day, at))),
        basis: fields.optional('basis', textOf),
      },
    }
  },

  'party-set': (world, fields) =>
    made(17, {
      members: fields.required('members', (list, at) => listOf(list, at, world.party)),
      prev: fields.optional('prev', (name, at) => world.partySets.get(textOf(name, at))),
    }),

  'party-update': partyUpdate,

  'dataset-version': (world, fields, step) => {
    const name = fields.required(fields.has('dataset') ? 'dataset' : 'lineage', textOf)
    const dataset = world.dataset(name, fields.at('dataset'))
    const label = fields.optional('version', textOf) ?? fields.optional('label', textOf) ?? step.id
    if (label === undefined) throw scenarioError(fields.at('version'), 'is missing')
    return made(
      6,
      {
        lineage: dataset.lineage,
        label,
        prev: fields.optional('prev', (version, at) => world.version(version, at, dataset)),
        derivedFrom: fields.list('derivedFrom', (item, at) => {
          const inner = new Fields(item, at)
          const source = inner.optional('dataset', (each, where) => world.dataset(each, where))
          const read = {
            version: inner.required('version', (each, where) => world.version(each, where, source)),
            terms: inner.required('terms', (each, where) => world.statement(each, where, 'terms').id),
          }
          inner.close()
          return read
        }),
      },
      { version: { dataset: name, label } },
    )
  },

  withdrawal: (world, fields, step) => {
    const dataset = fields.required(fields.has('dataset') ? 'dataset' : 'lineage', (name, at) =>
      world.dataset(name, at),
    )
    return made(18, {
      lineage: dataset.lineage,
      versions: fields.list('versions', (name, at) => world.version(name, at, dataset)),
      sequence: fields.optional('sequence', integerOf) ?? 1,
      count: fields.optional('count', integerOf) ?? 1,
      commitment: world.digest('withdrawal', fields.optional('commitment', textOf) ?? step.id ?? ''),
      due:
        fields.optional('due', (value, at) =>
          typeof value === 'string' ? world.time(step.at) + durationOf(value, at) : world.time(dayOf(value, at)),
        ) ?? world.time(step.at + 30),
    })
  },

  'withdrawal-receipt': (world, fields) => {
    const key = ['withdrawal', 'revocation', 'of', 'target'].find((each) => fields.has(each)) ?? 'of'
    const target = fields.required(key, (name, at) => world.statement(name, at, 'withdrawal', 'revocation'))
    return made(19, {
      target: target.id,
      versions: fields.required('versions', (list, at) =>
        listOf(list, at, (item, where) => {
          if (!isRecord(item)) return { version: world.version(item, where), done: ['deleted', 'excluded-next-run'] }
          const inner = new Fields(item, where)
          const dataset = inner.optional('dataset', (name, each) => world.dataset(name, each))
          const read = {
            version: inner.required('version', (name, each) => world.version(name, each, dataset)),
            done: inner.optional('done', (words, each) => oneOrMore(words, each, textOf)) ?? [
              'deleted',
              'excluded-next-run',
            ],
          }
          inner.close()
          return read
        }),
      ),
    })
  },

  claim: (world, fields) =>
    made(20, {
      respondent: fields.required('against', world.party),
      use: fields.optional('use', (name, at) => world.statement(name, at, 'usage').id),
      model: fields.optional('model', (name, at) => world.model(name, at)),
      dataset: fields.optional('dataset', (name, at) => world.dataset(name, at).lineage),
      allegation: fields.optional('allegation', textOf) ?? 'NO_PERMISSION',
      clauses: fields.raw('clauses'),
      evidence: fields.list('evidence', (name, at) => world.anything(name, at)),
      remedy: fields.optional('remedy', textOf),
    }),

  response: (world, fields) =>
    made(21, {
      claim: fields.required('claim', (name, at) => world.statement(name, at, 'claim').id),
      answer: fields.raw('answer'),
      evidence: fields.list('evidence', (name, at) => world.anything(name, at)),
    }),

  settlement: (world, fields) =>
    made(23, {
      claim: fields.required('claim', (name, at) => world.statement(name, at, 'claim').id),
      result: fields.raw('result') ?? 'settled',
    }),

  notice: (world, fields) =>
    made(24, {
      addressee: fields.optional('addressee', world.party) ?? fields.optional('to', world.party),
      subject: fields.optional('subject', textOf) ?? 'notice',
      about: fields.optional('about', (value, at) =>
        oneOrMore(value, at, (name, where) => world.anything(name, where)),
      ),
      model: fields.optional('model', (name, at) => world.model(name, at)),
      duty: fields.raw('duty'),
      event: fields.raw('event'),
      at: fields.optional('when', (day, at) => world.time(dayOf(day, at))),
    }),

  erasure: (world, fields) =>
    made(25, {
      blob: fields.required('blob', (name, at) => world.blob(name, at)),
      reason: fields.optional('reason', textOf) ?? 'erased',
      scope: fields.optional('scope', textOf),
    }),
}

/** The one log that every dataset, grant and party names. */
export const LOG_ORIGIN = 'scenario.example/tally/1'

function versionIn(world: World, fields: Fields): CidText | undefined {
  const dataset = fields.optional('dataset', (name, at) => world.dataset(name, at))
  return fields.optional('version', (name, at) => world.version(name, at, dataset))
}

function usedDataset(world: World, value: unknown, path: string, subset: object | undefined): object {
  const fields = new Fields(value, path)
  const dataset = fields.required('dataset', (name, at) => world.dataset(name, at))
  const version = fields.required(
    'version',
    (name, at) => dataset.versions.get(textOf(name, at)) ?? unlisted(world, textOf(name, at)),
  )
  const grants = (key: string): readonly CidText[] =>
    fields.optional(key, (names, at) =>
      oneOrMore(names, at, (name, where) => world.statement(name, where, 'grant').id),
    ) ?? []
  const read = {
    version,
    grants: [...new Set([...grants('grant'), ...grants('grants')])],
    subset: fields.optional('subset', subsetOf) ?? subset,
  }
  fields.close()
  return dropUndefined(read)
}

/** A version that no statement introduces: it is named all the same, and nobody can say what it is. */
function unlisted(world: World, label: string): CidText {
  return world.blob(`version ${label}`, '')
}

function subsetOf(value: unknown, path: string): object {
  if (typeof value === 'number') return { percent: integerOf(value, path) }
  if (Array.isArray(value)) return { paths: listOf(value, path, textOf) }
  if (isRecord(value)) return value
  throw scenarioError(path, 'expected a percentage or a list of paths')
}

function credentialValue(world: World, type: string, value: unknown, path: string): object {
  if (type !== 'affiliation') return isRecord(value) ? value : {}
  const fields = new Fields(value ?? {}, path)
  const read = {
    controllers: fields.list('controllers', world.party),
    ultimateParent: fields.optional('ultimateParent', world.party),
  }
  fields.close()
  return dropUndefined(read)
}

function partyUpdate(world: World, fields: Fields, step: Step): Written {
  const state = world.partyState(step.by, fields.at('by'))
  const key = (name: unknown, path: string): Uint8Array => world.keyOf(step.by, textOf(name, path)).publicKey
  const rotate = fields.optional('rotate', (value, at) => {
    const inner = new Fields(isRecord(value) ? value : { to: value }, at)
    const to = inner.required('to', textOf)
    inner.close()
    return to
  })
  const recovery = fields.list('recovery', textOf)
  const compromisedSince = fields.optional('compromisedSince', (day, at) => world.time(dayOf(day, at)))
  const revoked = fields.optional('revoke', (value, at) => oneOrMore(value, at, key)) ?? []
  const added = fields.optional('add', (value, at) => oneOrMore(value, at, key)) ?? []
  const fresh = rotate === undefined ? [] : [key(rotate, fields.at('rotate'))]
  const prev = fields.optional(
    'prev',
    (name, at) => world.parties.get(textOf(name, at))?.id ?? world.statement(name, at, 'party-update').id,
  )
  const common = {
    prev: prev ?? state.last,
    delegates: fields.optional('delegate', (value, at) =>
      oneOrMore(value, at, (item, where) => delegateOf(world, item, where)),
    ),
    profile: fields.raw('profile'),
  }
  const nextKey = rotate === undefined ? {} : { nextKey: rotate }
  if (recovery !== undefined) {
    // A recovery is a whole new key set: where the story names no key of it, there is one all the same.
    const isUnnamed = fresh.length + added.length === 0
    const recovered = `${state.newest}, recovered`
    const keys = isUnnamed ? [world.keyOf(step.by, recovered).publicKey] : [...fresh, ...added]
    return made(
      4,
      { ...common, keys, revoke: kids(revoked), compromisedSince },
      { signers: recovery, ...(isUnnamed ? { nextKey: recovered } : nextKey) },
    )
  }
  const old = rotate === undefined ? [] : [world.keyOf(step.by, step.key ?? state.newest).publicKey]
  return made(
    4,
    {
      ...common,
      add: fresh.length + added.length === 0 ? undefined : [...fresh, ...added],
      revoke: kids([...old, ...revoked]),
      compromisedSince,
    },
    nextKey,
  )
}

function kids(keys: readonly Uint8Array[]): readonly Uint8Array[] | undefined {
  return keys.length === 0 ? undefined : keys.map(keyThumbprint)
}

function delegateOf(world: World, value: unknown, path: string): object {
  const fields = new Fields(value, path)
  const read = {
    party: fields.required('to', world.party),
    rights: fields.raw('rights'),
    scope: fields.list('scope', (name, at) => world.dataset(name, at).lineage),
    until: fields.optional('until', (day, at) => world.time(dayOf(day, at))),
  }
  fields.close()
  return dropUndefined(read)
}
