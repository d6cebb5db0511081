/**
 * COSE receipts (RFC 9942, verifiable data structure 1: RFC 9162 SHA-256) and transparent statements (RFC 9943).
 *
 *     18([ << {1: -8, 4: kid, 15: {1: origin, 2: origin}, 16: "application/scitt-receipt+cose", 395: 1} >>,
 *          {396: {-1: [ << [tree size, leaf index, [path...]] >> ]}}, nil, signature over the detached root ])
 *
 * The protected header is constant for a log key, so one signature per published root serves a receipt for every leaf,
 * and any replica can assemble it. Size and index are not signed: what proves them is the cosigned checkpoint.
 */
import { copyBytes, equalBytes } from '../encoding/bytes.ts'
import { type CborValue, decodeCbor, encodeCbor, isCborArray, isCborMap } from '../encoding/cbor.ts'
import { LedgerError } from '../errors.ts'
import { HASH_BYTES, type Hash, leafHash } from '../merkle/hash.ts'
import { rootFromInclusion } from '../merkle/inclusion.ts'
import {
  ALG_EDDSA,
  CLAIM_ISS,
  CLAIM_SUB,
  LABEL_ALG,
  LABEL_CWT_CLAIMS,
  LABEL_KID,
  LABEL_RECEIPTS,
  LABEL_TYP,
  LABEL_VDP,
  LABEL_VDS,
  decodeSign1,
  encodeSign1,
  signatureInput,
} from '../signing/cose.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { keyThumbprint } from '../signing/key.ts'
import type { Signer } from '../signing/signer.ts'

export const RECEIPT_TYP = 'application/scitt-receipt+cose'
const RFC9162_SHA256 = 1
const INCLUSION_PROOFS = -1
const MAX_PATH = 63
const MAX_RECEIPTS = 16

/**
 * The protected header of every receipt of a log key.
 *
 * @param origin becomes `sub`
 * @param iss the origin, unless a log made by another program says otherwise
 */
export function receiptProtectedHeader(origin: string, logPublicKey: Uint8Array, iss: string = origin): Uint8Array {
  return copyBytes(
    encodeCbor(
      new Map<number, CborValue>([
        [LABEL_ALG, ALG_EDDSA],
        [LABEL_KID, keyThumbprint(logPublicKey)],
        [
          LABEL_CWT_CLAIMS,
          new Map([
            [CLAIM_ISS, iss],
            [CLAIM_SUB, origin],
          ]),
        ],
        [LABEL_TYP, RECEIPT_TYP],
        [LABEL_VDS, RFC9162_SHA256],
      ]),
    ),
  )
}

/** What the log key signs, once per published root. */
export function rootSignatureInput(origin: string, logPublicKey: Uint8Array, root: Hash): Uint8Array {
  return signatureInput(receiptProtectedHeader(origin, logPublicKey), root)
}

/** The log key's 64-byte signature over a root, kept with the published checkpoint. */
export function signRoot(origin: string, root: Hash, signer: Signer): Uint8Array {
  return signer.sign(rootSignatureInput(origin, signer.publicKey, root))
}

export interface ReceiptParts {
  readonly origin: string
  readonly logPublicKey: Uint8Array
  /** 64 bytes over {@link rootSignatureInput} of the root of `size`. */
  readonly rootSignature: Uint8Array
  /** Leaves in the tree, at least 2: RFC 9942 does not allow an empty path. */
  readonly size: number
  readonly index: number
  readonly path: readonly Hash[]
  /** As in {@link receiptProtectedHeader}. */
  readonly iss?: string
}

export function assembleReceipt(parts: ReceiptParts): Uint8Array {
  if (parts.path.length === 0) throw new RangeError('a receipt needs a tree of at least two leaves')
  const proof = encodeCbor([parts.size, parts.index, parts.path])
  return encodeSign1({
    protectedBytes: receiptProtectedHeader(parts.origin, parts.logPublicKey, parts.iss),
    unprotectedHeader: new Map([[LABEL_VDP, new Map([[INCLUSION_PROOFS, [proof]]])]]),
    payload: null,
    signature: parts.rootSignature,
  })
}

/** What a receipt says, before its signature is checked. */
export interface Receipt {
  readonly protectedBytes: Uint8Array
  readonly size: number
  readonly index: number
  readonly path: readonly Hash[]
  readonly signature: Uint8Array
}

/**
 * @throws LedgerError RECEIPT_MALFORMED, and the codes of {@link decodeSign1}
 */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const { protectedBytes, unprotectedHeader, payload, signature } = decodeSign1(bytes)
  if (payload !== null) throw malformed('its payload must be detached')
  const proofs = onlyEntry(
    onlyEntry(unprotectedHeader, LABEL_VDP, 'unprotected header'),
    INCLUSION_PROOFS,
    'proofs (396)',
  )
  if (!isCborArray(proofs) || proofs.length !== 1) throw malformed('it must hold exactly one inclusion proof')
  const [encoded] = proofs
  const proof = encoded instanceof Uint8Array ? decodeCbor(encoded) : undefined
  if (!isCborArray(proof) || proof.length !== 3) {
    throw malformed('an inclusion proof is a byte string with [tree size, leaf index, path]')
  }
  const [size, index, path] = proof
  if (typeof size !== 'number' || typeof index !== 'number' || index < 0 || index >= size) {
    throw malformed('its leaf index must be below its tree size')
  }
  if (!isCborArray(path) || path.length === 0 || path.length > MAX_PATH || !path.every(isHash)) {
    throw malformed(`its path must be 1 to ${MAX_PATH} hashes`)
  }
  return { protectedBytes, size, index, path, signature }
}

function onlyEntry(map: CborValue | undefined, label: number, where: string): CborValue | undefined {
  if (isCborMap(map) && map.size === 1 && map.has(label)) return map.get(label)
  throw malformed(`its ${where} must be a map with label ${label} alone`)
}

function isHash(value: CborValue): value is Uint8Array {
  return value instanceof Uint8Array && value.length === HASH_BYTES
}

/**
 * The root that a log key signed and that holds the entry.
 *
 * @param entry the statement's bytes, with an empty unprotected header
 * @throws LedgerError RECEIPT_MALFORMED for the form, RECEIPT_INVALID when it is of another log or key, or the signature
 *   does not fit the entry; PROOF_LENGTH when the path does not fit index and size
 */
export async function verifyReceipt(
  receiptBytes: Uint8Array,
  entry: Uint8Array,
  log: { readonly origin: string; readonly logPublicKey: Uint8Array; readonly iss?: string },
  verifier: SignatureVerifier,
): Promise<{ readonly size: number; readonly index: number; readonly root: Hash }> {
  const receipt = decodeReceipt(receiptBytes)
  if (!equalBytes(receipt.protectedBytes, receiptProtectedHeader(log.origin, log.logPublicKey, log.iss))) {
    throw new LedgerError('RECEIPT_INVALID', `the receipt is not one of ${log.origin} under the expected key`)
  }
  const { size, index, path } = receipt
  const root = rootFromInclusion(leafHash(entry), index, size, path)
  if (!(await verifier.verify(log.logPublicKey, signatureInput(receipt.protectedBytes, root), receipt.signature))) {
    throw new LedgerError(
      'RECEIPT_INVALID',
      `${log.origin} did not sign the root that the receipt implies for the entry`,
    )
  }
  return { size, index, root }
}

/**
 * The statement with receipts in its unprotected header.
 *
 * @throws LedgerError COSE_MALFORMED when the entry is no statement; STATEMENT_MALFORMED when it already has receipts
 */
export function transparentStatement(entry: Uint8Array, receipts: readonly Uint8Array[]): Uint8Array {
  const sign1 = decodeSign1(entry)
  if (sign1.unprotectedHeader.size !== 0) throw unexpectedHeader()
  if (receipts.length === 0) throw new RangeError('a transparent statement has at least one receipt')
  return encodeSign1({ ...sign1, unprotectedHeader: new Map([[LABEL_RECEIPTS, receipts]]) })
}

/**
 * Splits a transparent statement into the entry as the log holds it and its receipts.
 *
 * @throws LedgerError RECEIPT_MALFORMED when its unprotected header holds anything but receipts; COSE_MALFORMED, CBOR_*
 */
export function decodeTransparentStatement(bytes: Uint8Array): {
  readonly entry: Uint8Array
  readonly receipts: readonly Uint8Array[]
} {
  const sign1 = decodeSign1(bytes)
  const receipts = onlyEntry(sign1.unprotectedHeader, LABEL_RECEIPTS, 'unprotected header')
  if (!isCborArray(receipts) || receipts.length === 0 || receipts.length > MAX_RECEIPTS || !receipts.every(isBytes)) {
    throw malformed(`a transparent statement holds 1 to ${MAX_RECEIPTS} receipts, each a byte string`)
  }
  return { entry: encodeSign1({ ...sign1, unprotectedHeader: new Map() }), receipts }
}

function isBytes(value: CborValue): value is Uint8Array {
  return value instanceof Uint8Array
}

function unexpectedHeader(): LedgerError {
  return new LedgerError('STATEMENT_MALFORMED', 'a statement in a log has an empty unprotected header')
}

function malformed(reason: string): LedgerError {
  return new LedgerError('RECEIPT_MALFORMED', `not a receipt: ${reason}`)
}
