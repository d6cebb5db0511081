/**
 * What payloads of several kinds share: the two fields that every payload may carry, and the words and bounds of names,
 * codes and places. Longer or person-linked text never stands in a payload: it is a blob, named by its CID.
 */
import { type OptionalField, type Schema, bytes32, list, optional, pattern, plain, text, uint } from './schema.ts'
import { isRegion } from './tables/regions.ts'

/** Every payload may say when it was made and what its author had seen by then. */
export interface Claimed {
  /** Unix seconds, as its author claims. Never used in a decision. */
  readonly iat?: number
  /** SHA-256 of a cosigned note: the statement was made after that note. */
  readonly seen?: Uint8Array
}

export const claimed: { iat: OptionalField<number>; seen: OptionalField<Uint8Array> } = {
  iat: optional(uint()),
  seen: optional(bytes32),
}

/** A public name or short title. */
export const title: Schema<string> = text(200)
/** Unix seconds. */
export const instant: Schema<number> = uint()
/** Seconds. */
export const duration: Schema<number> = uint()

/** A machine word: an allegation, a label, the id of a clause. */
export const code: Schema<string> = pattern(
  'a word of letters, digits and "._:-", up to 64',
  /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/,
)

/** ISO 3166-1 alpha-2 or a group such as EEA, ISO 3166-2, or a three-digit UN M49 code. */
export const region: Schema<string> = plain(
  'a region: ISO 3166 (ZA, ZA-NW), UN M49 (002), EU or EEA',
  (value): value is string => typeof value === 'string' && REGION.test(value) && isRegion(value),
  true,
)
const REGION = /^(?:[A-Z]{2,3}(?:-[A-Z0-9]{1,3})?|[0-9]{3})$/

/** BCP 47, by its outer form. */
export const languageTag: Schema<string> = pattern('a BCP 47 language tag', /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,7}$/)

/** A log's origin: a schema-less URL, as the first line of its checkpoints. */
export const origin: Schema<string> = pattern('the origin of a log', /^[!-*,-~]{1,255}$/)

export const origins: Schema<readonly string[]> = list(origin, 1, 16)
