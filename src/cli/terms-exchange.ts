/**
 * `tally terms export|import`: terms in the formats of others, with what is lost said aloud.
 */
import { LedgerError } from '../errors.ts'
import { isCid } from '../encoding/cid.ts'
import { parseOdrl } from '../interchange/odrl-read.ts'
import { formatOdrl } from '../interchange/odrl-write.ts'
import { termsPayloadSchema } from '../statement/terms-schema.ts'
import type { Context } from './context.ts'
import { readInputText, writeResult } from './files.ts'
import { readTerms } from './terms-file.ts'

export async function exportTerms(context: Context, reference: string): Promise<void> {
  const format = context.options.text('to') ?? 'odrl'
  if (format !== 'odrl') throw new LedgerError('USAGE', `--to: odrl, not "${format}"`)
  const { terms } = await readTerms(context, reference)
  const { document, lost } = formatOdrl(terms, isCid(reference) ? { id: reference } : {})
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
  const terms = parseOdrl(parseJson(await readInputText(file), file))
  const plain = cborToJson(termsPayloadSchema.encode(terms, 'terms'))
  const yaml = stringify(plain)
  const out = context.options.text('out')
  if (out === undefined) context.output.raw(yaml)
  else {
    await writeResult(out, new TextEncoder().encode(yaml), false)
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
