/**
 * The one Ed25519 rule of this ledger, the same on every runtime (RFC 8032 section 5.1.7, cofactorless):
 *
 * 1. S < L;
 * 2. A and R are canonical encodings: y < p, and no sign bit where x = 0;
 * 3. neither A nor R is of small order;
 * 4. the bytes of [S]B - [k]A equal R, with k = SHA-512(R || A || M) reduced modulo L.
 *
 * Runtimes agree on 4 and disagree on 1 to 3, so 1 to 3 are decided here, by byte comparison alone, before the runtime's
 * own verification sees the signature. Torsion in A cannot be seen in its bytes: it is refused when a key is registered.
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { fromHex, toHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'

export const PUBLIC_KEY_BYTES = 32
export const SIGNATURE_BYTES = 64

/** The equation of rule 4 alone; called only with inputs that passed rules 1 to 3. Never throws. */
export type RawVerify = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>

export interface SignatureVerifier {
  /** True only for a signature that the rule above accepts. Wrong lengths are false, not an error. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>
}

export function strictVerifier(raw: RawVerify): SignatureVerifier {
  return {
    // Not an async function: that would keep its arguments until the answer is there.
    verify: (publicKey, message, signature) =>
      isStrictKey(publicKey) && isStrictSignature(signature)
        ? Promise.resolve(raw(publicKey, message, signature))
        : Promise.resolve(false),
  }
}

/** Rules 2 and 3 for A. Does not ask whether A is on the curve: rule 4 does. */
export function isStrictKey(publicKey: Uint8Array): boolean {
  return publicKey.length === PUBLIC_KEY_BYTES && isStrictPoint(publicKey)
}

/** Rules 1 to 3 for S and R. */
export function isStrictSignature(signature: Uint8Array): boolean {
  return (
    signature.length === SIGNATURE_BYTES &&
    isBelow(signature.subarray(PUBLIC_KEY_BYTES), GROUP_ORDER) &&
    isStrictPoint(signature.subarray(0, PUBLIC_KEY_BYTES))
  )
}

/**
 * Refuses a key that must never enter a party statement, a card or a policy: signatures under it could be valid for
 * messages nobody signed, or valid on one runtime only.
 *
 * @throws LedgerError KEY_MALFORMED unless it is 32 bytes, canonical, and a point of the curve
 * @throws LedgerError KEY_WEAK when it is of small order or has a component of small order
 */
export function assertRegistrableKey(publicKey: Uint8Array): void {
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new LedgerError('KEY_MALFORMED', `expected an Ed25519 key of 32 bytes, found ${publicKey.length} bytes`)
  }
  if (isSmallOrder(publicKey)) throw new LedgerError('KEY_WEAK', `Ed25519 key ${toHex(publicKey)} is of small order`)
  if (!isStrictPoint(publicKey)) {
    throw new LedgerError('KEY_MALFORMED', `Ed25519 key ${toHex(publicKey)} is not in its canonical form`)
  }
  const name = toHex(publicKey)
  if (registrable.has(name)) return
  if (!isTorsionFree(publicKey)) {
    throw new LedgerError('KEY_WEAK', `Ed25519 key ${name} has a component of small order`)
  }
  if (registrable.size >= MAX_REMEMBERED_KEYS) registrable.clear()
  registrable.add(name)
}

/**
 * Keys found free of torsion. The check takes about a millisecond and the same party statements are decoded again and
 * again; the answer never changes.
 */
const registrable = new Set<string>()
const MAX_REMEMBERED_KEYS = 4096

function isTorsionFree(publicKey: Uint8Array): boolean {
  try {
    return ed25519.Point.fromBytes(publicKey).isTorsionFree()
  } catch (cause) {
    throw new LedgerError('KEY_MALFORMED', `Ed25519 key ${toHex(publicKey)} is not a point of the curve`, { cause })
  }
}

/** p = 2^255 - 19 and L = 2^252 + 27742317777372353535851937790883648493, little-endian. */
const FIELD_PRIME = fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f')
const GROUP_ORDER = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')

/**
 * y of the eight points of small order, as little-endian bytes: order 1 (y = 1), 2 (y = -1), 4 (y = 0) and the two
 * values of order 8. With the sign bit of x they are all canonical encodings of such points, and the two encodings with
 * a sign bit but x = 0 as well, which rule 2 refuses too.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
])
/** First bytes of the table: one comparison decides for nearly every honest key. */
const SMALL_ORDER_FIRST_BYTES: ReadonlySet<number> = new Set([0x01, 0xec, 0x00, 0x26, 0xc7])

function isStrictPoint(encoded: Uint8Array): boolean {
  // x = 0 only for y = 1 and y = -1, which are of small order with either sign bit: isSmallOrder covers both.
  return !isSmallOrder(encoded) && isBelowPrime(encoded)
}

function isSmallOrder(encoded: Uint8Array): boolean {
  return SMALL_ORDER_FIRST_BYTES.has(encoded[0] ?? -1) && SMALL_ORDER.has(toHex(withoutSign(encoded)))
}

function withoutSign(encoded: Uint8Array): Uint8Array {
  const y = new Uint8Array(encoded)
  y[31] = (y[31] ?? 0) & 0x7f
  return y
}

/** y < p, whatever the sign bit of x: only a y whose bytes above the lowest are those of p can be as large. */
function isBelowPrime(encoded: Uint8Array): boolean {
  return ((encoded[31] as number) | 0x80) !== 0xff || isBelow(withoutSign(encoded), FIELD_PRIME)
}

/** a < b for little-endian numbers of the same length. */
function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = b.length - 1; i >= 0; i--) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}
