/**
 * A statement: a COSE_Sign1 whose protected header says who (iss), about what (sub), with which key (kid) and of which
 * kind (content type), and whose payload is the kind's closed map. One value has one spelling, so the bytes of a
 * statement are its identity: its id is the CID of all of them.
 *
 *     18([ << {1: -8, 3: "application/vnd.tallystick.grant+cbor", 4: kid, 15: {1: iss, 2: sub},
 *              16: "application/scitt-statement+cose"} >>, {}, << payload >>, signature ])
 *
 * RFC 9943 (statement), RFC 9052 (COSE_Sign1), RFC 9597 (CWT claims), RFC 9596 (typ), RFC 8949 section 4.2.1 (encoding).
 */
import { copyBytes, equalBytes } from '../encoding/bytes.ts'
import { type CborMap, type CborValue, decodeCbor, encodeCbor, isCborMap } from '../encoding/cbor.ts'
import { type CidText, cidFromDigest, cidOf, isCid } from '../encoding/cid.ts'
import { LedgerError } from '../errors.ts'
import type { Sha256 } from '../merkle/hash.ts'
import {
  ALG_ED25519,
  ALG_EDDSA,
  CLAIM_ISS,
  CLAIM_SUB,
  LABEL_ALG,
  LABEL_CONTENT_TYPE,
  LABEL_CWT_CLAIMS,
  LABEL_KID,
  LABEL_TYP,
  decodeSign1,
  encodeSign1,
  signatureInput,
} from '../signing/cose.ts'
import { type SignatureVerifier, assertRegistrableKey } from '../signing/ed25519.ts'
import { KEY_THUMBPRINT_BYTES, didKey, keyThumbprint } from '../signing/key.ts'
import type { Signer } from '../signing/signer.ts'
import { type KindName, type KindNumber, kindMediaType, kindName, kindOfMediaType } from './kind.ts'
import { genesisKeys } from './log-genesis.ts'
import { type OpaqueKind, type PayloadByKind, type ReadKind, isReadKind, payloadSchema, subjectOf } from './payload.ts'
import { MAX_REFERENCES, payloadReferences } from './references.ts'
import { asMap } from './schema.ts'

/** A leaf of a log holds at most this many bytes (C2SP tlog-tiles: the length is 16 bits). */
export const MAX_STATEMENT_BYTES = 65_535
export const STATEMENT_TYP = 'application/scitt-statement+cose'

const MAX_IDENTIFIER_LENGTH = 1024
/** The shortest a reference is in a payload, a digest: fewer bytes cannot hold too many. */
const LEAST_REFERENCE_BYTES = 32

export interface Envelope {
  /** CID of {@link bytes}. */
  readonly id: CidText
  /** Protected header, payload and signature are views of them. */
  readonly bytes: Uint8Array
  readonly contentType: string
  /** A party id; the did:key of the signing key in a party's inception; otherwise for opaque kinds any text. */
  readonly iss: string
  readonly sub: string
  /** Thumbprint of the key that is said to have signed, 32 bytes. */
  readonly kid: Uint8Array
  readonly protectedBytes: Uint8Array
  readonly payloadBytes: Uint8Array
  /** 64 bytes, not yet verified. */
  readonly signature: Uint8Array
}

/** A statement of a kind we read. */
export type ReadStatement<K extends ReadKind = ReadKind> = {
  [N in K]: Envelope & { readonly kind: N; readonly kindName: KindName; readonly payload: PayloadByKind[N] }
}[K]

/** A statement of a kind we only keep. */
export interface OpaqueStatement extends Envelope {
  readonly kind: OpaqueKind | undefined
  readonly kindName: KindName | undefined
  readonly payload: undefined
}

/** Told apart by `kind`: `if (statement.kind === 9)` makes `statement.payload` a Grant. */
export type Statement = ReadStatement | OpaqueStatement

/**
 * Reads the bytes of one statement and checks everything that can be checked without another statement: encoding,
 * header, schema, sub, sizes. The signature is not checked here.
 *
 * @param bytes hostile: from a peer, a file, a bundle
 * @param sha256 default: the portable one
 * @throws LedgerError STATEMENT_TOO_LARGE, STATEMENT_MALFORMED, COSE_MALFORMED, SCHEMA_INVALID, KEY_MALFORMED, KEY_WEAK,
 *   CBOR_MALFORMED, CBOR_NOT_DETERMINISTIC, CBOR_LIMIT, UTF8_MALFORMED
 */
export function decodeStatement(bytes: Uint8Array, sha256?: Sha256): Statement {
  assertSize(bytes)
  const sign1 = decodeSign1(bytes)
  if (sign1.unprotectedHeader.size !== 0) throw malformed('its unprotected header must be empty')
  if (sign1.payload === null) throw malformed('its payload must not be detached')
  const header = decodeHeader(sign1.protectedHeader)
  const envelope: Envelope = {
    id: sha256 === undefined ? cidOf(bytes) : cidFromDigest(sha256(bytes)),
    bytes,
    ...header,
    protectedBytes: sign1.protectedBytes,
    payloadBytes: sign1.payload,
    signature: sign1.signature,
  }
  const kind = kindOfMediaType(header.contentType)
  if (isReadKind(kind)) return readStatement(envelope, kind)
  return { ...envelope, kind, kindName: kind === undefined ? undefined : kindName(kind), payload: undefined }
}

function readStatement(envelope: Envelope, kind: ReadKind): ReadStatement {
  const payload = payloadSchema(kind).decode(decodeCbor(envelope.payloadBytes), kindName(kind))
  assertConsistent(kind, payload, envelope, envelope.payloadBytes.length)
  // The compiler cannot see that kind and payload belong together; the table of schemas says so.
  return { ...envelope, kind, kindName: kindName(kind), payload } as unknown as ReadStatement
}

interface Header {
  readonly contentType: string
  readonly iss: string
  readonly sub: string
  readonly kid: Uint8Array
}

const HEADER_LABELS: ReadonlySet<unknown> = new Set([
  LABEL_ALG,
  LABEL_CONTENT_TYPE,
  LABEL_KID,
  LABEL_CWT_CLAIMS,
  LABEL_TYP,
])

function decodeHeader(header: CborMap): Header {
  assertOnly(header, HEADER_LABELS, 'protected header')
  const alg = header.get(LABEL_ALG)
  if (alg !== ALG_EDDSA && alg !== ALG_ED25519) throw malformed('alg (1) must be EdDSA (-8) or Ed25519 (-19)')
  const kid = header.get(LABEL_KID)
  if (!(kid instanceof Uint8Array) || kid.length !== KEY_THUMBPRINT_BYTES) {
    throw malformed('kid (4) must be a key thumbprint of 32 bytes')
  }
  if (header.get(LABEL_TYP) !== STATEMENT_TYP) throw malformed(`typ (16) must be ${STATEMENT_TYP}`)
  const contentType = identifier(header.get(LABEL_CONTENT_TYPE), 'content type (3)')
  const claims = header.get(LABEL_CWT_CLAIMS)
  if (!isCborMap(claims)) throw malformed('CWT claims (15) must be a map')
  assertOnly(claims, CLAIM_LABELS, 'CWT claims')
  const iss = identifier(claims.get(CLAIM_ISS), 'iss')
  return { contentType, iss, sub: identifier(claims.get(CLAIM_SUB), 'sub'), kid }
}

const CLAIM_LABELS: ReadonlySet<unknown> = new Set([CLAIM_ISS, CLAIM_SUB])

function assertOnly(map: CborMap, labels: ReadonlySet<unknown>, where: string): void {
  for (const label of map.keys()) {
    if (!labels.has(label)) throw malformed(`label ${String(label)} is not allowed in its ${where}`)
  }
}

function identifier(value: CborValue | undefined, name: string): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= MAX_IDENTIFIER_LENGTH) return value
  throw malformed(`${name} must be text of 1 to ${MAX_IDENTIFIER_LENGTH} characters`)
}

type KindAndPayload = { [K in ReadKind]: { readonly kind: K; readonly payload: PayloadByKind[K] } }[ReadKind]

/** What must hold between header and payload. */
function assertConsistent<K extends ReadKind>(
  kind: K,
  payload: PayloadByKind[K],
  header: { readonly iss: string; readonly sub: string; readonly kid: Uint8Array },
  payloadLength: number,
): void {
  const statement = { kind, payload } as unknown as {
    [N in ReadKind]: { kind: N; payload: PayloadByKind[N] }
  }[ReadKind]
  if (statement.kind === 3) {
    assertInception(statement.payload.keys[0], header)
  } else if (!isCid(header.iss)) {
    throw malformed('iss must be a party id')
  }
  if (statement.kind === 1 && statement.payload.operator !== header.iss)
    throw malformed("iss must be the log's operator")
  if (header.sub !== subjectOf(kind, payload, header.iss)) {
    throw malformed(`sub must be ${subjectOf(kind, payload, header.iss)}, not ${header.sub}`)
  }
  for (const key of newKeys(statement)) assertRegistrableKey(key)
  if (
    payloadLength >= LEAST_REFERENCE_BYTES * MAX_REFERENCES &&
    payloadReferences(kind, payload, header.iss).length > MAX_REFERENCES
  ) {
    throw malformed(`it refers to more than ${MAX_REFERENCES} things`)
  }
}

/** A party's first statement names its own key: there is no party id yet to name. */
function assertInception(first: Uint8Array | undefined, header: { iss: string; kid: Uint8Array }): void {
  if (first === undefined || header.iss !== didKey(first)) throw malformed('iss must be the did:key of its first key')
  if (!equalBytes(header.kid, keyThumbprint(first))) throw malformed('kid must be that of its first key')
}

/** Keys that the statement registers: from here on signatures under them count. */
function newKeys(statement: KindAndPayload): readonly Uint8Array[] {
  if (statement.kind === 1) return genesisKeys(statement.payload)
  if (statement.kind === 3) return statement.payload.keys
  if (statement.kind === 4) return [...(statement.payload.keys ?? []), ...(statement.payload.add ?? [])]
  return []
}

/** A statement with everything but its signature. */
export interface PreparedStatement {
  readonly kind: KindNumber
  readonly iss: string
  readonly sub: string
  readonly publicKey: Uint8Array
  readonly protectedBytes: Uint8Array
  readonly payloadBytes: Uint8Array
  readonly signedBytes: Uint8Array
}

/**
 * Encodes a payload of a kind we read, ready to be signed by the key of `publicKey`. What it returns, once signed, is
 * what {@link decodeStatement} accepts.
 *
 * @param claims.sub needed by nobody: it follows from kind and payload, and is refused when it differs
 * @throws LedgerError SCHEMA_INVALID, STATEMENT_MALFORMED, STATEMENT_TOO_LARGE, KEY_MALFORMED, KEY_WEAK
 */
export function prepareStatement<K extends ReadKind>(
  kind: K,
  payload: PayloadByKind[K],
  claims: { readonly iss: string; readonly sub?: string },
  publicKey: Uint8Array,
): PreparedStatement {
  const payloadBytes = copyBytes(encodeCbor(asMap(payloadSchema(kind).encode(payload, kindName(kind)))))
  const sub = claims.sub ?? subjectOf(kind, payload, claims.iss)
  assertConsistent(kind, payload, { iss: claims.iss, sub, kid: keyThumbprint(publicKey) }, payloadBytes.length)
  return prepareEnvelope(kind, payloadBytes, { iss: claims.iss, sub }, publicKey)
}

/**
 * The envelope around payload bytes of any kind, also of one that is opaque here, such as an index commitment.
 *
 * @throws LedgerError STATEMENT_TOO_LARGE, KEY_MALFORMED
 */
export function prepareEnvelope(
  kind: KindNumber,
  payloadBytes: Uint8Array,
  claims: { readonly iss: string; readonly sub: string },
  publicKey: Uint8Array,
): PreparedStatement {
  const protectedBytes = encodeStatementHeader(kindMediaType(kind), keyThumbprint(publicKey), claims)
  const signedBytes = signatureInput(protectedBytes, payloadBytes)
  return { kind, ...claims, publicKey, protectedBytes, payloadBytes, signedBytes }
}

/** The protected header of a statement, any content type. */
export function encodeStatementHeader(
  contentType: string,
  kid: Uint8Array,
  claims: { readonly iss: string; readonly sub: string },
): Uint8Array {
  return copyBytes(
    encodeCbor(
      new Map<number, CborValue>([
        [LABEL_ALG, ALG_EDDSA],
        [LABEL_CONTENT_TYPE, contentType],
        [LABEL_KID, kid],
        [
          LABEL_CWT_CLAIMS,
          new Map([
            [CLAIM_ISS, claims.iss],
            [CLAIM_SUB, claims.sub],
          ]),
        ],
        [LABEL_TYP, STATEMENT_TYP],
      ]),
    ),
  )
}

/**
 * The signed statement's bytes.
 *
 * @throws LedgerError STATEMENT_TOO_LARGE
 */
export function signStatement(prepared: PreparedStatement, signer: Signer): Uint8Array {
  if (!equalBytes(signer.publicKey, prepared.publicKey))
    throw new TypeError('the statement was prepared for another key')
  const { protectedBytes, payloadBytes } = prepared
  const bytes = encodeSign1({ protectedBytes, payload: payloadBytes, signature: signer.sign(prepared.signedBytes) })
  assertSize(bytes)
  return bytes
}

/** Whether this key, whoever owns it, signed the statement. False also when `kid` names another key. */
export async function verifyStatementSignature(
  statement: Envelope,
  publicKey: Uint8Array,
  verifier: SignatureVerifier,
): Promise<boolean> {
  if (!equalBytes(statement.kid, keyThumbprint(publicKey))) return false
  return verifier.verify(publicKey, signedBytesOf(statement), statement.signature)
}

/** What the signature covers (Sig_structure), made when it is needed: statements are kept in thousands, and this once more. */
export function signedBytesOf(statement: Envelope): Uint8Array {
  return signatureInput(statement.protectedBytes, statement.payloadBytes)
}

function assertSize(bytes: Uint8Array): void {
  if (bytes.length <= MAX_STATEMENT_BYTES) return
  throw new LedgerError(
    'STATEMENT_TOO_LARGE',
    `a statement has at most ${MAX_STATEMENT_BYTES} bytes, this one ${bytes.length}`,
  )
}

function malformed(reason: string): LedgerError {
  return new LedgerError('STATEMENT_MALFORMED', `not a statement of this ledger: ${reason}`)
}
