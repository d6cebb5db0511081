/**
 * Terms from a file, published or not, for the commands that read them. A draft may name parties and sets by words that
 * stand for ids: they are kept as names, and the terms get ids in their place that nobody else has.
 */
import { type CidText, cidOf, isCid } from '../encoding/cid.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError, isLedgerError } from '../errors.ts'
import { isReadable, type Terms } from '../statement/terms.ts'
import { termsPayloadSchema } from '../statement/terms-schema.ts'
import { TERMS_PROFILE } from '../statement/vocabulary.ts'
import type { SetOf } from '../terms/explain/words.ts'
import type { ControlClient } from './control-client.ts'
import type { Context } from './context.ts'
import { readPayloadFile } from './yaml-payload.ts'

export interface NamedTerms {
  readonly terms: Terms
  /** The name that stood for an id, else the id itself. */
  readonly nameOf: (id: string) => string
  /** The party sets that the logs held here know; none for a draft, whose sets have names alone. */
  readonly setOf: SetOf
  /** The id that a name stands for. */
  readonly idOf: (name: string) => string
  /** Ids that stand for a name, or for a dataset that a draft does not name: nobody else has them. */
  readonly invented: ReadonlyMap<string, string>
}

/** What a draft is about as long as it names no dataset. */
export const NO_DATASET = 'the dataset'

/**
 * @param reference a file, or the id of published terms
 * @throws LedgerError SCHEMA_INVALID, PROFILE_UNSUPPORTED, FILE_NOT_FOUND
 */
export async function readTerms(context: Context, reference: string): Promise<NamedTerms> {
  if (isCid(reference)) return publishedTerms(context, reference)
  return draftIn(reference, await readPayloadFile(reference))
}

async function publishedTerms(context: Context, id: CidText): Promise<NamedTerms> {
  const { openNode, partyNames } = await import('./listing.ts')
  const { decodeStatement } = await import('../statement/envelope.ts')
  const { fromBase64 } = await import('../encoding/bytes.ts')
  const node = openNode(context)
  const item = await node.readStatement(id)
  const statement = decodeStatement(fromBase64(item.statement))
  if (statement.kind !== 7) throw new LedgerError('NOT_FOUND', `${id} is not terms`)
  if (!isReadable(statement.payload))
    throw new LedgerError('PROFILE_UNSUPPORTED', `the terms ${id} are under the profile ${statement.payload.profile}`)
  const names = await partyNames(node)
  const sets = await setsById(node)
  const idOf = (name: string): string => [...sets].find(([, { title }]) => title === name)?.[0] ?? name
  return {
    terms: statement.payload,
    nameOf: (party) => names.get(party) ?? party,
    setOf: (set) => sets.get(set),
    idOf,
    invented: new Map(),
  }
}

async function setsById(node: ControlClient): Promise<ReadonlyMap<string, { title: string; members: number }>> {
  const { payloadOf } = await import('./listing.ts')
  const sets = new Map<string, { title: string; members: number }>()
  for await (const item of node.list({ kind: 17 })) {
    const { title, members } = payloadOf(item)
    sets.set(item.id, {
      title: typeof title === 'string' ? title : item.id,
      members: Array.isArray(members) ? members.length : 0,
    })
  }
  return sets
}

/**
 * A draft as it stands in a file: whatever is wrong is said with the file, and with what its writer probably meant.
 *
 * @throws LedgerError SCHEMA_INVALID, PROFILE_UNSUPPORTED
 */
export function draftIn(file: string, fields: Record<string, unknown>): NamedTerms {
  if ('@context' in fields || '@type' in fields) {
    throw new LedgerError('SCHEMA_INVALID', `${file} is an offer in ODRL (JSON-LD), not a terms file`, {
      hint: `make one of it: tally terms import ${file} -o terms.yaml`,
    })
  }
  try {
    return draftTerms(fields)
  } catch (error) {
    if (!isLedgerError(error) || error.code !== 'SCHEMA_INVALID') throw error
    const hint = hintFor(error.message)
    throw new LedgerError(error.code, `${file}: ${error.message.replace(/^terms(?:\.|: )/u, '')}`, {
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    })
  }
}

function hintFor(message: string): string | undefined {
  if (message.startsWith('terms.price.amount:'))
    return 'the price is a whole number in the smallest unit, without quotes: 1000.00 USD is 100000'
  if (message.startsWith('terms: expected a key "permit"'))
    return 'what is allowed stands under permit; see docs/terms.md'
  return undefined
}

export function draftTerms(fields: Record<string, unknown>): NamedTerms {
  const names = new Map<string, string>()
  const idOf = (name: unknown): unknown => {
    if (typeof name !== 'string' || isCid(name)) return name
    const id = cidOf(encodeUtf8(`name ${name}`))
    names.set(id, name)
    return id
  }
  const payload = {
    v: 1,
    profile: TERMS_PROFILE,
    prohibit: [],
    duties: new Map(),
    versions: { mode: 'lineage' },
    ...withIds(fields, idOf),
  } as Record<string, unknown>
  payload['lineage'] = idOf(payload['lineage'] ?? NO_DATASET)
  // In both directions, as when they are published: what is wrong is said with its path.
  const encoded = termsPayloadSchema.encode(payload as unknown as Terms, 'terms')
  const terms = termsPayloadSchema.decode(encoded, 'terms')
  if (!isReadable(terms)) throw new LedgerError('PROFILE_UNSUPPORTED', 'these terms are under another profile')
  return {
    terms,
    nameOf: (id) => names.get(id) ?? id,
    setOf: () => undefined,
    idOf: (name) => String(idOf(name)),
    invented: names,
  }
}

const ID_KEYS = new Set(['to', 'party', 'arbiters', 'lineage', 'prev', 'ids', 'next', 'text', 'cid'])

/** Replaces names by ids wherever the language of terms asks for an id. */
function withIds(value: Record<string, unknown>, idOf: (name: unknown) => unknown): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  const isAboutParties = value['l'] === 'party' || value['l'] === 'org.affiliation'
  for (const [key, item] of Object.entries(value)) {
    if ((ID_KEYS.has(key) && item !== 'same') || (key === 'r' && isAboutParties)) out[key] = convert(item, idOf, true)
    else out[key] = convert(item, idOf, false)
  }
  return out
}

function convert(item: unknown, idOf: (name: unknown) => unknown, isId: boolean): unknown {
  if (typeof item === 'string') return isId ? idOf(item) : item
  if (Array.isArray(item)) return item.map((each: unknown) => convert(each, idOf, isId))
  if (item instanceof Map) return new Map([...item].map(([name, each]) => [name, convert(each, idOf, false)]))
  if (typeof item !== 'object' || item === null || item instanceof Uint8Array) return item
  return withIds(item as Record<string, unknown>, idOf)
}
