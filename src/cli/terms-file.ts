/**
 * Terms from a file, published or not, for the commands that read them. A draft may name parties and sets by words that
 * stand for ids: they are kept as names, and the terms get ids in their place that nobody else has.
 */
import { type CidText, cidOf, isCid } from '../encoding/cid.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { isReadable, type Terms } from '../statement/terms.ts'
import { termsPayloadSchema } from '../statement/terms-schema.ts'
import { TERMS_PROFILE } from '../statement/vocabulary.ts'
import type { Context } from './context.ts'
import { readPayloadFile } from './yaml-payload.ts'

export interface NamedTerms {
  readonly terms: Terms
  /** The name that stood for an id, else the id itself. */
  readonly nameOf: (id: string) => string
  /** The id that a name stands for. */
  readonly idOf: (name: string) => string
}

/**
 * @param reference a file, or the id of published terms
 * @throws LedgerError SCHEMA_INVALID, PROFILE_UNSUPPORTED, FILE_NOT_FOUND
 */
export async function readTerms(context: Context, reference: string): Promise<NamedTerms> {
  if (isCid(reference)) return publishedTerms(context, reference)
  return draftTerms(await readPayloadFile(reference))
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
  return { terms: statement.payload, nameOf: (party) => names.get(party) ?? party, idOf: (name) => name }
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
  payload['lineage'] = idOf(payload['lineage'] ?? 'the dataset')
  // In both directions, as when they are published: what is wrong is said with its path.
  const encoded = termsPayloadSchema.encode(payload as unknown as Terms, 'terms')
  const terms = termsPayloadSchema.decode(encoded, 'terms')
  if (!isReadable(terms)) throw new LedgerError('PROFILE_UNSUPPORTED', 'these terms are under another profile')
  return { terms, nameOf: (id) => names.get(id) ?? id, idOf: (name) => String(idOf(name)) }
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
