/**
 * The kinds of statements: number, name and media type. The number is for ever: it is the relation under which an index
 * lists whatever a statement refers to. The name stands in the content type, `application/vnd.tallystick.<name>+cbor`.
 *
 * Kinds without a schema here, and numbers we have never heard of, are opaque leaves: kept, proved, never interpreted.
 */

const KIND_NAMES = {
  1: 'log-genesis',
  2: 'index-commitment',
  3: 'party',
  4: 'party-update',
  5: 'dataset',
  6: 'dataset-version',
  7: 'terms',
  8: 'request',
  9: 'grant',
  10: 'acceptance',
  11: 'payment',
  12: 'payment-receipt',
  13: 'revocation',
  14: 'usage-start',
  15: 'usage',
  16: 'credential',
  17: 'party-set',
  18: 'withdrawal',
  19: 'withdrawal-receipt',
  20: 'claim',
  21: 'response',
  22: 'finding',
  23: 'settlement',
  24: 'notice',
  25: 'erasure',
} as const

export type KindNumber = keyof typeof KIND_NAMES
export type KindName = (typeof KIND_NAMES)[KindNumber]

const NUMBERS: ReadonlyMap<string, KindNumber> = new Map(
  Object.entries(KIND_NAMES).map(([number, name]) => [name, Number(number) as KindNumber]),
)

export const ALL_KIND_NAMES: readonly KindName[] = Object.values(KIND_NAMES)

const MEDIA_TYPE_PREFIX = 'application/vnd.tallystick.'
const MEDIA_TYPE_SUFFIX = '+cbor'

export function kindName(kind: KindNumber): KindName {
  return KIND_NAMES[kind]
}

export function kindNumber(name: string): KindNumber | undefined {
  return NUMBERS.get(name)
}

export function kindMediaType(kind: KindNumber): string {
  return MEDIA_TYPE_PREFIX + KIND_NAMES[kind] + MEDIA_TYPE_SUFFIX
}

/** undefined for any media type that is not one of ours. */
export function kindOfMediaType(mediaType: string): KindNumber | undefined {
  if (!mediaType.startsWith(MEDIA_TYPE_PREFIX) || !mediaType.endsWith(MEDIA_TYPE_SUFFIX)) return undefined
  return NUMBERS.get(mediaType.slice(MEDIA_TYPE_PREFIX.length, -MEDIA_TYPE_SUFFIX.length))
}
