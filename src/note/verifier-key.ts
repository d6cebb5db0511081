/**
 * Verifier keys: the public keys of logs and witnesses as text, and their ids (C2SP signed-note, "Verifier keys").
 *
 *     log.example/ledger/1+f8ed3ea9+AYE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU
 *
 * A type we do not verify (0x06, ML-DSA-44, is the next one) parses all the same, so that a policy naming such keys can
 * be read and printed; lines by it are those of an unknown key.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes, fromBase64, fromHex, readU32, toBase64, toHex, u32 } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { isKeyName } from './key-name.ts'

/** Ed25519 over the note's text: the key of a log. */
export const ED25519_NOTE = 0x01
/** Timestamped Ed25519 cosignature of a checkpoint: the key of a witness or a mirror. */
export const ED25519_COSIGNATURE = 0x04

/** Bytes of public key by type, where the key id is the hash that {@link verifierKey} computes. */
const PUBLIC_KEY_BYTES: ReadonlyMap<number, number> = new Map([
  [ED25519_NOTE, 32],
  [ED25519_COSIGNATURE, 32],
  [0x06, 1312],
])
const MAX_VKEY_LENGTH = 4096

export interface VerifierKey {
  readonly name: string
  /** Unsigned 32-bit: the start of SHA-256(name || 0x0A || type || public key). */
  readonly keyId: number
  /** Signature type byte: 0x01 or 0x04 for keys we verify with; any other never verifies anything. */
  readonly type: number
  /** 32 bytes for the types we verify. */
  readonly publicKey: Uint8Array
}

/** A RangeError means that name or public key cannot be those of a key of this type. */
export function verifierKey(name: string, type: number, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw new RangeError(`not a key name: "${name}"`)
  if (publicKey.length !== PUBLIC_KEY_BYTES.get(type)) {
    throw new RangeError(`a key of type ${type} does not have ${publicKey.length} bytes`)
  }
  return { name, keyId: keyIdOf(name, type, publicKey), type, publicKey }
}

/** @throws LedgerError VKEY_MALFORMED unless text is exactly what {@link formatVerifierKey} prints for some key */
export function parseVerifierKey(text: string): VerifierKey {
  if (text.length > MAX_VKEY_LENGTH) throw malformed(text, 'it is too long')
  const firstPlus = text.indexOf('+')
  const secondPlus = text.indexOf('+', firstPlus + 1)
  const name = text.slice(0, Math.max(firstPlus, 0))
  if (secondPlus !== firstPlus + 9 || !isKeyName(name)) throw malformed(text, 'it is not name+id+key')
  let id: Uint8Array
  let typed: Uint8Array
  try {
    id = fromHex(text.slice(firstPlus + 1, secondPlus))
    typed = fromBase64(text.slice(secondPlus + 1))
  } catch (cause) {
    throw malformed(text, 'its id is not hex or its key not base64', cause)
  }
  const type = typed[0]
  const publicKey = typed.slice(1)
  if (type === undefined || publicKey.length === 0) throw malformed(text, 'its key is empty')
  const keyBytes = PUBLIC_KEY_BYTES.get(type)
  if (keyBytes !== undefined && keyBytes !== publicKey.length)
    throw malformed(text, `its key has ${publicKey.length} bytes`)
  // Other types (0x02 for one) form their ids in other ways, and are never used.
  if (keyBytes !== undefined && !equalBytes(id, u32(keyIdOf(name, type, publicKey)))) {
    throw malformed(text, 'its id is not that of name and key: the line was altered or mistyped')
  }
  return { name, keyId: readU32(id), type, publicKey }
}

export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${toHex(u32(key.keyId))}+${toBase64(concatBytes(Uint8Array.of(key.type), key.publicKey))}`
}

function keyIdOf(name: string, type: number, publicKey: Uint8Array): number {
  return readU32(sha256(concatBytes(encodeUtf8(`${name}\n`), Uint8Array.of(type), publicKey)))
}

function malformed(text: string, why: string, cause?: unknown): LedgerError {
  const shown = text.length > 120 ? `${text.slice(0, 120)}...` : text
  return new LedgerError('VKEY_MALFORMED', `expected a verifier key, found "${shown}": ${why}`, { cause })
}
