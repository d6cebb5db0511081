/**
 * Keys and notes for tests. The seeds are those of the golden files: log 02 * 32, witness 03 * 32.
 */
import { EMPTY_ROOT, type Hash } from '../../src/merkle/hash.ts'
import { type Checkpoint, formatCheckpoint, signCheckpoint } from '../../src/note/checkpoint.ts'
import { cosign } from '../../src/note/cosignature.ts'
import type { Note } from '../../src/note/note.ts'
import { ED25519_COSIGNATURE, ED25519_NOTE, type VerifierKey, verifierKey } from '../../src/note/verifier-key.ts'
import { nobleSigner } from '../../src/signing/ed25519-noble.ts'
import type { Signer } from '../../src/signing/signer.ts'

export const LOG_ORIGIN = 'log.example/ledger/1'
export const WITNESS_NAME = 'witness.example/w1'
export const COSIGNED_AT = 1_700_000_000

export function signerOf(seedByte: number): Signer {
  return nobleSigner(new Uint8Array(32).fill(seedByte))
}

export const logSigner: Signer = signerOf(2)
export const witnessSigner: Signer = signerOf(3)
export const logKey: VerifierKey = verifierKey(LOG_ORIGIN, ED25519_NOTE, logSigner.publicKey)
export const witnessKey: VerifierKey = verifierKey(WITNESS_NAME, ED25519_COSIGNATURE, witnessSigner.publicKey)

export function sampleCheckpoint(size: number, root: Hash = EMPTY_ROOT): Checkpoint {
  return { origin: LOG_ORIGIN, size, root }
}

export function logNote(size: number, root?: Hash): Note {
  const checkpoint = sampleCheckpoint(size, root)
  return { text: formatCheckpoint(checkpoint), signatures: [signCheckpoint(checkpoint, LOG_ORIGIN, logSigner)] }
}

export function cosignedNote(size: number, root?: Hash): Note {
  const { text, signatures } = logNote(size, root)
  return { text, signatures: [...signatures, cosign(text, WITNESS_NAME, COSIGNED_AT, witnessSigner)] }
}

/** The code of the LedgerError that a promise is rejected with, or 'accepted'. */
export async function codeOfPromise(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'accepted'
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code)
    throw error
  }
}
