/**
 * Terms as people write them in a scenario, with names in place of ids, days in place of times and 30d in place of
 * seconds, to the payload of a terms statement. What is allowed is decided by the schema of terms alone.
 */
import { type CborKey, type CborValue, encodeCbor } from '../encoding/cbor.ts'
import { fromHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import type { Terms } from '../statement/terms.ts'
import { TERMS_PROFILE } from '../statement/vocabulary.ts'
import { Fields, boolOf, dayOf, durationOf, integerOf, isRecord, listOf, scenarioError, textOf } from './fields.ts'
import type { World } from './world.ts'

export type WrittenTerms =
  | {
      readonly isForeign: false
      readonly lineage: CidText
      readonly payload: Terms
      readonly currency: string | undefined
    }
  /** Under a profile of somebody else: nobody here can say what its keys mean. */
  | { readonly isForeign: true; readonly lineage: CidText; readonly payloadBytes: Uint8Array }

export function writeTerms(
  world: World,
  value: unknown,
  path: string,
  claimed: { readonly prev?: CidText; readonly iat?: number; readonly seen?: Uint8Array },
): WrittenTerms {
  const fields = new Fields(value, path)
  const dataset = fields.required('dataset', (name, at) => world.dataset(name, at))
  const profile = fields.optional('profile', textOf) ?? TERMS_PROFILE
  const lineage = dataset.lineage
  if (profile !== TERMS_PROFILE && profile !== 'v1') {
    const rest = Object.entries(value as Record<string, unknown>).filter(
      ([key]) => key !== 'dataset' && key !== 'profile',
    )
    const map = new Map<CborKey, CborValue>([
      ...rest.map(([key, item]): [string, CborValue] => [key, plainCbor(item, `${path}.${key}`)]),
      ['profile', profile],
      ['lineage', lineage],
      ...Object.entries(claimed).flatMap(([key, item]): [string, CborValue][] =>
        item === undefined ? [] : [[key, item]],
      ),
    ])
    return { isForeign: true, lineage, payloadBytes: encodeCbor(map) }
  }
  const duty = (item: unknown, at: string): Record<string, unknown> => {
    const inner = durations(item, at)
    if ('due' in inner) inner['due'] = durations(inner['due'], `${at}.due`)
    if ('to' in inner) inner['to'] = world.party(inner['to'], `${at}.to`)
    return inner
  }
  const clause = (item: unknown, at: string): Record<string, unknown> => {
    const inner = { ...record(item, at) }
    if ('if' in inner) inner['if'] = listOf(inner['if'], `${at}.if`, (each, where) => constraint(world, each, where))
    return inner
  }
  const price = (item: unknown, at: string): Record<string, unknown> => {
    const inner = { ...record(item, at) }
    if (!('platform' in inner)) return inner
    const platform = { payer: 'buyer', ...record(inner['platform'], `${at}.platform`) } as Record<string, unknown>
    if ('party' in platform) platform['party'] = world.party(platform['party'], `${at}.platform.party`)
    inner['platform'] = platform
    return inner
  }
  const written = fields.optional('price', price)
  const text = fields.has('text') ? fields.named('text', (each, at) => documentOf(world, each, at)) : undefined
  const tables = fields.has('tables') ? fields.named('tables', (each, at) => digestOf(world, each, at)) : undefined
  const payload = {
    v: 1,
    profile: TERMS_PROFILE,
    lineage,
    ...claimed,
    versions: fields.optional('versions', (item, at) => scope(world, item, at)) ?? { mode: 'lineage' },
    tables,
    permit: fields.list('permit', clause) ?? [],
    prohibit: fields.list('prohibit', clause) ?? [],
    obligations: fields.raw('obligations'),
    duties: fields.named('duties', duty),
    prove: fields.list('prove', durations),
    price: written,
    split: fields.list('split', (item, at) => {
      const inner = { ...record(item, at) }
      if ('party' in inner) inner['party'] = world.party(inner['party'], `${at}.party`)
      return inner
    }),
    benefit: fields.optional('benefit', (item, at) => {
      const inner = { ...record(item, at) }
      if ('to' in inner) inner['to'] = world.party(inner['to'], `${at}.to`)
      if ('text' in inner) inner['text'] = world.blob(inner['text'], `${at}.text`)
      if ('due' in inner) inner['due'] = durations(inner['due'], `${at}.due`)
      return inner
    }),
    asOf: fields.raw('asOf'),
    attach: fields.raw('attach') ?? 'at-start',
    revoke: fields.optional('revoke', (item, at) => revocation(durations(item, at), at)),
    amend: fields.optional('amend', durations),
    sublicense: fields.optional('sublicense', (item, at) => {
      const inner = { ...record(item, at) }
      if ('next' in inner && inner['next'] !== 'same')
        inner['next'] = world.statement(inner['next'], `${at}.next`, 'terms').id
      return inner
    }),
    reach: fields.raw('reach') ?? 'transitive',
    withdrawal: fields.optional('withdrawal', durations),
    disputes: fields.optional('disputes', (item, at) => {
      const inner: Record<string, unknown> = { standing: 'anyone', arbiters: [], ...record(item, at) }
      inner['arbiters'] = listOf(inner['arbiters'], `${at}.arbiters`, world.party)
      return inner
    }),
    text,
    authoritative: fields.raw('authoritative'),
    precedence: fields.raw('precedence'),
    licence: fields.raw('licence'),
    labels: fields.raw('labels'),
  }
  fields.close()
  const currency = typeof written?.['currency'] === 'string' ? written['currency'] : undefined
  // The schema refuses whatever is not right, with the path inside the terms.
  return { isForeign: false, lineage, payload: dropUndefined(payload) as unknown as Terms, currency }
}

/** Durations such as 30d under the keys that hold one. */
function durations(item: unknown, at: string): Record<string, unknown> {
  const inner = { ...record(item, at) }
  for (const key of ['within', 'notice', 'grace', 'cure'])
    if (key in inner) inner[key] = durationOf(inner[key], `${at}.${key}`)
  return inner
}

function revocation(clause: Record<string, unknown>, path: string): Record<string, unknown> {
  if (clause['allowed'] === 'never') return clause
  return {
    notice: 0,
    ...clause,
    effect: 'effect' in clause ? durations(clause['effect'], `${path}.effect`) : { mode: 'no-new-use' },
  }
}

function constraint(world: World, value: unknown, path: string): unknown {
  const inner = { ...record(value, path) }
  for (const key of ['and', 'or']) {
    if (key in inner)
      return { ...inner, [key]: listOf(inner[key], `${path}.${key}`, (each, at) => constraint(world, each, at)) }
  }
  const { l, r } = inner
  const at = `${path}.r`
  if (l === 'party' || l === 'org.affiliation') {
    const name = l === 'party' ? world.party : world.partyOrSet
    inner['r'] = Array.isArray(r) ? listOf(r, at, name) : name(r, at)
  } else if (l === 'time' && typeof r === 'number') inner['r'] = world.time(dayOf(r, at))
  else if (l === 'elapsed') inner['r'] = durationOf(r, at)
  return inner
}

function scope(world: World, value: unknown, path: string): unknown {
  const inner = { ...record(value, path) }
  if ('ids' in inner) inner['ids'] = listOf(inner['ids'], `${path}.ids`, (each, at) => world.version(each, at))
  if ('until' in inner) inner['until'] = world.time(dayOf(inner['until'], `${path}.until`))
  return inner
}

function documentOf(world: World, value: unknown, path: string): unknown {
  if (!isRecord(value)) return { cid: world.blob(value, path), size: textOf(value, path).length, type: 'text/plain' }
  const fields = new Fields(value, path)
  const read = {
    cid: world.blob(fields.raw('cid') ?? fields.raw('name'), `${path}.cid`),
    size: fields.optional('size', integerOf) ?? 0,
    type: fields.optional('type', textOf) ?? 'text/plain',
  }
  fields.close()
  return read
}

function digestOf(world: World, value: unknown, path: string): Uint8Array {
  const text = textOf(value, path)
  return /^[0-9a-f]{64}$/.test(text) ? fromHex(text) : world.digest('table', text)
}

function record(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw scenarioError(path, 'expected a map')
  return value
}

function plainCbor(value: unknown, path: string): CborValue {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return integerOf(value, path)
  if (typeof value === 'boolean') return boolOf(value, path)
  if (Array.isArray(value)) return value.map((item: unknown, i) => plainCbor(item, `${path}[${i}]`))
  return new Map(Object.entries(record(value, path)).map(([key, item]) => [key, plainCbor(item, `${path}.${key}`)]))
}

/** Absent and undefined are one thing to a writer, and two to a schema. */
export function dropUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter((entry) => entry[1] !== undefined)) as Defined<T>
}

/** Properties that may be undefined become properties that may be absent. */
type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}
