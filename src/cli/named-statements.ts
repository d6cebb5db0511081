/**
 * Which kinds of statement another one may name where, and the look-up before anything is signed: a wrong id in a
 * statement stays for ever, and no verifier can say more than that it means nothing.
 */
import { isCid, type CidText } from '../encoding/cid.ts'
import { LedgerError } from '../errors.ts'
import { decodeStatement, type Statement } from '../statement/envelope.ts'
import { kindName, type KindNumber } from '../statement/kind.ts'
import { listed } from '../terms/explain/words.ts'
import type { Context } from './context.ts'
import { RemoteError } from './error-output.ts'

/** By the kind that names and the path of the field. Left out: what may be a blob, and members of a set, which anyone may list. */
const MAY_NAME: Partial<Record<KindNumber, Readonly<Record<string, readonly KindNumber[]>>>> = {
  5: { steward: [3], legalOwner: [3] },
  6: { lineage: [5], prev: [6] },
  7: { lineage: [5], prev: [7] },
  8: { terms: [7], version: [6] },
  9: { terms: [7], assignee: [3], versions: [6], request: [8], parent: [9] },
  10: { grant: [9], terms: [7] },
  11: { grant: [9], 'lines.to': [3] },
  12: { payment: [11] },
  13: { target: [9, 7, 6, 16] },
  14: { grants: [9] },
  15: { 'datasets.version': [6], 'datasets.grants': [9], prev: [15] },
  16: { subject: [3] },
  17: { prev: [17] },
  18: { lineage: [5], versions: [6] },
  19: { target: [18, 13], 'versions.version': [6] },
  20: { respondent: [3], dataset: [5, 6], use: [15] },
  21: { claim: [20] },
  22: { claim: [20], contradicts: [15] },
  23: { claim: [20] },
  24: { addressee: [3] },
}

/** The commands that list ids of a kind. */
const LIST_COMMANDS: Partial<Record<KindNumber, string>> = {
  5: 'dataset',
  7: 'terms',
  9: 'grant',
  11: 'payment',
  15: 'usage',
  16: 'credential',
  17: 'party-set',
  18: 'withdrawal',
  20: 'claim',
  24: 'notice',
}

/** No node, or one that does not tell: signing goes on without it. */
const NO_ANSWER: ReadonlySet<string> = new Set([
  'NODE_NOT_RUNNING',
  'PEER_UNREACHABLE',
  'PEER_TIMEOUT',
  'PEER_BUSY',
  'PEER_REFUSED',
])

/**
 * Looks up what a payload names, and says it in the sentence a person confirms.
 *
 * @returns the sentence, with title and kind beside each id that was found
 * @throws LedgerError USAGE for a statement of the wrong kind, NOT_FOUND where the own node has none of this id
 */
export async function checkNamed(
  context: Context,
  { kind, payload, sentence }: { kind: KindNumber; payload: Record<string, unknown>; sentence: string },
): Promise<string> {
  const named = Object.entries(MAY_NAME[kind] ?? {}).flatMap(([path, kinds]) =>
    idsAt(payload, path.split('.')).map((id) => ({ id, kinds })),
  )
  if (named.length === 0 || context.options.isSet('unchecked')) return sentence
  const ids = [...new Set(named.map(({ id }) => id))]
  let found: Found
  try {
    found = await lookUp(context, ids)
  } catch (error) {
    if (!(error instanceof LedgerError) || !NO_ANSWER.has(error.code)) throw error
    // Whoever signs offline has to know that nobody looked.
    context.output.warn(`no node answers, so it could not be looked up what this names: ${ids.join(', ')}`)
    return sentence
  }
  for (const id of ids) if (!found.has(id)) tellUnknown(context, id)
  let said = sentence
  for (const { id, kinds } of named) {
    const statement = found.get(id)
    if (statement === undefined) continue
    assertKind(id, statement, kinds)
    said = withTitle(said, id, statement)
  }
  return said
}

/** A node tells strangers about its own log alone: what it does not know may well stand in another one. */
function tellUnknown({ options, output }: Context, id: CidText): void {
  if (options.text('node') === undefined)
    throw new LedgerError('NOT_FOUND', `no statement with this id is known here: ${id}`, {
      hint: 'submit it first, or follow the log it is in; pass --unchecked to sign it all the same',
    })
  output.warn(`the log of the node has no statement ${id}; whether another log has it was not looked up`)
}

/** @throws LedgerError USAGE where the node knows these ids, and as another kind; unknown ones are left to it */
export async function assertNamedKind(
  context: Context,
  ids: readonly CidText[],
  kinds: readonly KindNumber[],
): Promise<void> {
  for (const [id, statement] of await lookUp(context, ids)) assertKind(id, statement, kinds)
}

/** @throws LedgerError USAGE */
export function assertKind(
  id: string,
  { kind }: { readonly kind: number | undefined },
  kinds: readonly KindNumber[],
): void {
  if (kind !== undefined && kinds.some((each) => each === kind)) return
  const wanted = listed(kinds.map(withArticle), 'or')
  const command = kinds.map((each) => LIST_COMMANDS[each]).find((each) => each !== undefined)
  throw new LedgerError(
    'USAGE',
    `${id} is ${withArticle(kind as KindNumber | undefined)}, not ${wanted}`,
    command === undefined ? {} : { hint: `the ids you may mean: tally ${command} list` },
  )
}

type Found = ReadonlyMap<CidText, Statement>

/** What the node knows of these, --node or the own one. @throws LedgerError where it does not answer */
async function lookUp(context: Context, ids: readonly CidText[]): Promise<Found> {
  const address = context.options.text('node')
  if (address !== undefined) {
    const { withRemoteNode } = await import('../client/remote-node.ts')
    return withRemoteNode(address, context.options.timeoutMs, (node) => readAll(ids, (id) => node.readStatement(id)))
  }
  const { controlClient } = await import('./control-client.ts')
  const { fromBase64 } = await import('../encoding/bytes.ts')
  const node = controlClient(context.home, context.options.timeoutMs)
  return readAll(ids, async (id) => fromBase64((await node.readStatement(id)).statement))
}

async function readAll(ids: readonly CidText[], read: (id: CidText) => Promise<Uint8Array>): Promise<Found> {
  const found = new Map<CidText, Statement>()
  for (const id of ids) {
    try {
      found.set(id, decodeStatement(await read(id)))
    } catch (error) {
      const isKnownAbsent = error instanceof RemoteError || error instanceof LedgerError
      if (!isKnownAbsent || error.code !== 'NOT_FOUND') throw error
    }
  }
  return found
}

function idsAt(value: unknown, path: readonly string[]): CidText[] {
  if (Array.isArray(value)) return value.flatMap((item) => idsAt(item, path))
  const [name, ...rest] = path
  if (name === undefined) return typeof value === 'string' && isCid(value) ? [value] : []
  return typeof value === 'object' && value !== null && name in value
    ? idsAt((value as Record<string, unknown>)[name], rest)
    : []
}

function withTitle(sentence: string, id: string, { kind, payload }: Statement): string {
  const fields: Readonly<Record<string, unknown>> = { ...payload }
  const title = fields['title'] ?? fields['name'] ?? fields['label']
  const word = wordOf(kind)
  const named = typeof title === 'string' ? `"${title}" (${id})` : id
  // The sentence may have the word already.
  const shown = sentence.includes(`${word} ${id}`) ? named : `${word} ${named}`
  return sentence.split(id).join(shown)
}

/** `a grant`, `an acceptance`, `terms`. */
function withArticle(kind: KindNumber | undefined): string {
  const word = wordOf(kind)
  if (kind === 7) return word
  return `${/^(?:a|e|i)/u.test(word) ? 'an' : 'a'} ${word}`
}

function wordOf(kind: KindNumber | undefined): string {
  return kind === undefined ? 'statement of an unknown kind' : kindName(kind).replaceAll('-', ' ')
}
