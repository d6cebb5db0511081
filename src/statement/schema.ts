/**
 * Closed schemas: how a payload's CBOR and its typed object correspond. A key that is not in the schema, a missing one,
 * a value of another type or out of bounds is refused with the path to it, in both directions, so that whatever was
 * encoded is accepted when it is decoded.
 *
 * Objects are built from the schema's own keys, and open-ended text keys become Maps: a key such as `__proto__` in
 * hostile input is an unknown key or a plain Map key, nothing else.
 */
import { type CborKey, type CborMap, type CborValue, isCborArray, isCborMap } from '../encoding/cbor.ts'
import { type CidText, isCid } from '../encoding/cid.ts'
import { didYouMean } from '../encoding/nearest-word.ts'
import { LedgerError } from '../errors.ts'

export interface Schema<T> {
  /** @throws LedgerError SCHEMA_INVALID with the path of the first fault */
  decode(value: CborValue, path: string): T
  /** @param value of type T by the compiler, but often from JSON: checked like decoded input. @throws LedgerError SCHEMA_INVALID */
  encode(value: T, path: string): CborValue
  /** Of a map with fixed keys: those that must be there. */
  readonly required?: readonly string[]
}

/** A field that may be left out. An absent field is an absent property, never null. */
export interface OptionalField<T> {
  readonly optional: Schema<T>
}

/** A schema per property of T; properties that T marks with `?` must be wrapped in {@link optional}, others must not. */
export type Fields<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K> ? OptionalField<Exclude<T[K], undefined>> : Schema<T[K]>
}

export function schemaError(path: string, expected: string): LedgerError {
  return new LedgerError('SCHEMA_INVALID', `${path}: expected ${expected}`)
}

export function optional<T>(schema: Schema<T>): OptionalField<T> {
  return { optional: schema }
}

interface Field {
  readonly schema: Schema<unknown>
  readonly isOptional: boolean
}

/**
 * A map with exactly these text keys.
 *
 * @param check what must hold between fields; its message is what was expected, undefined when all is well
 */
export function struct<T extends object>(fields: Fields<T>, check?: (value: T) => string | undefined): Schema<T> {
  const table = new Map<CborKey, Field>()
  for (const [key, field] of Object.entries<Schema<unknown> | OptionalField<unknown>>(fields)) {
    const isOptional = 'optional' in field
    table.set(key, { schema: isOptional ? field.optional : field, isOptional })
  }
  const required = [...table].flatMap(([key, { isOptional }]) => (isOptional ? [] : [String(key)]))
  const checked = (value: T, path: string): T => {
    const expected = check?.(value)
    if (expected !== undefined) throw schemaError(path, expected)
    return value
  }
  return {
    required,
    decode(value, path) {
      if (!isCborMap(value)) throw schemaError(path, 'a map')
      for (const key of value.keys()) if (!table.has(key)) throw unknownKey(path, key, table)
      const out: Record<string, unknown> = {}
      for (const [key, field] of table) {
        const item = value.get(key)
        if (item !== undefined) out[key] = field.schema.decode(item, `${path}.${key}`)
        else if (!field.isOptional) throw schemaError(path, `a key "${key}"`)
      }
      return checked(out as T, path)
    },
    encode(value, path) {
      if (!isPlainObject(value)) throw schemaError(path, 'an object')
      const out = new Map<CborKey, CborValue>()
      for (const [key, item] of Object.entries(value as Record<string, unknown>)) {
        const field = table.get(key)
        if (field === undefined) throw unknownKey(path, key, table)
        if (item !== undefined) out.set(key, field.schema.encode(item, `${path}.${key}`))
      }
      for (const [key, field] of table) {
        if (!field.isOptional && !out.has(key)) throw schemaError(path, `a key "${key}"`)
      }
      checked(value, path)
      return out
    },
  }
}

function unknownKey(path: string, key: CborKey, table: ReadonlyMap<CborKey, Field>): LedgerError {
  const known = [...table.keys()].map(String)
  const meant = didYouMean(key, known)
  return schemaError(
    path,
    `no key "${String(key).slice(0, 80)}"${meant === '' ? `; known here are ${known.join(', ')}` : meant}`,
  )
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map)
}

/** A value that is written as it is: one check serves both directions. */
export function plain<T extends CborValue>(
  expected: string,
  accepts: (value: unknown) => value is T,
  isText: boolean = false,
): Schema<T> {
  const check = (value: unknown, path: string): T => {
    if (accepts(value)) return value
    // YAML reads 002 and 2026 as numbers where their writer means words.
    if (isText && typeof value === 'number') throw schemaError(path, `${expected}: put ${value} in quotes`)
    // Looks the same on a screen, so the length alone would puzzle everybody.
    const isDecomposed = isText && typeof value === 'string' && value.normalize('NFC') !== value
    throw schemaError(path, isDecomposed ? `${expected}, in Unicode form NFC` : expected)
  }
  return { decode: check, encode: check }
}

/** Text in NFC of `minLength` to `maxLength` code points, without control characters. */
export function text(maxLength: number, minLength = 1): Schema<string> {
  return plain(
    `text of ${minLength} to ${maxLength} characters`,
    (value): value is string => isText(value, minLength, maxLength),
    true,
  )
}

/** Its own NFC, free of control characters, one code point a character. */
const PRINTABLE_ASCII = /^[ -~]*$/

function isText(value: unknown, minLength: number, maxLength: number): value is string {
  if (typeof value !== 'string' || value.length > 2 * maxLength) return false
  if (PRINTABLE_ASCII.test(value)) return value.length >= minLength && value.length <= maxLength
  if (!value.isWellFormed()) return false
  if (value.normalize('NFC') !== value || /\p{Cc}/u.test(value)) return false
  let length = 0
  for (const _ of value) length++
  return length >= minLength && length <= maxLength
}

/** Text that a pattern describes whole. Patterns are anchored and linear, and never see more than 1,024 characters. */
export function pattern(expected: string, expression: RegExp): Schema<string> {
  return plain(
    expected,
    (value): value is string => typeof value === 'string' && value.length <= 1024 && expression.test(value),
    true,
  )
}

/** One of a list of words, or of one word. */
export function token<T extends string>(...words: readonly T[]): Schema<T> {
  const known = new Set<unknown>(words)
  const check = (value: unknown, path: string): T => {
    if (known.has(value)) return value as T
    const meant = didYouMean(value, words)
    const found = typeof value === 'string' ? `, not "${value.slice(0, 80)}"` : ''
    throw schemaError(path, `${meant === '' ? `one of ${words.join(', ')}` : 'a known word'}${found}${meant}`)
  }
  return { decode: check, encode: check }
}

/** The number itself, as in a version field. */
export function exactly<T extends number>(expected: T): Schema<T> {
  return plain(`${expected}`, (value): value is T => value === expected)
}

/** An unsigned integer, at most 2^53 - 1. */
export function uint(max: number = Number.MAX_SAFE_INTEGER): Schema<number> {
  return plain(
    max === Number.MAX_SAFE_INTEGER ? 'an unsigned integer' : `an unsigned integer up to ${max}`,
    (value): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max,
  )
}

/** An integer within 2^53 - 1 of zero. */
export const integer: Schema<number> = plain(
  'an integer',
  (value): value is number => typeof value === 'number' && Number.isSafeInteger(value),
)

export const bool: Schema<boolean> = plain('true or false', (value) => typeof value === 'boolean')

/** A byte string of exactly `length` bytes. */
export function bytes(length: number): Schema<Uint8Array> {
  return plain(
    `a byte string of ${length} bytes`,
    (value): value is Uint8Array => value instanceof Uint8Array && value.length === length,
  )
}

export const bytes32: Schema<Uint8Array> = bytes(32)

/** The id of a statement, party, lineage or blob. */
export const cid: Schema<CidText> = plain(
  'a CID (bafkrei...)',
  (value): value is CidText => typeof value === 'string' && isCid(value),
)

/** An array of `min` to `max` items. */
export function list<T>(item: Schema<T>, min: number, max: number): Schema<readonly T[]> {
  const check = (length: number, path: string): void => {
    if (length < min || length > max) throw schemaError(path, `${min} to ${max} items, not ${length}`)
  }
  return {
    decode(value, path) {
      if (!isCborArray(value)) throw schemaError(path, 'an array')
      check(value.length, path)
      return value.map((element, i) => item.decode(element, `${path}[${i}]`))
    },
    encode(value, path) {
      if (!Array.isArray(value)) throw schemaError(path, 'an array')
      check(value.length, path)
      return value.map((element, i) => item.encode(element, `${path}[${i}]`))
    },
  }
}

/** A map from free text keys, at most `max` of them, to one kind of value. */
export function dictionary<T>(key: Schema<string>, item: Schema<T>, max: number): Schema<ReadonlyMap<string, T>> {
  return {
    decode(value, path) {
      if (!isCborMap(value) || value.size > max) throw schemaError(path, `a map of at most ${max} keys`)
      const out = new Map<string, T>()
      for (const [name, element] of value) {
        const decoded = key.decode(name, `${path}, key`)
        out.set(decoded, item.decode(element, `${path}.${decoded}`))
      }
      return out
    },
    encode(value, path) {
      if (!(value instanceof Map) || value.size > max) throw schemaError(path, `a Map of at most ${max} keys`)
      const out = new Map<CborKey, CborValue>()
      for (const [name, element] of value as ReadonlyMap<string, T>) {
        key.encode(name, `${path}, key`)
        out.set(name, item.encode(element, `${path}.${name}`))
      }
      return out
    },
  }
}

/**
 * One of several shapes, told apart by a text key that all of them have.
 *
 * @param shapes a schema per value of that key
 */
export function variant<T extends object>(
  key: keyof T & string,
  shapes: { readonly [word: string]: Schema<T> },
): Schema<T> {
  const table = new Map(Object.entries(shapes))
  const choose = (word: unknown, path: string): Schema<T> => {
    const schema = typeof word === 'string' ? table.get(word) : undefined
    if (schema === undefined) throw schemaError(`${path}.${key}`, `one of ${[...table.keys()].join(', ')}`)
    return schema
  }
  return {
    decode(value, path) {
      if (!isCborMap(value)) throw schemaError(path, 'a map')
      return choose(value.get(key), path).decode(value, path)
    },
    encode(value, path) {
      if (!isPlainObject(value)) throw schemaError(path, 'an object')
      return choose(value[key], path).encode(value, path)
    },
  }
}

/** A map that a schema made: what `encode` of a struct returns. */
export function asMap(value: CborValue): CborMap {
  if (!isCborMap(value)) throw new TypeError('not a map')
  return value
}
