/**
 * Content identifiers: CIDv1, sha2-256, codec raw (0x55), as base32 text. The id of a statement, note or blob is the CID
 * of its bytes (docs/formats.md, "ids"). No other version, codec or hash is accepted anywhere.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
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

/** @param digest 32 bytes, the SHA-256 of the content */
export function cidFromDigest(digest: Uint8Array): CidText {
  return CID.createV1(RAW, createDigest(SHA2_256, digest)).toString() as CidText
}

/**
 * The 32-byte digest that a CID text names.
 *
 * @throws LedgerError CID_MALFORMED unless text is a base32 CIDv1, raw, sha2-256
 */
export function digestOf(cid: string): Uint8Array {
  if (cid.length !== 59 || !cid.startsWith('bafkrei')) throw malformed(cid)
  let digest: Uint8Array
  try {
    digest = new Uint8Array(CID.parse(cid).multihash.digest)
  } catch (cause) {
    throw malformed(cid, cause)
  }
  // Printed again rather than compared with what was parsed: the library remembers the text it was given.
  if (digest.length !== DIGEST_BYTES || cidFromDigest(digest) !== cid) throw malformed(cid)
  return digest
}

/** @throws LedgerError CID_MALFORMED */
export function parseCid(text: string): CidText {
  digestOf(text)
  return text as CidText
}

export function isCid(text: string): text is CidText {
  try {
    digestOf(text)
    return true
  } catch {
    return false
  }
}

function malformed(text: string, cause?: unknown): LedgerError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text
  return new LedgerError('CID_MALFORMED', `expected a CID (bafkrei..., 59 characters), found "${shown}"`, { cause })
}
