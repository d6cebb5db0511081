/**
 * Cryptography by OpenSSL: SHA-256, and Ed25519 under the same rule as everywhere (signing/ed25519.ts). Verification runs
 * in libuv's pool, so both cores verify while the event loop serves.
 */
import { type KeyObject, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { concatBytes, copyBytes, fromHex, toBase64Url } from '../encoding/bytes.ts'
import { type RawVerify, type SignatureVerifier, strictVerifier } from '../signing/ed25519.ts'
import type { Signer } from '../signing/signer.ts'

export { nativeSha256 } from '../storage/native-sha256.ts'

/** Making a key object costs more than a lookup, and a log has few issuers: the least recently used one goes. */
const CACHED_KEYS = 4096
/** PKCS #8 header of an Ed25519 private key (RFC 8410 section 7); the 32-byte seed follows. */
const PKCS8_PREFIX = fromHex('302e020100300506032b657004220420')

export const nativeRawVerify: RawVerify = (publicKey, message, signature) => {
  const key = keyObject(publicKey)
  if (key === undefined) return false
  return new Promise((resolve) => {
    verify(undefined, message, key, signature, (error, isValid) => resolve(error === null && isValid))
  })
}

export const nativeVerifier: SignatureVerifier = strictVerifier(nativeRawVerify)

const keyObjects = new Map<string, KeyObject>()

/** undefined when OpenSSL refuses the key. */
function keyObject(publicKey: Uint8Array): KeyObject | undefined {
  // One character a byte: a lookup for every signature, so it is the runtime that makes the name.
  const name = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString('latin1')
  const cached = keyObjects.get(name)
  if (cached !== undefined) {
    // Re-inserting moves it to the end of the Map's order, which makes the first key the least recently used.
    keyObjects.delete(name)
    keyObjects.set(name, cached)
    return cached
  }
  let created: KeyObject
  try {
    created = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(publicKey) }, format: 'jwk' })
  } catch {
    return undefined
  }
  if (keyObjects.size >= CACHED_KEYS) {
    const oldest = keyObjects.keys().next()
    if (!oldest.done) keyObjects.delete(oldest.value)
  }
  keyObjects.set(name, created)
  return created
}

/** @param seed 32 bytes, the private key of RFC 8032 section 5.1.5 */
export function nativeSigner(seed: Uint8Array): Signer {
  if (seed.length !== 32) throw new RangeError(`an Ed25519 seed has 32 bytes, not ${seed.length}`)
  const key = createPrivateKey({ key: Buffer.from(concatBytes(PKCS8_PREFIX, seed)), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return {
    publicKey: copyBytes(spki.subarray(spki.length - 32)),
    sign: (message) => copyBytes(sign(undefined, message, key)),
  }
}
