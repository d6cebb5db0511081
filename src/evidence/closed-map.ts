/**
 * Reading the root of a bundle: every map is closed, every value has the one type it may have, and what is wrong is
 * named by its path. Sizes were bounded when the CBOR was decoded.
 */
import type { CborMap, CborValue } from '../encoding/cbor.ts'
import { isCborArray, isCborMap } from '../encoding/cbor.ts'
import { cidFromDigest, digestOf } from '../encoding/cid.ts'
import { LedgerError } from '../errors.ts'

/** A map whose keys are all among `keys`. */
export function asMap(value: CborValue | undefined, path: string, keys: readonly string[]): CborMap {
  if (!isCborMap(value)) throw unexpected(path, 'a map')
  for (const key of value.keys()) {
    if (!keys.includes(String(key)) || typeof key === 'number') throw unexpected(`${path}.${key}`, 'no such key')
  }
  return value
}

export function asArray<T>(
  value: CborValue | undefined,
  path: string,
  read: (item: CborValue, path: string) => T,
): T[] {
  if (!isCborArray(value)) throw unexpected(path, 'an array')
  return value.map((item, index) => read(item, `${path}[${index}]`))
}

export function asText(value: CborValue | undefined, path: string): string {
  if (typeof value !== 'string') throw unexpected(path, 'text')
  return value
}

/** A count or position: an integer from 0 to 2^53 - 1. */
export function asUint(value: CborValue | undefined, path: string): number {
  if (typeof value !== 'number' || value < 0) throw unexpected(path, 'an unsigned integer')
  return value
}

export function asBytes(value: CborValue | undefined, path: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw unexpected(path, 'bytes')
  return value
}

export function asHash(value: CborValue | undefined, path: string): Uint8Array {
  const bytes = asBytes(value, path)
  if (bytes.length !== 32) throw unexpected(path, '32 bytes')
  return bytes
}

/** The digest that a CID text names, in the one spelling of that CID: base32 readers also take capitals. */
export function asDigest(value: CborValue | undefined, path: string): Uint8Array {
  const text = asText(value, path)
  let digest: Uint8Array
  try {
    digest = digestOf(text)
  } catch (cause) {
    throw new LedgerError('BUNDLE_MALFORMED', `the root of a bundle has no CID at ${path}`, { cause })
  }
  if (cidFromDigest(digest) !== text) throw unexpected(path, 'a CID in lower case')
  return digest
}

export function unexpected(path: string, expected: string): LedgerError {
  return new LedgerError('BUNDLE_MALFORMED', `the root of a bundle has something else than ${expected} at ${path}`)
}
