/**
 * Timestamped cosignatures of checkpoints, signed-note type 0x04 (C2SP tlog-cosignature, "Ed25519 signatures").
 *
 * The signature is the time, 8 bytes big-endian, then 64 bytes of Ed25519 over
 *
 *     cosignature/v1
 *     time 1700000000
 *     log.example/ledger/1
 *     3
 *     Y4HCQ/K0y9VTyRH3d5yHqzyBo3aythIVIw1rAwUAitU=
 *
 * and it says: at that time this is the largest consistent tree of this origin that I have seen.
 */
import { concatBytes, readU64, u64 } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import type { Signer } from '../signing/signer.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { type Note, type NoteSignature, findSignature } from './note.ts'
import { ED25519_COSIGNATURE, type VerifierKey, verifierKey } from './verifier-key.ts'

const TIMESTAMP_BYTES = 8
const COSIGNATURE_BYTES = TIMESTAMP_BYTES + 64

/**
 * Whoever calls answers for what the line says: that this is the largest consistent tree seen, and that this was stored.
 *
 * @param name name of the cosigner's key; the signature does not cover it, so a key serves one name only
 * @param timestamp Unix seconds, at least 1: a cosignature without a time is of no use to a witness
 * @throws LedgerError CHECKPOINT_MALFORMED when the text is no checkpoint
 */
export function cosign(noteText: string, name: string, timestamp: number, signer: Signer): NoteSignature {
  parseCheckpoint(noteText)
  if (!Number.isSafeInteger(timestamp) || timestamp < 1)
    throw new RangeError(`not a time of a cosignature: ${timestamp}`)
  const { keyId } = verifierKey(name, ED25519_COSIGNATURE, signer.publicKey)
  return { name, keyId, signature: concatBytes(u64(timestamp), signer.sign(cosignedMessage(noteText, timestamp))) }
}

/**
 * The time at which the key cosigned the note, in Unix seconds; undefined when no line is by the key, as for any key of
 * another type than 0x04.
 *
 * @param key the cosigner's key, from trusted configuration; never from the note
 * @throws LedgerError NOTE_MALFORMED when two lines are by the key
 * @throws LedgerError COSIGNATURE_MALFORMED when the line has another length, or a time of 0 or above 2^53 - 1
 * @throws LedgerError SIGNATURE_INVALID when it does not verify: a known bad line spoils the whole note
 */
export async function verifyCosignature(
  note: Note,
  key: VerifierKey,
  verifier: SignatureVerifier,
): Promise<{ timestamp: number } | undefined> {
  const line = key.type === ED25519_COSIGNATURE ? findSignature(note, key) : undefined
  if (line === undefined) return undefined
  const timestamp = cosignatureTimestamp(line)
  const signature = line.signature.subarray(TIMESTAMP_BYTES)
  if (!(await verifier.verify(key.publicKey, cosignedMessage(note.text, timestamp), signature))) {
    throw new LedgerError('SIGNATURE_INVALID', `the cosignature of ${key.name} does not verify`)
  }
  return { timestamp }
}

/**
 * The time that a cosignature line states, in Unix seconds. Not verified.
 *
 * @throws LedgerError COSIGNATURE_MALFORMED when the line has another length, or a time of 0 or above 2^53 - 1
 */
export function cosignatureTimestamp(line: NoteSignature): number {
  const { name, signature } = line
  if (signature.length !== COSIGNATURE_BYTES) {
    throw new LedgerError('COSIGNATURE_MALFORMED', `cosignature of ${name} has ${signature.length} bytes, not 72`)
  }
  const timestamp = Number(readU64(signature))
  if (!Number.isSafeInteger(timestamp) || timestamp === 0) {
    throw new LedgerError('COSIGNATURE_MALFORMED', `cosignature of ${name} states no usable time`)
  }
  return timestamp
}

function cosignedMessage(noteText: string, timestamp: number): Uint8Array {
  return encodeUtf8(`cosignature/v1\ntime ${timestamp}\n${noteText}`)
}
