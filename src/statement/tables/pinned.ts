/**
 * The tables of the profile by name, each with the SHA-256 of its text. Terms may pin them; terms that pin another digest
 * were written against a table that is not here, and cannot be read.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { toHex } from '../../encoding/bytes.ts'
import { encodeUtf8 } from '../../encoding/utf8.ts'
import { CURRENCY_TABLE } from './currencies.ts'
import { LICENCE_TABLE } from './licences.ts'
import { PURPOSE_TABLE } from './purposes.ts'
import { REGION_TABLE } from './regions.ts'

const TEXTS: Readonly<Record<string, string>> = {
  currency: CURRENCY_TABLE,
  licence: Object.entries(LICENCE_TABLE)
    .map(([licence, alike]) => `${licence}: ${alike.join(' ')}\n`)
    .join(''),
  purpose: PURPOSE_TABLE,
  region: REGION_TABLE,
}

const digests = new Map<string, string>()

/** Hex SHA-256 of a table's text; undefined for a table this profile does not have. */
export function tableDigest(name: string): string | undefined {
  const text = Object.hasOwn(TEXTS, name) ? TEXTS[name] : undefined
  if (text === undefined) return undefined
  let digest = digests.get(name)
  if (digest === undefined) {
    digest = toHex(sha256(encodeUtf8(text)))
    digests.set(name, digest)
  }
  return digest
}

export function isKnownTable(name: string, digest: Uint8Array): boolean {
  return tableDigest(name) === toHex(digest)
}
