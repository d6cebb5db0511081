/**
 * Content identifiers: CIDv1, sha2-256, codec raw (0x55), as base32 text. The id of a statement, note or blob is the CID
 * of its bytes (docs/formats.md, "ids"). No other version, codec or hash is accepted anywhere.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { LedgerError } from '../errors.ts'

declare const cidBrand: unique symbol
/** Text of a CID, always 59 characters starting `bafkrei`. */
export type CidText = string & { readonly [cidBrand]: true }

const RAW = 0x55
const SHA2_256 = 0x12
const DIGEST_BYTES = 32
/** The letter b. */
const MULTIBASE_BASE32 = 0x62

export function cidOf(bytes: Uint8Array): CidText {
  return cidFromDigest(sha256(bytes))
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const CODES = Uint8Array.from({ length: 32 }, (_, value) => ALPHABET.charCodeAt(value))
/** Value of each character, by its code. */
const VALUES = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, ALPHABET.indexOf(String.fromCharCode(code))))
/** Version 1, codec raw, sha2-256, 32 bytes. */
const HEAD = Uint8Array.of(0x01, RAW, SHA2_256, DIGEST_BYTES)
/** Multibase `b`, then 36 bytes in 58 characters of five bits. */
const TEXT_LENGTH = 59
/** The one spelling of an id: after the head's 32 bits six characters and two bits, and at the end two bits that are zero. */
const CID = /^bafkrei[a-h][a-z2-7]{50}[aeimquy4]$/

/**
 * Base32 of RFC 4648, lower case without padding, as multiformats prints it: written out for this one length, because
 * every statement carries several ids and a general codec spends longer on them than on the rest of the statement.
 *
 * @param digest 32 bytes, the SHA-256 of the content
 */
export function cidFromDigest(digest: Uint8Array): CidText {
  if (digest.length !== DIGEST_BYTES) throw new RangeError(`a digest has ${DIGEST_BYTES} bytes, not ${digest.length}`)
  // Made in one piece, not character by character: see toHex.
  const codes: number[] = []
  codes.length = TEXT_LENGTH
  codes[0] = MULTIBASE_BASE32
  let at = 1
  let bits = 0
  let count = 0
  for (let i = 0; i < HEAD.length + DIGEST_BYTES; i++) {
    const byte = (i < HEAD.length ? HEAD[i] : digest[i - HEAD.length]) as number
    bits = ((bits << 8) | byte) & 0xfff
    count += 8
    while (count >= 5) {
      count -= 5
      codes[at++] = CODES[(bits >> count) & 31] as number
    }
  }
  codes[at] = CODES[(bits << (5 - count)) & 31] as number
  return String.fromCharCode(...codes) as CidText
}

/**
 * The 32-byte digest that a CID text names.
 *
 * @throws LedgerError CID_MALFORMED unless text is a base32 CIDv1, raw, sha2-256
 */
export function digestOf(cid: string): Uint8Array {
  if (!isCid(cid)) throw malformed(cid)
  return readDigest(cid)
}

function readDigest(text: CidText): Uint8Array {
  const bytes = new Uint8Array(HEAD.length + DIGEST_BYTES)
  let bits = 0
  let count = 0
  let at = 0
  for (let i = 1; i < TEXT_LENGTH; i++) {
    bits = ((bits << 5) | (VALUES[text.charCodeAt(i)] as number)) & 0xfff
    count += 5
    if (count < 8) continue
    count -= 8
    bytes[at++] = bits >> count
  }
  return bytes.slice(HEAD.length)
}

/** @throws LedgerError CID_MALFORMED */
export function parseCid(text: string): CidText {
  if (!isCid(text)) throw malformed(text)
  return text
}

export function isCid(text: string): text is CidText {
  return CID.test(text)
}

function malformed(text: string): LedgerError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text
  return new LedgerError('CID_MALFORMED', `expected a CID (bafkrei..., 59 characters), found "${shown}"`)
}
