/**
 * COSE_Sign1 (RFC 9052 section 4.2), tagged, in deterministic CBOR, with Ed25519 as the only algorithm.
 *
 *     18([ protected : bstr, unprotected : map, payload : bstr / nil, signature : bstr .size 64 ])
 *
 * What a header must hold is not decided here: statement/envelope.ts and statement/receipt.ts close their own headers.
 */
import { copyBytes } from '../encoding/bytes.ts'
import {
  type CborMap,
  type CborValue,
  CborTag,
  decodeCbor,
  encodeCbor,
  isCborArray,
  isCborMap,
} from '../encoding/cbor.ts'
import { LedgerError } from '../errors.ts'
import { SIGNATURE_BYTES } from './ed25519.ts'

/** Header labels (RFC 9052 section 3.1, RFC 9597, RFC 9596, RFC 9942). */
export const LABEL_ALG = 1
export const LABEL_CONTENT_TYPE = 3
export const LABEL_KID = 4
export const LABEL_CWT_CLAIMS = 15
export const LABEL_TYP = 16
export const LABEL_RECEIPTS = 394
export const LABEL_VDS = 395
export const LABEL_VDP = 396

/** Claims inside label 15 (RFC 8392). */
export const CLAIM_ISS = 1
export const CLAIM_SUB = 2

/** EdDSA, meaning Ed25519 here. What we emit: widely read, though RFC 9864 prefers -19. */
export const ALG_EDDSA = -8
/** Ed25519, fully specified (RFC 9864). Accepted as well. */
export const ALG_ED25519 = -19

const COSE_SIGN1_TAG = 18

/** Byte strings are views of the bytes that were decoded. */
export interface Sign1 {
  /** The bytes that were signed over: never re-encoded before verification. */
  readonly protectedBytes: Uint8Array
  readonly protectedHeader: CborMap
  readonly unprotectedHeader: CborMap
  /** null when the payload is detached. */
  readonly payload: Uint8Array | null
  /** 64 bytes. */
  readonly signature: Uint8Array
}

/**
 * @throws LedgerError CBOR_MALFORMED, CBOR_NOT_DETERMINISTIC, CBOR_LIMIT, UTF8_MALFORMED for the encoding, of the whole
 *   and of the protected header
 * @throws LedgerError COSE_MALFORMED when the item is no COSE_Sign1, or its signature is not 64 bytes
 */
export function decodeSign1(bytes: Uint8Array): Sign1 {
  const item = decodeCbor(bytes, { views: true })
  if (!(item instanceof CborTag) || !isCborArray(item.value) || item.value.length !== 4) {
    throw new LedgerError('COSE_MALFORMED', 'expected a COSE_Sign1: tag 18 over an array of four')
  }
  const [protectedBytes, unprotectedHeader, payload, signature] = item.value
  if (!(protectedBytes instanceof Uint8Array)) throw malformed('protected header', 'a byte string')
  if (!isCborMap(unprotectedHeader)) throw malformed('unprotected header', 'a map')
  if (payload !== null && !(payload instanceof Uint8Array)) throw malformed('payload', 'a byte string or nil')
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES) {
    throw malformed('signature', `a byte string of ${SIGNATURE_BYTES} bytes`)
  }
  return { protectedBytes, protectedHeader: decodeHeader(protectedBytes), unprotectedHeader, payload, signature }
}

function decodeHeader(bytes: Uint8Array): CborMap {
  // RFC 9052 section 3 writes an empty protected header as an empty byte string.
  if (bytes.length === 0) return new Map()
  const header = decodeCbor(bytes)
  if (!isCborMap(header) || header.size === 0)
    throw malformed('protected header', 'a map, or no bytes when it is empty')
  return header
}

function malformed(part: string, expected: string): LedgerError {
  return new LedgerError('COSE_MALFORMED', `the ${part} of a COSE_Sign1 must be ${expected}`)
}

export interface Sign1Parts {
  readonly protectedBytes: Uint8Array
  readonly unprotectedHeader?: CborMap
  readonly payload: Uint8Array | null
  readonly signature: Uint8Array
}

/** The tagged item, first byte 0xd2. The encoder's bytes can be a Buffer in Node: copied, they are plain everywhere. */
export function encodeSign1(parts: Sign1Parts): Uint8Array {
  const fields: CborValue[] = [
    parts.protectedBytes,
    parts.unprotectedHeader ?? new Map(),
    parts.payload,
    parts.signature,
  ]
  return copyBytes(encodeCbor(new CborTag(COSE_SIGN1_TAG, fields)))
}

/** `["Signature1", ...` up to the protected header: an array of four and a text of ten characters. */
const SIGNATURE1 = Uint8Array.of(0x84, 0x6a, 0x53, 0x69, 0x67, 0x6e, 0x61, 0x74, 0x75, 0x72, 0x65, 0x31)
const NO_EXTERNAL_DATA = 0x40

/**
 * The Sig_structure with empty external data: the bytes that are signed (RFC 9052 section 4.4). Put together by hand,
 * because it is made for every statement that is read; tests compare it with the encoder.
 */
export function signatureInput(protectedBytes: Uint8Array, payload: Uint8Array): Uint8Array {
  const parts = byteStringLength(protectedBytes) + 1 + byteStringLength(payload)
  const out = new Uint8Array(SIGNATURE1.length + parts)
  out.set(SIGNATURE1)
  const end = writeByteString(out, SIGNATURE1.length, protectedBytes)
  out[end] = NO_EXTERNAL_DATA
  writeByteString(out, end + 1, payload)
  return out
}

/** Of the head (RFC 8949 section 3) and the bytes. */
function byteStringLength({ length }: Uint8Array): number {
  return length + (length < 24 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5)
}

/** @returns where it ends */
function writeByteString(out: Uint8Array, offset: number, bytes: Uint8Array): number {
  const { length } = bytes
  const end = offset + byteStringLength(bytes)
  if (length < 24) out[offset] = 0x40 | length
  else {
    out[offset] = length < 0x100 ? 0x58 : length < 0x10000 ? 0x59 : 0x5a
    for (let at = end - length - 1, rest = length; at > offset; at--, rest >>>= 8) out[at] = rest
  }
  out.set(bytes, end - length)
  return end
}
