/**
 * Closed schemas for messages: small codecs between CBOR values and typed objects.
 *
 * A message is a CBOR map with text keys. An unknown key, a missing one, a wrong type or a value out of bounds is refused
 * with its path; every list, text and byte string has a bound.
 */
import { copyBytes } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { MAX_ENTRY_BYTES } from '../merkle/tile.ts'
import { decodeCbor, encodeCbor, isCborArray, isCborMap } from '../encoding/cbor.ts'
import { MAX_RESPONSE_FRAME_BYTES } from './limits.ts'
import type { CborValue } from '../encoding/cbor.ts'

export interface Codec<T> {
  encode(value: T): CborValue
  /** @throws LedgerError SCHEMA_INVALID with the path */
  decode(value: CborValue, path: string): T
  readonly isOptional?: boolean
}

export interface OptionalCodec<T> extends Codec<T> {
  readonly isOptional: true
}

type OptionalKeys<T> = {
  [K in keyof T]-?: undefined extends { [L in K]: T[L] }[K] ? K : T extends Record<K, T[K]> ? never : K
}[keyof T]
type CodecOf<T, K extends keyof T> = K extends OptionalKeys<T> ? OptionalCodec<Exclude<T[K], undefined>> : Codec<T[K]>
export type Fields<T> = { readonly [K in keyof T]-?: CodecOf<T, K> }

function invalid(path: string, expected: string): LedgerError {
  return new LedgerError('SCHEMA_INVALID', `${path}: expected ${expected}`)
}

export function uint(most: number = Number.MAX_SAFE_INTEGER): Codec<number> {
  return {
    encode: (value) => value,
    decode: (value, path) => {
      if (typeof value !== 'number' || value < 0 || value > most) throw invalid(path, `an integer from 0 to ${most}`)
      return value
    },
  }
}

export function bytes(least: number, most: number): Codec<Uint8Array> {
  return {
    encode: (value) => value,
    decode: (value, path) => {
      if (!(value instanceof Uint8Array) || value.length < least || value.length > most) {
        throw invalid(path, least === most ? `${least} bytes` : `${least} to ${most} bytes`)
      }
      // A copy: a note that is kept must not keep the whole message it came in.
      return copyBytes(value)
    },
  }
}

export function text(most: number): Codec<string> {
  return {
    encode: (value) => value,
    decode: (value, path) => {
      if (typeof value !== 'string' || value.length === 0 || value.length > most)
        throw invalid(path, `text of 1 to ${most} characters`)
      return value
    },
  }
}

export function oneOf<T extends string>(...allowed: readonly T[]): Codec<T> {
  return {
    encode: (value) => value,
    decode: (value, path) => {
      const found = allowed.find((word) => word === value)
      if (found === undefined) throw invalid(path, `one of ${allowed.join(', ')}`)
      return found
    },
  }
}

export function flag(): Codec<boolean> {
  return {
    encode: (value) => value,
    decode: (value, path) => {
      if (typeof value !== 'boolean') throw invalid(path, 'true or false')
      return value
    },
  }
}

export function list<T>(item: Codec<T>, most: number): Codec<readonly T[]> {
  return {
    encode: (values) => values.map((value) => item.encode(value)),
    decode: (value, path) => {
      if (!isCborArray(value) || value.length > most) throw invalid(path, `an array of at most ${most}`)
      return value.map((element, i) => item.decode(element, `${path}[${i}]`))
    },
  }
}

export function optional<T>(codec: Codec<T>): OptionalCodec<T> {
  return {
    encode: (value) => codec.encode(value),
    decode: (value, path) => codec.decode(value, path),
    isOptional: true,
  }
}

export function record<T extends object>(fields: Fields<T>): Codec<T> {
  const entries = Object.entries<Codec<unknown>>(fields as Record<string, Codec<unknown>>)
  return {
    encode: (value) => {
      const out = new Map<string, CborValue>()
      for (const [key, codec] of entries) {
        const item: unknown = Reflect.get(value, key)
        if (item !== undefined) out.set(key, codec.encode(item))
      }
      return out
    },
    decode: (value, path) => {
      if (!isCborMap(value)) throw invalid(path, 'a map')
      const out: Record<string, unknown> = {}
      let known = 0
      for (const [key, codec] of entries) {
        const item = value.get(key)
        if (item !== undefined) {
          known++
          out[key] = codec.decode(item, `${path}.${key}`)
        } else if (codec.isOptional !== true) throw invalid(`${path}.${key}`, 'a value')
      }
      if (known !== value.size) throw invalid(path, `only the keys ${entries.map(([key]) => key).join(', ')}`)
      return out as T
    },
  }
}

/** 32 bytes: a hash, a log id, a digest. */
export const hash: Codec<Uint8Array> = bytes(32, 32)
/** Random bytes that name one start of one node. */
export const instanceId: Codec<Uint8Array> = bytes(16, 16)
export const originText: Codec<string> = text(256)
export const size: Codec<number> = uint()
/** A signed note with its cosignatures. */
export const noteBytes: Codec<Uint8Array> = bytes(1, 64 << 10)
/** One log entry: its length is a 16-bit number in tiled logs (C2SP tlog-tiles). */
export const entryBytes: Codec<Uint8Array> = {
  encode: (value) => value,
  decode: (value, path) => {
    if (!(value instanceof Uint8Array) || value.length > MAX_ENTRY_BYTES)
      throw invalid(path, `0 to ${MAX_ENTRY_BYTES} bytes`)
    // A view of the message: entries fill it, and are dealt with together.
    return value
  },
}
/** A Merkle proof has at most 63 hashes for any size we accept. */
export const hashes: Codec<readonly Uint8Array[]> = list(hash, 64)

/** Items in the largest message: 512 heads of seven fields, or a page of entries. */
const MAX_ITEMS = 16_384

export function encodeWith<T>(codec: Codec<T>, value: T): Uint8Array {
  return encodeBody(codec.encode(value))
}

/** Deterministic bytes as a plain Uint8Array: the encoder may return a Buffer, whose slices share memory. */
export function encodeBody(value: CborValue): Uint8Array {
  const encoded = encodeCbor(value)
  return new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.length)
}

/**
 * The CBOR of one frame. Byte strings are views of it until a codec has read them.
 *
 * @throws LedgerError CBOR_*, UTF8_MALFORMED
 */
export function decodeMessage(body: Uint8Array): CborValue {
  return decodeCbor(body, { maxBytes: MAX_RESPONSE_FRAME_BYTES, maxItems: MAX_ITEMS, maxDepth: 8, views: true })
}

/** @throws LedgerError CBOR_*, UTF8_MALFORMED, SCHEMA_INVALID */
export function decodeWith<T>(codec: Codec<T>, body: Uint8Array, path: string): T {
  return codec.decode(decodeMessage(body), path)
}
