/**
 * `tally terms export|import`: terms in the formats of others, with what is lost said aloud.
 */
import { LedgerError } from '../errors.ts'
import { type CidText, cidOf, isCid } from '../encoding/cid.ts'
import { formatDuration } from '../encoding/time.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { iriOfCid } from '../interchange/odrl-literals.ts'
import { parseOdrl } from '../interchange/odrl-read.ts'
import { formatOdrl } from '../interchange/odrl-write.ts'
import { termsPayloadSchema } from '../statement/terms-schema.ts'
import type { Context } from './context.ts'
import { readInputText, writeResult } from './files.ts'
import { NO_DATASET, readTerms } from './terms-file.ts'
import { formatTime } from './time-input.ts'

export async function exportTerms(context: Context, reference: string): Promise<void> {
  const format = context.options.text('to') ?? 'odrl'
  if (format !== 'odrl') throw new LedgerError('USAGE', `--to: odrl, not "${format}"`)
  const { terms, invented } = await readTerms(context, reference)
  const { document: made, lost } = formatOdrl(terms, isCid(reference) ? { id: reference } : {})
  const document = withNames(made, invented) as typeof made
  for (const name of new Set(invented.values()))
    if (name !== NO_DATASET) context.output.warn(`"${name}" is a name and no id yet: others cannot tell who is meant`)
  for (const each of lost) context.output.warn(`not seen by other readers: ${each}`)
  const json = `${JSON.stringify(document, undefined, 2)}\n`
  const out = context.options.text('out')
  if (out === undefined) context.output.raw(json)
  else {
    await writeResult(out, new TextEncoder().encode(json))
    context.output.result('terms-export', { file: out, lost: [...lost] }, `Written to ${out}.`)
  }
}

/** Reads an ODRL offer under our profile into a YAML file that can be published. */
export async function importTerms(context: Context, file: string): Promise<void> {
  const { stringify } = await import('yaml')
  const { cborToJson } = await import('../http/control-json.ts')
  const names = new Map<string, string>()
  const terms = parseOdrl(withoutNames(parseJson(await readInputText(file), file), names))
  const yaml = stringify(asWritten(cborToJson(termsPayloadSchema.encode(terms, 'terms')), names))
  const out = context.options.text('out')
  if (out === undefined) context.output.raw(yaml)
  else {
    await writeResult(out, new TextEncoder().encode(yaml))
    context.output.result('terms-import', { file: out }, `Written to ${out}; read it with: tally terms explain ${out}`)
  }
}

/** @throws LedgerError INTERCHANGE_UNSUPPORTED */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new LedgerError('INTERCHANGE_UNSUPPORTED', `${file} is not JSON`, { cause })
  }
}

/** Where a draft has a name, and others expect an id. */
const NAME_IRI = 'urn:x-tallystick:name:'

/**
 * The document with the names of a draft in place of the ids that stand for them; a draft about no dataset has no target.
 * Such an id is of nothing, and somebody might take it for one.
 */
function withNames(value: unknown, invented: ReadonlyMap<string, string>): unknown {
  const iris = new Map([...invented].map(([id, name]) => [iriOfCid(id as CidText), name]))
  const isNowhere = (key: string, each: unknown): boolean =>
    key === 'target' && typeof each === 'string' && iris.get(each) === NO_DATASET
  const visit = (item: unknown): unknown => {
    if (typeof item === 'string') {
      const name = iris.get(item)
      return name === undefined ? item : `${NAME_IRI}${encodeURIComponent(name)}`
    }
    if (Array.isArray(item)) return item.map(visit)
    if (typeof item !== 'object' || item === null) return item
    return Object.fromEntries(
      Object.entries(item)
        .filter(([key, each]) => !isNowhere(key, each))
        .map(([key, each]: [string, unknown]) => [key, visit(each)]),
    )
  }
  return visit(value)
}

/** The reverse; what the ids stand for is put into `names`. */
function withoutNames(value: unknown, names: Map<string, string>): unknown {
  const idOf = (name: string): string => {
    const id = cidOf(encodeUtf8(`name ${name}`))
    names.set(id, name)
    return iriOfCid(id)
  }
  const visit = (item: unknown): unknown => {
    if (typeof item === 'string')
      return item.startsWith(NAME_IRI) ? idOf(decodeURIComponent(item.slice(NAME_IRI.length))) : item
    if (Array.isArray(item)) return item.map(visit)
    if (typeof item !== 'object' || item === null) return item
    return Object.fromEntries(Object.entries(item).map(([key, each]: [string, unknown]) => [key, visit(each)]))
  }
  const document = visit(value)
  const isOffer = typeof document === 'object' && document !== null && 'profile' in document
  return isOffer && !('target' in document) ? { ...document, target: idOf(NO_DATASET) } : document
}

const DURATIONS = new Set(['within', 'notice', 'grace', 'cure'])

/** As a person writes it: names, durations such as 30d, times such as 2027-01-01T00:00:00Z. */
function asWritten(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return names.get(value) ?? value
  if (Array.isArray(value)) return value.map((item: unknown) => asWritten(item, names))
  if (typeof value !== 'object' || value === null) return value
  const about = 'l' in value ? value.l : undefined
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]: [string, unknown]) => !(key === 'lineage' && names.get(String(item)) === NO_DATASET))
      .map(([key, item]: [string, unknown]) => {
        if (typeof item !== 'number') return [key, asWritten(item, names)]
        const isDuration = DURATIONS.has(key) || (key === 'r' && about === 'elapsed')
        const isTime = key === 'until' || (key === 'r' && about === 'time')
        return [key, isDuration ? formatDuration(item) : isTime ? formatTime(item) : item]
      }),
  )
}
