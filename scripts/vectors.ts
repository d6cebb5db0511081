/**
 * Writes the test vectors that we make ourselves: tests/vectors/ed25519-edge.json.
 *
 * Every verdict is computed here from the definition, with exact point arithmetic on whole group elements: neither of the
 * verifiers under test takes part. Run it with `node scripts/vectors.ts`; its output is the same every time.
 */
import { writeFileSync } from 'node:fs'
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes, fromHex, toHex } from '../src/encoding/bytes.ts'
import { encodeUtf8 } from '../src/encoding/utf8.ts'

const { Point } = ed25519
type EdwardsPoint = typeof Point.BASE

const L = Point.Fn.ORDER
const P = Point.Fp.ORDER
const SOURCE = 'scripts/vectors.ts; rule of docs/formats.md, "Ed25519"; RFC 8032 section 5.1.7'

interface Vector {
  comment: string
  source: string
  publicKey: string
  message: string
  signature: string
  /** By the strict rule. */
  valid: boolean
  /** By the equation alone, [S]B - [k]A encoded = R and S < L, and by the one multiplied by the cofactor. */
  cofactorless: boolean
  cofactored: boolean
  /** assertRegistrableKey on publicKey: undefined or the error code. */
  keyError?: 'KEY_WEAK' | 'KEY_MALFORMED'
}

function le(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[i] ?? 0)
  return value
}

function bytes32(value: bigint): Uint8Array {
  const out = new Uint8Array(32)
  let rest = value
  for (let i = 0; i < 32; i++) {
    out[i] = Number(rest & 255n)
    rest >>= 8n
  }
  return out
}

/** Double and add by the definition: no reduction of the scalar, so torsion is kept. */
function times(point: EdwardsPoint, scalar: bigint): EdwardsPoint {
  let out = Point.ZERO
  let power = point
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) out = out.add(power)
    power = power.double()
  }
  return out
}

/** An encoding's point, also when the encoding is not canonical; undefined off the curve. */
function pointOf(encoding: Uint8Array): EdwardsPoint | undefined {
  try {
    return Point.fromBytes(encoding, true)
  } catch {
    return undefined
  }
}

function isCanonical(encoding: Uint8Array): boolean {
  const point = pointOf(encoding)
  return point !== undefined && equalBytes(point.toBytes(), encoding)
}

function isSmall(encoding: Uint8Array): boolean {
  const point = pointOf(encoding)
  return point !== undefined && times(point, 8n).equals(Point.ZERO)
}

function judge(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Pick<Vector, 'valid' | 'cofactorless' | 'cofactored'> {
  const encodedR = signature.subarray(0, 32)
  const s = le(signature.subarray(32))
  const a = pointOf(publicKey)
  if (a === undefined || s >= L) return { valid: false, cofactorless: false, cofactored: false }
  const k = le(sha512(concatBytes(encodedR, publicKey, message))) % L
  const implied = times(Point.BASE, s).subtract(times(a, k))
  const r = pointOf(encodedR)
  const cofactorless = equalBytes(implied.toBytes(), encodedR)
  const cofactored = r !== undefined && times(implied.subtract(r), 8n).equals(Point.ZERO)
  const strict = isCanonical(publicKey) && isCanonical(encodedR) && !isSmall(publicKey) && !isSmall(encodedR)
  return { valid: strict && cofactorless, cofactorless, cofactored }
}

function keyError(publicKey: Uint8Array): Vector['keyError'] {
  const point = pointOf(publicKey)
  if (point === undefined) return 'KEY_MALFORMED'
  if (isCanonical(publicKey)) return times(point, L).equals(Point.ZERO) && !isSmall(publicKey) ? undefined : 'KEY_WEAK'
  // x = 0 with a sign bit is the one non-canonical form whose y is still in the table of small orders.
  return le(publicKey) % 2n ** 255n < P ? 'KEY_WEAK' : 'KEY_MALFORMED'
}

const vectors: Vector[] = []

function add(comment: string, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Vector {
  const error = keyError(publicKey)
  const vector: Vector = {
    comment,
    source: SOURCE,
    publicKey: toHex(publicKey),
    message: toHex(message),
    signature: toHex(signature),
    ...judge(publicKey, message, signature),
    ...(error === undefined ? {} : { keyError: error }),
  }
  vectors.push(vector)
  return vector
}

const text = (i: number): Uint8Array => encodeUtf8(`tallystick edge ${i}`)
/** A scalar that any run makes again. */
const scalar = (label: string): bigint => le(sha512(encodeUtf8(label))) % L
const torsion: readonly EdwardsPoint[] = eightTorsion()

function eightTorsion(): EdwardsPoint[] {
  const generator = pointOf(fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'))
  if (generator === undefined) throw new Error('no point of order 8')
  return Array.from({ length: 8 }, (_, i) => times(generator, BigInt(i)))
}

/** Encodings of small-order points: the eight canonical ones, then every other spelling of the same points. */
function smallOrderEncodings(): Uint8Array[] {
  const out = new Map<string, Uint8Array>()
  for (const point of torsion) {
    const canonical = point.toBytes()
    const y = le(canonical) % 2n ** 255n
    for (const spelling of [y, y + P].filter((value) => value < 2n ** 255n)) {
      for (const sign of [0n, 1n]) {
        const encoding = bytes32(spelling + (sign << 255n))
        if (pointOf(encoding) !== undefined) out.set(toHex(encoding), encoding)
      }
    }
  }
  return [...out.values()]
}

/** Signs with any key point and any R point: S = r + k s, which is right for the prime-order parts. */
function forge(a: EdwardsPoint, secret: bigint, r: EdwardsPoint, nonce: bigint, message: Uint8Array): Uint8Array {
  const encodedR = r.toBytes()
  const k = le(sha512(concatBytes(encodedR, a.toBytes(), message))) % L
  return concatBytes(encodedR, bytes32((nonce + k * secret) % L))
}

// 1. Good signatures, and one changed bit in each byte of one of them.
for (let i = 0; i < 8; i++) {
  const seed = sha512(encodeUtf8(`seed ${i}`)).slice(0, 32)
  add(`a good signature (${i})`, ed25519.getPublicKey(seed), text(i), ed25519.sign(text(i), seed))
}
const seed = new Uint8Array(32).fill(1)
const goodKey = ed25519.getPublicKey(seed)
const good = ed25519.sign(text(0), seed)
add('a good signature of the empty message', goodKey, new Uint8Array(), ed25519.sign(new Uint8Array(), seed))
for (let i = 0; i < 64; i++) {
  add(
    `bit ${i % 8} of signature byte ${i} flipped`,
    goodKey,
    text(0),
    good.map((byte, at) => (at === i ? byte ^ (1 << (i % 8)) : byte)),
  )
}
for (let i = 0; i < 32; i++) {
  add(
    `bit ${i % 8} of key byte ${i} flipped`,
    goodKey.map((byte, at) => (at === i ? byte ^ (1 << (i % 8)) : byte)),
    text(0),
    good,
  )
}
add('the signature of another message', goodKey, text(1), good)

// 2. S not reduced, or zero.
for (const multiple of [1n, 2n, 8n, 15n]) {
  const s = le(good.subarray(32)) + multiple * L
  if (s < 2n ** 256n) add(`S + ${multiple} L`, goodKey, text(0), concatBytes(good.subarray(0, 32), bytes32(s)))
}
add('S = L', goodKey, text(0), concatBytes(good.subarray(0, 32), bytes32(L)))
add('S = L - 1', goodKey, text(0), concatBytes(good.subarray(0, 32), bytes32(L - 1n)))
add('S = 0', goodKey, text(0), concatBytes(good.subarray(0, 32), new Uint8Array(32)))
add('all bits of S set', goodKey, text(0), concatBytes(good.subarray(0, 32), new Uint8Array(32).fill(255)))

// 3. A of small order, in every spelling: S = r signs whatever k cancels the torsion.
for (const encoding of smallOrderEncodings()) {
  const spelling = isCanonical(encoding) ? 'canonical' : 'non-canonical'
  for (let i = 0, found = 0; i < 64 && found < 2; i++) {
    const nonce = scalar(`small A ${i}`)
    const signature = concatBytes(Point.BASE.multiplyUnsafe(nonce).toBytes(), bytes32(nonce))
    const verdict = judge(encoding, text(i), signature)
    if (i > 0 && !verdict.cofactorless) continue
    if (verdict.cofactorless) found++
    add(`small-order A, ${spelling} ${toHex(encoding).slice(0, 8)}, S = r (${i})`, encoding, text(i), signature)
  }
  // R of small order as well, S = 0: the equation asks only for the right torsion.
  for (const r of smallOrderEncodings()) {
    for (let i = 0; i < 16; i++) {
      const signature = concatBytes(r, new Uint8Array(32))
      if (!judge(encoding, text(i), signature).cofactorless) continue
      add(
        `small-order A and R, S = 0: ${toHex(encoding).slice(0, 8)}, ${toHex(r).slice(0, 8)}`,
        encoding,
        text(i),
        signature,
      )
      break
    }
  }
}

// 4. R of small order under a good key: S = k s, so that [S]B - [k]A is the identity.
const secret = ed25519.utils.getExtendedPublicKey(seed).scalar
for (const r of smallOrderEncodings()) {
  const k = le(sha512(concatBytes(r, goodKey, text(2)))) % L
  const spelling = isCanonical(r) ? 'canonical' : 'non-canonical'
  add(
    `small-order R, ${spelling} ${toHex(r).slice(0, 8)}, S = k s`,
    goodKey,
    text(2),
    concatBytes(r, bytes32((k * secret) % L)),
  )
}

// 5. R or A with a component of small order: valid by the multiplied equation only, or by both.
const main = scalar('mixed key')
for (let t = 1; t < 8; t++) {
  const component = torsion[t] ?? Point.ZERO
  const nonce = scalar(`mixed nonce ${t}`)
  const pureA = Point.BASE.multiplyUnsafe(main)
  const pureR = Point.BASE.multiplyUnsafe(nonce)
  add(
    `R with torsion ${t}: valid only times the cofactor`,
    pureA.toBytes(),
    text(t),
    forge(pureA, main, pureR.add(component), nonce, text(t)),
  )
  const mixedA = pureA.add(component)
  let hasPlain = false
  let hasMultiplied = false
  for (let i = 0; i < 256 && !(hasPlain && hasMultiplied); i++) {
    const signature = forge(mixedA, main, pureR, nonce, text(i))
    const { cofactorless } = judge(mixedA.toBytes(), text(i), signature)
    if (cofactorless ? hasPlain : hasMultiplied) continue
    if (cofactorless) hasPlain = true
    else hasMultiplied = true
    const kind = cofactorless ? 'valid by both equations' : 'valid only times the cofactor'
    add(`A with torsion ${t}: ${kind}`, mixedA.toBytes(), text(i), signature)
  }
  // R takes up exactly the torsion that [k]A leaves, so the plain equation holds with both of mixed order.
  for (let i = 0; i < 256; i++) {
    const mixedR = pureR.add(torsion[i % 8] ?? Point.ZERO)
    if (i % 8 === 0) continue
    const signature = forge(mixedA, main, mixedR, nonce, text(i))
    if (!judge(mixedA.toBytes(), text(i), signature).cofactorless) continue
    add(
      `A with torsion ${t} and R with torsion ${i % 8}: valid by both equations`,
      mixedA.toBytes(),
      text(i),
      signature,
    )
    break
  }
}

// 6. Encodings with y >= p that are points of large order (y = p + small), as A and as R, and encodings off the curve.
for (let y = 0n; y < 19n; y++) {
  for (const sign of [0n, 1n]) {
    const encoding = bytes32(P + y + (sign << 255n))
    if (pointOf(encoding) === undefined || isSmall(encoding)) continue
    add(`non-canonical A, y = p + ${y}, sign ${sign}`, encoding, text(3), good)
    add(`non-canonical R, y = p + ${y}, sign ${sign}`, goodKey, text(3), concatBytes(encoding, good.subarray(32)))
  }
}
for (const y of [2n, 7n, P - 2n, P - 7n]) {
  const encoding = bytes32(y)
  const where = pointOf(encoding) === undefined ? 'off' : 'on'
  add(`A ${where} the curve, y = ${y < 100n ? y : `p - ${P - y}`}`, encoding, text(4), good)
  add(
    `R ${where} the curve, y = ${y < 100n ? y : `p - ${P - y}`}`,
    goodKey,
    text(4),
    concatBytes(encoding, good.subarray(32)),
  )
}

const target = new URL('../tests/vectors/ed25519-edge.json', import.meta.url)
writeFileSync(target, `${JSON.stringify(vectors, undefined, 1)}\n`)
const count = (test: (vector: Vector) => boolean): number => vectors.filter(test).length
console.log(
  `${vectors.length} vectors: ${count((v) => v.valid)} valid, ${count((v) => v.cofactorless && !v.valid)} refused only by ` +
    `the checks on bytes, ${count((v) => v.cofactored && !v.cofactorless)} valid only times the cofactor`,
)
