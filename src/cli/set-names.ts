/**
 * Names of party sets in terms, replaced by the ids of the sets they stand for before the terms are signed: a draft may
 * say `dma-gatekeeper`, signed terms pin one version of one set.
 */
import { isCid } from '../encoding/cid.ts'
import { LedgerError } from '../errors.ts'
import type { Context } from './context.ts'
import { openNode, payloadOf } from './listing.ts'

/** @throws LedgerError NOT_FOUND where no set or several have the name */
export async function pinSetNames(
  context: Context,
  payload: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const names = new Set<string>()
  visit(payload, (name) => {
    names.add(name)
    return name
  })
  if (names.size === 0) return payload
  const ids = await setsByTitle(context)
  return visit(payload, (name) => idOf(name, ids)) as Record<string, unknown>
}

function idOf(name: string, ids: ReadonlyMap<string, readonly string[]>): string {
  const [id, more] = ids.get(name) ?? []
  if (id !== undefined && more === undefined) return id
  throw new LedgerError(
    'NOT_FOUND',
    id === undefined
      ? `the terms name the party set "${name}", and no set of that title is in the logs held here`
      : `several party sets are called "${name}"`,
    {
      hint:
        id === undefined
          ? `publish it: tally party-set publish --title ${name} --member PARTY, or name one by its id`
          : 'name the one you mean by its id: tally party-set list',
    },
  )
}

/** The newest version of each set, by title. */
async function setsByTitle(context: Context): Promise<ReadonlyMap<string, readonly string[]>> {
  const titles = new Map<string, string>()
  const replaced = new Set<string>()
  for await (const item of openNode(context).list({ kind: 17 })) {
    const { title, prev } = payloadOf(item)
    if (typeof title === 'string') titles.set(item.id, title)
    if (typeof prev === 'string') replaced.add(prev)
  }
  const ids = new Map<string, string[]>()
  for (const [id, title] of titles) if (!replaced.has(id)) ids.set(title, [...(ids.get(title) ?? []), id])
  return ids
}

/** Rebuilds the payload with every name of a set in an affiliation condition replaced. */
function visit(value: unknown, replace: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => visit(item, replace))
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key as unknown, visit(item, replace)]))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const isAboutSets = 'l' in value && value.l === 'org.affiliation'
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [
      key,
      isAboutSets && key === 'r' ? replaceNames(item, replace) : visit(item, replace),
    ]),
  )
}

function replaceNames(value: unknown, replace: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => replaceNames(item, replace))
  return typeof value === 'string' && !isCid(value) ? replace(value) : value
}
