/**
 * `tally dataset import|export`: datasets described for other catalogues. What an import yields are files for a person to
 * read and mend; nothing is published by it.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { fromBase64, toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { type DatasetFacts, formatCroissant, parseCroissant } from '../interchange/croissant.ts'
import { parseMozillaDataCollective } from '../interchange/mozilla-data-collective.ts'
import { formatOdrl } from '../interchange/odrl-write.ts'
import { decodeStatement } from '../statement/envelope.ts'
import type { Statement } from '../statement/envelope.ts'
import { isReadable } from '../statement/terms.ts'
import type { Context } from './context.ts'
import { readInputText, writeResult } from './files.ts'
import { openNode } from './listing.ts'
import { resolveReference } from './reference.ts'
import { parseJson } from './terms-exchange.ts'

const MAX_DESCRIPTION_BYTES = 8 << 20

export async function importDataset(context: Context, file: string): Promise<void> {
  const { options, output } = context
  const document = parseJson(await readInputText(file, MAX_DESCRIPTION_BYTES), file)
  const { facts, files, notes } = readDescription(document, options.text('from'))
  const folder = options.required('out')
  await mkdir(folder, { recursive: true })
  for (const [name, text] of files) await writeResult(join(folder, name), encodeUtf8(text))
  for (const lost of facts.lost) output.warn(`not taken over: ${lost}`)
  for (const note of notes) output.warn(note)
  const steps = [
    `tally dataset register ${join(folder, 'dataset.yaml')}`,
    `tally dataset version ${join(folder, 'version.yaml')} --dataset DATASET`,
    ...(files.has('terms-draft.yaml') ? [`tally terms explain ${join(folder, 'terms-draft.yaml')}`] : []),
  ]
  output.result(
    'dataset-import',
    { folder, files: [...files.keys()], lost: [...facts.lost], notes: [...notes] },
    [`Written to ${folder}: ${[...files.keys()].join(', ')}. Read them, mend them, then:`, ...steps].join('\n'),
  )
}

interface Description {
  readonly facts: DatasetFacts
  readonly files: ReadonlyMap<string, string>
  readonly notes: readonly string[]
}

function readDescription(document: unknown, format: string | undefined): Description {
  const isCroissant =
    format === undefined
      ? typeof document === 'object' && document !== null && '@type' in document
      : format === 'croissant'
  if (format !== undefined && format !== 'croissant' && format !== 'mdc')
    throw new LedgerError('USAGE', `--from: croissant or mdc, not "${format}"`)
  if (isCroissant) {
    const facts = parseCroissant(document)
    return { facts, files: factFiles(facts), notes: [] }
  }
  const { facts, draft, text, notes } = parseMozillaDataCollective(document)
  const files = new Map(factFiles(facts))
  files.set(
    'terms-draft.yaml',
    `# A draft from fields alone. The text for people takes precedence until you say otherwise.\n${stringify(draft)}`,
  )
  if (text !== '') files.set('terms.txt', `${text}\n`)
  return { facts, files, notes }
}

function factFiles(facts: DatasetFacts): Map<string, string> {
  const { title, locales, externalIds, labels, version, archive } = facts
  const dataset = {
    title,
    locales: locales.length === 0 ? ['und'] : [...locales],
    ...(externalIds.length === 0 ? {} : { externalIds: [...externalIds] }),
    ...(labels.length === 0 ? {} : { labels: [...labels] }),
  }
  const versioned = {
    label: version ?? '1',
    ...(archive === undefined ? {} : { archive: { sha256: toHex(archive.sha256), bytes: archive.bytes } }),
  }
  return new Map([
    ['dataset.yaml', stringify(dataset)],
    ['version.yaml', stringify(versioned)],
  ])
}

/** The Croissant description of a dataset or version, with terms as `usageInfo`. */
export async function exportDataset(context: Context, reference: string): Promise<void> {
  const { options, output } = context
  const format = options.text('to') ?? 'croissant'
  if (format !== 'croissant') throw new LedgerError('USAGE', `--to: croissant, not "${format}"`)
  const named = await readStatement(context, await resolveReference(context, reference))
  const version = named.kind === 6 ? named : undefined
  const dataset = version === undefined ? named : await readStatement(context, version.payload.lineage)
  if (dataset.kind !== 5) throw new LedgerError('NOT_FOUND', `${reference} is neither a dataset nor a version`)
  const offer = await readOffer(context)
  const { document, lost } = formatCroissant(dataset.payload, version?.payload, offer?.document)
  const missing = [...lost, ...(offer?.lost ?? [])]
  for (const each of missing) output.warn(`not seen by other readers: ${each}`)
  const json = `${JSON.stringify(document, undefined, 2)}\n`
  const out = options.text('out')
  if (out === undefined) {
    output.raw(json)
    return
  }
  await writeResult(out, encodeUtf8(json))
  output.result('dataset-export', { file: out, lost: missing }, `Written to ${out}.`)
}

async function readOffer(context: Context): Promise<ReturnType<typeof formatOdrl> | undefined> {
  const reference = context.options.text('terms')
  if (reference === undefined) return undefined
  const id = await resolveReference(context, reference)
  const terms = await readStatement(context, id)
  if (terms.kind !== 7 || !isReadable(terms.payload))
    throw new LedgerError('NOT_FOUND', `${reference} is no terms in a language known here`)
  return formatOdrl(terms.payload, { id })
}

async function readStatement(context: Context, id: CidText): Promise<Statement> {
  return decodeStatement(fromBase64((await openNode(context).readStatement(id)).statement))
}
