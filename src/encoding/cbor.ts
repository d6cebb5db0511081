/**
 * Deterministic CBOR: the one encoding of RFC 8949 section 4.2.1, narrowed for this ledger.
 *
 * Allowed: integers of 64 bits in their shortest form, byte strings, NFC text strings, arrays, maps with integer or text
 * keys in bytewise order, false, true, null, and the tag 18 (COSE_Sign1). Nothing else: no floats, no indefinite
 * lengths, no undefined, no duplicate keys, no other tag. Depth at most 16, items at most 4,096.
 *
 * The decoder refuses everything else in one pass, so a decoded value re-encodes to the very bytes it came from.
 * (cborg in strict mode still accepts unsorted maps, float spellings of integers and malformed UTF-8, and recursion
 * has no bound there; tests/encoding compares the two on what both accept.)
 */
import { Tagged, encode as encodeCborg, rfc8949EncodeOptions } from 'cborg'
import { LedgerError } from '../errors.ts'
import { decodeUtf8 } from './utf8.ts'

export type CborKey = number | string
export type CborMap = ReadonlyMap<CborKey, CborValue>
/** A decoded value. Integers within ±(2^53 - 1) are numbers, larger ones bigints. Maps are Maps, never objects. */
export type CborValue =
  number | bigint | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap | CborTag

/** A tagged item; only tag 18 is accepted. */
export class CborTag {
  readonly tag: number
  readonly value: CborValue

  constructor(tag: number, value: CborValue) {
    this.tag = tag
    this.value = value
  }
}

export interface CborLimits {
  /** Most bytes taken; longer input is refused before it is read. */
  maxBytes?: number
  maxDepth?: number
  maxItems?: number
  /** Byte strings are views of the input, not copies: for whoever keeps the input as long as them, and never writes to it. */
  views?: boolean
}

const DEFAULT_MAX_BYTES = 1 << 20
const DEFAULT_MAX_DEPTH = 16
const DEFAULT_MAX_ITEMS = 4096
const COSE_SIGN1_TAG = 18

/** The deterministic bytes of a value. Text is expected in NFC; the statement schemas normalise nothing silently. */
export function encodeCbor(value: CborValue): Uint8Array {
  // cborg answers with a Buffer in Node, whose slices share memory.
  return new Uint8Array(encodeCborg(toCborg(value), rfc8949EncodeOptions))
}

function toCborg(value: CborValue): unknown {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError(`not an integer: ${value}`)
    if (typeof value === 'string' && value.normalize('NFC') !== value) throw new RangeError('text is not in NFC')
    return value
  }
  if (value instanceof CborTag) return new Tagged(value.tag, toCborg(value.value))
  if (isCborMap(value)) return new Map(Array.from(value, ([key, item]) => [key, toCborg(item)]))
  return value.map(toCborg)
}

export function isCborMap(value: CborValue | undefined): value is CborMap {
  return value instanceof Map
}

export function isCborArray(value: CborValue | undefined): value is readonly CborValue[] {
  return Array.isArray(value)
}

/**
 * Decodes exactly one deterministic item that fills `bytes`.
 *
 * @throws LedgerError CBOR_MALFORMED when the bytes are no CBOR item of the allowed types, or bytes follow it
 * @throws LedgerError CBOR_NOT_DETERMINISTIC when the same value has another, the only allowed, spelling
 * @throws LedgerError CBOR_LIMIT when it is too long, too deep, or has too many items
 * @throws LedgerError UTF8_MALFORMED when a text string is not UTF-8
 */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits = {}): CborValue {
  const maxBytes = limits.maxBytes ?? DEFAULT_MAX_BYTES
  if (bytes.length > maxBytes)
    throw new LedgerError('CBOR_LIMIT', `${bytes.length} bytes of CBOR; at most ${maxBytes} are read`)
  const reader = new Reader(bytes, limits.maxItems ?? DEFAULT_MAX_ITEMS, limits.views ?? false)
  const value = reader.readItem(limits.maxDepth ?? DEFAULT_MAX_DEPTH)
  if (reader.offset !== bytes.length) {
    throw new LedgerError('CBOR_MALFORMED', `${bytes.length - reader.offset} bytes follow the CBOR item`)
  }
  return value
}

class Reader {
  offset = 0
  private items = 0
  private readonly bytes: Uint8Array
  private readonly maxItems: number
  private readonly views: boolean

  constructor(bytes: Uint8Array, maxItems: number, views: boolean) {
    // A Buffer's slice would share its memory, and be a Buffer.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    this.maxItems = maxItems
    this.views = views
  }

  readItem(depthLeft: number): CborValue {
    if (++this.items > this.maxItems) throw new LedgerError('CBOR_LIMIT', `more than ${this.maxItems} CBOR items`)
    const initial = this.bytes[this.offset]
    if (initial === undefined) throw this.truncated()
    const major = initial >> 5
    if (major === 7) {
      this.offset++
      if (initial === 0xf4) return false
      if (initial === 0xf5) return true
      if (initial === 0xf6) return null
      throw new LedgerError(
        'CBOR_MALFORMED',
        `CBOR item of a type that is not allowed (byte ${initial}) at ${this.offset - 1}`,
      )
    }
    const argument = this.readArgument()
    if (major === 0) return argument
    if (major === 1) return typeof argument === 'bigint' ? -1n - argument : negative(argument)
    if (typeof argument === 'bigint') throw this.truncated()
    if (major === 2) return this.take(argument)
    if (major === 3) return this.readText(argument)
    if (depthLeft <= 0) throw new LedgerError('CBOR_LIMIT', 'CBOR nested too deeply')
    if (major === 4) return this.readArray(argument, depthLeft - 1)
    if (major === 5) return this.readMap(argument, depthLeft - 1)
    if (argument !== COSE_SIGN1_TAG) throw new LedgerError('CBOR_MALFORMED', `CBOR tag ${argument} is not allowed`)
    return new CborTag(argument, this.readItem(depthLeft - 1))
  }

  private readText(length: number): string {
    const end = this.offset + length
    if (end > this.bytes.length) throw this.truncated()
    const text = decodeUtf8(this.bytes, this.offset, end)
    this.offset = end
    // As many characters as bytes: ASCII, which has one form.
    if (text.length !== length && text.normalize('NFC') !== text)
      throw new LedgerError('CBOR_NOT_DETERMINISTIC', 'text is not in Unicode form NFC')
    return text
  }

  private readArray(length: number, depthLeft: number): CborValue[] {
    // Every element takes at least a byte, so a length beyond the input is refused before memory is taken for it.
    if (length > this.bytes.length - this.offset) throw this.truncated()
    const out: CborValue[] = []
    for (let i = 0; i < length; i++) out.push(this.readItem(depthLeft))
    return out
  }

  private readMap(length: number, depthLeft: number): CborMap {
    if (length > (this.bytes.length - this.offset) / 2) throw this.truncated()
    const out = new Map<CborKey, CborValue>()
    let previous = -1
    let previousEnd = -1
    for (let i = 0; i < length; i++) {
      const start = this.offset
      const key = this.readItem(0)
      if (typeof key !== 'number' && typeof key !== 'string') {
        throw new LedgerError('CBOR_MALFORMED', `map key at ${start} is neither a small integer nor text`)
      }
      const end = this.offset
      const order = previous < 0 ? -1 : this.compareRanges(previous, previousEnd, start, end)
      if (order === 0) throw new LedgerError('CBOR_MALFORMED', `map key at ${start} occurs twice`)
      if (order > 0) throw new LedgerError('CBOR_NOT_DETERMINISTIC', `map key at ${start} is out of order`)
      previous = start
      previousEnd = end
      out.set(key, this.readItem(depthLeft))
    }
    return out
  }

  /** As compareBytes of the two parts of the input, without a view of either: maps have many keys. */
  private compareRanges(a: number, aEnd: number, b: number, bEnd: number): number {
    const shared = Math.min(aEnd - a, bEnd - b)
    for (let i = 0; i < shared; i++) {
      const difference = (this.bytes[a + i] as number) - (this.bytes[b + i] as number)
      if (difference !== 0) return difference
    }
    return aEnd - a - (bEnd - b)
  }

  /** The head's argument in its shortest form (RFC 8949 section 3). */
  private readArgument(): number | bigint {
    const info = (this.bytes[this.offset++] as number) & 31
    if (info < 24) return info
    if (info > 27) throw new LedgerError('CBOR_MALFORMED', `indefinite or reserved length at ${this.offset - 1}`)
    const width = 1 << (info - 24)
    const start = this.offset
    if (start + width > this.bytes.length) throw this.truncated()
    let value = 0
    for (let i = 0; i < Math.min(width, 4); i++) value = value * 256 + (this.bytes[this.offset++] as number)
    if (width === 8) return this.readWide(value)
    const least = width === 1 ? 24 : width === 2 ? 0x100 : 0x10000
    if (value < least) throw this.notShortest(start)
    return value
  }

  private readWide(high: number): number | bigint {
    if (high === 0) throw this.notShortest(this.offset - 4)
    let low = 0
    for (let i = 0; i < 4; i++) low = low * 256 + (this.bytes[this.offset++] as number)
    return high < 0x200000 ? high * 0x100000000 + low : (BigInt(high) << 32n) | BigInt(low)
  }

  private take(length: number): Uint8Array {
    const end = this.offset + length
    if (end > this.bytes.length) throw this.truncated()
    const out = this.views ? this.bytes.subarray(this.offset, end) : this.bytes.slice(this.offset, end)
    this.offset = end
    return out
  }

  private notShortest(offset: number): LedgerError {
    return new LedgerError('CBOR_NOT_DETERMINISTIC', `integer or length at ${offset} is not in its shortest form`)
  }

  private truncated(): LedgerError {
    return new LedgerError('CBOR_MALFORMED', `CBOR ends too early at ${this.offset} of ${this.bytes.length} bytes`)
  }
}

/** -1 - argument, as a number where that is exact. */
function negative(argument: number): number | bigint {
  const value = -1 - argument
  return Number.isSafeInteger(value) ? value : -1n - BigInt(argument)
}
