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

export function cidOf(bytes: Uint8Array): CidText {
  return cidFromDigest(sha256(bytes))
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const VALUES: ReadonlyMap<number, number> = new Map(Array.from(ALPHABET, (char, i) => [char.charCodeAt(0), i]))
/** Multibase `b`, then version 1, codec raw, sha2-256, 32 bytes: 36 bytes in 58 characters of five bits. */
const HEAD = Uint8Array.of(0x01, RAW, SHA2_256, DIGEST_BYTES)
const TEXT_LENGTH = 59

/**
 * Base32 of RFC 4648, lower case without padding, as multiformats prints it: written out for this one length, because
 * every statement carries several ids and a general codec spends longer on them than on the rest of the statement.
 *
 * @param digest 32 bytes, the SHA-256 of the content
 */
export function cidFromDigest(digest: Uint8Array): CidText {
  if (digest.length !== DIGEST_BYTES) throw new RangeError(`a digest has ${DIGEST_BYTES} bytes, not ${digest.length}`)
  let text = 'b'
  let bits = 0
  let count = 0
  for (const bytes of [HEAD, digest]) {
    for (const byte of bytes) {
      bits = ((bits << 8) | byte) & 0xfff
      count += 8
      while (count >= 5) {
        count -= 5
        text += ALPHABET[(bits >> count) & 31]
      }
    }
  }
  return (text + ALPHABET[(bits << (5 - count)) & 31]) as CidText
}

/**
 * The 32-byte digest that a CID text names.
 *
 * @throws LedgerError CID_MALFORMED unless text is a base32 CIDv1, raw, sha2-256
 */
export function digestOf(cid: string): Uint8Array {
  const digest = readDigest(cid)
  if (digest === undefined) throw malformed(cid)
  return digest
}

/** undefined unless the text is the one spelling of an id: 59 characters, no bits left over. */
function readDigest(text: string): Uint8Array | undefined {
  if (text.length !== TEXT_LENGTH || !text.startsWith('bafkrei')) return undefined
  const bytes = new Uint8Array(HEAD.length + DIGEST_BYTES)
  let bits = 0
  let count = 0
  let at = 0
  for (let i = 1; i < TEXT_LENGTH; i++) {
    const value = VALUES.get(text.charCodeAt(i))
    if (value === undefined) return undefined
    bits = ((bits << 5) | value) & 0xfff
    count += 5
    if (count < 8) continue
    count -= 8
    bytes[at++] = bits >> count
  }
  const isExact = (bits & ((1 << count) - 1)) === 0 && HEAD.every((byte, i) => bytes[i] === byte)
  return isExact ? bytes.slice(HEAD.length) : undefined
}

/** @throws LedgerError CID_MALFORMED */
export function parseCid(text: string): CidText {
  digestOf(text)
  return text as CidText
}

export function isCid(text: string): text is CidText {
  return readDigest(text) !== undefined
}

function malformed(text: string): LedgerError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text
  return new LedgerError('CID_MALFORMED', `expected a CID (bafkrei..., 59 characters), found "${shown}"`)
}
