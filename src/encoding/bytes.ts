/**
 * Byte arrays: joining, comparing, and the text forms the formats use (lower-case hex, RFC 4648 base64 and base64url).
 *
 * Written here rather than taken from the runtime because Node's Buffer and the browser's atob differ in what they
 * accept: every decoder below accepts exactly what its encoder prints.
 */
import { LedgerError } from '../errors.ts'

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    out.set(part, offset)
    offset += part.length
  }
  return out
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Bytewise lexicographic order, the order of RFC 8949 map keys and of database keys. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** A copy as a plain Uint8Array: Node's Buffer shares memory on slice and must not leave the layer that made it. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

const HEX_DIGITS = '0123456789abcdef'
const HEX_CODES = Uint8Array.from({ length: 16 }, (_, digit) => HEX_DIGITS.charCodeAt(digit))
/** Longer input is written piece by piece: String.fromCharCode takes its characters as arguments. */
const HEX_PIECE_BYTES = 1024

export function toHex(bytes: Uint8Array): string {
  let out = ''
  for (let start = 0; start < bytes.length; start += HEX_PIECE_BYTES)
    out += hexOf(bytes, start, Math.min(start + HEX_PIECE_BYTES, bytes.length))
  return out
}

/** In one piece: text put together character by character is a chain of pieces, longer to make, to compare and to collect. */
function hexOf(bytes: Uint8Array, start: number, end: number): string {
  const codes: number[] = []
  codes.length = 2 * (end - start)
  for (let i = start, at = 0; i < end; i++) {
    const byte = bytes[i] as number
    codes[at++] = HEX_CODES[byte >> 4] as number
    codes[at++] = HEX_CODES[byte & 15] as number
  }
  return String.fromCharCode(...codes)
}

/** @throws LedgerError HEX_MALFORMED for an odd length, upper case, or any other character */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw new LedgerError('HEX_MALFORMED', `hex text has an odd length of ${text.length}`)
  const out = new Uint8Array(text.length / 2)
  for (let i = 0; i < out.length; i++) {
    const high = HEX_DIGITS.indexOf(text.charAt(2 * i))
    const low = HEX_DIGITS.indexOf(text.charAt(2 * i + 1))
    if (high < 0 || low < 0) throw new LedgerError('HEX_MALFORMED', `not a lower-case hex digit at position ${2 * i}`)
    out[i] = high * 16 + low
  }
  return out
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Standard base64 with padding (RFC 4648 section 4), as in signed notes. */
export function toBase64(bytes: Uint8Array): string {
  const body = encodeSextets(bytes, BASE64)
  return body + '='.repeat((4 - (body.length % 4)) % 4)
}

/** Base64url without padding (RFC 4648 section 5), as in cards and invitations. */
export function toBase64Url(bytes: Uint8Array): string {
  return encodeSextets(bytes, BASE64URL)
}

/** @throws LedgerError BASE64_MALFORMED unless text is exactly what {@link toBase64} prints */
export function fromBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0)
    throw new LedgerError('BASE64_MALFORMED', `base64 length ${text.length} is not a multiple of 4`)
  const body = text.endsWith('==') ? text.slice(0, -2) : text.endsWith('=') ? text.slice(0, -1) : text
  return decodeSextets(body, BASE64)
}

/** @throws LedgerError BASE64_MALFORMED unless text is exactly what {@link toBase64Url} prints */
export function fromBase64Url(text: string): Uint8Array {
  return decodeSextets(text, BASE64URL)
}

function encodeSextets(bytes: Uint8Array, alphabet: string): string {
  let out = ''
  let pending = 0
  let bits = 0
  for (const byte of bytes) {
    pending = ((pending << 8) | byte) & 0x3fff
    bits += 8
    while (bits >= 6) {
      bits -= 6
      out += alphabet.charAt((pending >> bits) & 63)
    }
  }
  return bits > 0 ? out + alphabet.charAt((pending << (6 - bits)) & 63) : out
}

function decodeSextets(text: string, alphabet: string): Uint8Array {
  if (text.length % 4 === 1) throw new LedgerError('BASE64_MALFORMED', 'base64 text ends in the middle of a byte')
  const out = new Uint8Array(Math.floor((text.length * 6) / 8))
  let pending = 0
  let bits = 0
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const value = alphabet.indexOf(text.charAt(i))
    if (value < 0) throw new LedgerError('BASE64_MALFORMED', `not a base64 character at position ${i}`)
    pending = ((pending << 6) | value) & 0x3fff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      out[length++] = (pending >> bits) & 255
    }
  }
  // Left-over bits must be zero, or two texts would decode to the same bytes.
  if ((pending & ((1 << bits) - 1)) !== 0)
    throw new LedgerError('BASE64_MALFORMED', 'base64 text has stray bits at its end')
  return out
}

/** Unsigned 64-bit big-endian, from a safe integer or a bigint. */
export function u64(value: number | bigint): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, BigInt(value))
  return out
}

export function u32(value: number): Uint8Array {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, value)
  return out
}

export function readU64(bytes: Uint8Array, offset = 0): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(offset)
}

export function readU32(bytes: Uint8Array, offset = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset)
}
