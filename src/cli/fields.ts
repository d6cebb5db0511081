/**
 * Payload fields as flags: one table for each kind of statement says which flag fills which field, and how it is spelt.
 * Fields may also come from a YAML file; a flag wins. The schema of the kind has the last word.
 */
import type { Command } from 'commander'
import type { Context } from './context.ts'
import { addSigningFlags, repeated } from './flags.ts'

/** How a flag's text becomes a field: ids take what `resolveReference` takes; s at the end: may be repeated. */
type Spelling = 'id' | 'ids' | 'text' | 'texts' | 'time' | 'duration' | 'digest' | 'count'

export interface Field {
  /** As `--flag <value>` names it. */
  readonly flag: string
  readonly as: Spelling
  readonly says: string
  /** Where the field has another name than its flag. */
  readonly field?: string
}

const VALUE_NAMES: Readonly<Record<Spelling, string>> = {
  id: 'id',
  ids: 'id',
  text: 'text',
  texts: 'text',
  time: 'time',
  duration: 'duration',
  digest: 'hex',
  count: 'number',
}

/** A command that signs one kind of statement. */
export function addFields(command: Command, fields: readonly Field[]): Command {
  addSigningFlags(command)
  for (const { flag, as, says } of fields) {
    const flags = `--${flag} <${VALUE_NAMES[as]}>`
    if (as === 'ids' || as === 'texts') command.option(flags, `${says}; may be repeated`, repeated)
    else command.option(flags, says)
  }
  return command
}

/** @param file a YAML file with fields, where one was given */
export async function readFields(
  context: Context,
  fields: readonly Field[],
  file: string | undefined,
): Promise<Record<string, unknown>> {
  const { readPayloadFile } = await import('./yaml-payload.ts')
  const payload = file === undefined ? {} : await readPayloadFile(file)
  for (const { flag, as, field } of fields) {
    const value = await readFlag(context, camel(flag), as, `--${flag}`)
    if (value !== undefined) payload[field ?? camel(flag)] = value
  }
  return payload
}

async function readFlag(
  { options, home, output }: Context,
  name: string,
  as: Spelling,
  where: string,
): Promise<unknown> {
  const context = { options, home, output }
  const texts = options.list(name)
  const [text] = texts
  if (text === undefined) return undefined
  const { parseDigest, resolveReference, resolveReferences } = await import('./reference.ts')
  const { parseDuration, parseTime } = await import('./time-input.ts')
  switch (as) {
    case 'id':
      return resolveReference(context, text)
    case 'ids':
      return resolveReferences(context, texts)
    case 'text':
      return text
    case 'texts':
      return texts
    case 'time':
      return parseTime(text, where)
    case 'duration':
      return parseDuration(text, where)
    case 'digest':
      return parseDigest(text, where)
    case 'count':
      break
  }
  return options.count(name)
}

function camel(flag: string): string {
  return flag.replace(/-([a-z0-9])/gu, (_, letter: string) => letter.toUpperCase())
}
