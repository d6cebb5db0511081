/**
 * Ed25519 in JavaScript: the path of browsers, and the second opinion in tests. The equation is written on noble's point
 * type because noble's own verify multiplies by the cofactor in both its settings, so it accepts signatures that the
 * rule in ed25519.ts refuses.
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes } from '../encoding/bytes.ts'
import { type RawVerify, type SignatureVerifier, strictVerifier } from './ed25519.ts'
import type { Signer } from './signer.ts'

const { Point } = ed25519
const { Fn } = Point

/** [S]B - [k]A encoded and compared with R (RFC 8032 section 5.1.7, without the cofactor). */
export const nobleRawVerify: RawVerify = (publicKey, message, signature) => {
  const encodedR = signature.subarray(0, 32)
  const s = littleEndian(signature.subarray(32, 64))
  if (s >= Fn.ORDER) return false
  const k = Fn.create(littleEndian(sha512(concatBytes(encodedR, publicKey, message))))
  try {
    const a = Point.fromBytes(publicKey)
    return equalBytes(Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k)).toBytes(), encodedR)
  } catch {
    // A is no point of the curve.
    return false
  }
}

export const nobleVerifier: SignatureVerifier = strictVerifier(nobleRawVerify)

/** @param seed 32 bytes, the private key of RFC 8032 section 5.1.5 */
export function nobleSigner(seed: Uint8Array): Signer {
  if (seed.length !== 32) throw new RangeError(`an Ed25519 seed has 32 bytes, not ${seed.length}`)
  const secret = new Uint8Array(seed)
  return { publicKey: ed25519.getPublicKey(secret), sign: (message) => ed25519.sign(message, secret) }
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0)
  return value
}
