/**
 * Croissant (MLCommons, JSON-LD): facts of a dataset in, and out with the terms as `usageInfo`.
 */
import { fromHex, toHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import type { Dataset, DatasetVersion } from '../statement/dataset.ts'
import { type JsonObject, type JsonValue, dropUndefined } from './odrl-literals.ts'

/** What of a description our statements can say; the rest is listed as lost. */
export interface DatasetFacts {
  readonly title: string
  readonly locales: readonly string[]
  readonly externalIds: readonly { readonly scheme: string; readonly value: string }[]
  readonly labels: readonly string[]
  readonly licence?: string
  readonly version?: string
  readonly archive?: { readonly sha256: Uint8Array; readonly bytes: number }
  readonly lost: readonly string[]
}

const READ = new Set([
  '@context',
  '@type',
  '@id',
  'name',
  'url',
  'license',
  'inLanguage',
  'version',
  'distribution',
  'keywords',
  'conformsTo',
  'identifier',
])

/** @throws LedgerError INTERCHANGE_UNSUPPORTED when it is no Croissant description of a dataset */
export function parseCroissant(value: unknown): DatasetFacts {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notCroissant('it is no object')
  const document = value as JsonObject
  const type = document['@type']
  if (type !== 'sc:Dataset' && type !== 'Dataset' && type !== 'schema:Dataset')
    throw notCroissant('its @type is no Dataset')
  const title = text(document['name'])
  if (title === undefined) throw notCroissant('it has no name')
  const files = list(document['distribution']).filter((file) => isObject(file) && typeof file['sha256'] === 'string')
  const archive = files.length === 1 && isObject(files[0]) ? archiveOf(files[0]) : undefined
  const lost = Object.keys(document)
    .filter((key) => !READ.has(key))
    .map((key) => `${key} has no place in our statements`)
  if (files.length > 1)
    lost.push(`${files.length} files with digests: give their archive or a manifest (tally dataset hash)`)
  const [url, identifier, licence, version] = ['url', 'identifier', 'license', 'version'].map((key) =>
    text(document[key]),
  )
  return {
    title: title.slice(0, 200),
    locales: list(document['inLanguage']).flatMap((item) => text(isObject(item) ? item['alternateName'] : item) ?? []),
    externalIds: [
      ...(url === undefined ? [] : [{ scheme: 'url', value: url }]),
      ...(identifier === undefined
        ? []
        : [{ scheme: identifier.includes('doi.org') ? 'doi' : 'id', value: identifier }]),
    ],
    labels: list(document['keywords']).flatMap((item) => text(item) ?? []),
    ...(licence === undefined ? {} : { licence }),
    ...(version === undefined ? {} : { version }),
    ...(archive === undefined ? {} : { archive }),
    lost,
  }
}

function archiveOf(file: JsonObject): DatasetFacts['archive'] {
  const digest = (text(file['sha256']) ?? '').toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(digest)) throw notCroissant(`"${digest}" is no SHA-256`)
  const size = /^(\d+)(?:\s*B)?$/.exec(text(file['contentSize']) ?? '')
  return { sha256: fromHex(digest), bytes: size === null ? 0 : Number(size[1]) }
}

/** The description of a version, with terms as an ODRL offer. */
export function formatCroissant(
  dataset: Dataset,
  version: DatasetVersion | undefined,
  offer: JsonObject | undefined,
): { readonly document: JsonObject; readonly lost: readonly string[] } {
  const url = dataset.externalIds?.find(({ scheme }) => scheme === 'url')?.value
  const document = dropUndefined({
    '@context': {
      '@vocab': 'https://schema.org/',
      cr: 'http://mlcommons.org/croissant/',
      dct: 'http://purl.org/dc/terms/',
    },
    '@type': 'Dataset',
    'dct:conformsTo': 'http://mlcommons.org/croissant/1.0',
    name: dataset.title,
    inLanguage: dataset.locales,
    keywords: dataset.labels,
    url,
    identifier: dataset.externalIds
      ?.filter(({ scheme }) => scheme !== 'url')
      .map(({ scheme, value }) => `${scheme}:${value}`),
    version: version?.label,
    distribution:
      version?.archive === undefined
        ? undefined
        : [
            {
              '@type': 'cr:FileObject',
              '@id': 'archive',
              name: 'archive',
              sha256: toHex(version.archive.sha256),
              contentSize: `${version.archive.bytes} B`,
            },
          ],
    usageInfo: offer,
  })
  return { document, lost: ['record sets and fields: our statements do not describe the inside of files'] }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.normalize('NFC') : undefined
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [value]
}

function notCroissant(problem: string): LedgerError {
  return new LedgerError('INTERCHANGE_UNSUPPORTED', `not a Croissant description of a dataset: ${problem}`)
}
