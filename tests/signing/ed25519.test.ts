import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, fromHex, toHex } from '../../src/encoding/bytes.ts'
import { nativeRawVerify, nativeSha256, nativeSigner, nativeVerifier } from '../../src/node/native-crypto.ts'
import { assertRegistrableKey, isStrictKey, isStrictSignature } from '../../src/signing/ed25519.ts'
import { nobleRawVerify, nobleSigner, nobleVerifier } from '../../src/signing/ed25519-noble.ts'
import { codeOf } from '../support/error-code.ts'

interface Vector {
  comment: string
  publicKey: string
  message: string
  signature: string
  valid: boolean
  cofactorless: boolean
  cofactored: boolean
  keyError?: string
}

const vectors = JSON.parse(
  readFileSync(new URL('../vectors/ed25519-edge.json', import.meta.url), 'utf8'),
) as readonly Vector[]

function inputOf(vector: Vector): [publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array] {
  return [fromHex(vector.publicKey), fromHex(vector.message), fromHex(vector.signature)]
}

describe('the strict Ed25519 rule', () => {
  it('gives the defined answer on every edge vector, with OpenSSL and in JavaScript', async () => {
    const wrong: string[] = []
    for (const vector of vectors) {
      const input = inputOf(vector)
      if ((await nativeVerifier.verify(...input)) !== vector.valid) wrong.push(`OpenSSL: ${vector.comment}`)
      if ((await nobleVerifier.verify(...input)) !== vector.valid) wrong.push(`JavaScript: ${vector.comment}`)
    }
    expect(wrong).toEqual([])
  })

  it('has both runtimes agree on the bare equation wherever the byte checks pass', async () => {
    const wrong: string[] = []
    for (const vector of vectors) {
      const input = inputOf(vector)
      if (!isStrictKey(input[0]) || !isStrictSignature(input[2])) continue
      if ((await nativeRawVerify(...input)) !== vector.cofactorless) wrong.push(`OpenSSL: ${vector.comment}`)
      if ((await nobleRawVerify(...input)) !== vector.cofactorless) wrong.push(`JavaScript: ${vector.comment}`)
    }
    expect(wrong).toEqual([])
  })

  it('is tested on cases that a laxer rule would decide otherwise', () => {
    expect(vectors.filter(({ valid }) => valid).length).toBeGreaterThan(15)
    expect(vectors.filter(({ valid, cofactorless }) => cofactorless && !valid).length).toBeGreaterThan(50)
    expect(vectors.filter(({ cofactored, cofactorless }) => cofactored && !cofactorless).length).toBeGreaterThan(20)
  })

  it('registers a key only when it is canonical, on the curve and free of torsion', () => {
    const answers = vectors.map(({ publicKey }) => codeOf(() => assertRegistrableKey(fromHex(publicKey))))
    expect(answers).toEqual(vectors.map(({ keyError }) => keyError))
    expect(codeOf(() => assertRegistrableKey(new Uint8Array(31)))).toBe('KEY_MALFORMED')
    expect(codeOf(() => assertRegistrableKey(new Uint8Array(33)))).toBe('KEY_MALFORMED')
  })

  it('is false, not an error, for keys and signatures of a wrong length', async () => {
    const signer = nativeSigner(new Uint8Array(32).fill(7))
    const message = Uint8Array.of(1)
    const signature = signer.sign(message)
    for (const verifier of [nativeVerifier, nobleVerifier]) {
      expect(await verifier.verify(signer.publicKey, message, signature)).toBe(true)
      expect(await verifier.verify(signer.publicKey, message, signature.subarray(0, 63))).toBe(false)
      expect(await verifier.verify(signer.publicKey, message, concatBytes(signature, Uint8Array.of(0)))).toBe(false)
      expect(await verifier.verify(signer.publicKey.subarray(1), message, signature)).toBe(false)
      expect(await verifier.verify(new Uint8Array(), message, new Uint8Array())).toBe(false)
    }
  })

  it('signs the same bytes with OpenSSL and in JavaScript, and each accepts the other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array(), async (seed, message) => {
        const [native, noble] = [nativeSigner(seed), nobleSigner(seed)]
        expect(native.publicKey).toEqual(noble.publicKey)
        expect(native.sign(message)).toEqual(noble.sign(message))
        expect(await nobleVerifier.verify(native.publicKey, message, native.sign(message))).toBe(true)
        expect(await nativeVerifier.verify(noble.publicKey, message, noble.sign(message))).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('answers alike on arbitrary bytes', async () => {
    const point = fc.oneof(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.constantFrom(...vectors.map(({ publicKey }) => fromHex(publicKey))),
    )
    await fc.assert(
      fc.asyncProperty(point, point, point, async (key, r, s) => {
        const input = [key, Uint8Array.of(5), concatBytes(r, s)] as const
        expect(await nobleVerifier.verify(...input)).toBe(await nativeVerifier.verify(...input))
      }),
      { numRuns: 200 },
    )
  })

  it('verifies with more keys than it keeps key objects for', async () => {
    const message = Uint8Array.of(9)
    const first = nobleSigner(new Uint8Array(32).fill(3))
    const signature = first.sign(message)
    const others = Array.from({ length: 5000 }, (_, i) => nativeSha256(Uint8Array.of(i & 255, i >> 8)))
    for (const key of others) await nativeRawVerify(key, message, signature)
    expect(await nativeVerifier.verify(first.publicKey, message, signature)).toBe(true)
  })
})

describe('native SHA-256', () => {
  it('returns a plain Uint8Array of 32 bytes', () => {
    const digest = nativeSha256(new Uint8Array())
    expect(Object.getPrototypeOf(digest)).toBe(Uint8Array.prototype)
    expect(toHex(digest)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })
})
