/**
 * Lists and single statements as a person reads them: names before ids, one line each; as JSON one object each.
 */
import { fromBase64 } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { decodeStatement } from '../statement/envelope.ts'
import type { KindNumber } from '../statement/kind.ts'
import type { ControlClient, ListFilter, ListedJson } from './control-client.ts'
import { controlClient } from './control-client.ts'
import type { Context } from './context.ts'
import { assertKind } from './named-statements.ts'
import type { Json, JsonObject } from './output.ts'
import { resolveReference } from './reference.ts'
import { formatTable, printable } from './terminal-text.ts'
import { formatTime } from './time-input.ts'

const MOST_NAMES = 10_000

export function openNode(context: Context): ControlClient {
  return controlClient(context.home, context.options.timeoutMs)
}

/**
 * For what only the node of this home answers: with --node it would be asked something that was not meant.
 *
 * @throws LedgerError USAGE with --node
 */
export function openOwnNode(context: Context): ControlClient {
  if (context.options.text('node') === undefined) return openNode(context)
  throw new LedgerError('USAGE', 'this is asked of your own node; another one does not answer it', {
    hint: 'leave out --node, or name the home of a node on this machine with --home',
  })
}

/** What one row says, beside its place and its author. */
export type Describe = (payload: JsonObject) => string

/** Prints the statements of one kind. With --json one object a line. */
export async function printList(context: Context, kind: number, describe: Describe, about?: string): Promise<void> {
  const node = openOwnNode(context)
  const filter: ListFilter = { kind }
  const subject = about ?? context.options.text('about')
  const log = context.options.text('log')
  const limit = context.options.count('limit')
  if (subject !== undefined) filter.about = await resolveReference(context, subject)
  if (log !== undefined) filter.origin = log
  if (limit !== undefined) filter.limit = limit
  const rows: string[][] = []
  const names = context.output.isJson ? new Map<string, string>() : await partyNames(node)
  for await (const item of node.list(filter)) {
    if (context.output.isJson) context.output.item(item, '')
    else rows.push([place(item), names.get(item.iss) ?? item.iss, mark(item) + describe(payloadOf(item)), item.id])
  }
  if (!context.output.isJson)
    context.output.item(
      {},
      rows.length === 0 ? 'None in the logs held here.' : formatTable(rows, ['where', 'by', 'what', 'id']),
    )
}

/**
 * Prints one statement and what refers to it.
 *
 * @param kinds what the command shows: `describe` is for the first, of others their kind is said
 * @throws LedgerError USAGE for a statement of another kind
 */
export async function printStatement(
  context: Context,
  reference: string,
  describe: Describe,
  kinds: readonly KindNumber[],
): Promise<void> {
  const node = openOwnNode(context)
  const id = await resolveReference(context, reference)
  const item = await node.readStatement(id)
  const { kind, kindName, iss } = decodeStatement(fromBase64(item.statement))
  assertKind(id, { kind }, kinds)
  const related: ListedJson[] = []
  for await (const other of node.list({ about: id })) if (other.id !== id) related.push(other)
  const names = await partyNames(node)
  const lines = [
    kind === kinds[0] || kindName === undefined ? describe(payloadOf(item)) : kindName.replaceAll('-', ' '),
    `${place(item)}  ${id}`,
    ...Object.entries(payloadOf(item)).map(([key, value]) => `  ${key}: ${printable(shown(value))}`),
    ...(related.length === 0 ? [] : ['Refers to it:']),
    ...related.map(
      (other) => `  ${other.kindName} by ${printable(names.get(other.iss) ?? other.iss)}, ${place(other)}  ${other.id}`,
    ),
  ]
  const brief = related.map(({ id, origin, index, kindName, iss }) => ({ id, origin, index, kindName, iss }))
  context.output.result(
    'statement',
    { ...item, kind: kind ?? null, kindName: kindName ?? '', iss, related: brief },
    lines.join('\n'),
  )
}

/** Names of the parties that the held logs know, by id. */
export async function partyNames(node: ControlClient): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for await (const item of node.list({ kind: 3, limit: MOST_NAMES })) {
    const { name } = payloadOf(item)
    if (typeof name === 'string') names.set(item.id, name)
  }
  return names
}

export function payloadOf(item: ListedJson): JsonObject {
  const { payload } = item
  return typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? (payload as JsonObject) : {}
}

/** A field as text, empty when it is not there. */
export function fieldText(payload: JsonObject, name: string): string {
  const value = payload[name]
  return value === undefined ? '' : shown(value)
}

export function fieldTime(payload: JsonObject, name: string): string {
  const value = payload[name]
  return typeof value === 'number' ? formatTime(value) : ''
}

function shown(value: Json | undefined): string {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function place({ origin, index }: ListedJson): string {
  return `${origin} no. ${index}`
}

function mark({ isSignatureValid }: ListedJson): string {
  if (isSignatureValid === false) return '[signature does not verify] '
  return isSignatureValid === null ? '[key not known here] ' : ''
}
