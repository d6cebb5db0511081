/**
 * Names of Ed25519 public keys: the COSE key thumbprint used as `kid` (RFC 9679), and did:key text (W3C CCG did:key,
 * multicodec ed25519-pub) used where a party has no id yet.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { base58btc } from 'multiformats/bases/base58'
import { concatBytes, fromHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { PUBLIC_KEY_BYTES } from './ed25519.ts'

export const KEY_THUMBPRINT_BYTES = 32

/** Deterministic CBOR of {1: 1 (OKP), -1: 6 (Ed25519), -2: x} up to the 32 bytes of x. */
const COSE_KEY_PREFIX = fromHex('a301012006215820')
const ED25519_PUB_CODEC = Uint8Array.of(0xed, 0x01)
const DID_KEY_PREFIX = 'did:key:'

/** SHA-256 of the key's required COSE_Key members (RFC 9679 section 3). 32 bytes. */
export function keyThumbprint(publicKey: Uint8Array): Uint8Array {
  return sha256(concatBytes(COSE_KEY_PREFIX, assertLength(publicKey)))
}

/** `did:key:z6Mk...`, 56 characters. */
export function didKey(publicKey: Uint8Array): string {
  return DID_KEY_PREFIX + base58btc.encode(concatBytes(ED25519_PUB_CODEC, assertLength(publicKey)))
}

/** @throws LedgerError KEY_MALFORMED unless text is exactly what {@link didKey} prints */
export function parseDidKey(text: string): Uint8Array {
  // 56 characters hold 34 bytes; the bound keeps base58, which is quadratic, from long hostile input.
  if (!text.startsWith(`${DID_KEY_PREFIX}z`) || text.length > 64) throw malformedDidKey()
  let decoded: Uint8Array
  try {
    decoded = base58btc.decode(text.slice(DID_KEY_PREFIX.length))
  } catch (cause) {
    throw malformedDidKey(cause)
  }
  const publicKey = new Uint8Array(decoded.subarray(ED25519_PUB_CODEC.length))
  if (publicKey.length !== PUBLIC_KEY_BYTES || didKey(publicKey) !== text) throw malformedDidKey()
  return publicKey
}

function assertLength(publicKey: Uint8Array): Uint8Array {
  if (publicKey.length === PUBLIC_KEY_BYTES) return publicKey
  throw new LedgerError('KEY_MALFORMED', `expected an Ed25519 key of 32 bytes, found ${publicKey.length} bytes`)
}

function malformedDidKey(cause?: unknown): LedgerError {
  return new LedgerError('KEY_MALFORMED', 'expected did:key text of an Ed25519 key (did:key:z6Mk...)', { cause })
}
