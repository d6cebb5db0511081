/**
 * UTF-8 (RFC 3629), strict: no overlong forms, no surrogates, nothing above U+10FFFF.
 *
 * Our own because TextEncoder is not part of the language, so the pure core cannot name it.
 */
import { LedgerError } from '../errors.ts'

/** @throws LedgerError UTF8_MALFORMED for a lone surrogate, which has no UTF-8 form */
export function encodeUtf8(text: string): Uint8Array {
  return encodeAscii(text) ?? encodeAny(text)
}

/** Most text of the ledger is ASCII: ids, words, names of logs. */
function encodeAscii(text: string): Uint8Array | undefined {
  const out = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x80) return undefined
    out[i] = code
  }
  return out
}

function encodeAny(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 3)
  let length = 0
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i)
    if (code < 0x80) {
      out[length++] = code
      continue
    }
    if (code >= 0xd800 && code < 0xe000) {
      const next = i + 1 < text.length ? text.charCodeAt(i + 1) : 0
      if (code >= 0xdc00 || next < 0xdc00 || next > 0xdfff) {
        throw new LedgerError('UTF8_MALFORMED', `lone surrogate at position ${i}`)
      }
      code = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00)
      i++
    }
    if (code < 0x800) {
      out[length++] = 0xc0 | (code >> 6)
    } else {
      if (code < 0x10000) {
        out[length++] = 0xe0 | (code >> 12)
      } else {
        out[length++] = 0xf0 | (code >> 18)
        out[length++] = 0x80 | ((code >> 12) & 63)
      }
      out[length++] = 0x80 | ((code >> 6) & 63)
    }
    out[length++] = 0x80 | (code & 63)
  }
  return out.slice(0, length)
}

/**
 * The text of `bytes` from `start` up to `end`, which must lie within them.
 *
 * @throws LedgerError UTF8_MALFORMED for any byte sequence that {@link encodeUtf8} does not print
 */
export function decodeUtf8(bytes: Uint8Array, start: number = 0, end: number = bytes.length): string {
  const length = end - start
  if (length === 0 || length > MAX_RECENT_LENGTH) return decodeAny(bytes, start, end)
  const middle = bytes[start + (length >> 1)] as number
  const slot = (length * 73 + (bytes[start] as number) + middle * 31 + (bytes[end - 1] as number) * 7) % RECENT_SLOTS
  const recent = RECENT[slot] as string
  if (recent.length === length && isSpelled(recent, bytes, start)) return recent
  const text = decodeAny(bytes, start, end)
  if (text.length === length) RECENT[slot] = text
  return text
}

/**
 * Texts of ASCII characters read lately, each in its one place: the same keys, words and ids come again and again, and
 * comparing one takes a fraction of making it.
 */
const MAX_RECENT_LENGTH = 64
const RECENT_SLOTS = 1021
const RECENT: string[] = Array.from({ length: RECENT_SLOTS }, () => '')

/** @param text of ASCII characters */
function isSpelled(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}

function decodeAny(bytes: Uint8Array, start: number, end: number): string {
  return decodeAscii(bytes, start, end) ?? decodeUnits(bytes, start, end)
}

/** String.fromCharCode takes its units as arguments; so many stay clear of the engine's argument limit. */
const MAX_UNITS = 4096

/** The whole text at once where it is short and ASCII; undefined otherwise. */
function decodeAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start > MAX_UNITS) return undefined
  const units: number[] = []
  units.length = end - start
  for (let i = start; i < end; i++) {
    const unit = bytes[i] as number
    if (unit >= 0x80) return undefined
    units[i - start] = unit
  }
  return String.fromCharCode(...units)
}

function decodeUnits(bytes: Uint8Array, start: number, end: number): string {
  const units: number[] = []
  let text = ''
  let i = start
  while (i < end) {
    const first = bytes[i++] as number
    let code = first
    if (first >= 0x80) {
      const extra = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1
      if (first < 0xc2 || first > 0xf4 || i + extra > end) throw malformed(i - 1 - start)
      code = first & (0x3f >> extra)
      for (let k = 0; k < extra; k++) {
        const next = bytes[i++] as number
        if ((next & 0xc0) !== 0x80) throw malformed(i - 1 - start)
        code = (code << 6) | (next & 63)
      }
      const least = extra === 1 ? 0x80 : extra === 2 ? 0x800 : 0x10000
      if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw malformed(i - 1 - start)
    }
    if (code >= 0x10000) units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff))
    else units.push(code)
    if (units.length >= MAX_UNITS) text += String.fromCharCode(...units.splice(0))
  }
  return text + String.fromCharCode(...units)
}

function malformed(offset: number): LedgerError {
  return new LedgerError('UTF8_MALFORMED', `bytes are not UTF-8 at offset ${offset}`)
}
