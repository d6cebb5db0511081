/**
 * Datasets of the Mozilla Data Collective (its JSON, one dataset): facts, and a draft of terms. What its owner wrote for
 * people takes precedence; the machine-readable draft counts for nothing until the owner approves it.
 */
import { fromHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import type { DatasetFacts } from './croissant.ts'
import type { JsonObject } from './odrl-literals.ts'

/** Terms as people write them in YAML, for `tally terms publish` after the owner has read them. */
export interface MdcImport {
  readonly facts: DatasetFacts
  readonly draft: JsonObject
  /** The text for people, to be put as a blob and named in the terms. */
  readonly text: string
  /** Sentences for the owner: what has to be decided by hand. */
  readonly notes: readonly string[]
}

const READ = new Set([
  'id',
  'slug',
  'name',
  'locale',
  'task',
  'format',
  'checksum',
  'filename',
  'sizeBytes',
  'version',
  'license',
  'licenseAbbreviation',
  'licenseUrl',
  'restrictions',
  'forbiddenUsage',
  'additionalConditions',
  'isPaid',
  'basePriceCents',
  'visibility',
  'exclusivityOptOut',
  'organizationId',
  'ethicalReviewProcess',
])

/** @throws LedgerError INTERCHANGE_UNSUPPORTED when it has no id and name */
export function parseMozillaDataCollective(value: unknown): MdcImport {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unsupported('it is no object')
  const document = value as JsonObject
  const field = (name: string): string | undefined => {
    const item = document[name]
    return typeof item === 'string' && item !== '' ? item.normalize('NFC') : undefined
  }
  const [id, title] = [field('id') ?? field('slug'), field('name')]
  if (id === undefined || title === undefined) throw unsupported('it has no id and name')
  const licence = field('licenseAbbreviation') ?? field('license')
  const checksum = field('checksum')
    ?.replace(/^sha256:/, '')
    .toLowerCase()
  const archive = checksum !== undefined && /^[0-9a-f]{64}$/.test(checksum) ? checksum : undefined
  const version = field('version')
  const texts = ['restrictions', 'forbiddenUsage', 'additionalConditions'].flatMap((name) => {
    const item = field(name)
    return item === undefined ? [] : [`${name}: ${item}`]
  })
  const price = document['basePriceCents']
  const isPaid = document['isPaid'] === true && typeof price === 'number' && Number.isSafeInteger(price) && price >= 0
  const size = document['sizeBytes']
  const notes = notesOn(document, texts)
  return {
    facts: {
      title: title.slice(0, 200),
      locales: (field('locale') ?? 'und').split(/[,\s]+/).filter((tag) => tag !== ''),
      externalIds: [{ scheme: 'mdc', value: id }],
      labels: [field('task'), field('format')].flatMap((label) => label ?? []),
      ...(licence === undefined ? {} : { licence }),
      ...(version === undefined ? {} : { version }),
      ...(archive === undefined
        ? {}
        : { archive: { sha256: fromHex(archive), bytes: typeof size === 'number' ? size : 0 } }),
      lost: Object.keys(document)
        .filter((key) => !READ.has(key))
        .map((key) => `${key} has no place in our statements`),
    },
    draft: {
      versions: { mode: 'lineage' },
      permit: [{ id: 'use', actions: ['use'], duties: isPaid ? ['pay', 'attest'] : ['attest'] }],
      prohibit: [],
      duties: {
        attest: { action: 'attest-use', due: { event: 'use-end', within: '30d' } },
        ...(isPaid ? { pay: { action: 'pay', due: { event: 'grant', within: '30d' } } } : {}),
        ...(document['exclusivityOptOut'] === false
          ? { exclusive: { action: 'ensure-exclusivity', due: { event: 'grant', within: '0d' } } }
          : {}),
      },
      ...(isPaid ? { price: { model: 'flat', amount: price, currency: 'USD', exp: 2 } } : {}),
      ...(licence === undefined ? {} : { licence: { spdx: licence } }),
      precedence: 'human',
    },
    text: texts.join('\n\n'),
    notes,
  }
}

function notesOn(document: JsonObject, texts: readonly string[]): readonly string[] {
  const notes = [
    'The draft says only what can be read off fields. Put your restrictions into it, then set `precedence: machine`.',
  ]
  if (texts.length > 0) notes.push('Your restrictions are free text: nothing of them is in the draft.')
  const visibility = document['visibility']
  if (visibility === 'restricted')
    notes.push('The dataset is restricted: give a grant to each party; publish no open grant.')
  if (visibility === 'private') notes.push('The dataset is private: do not publish new offers.')
  if (typeof document['ethicalReviewProcess'] === 'string')
    notes.push('An ethical review is described: an endorser can state it as a credential.')
  return notes
}

function unsupported(problem: string): LedgerError {
  return new LedgerError('INTERCHANGE_UNSUPPORTED', `not a dataset of the Mozilla Data Collective: ${problem}`)
}
