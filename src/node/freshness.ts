/**
 * Which of two notes of one checkpoint is the later one. Lines are only compared where they verify under keys this node was
 * given: what a stranger writes under a note must not pass for news.
 */
import { isLedgerError } from '../errors.ts'
import { verifyCosignature } from '../note/cosignature.ts'
import type { Note } from '../note/note.ts'
import type { VerifierKey } from '../note/verifier-key.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'

/**
 * The newest time that one of these witnesses has put under the note, in Unix seconds; 0 where none has.
 *
 * @param latestSeconds lines dated later count for nothing: a clock that is ahead would keep out all that follows
 */
export async function freshnessOf(
  note: Note,
  witnesses: readonly VerifierKey[],
  latestSeconds: number,
  verifier: SignatureVerifier,
): Promise<number> {
  const times = await Promise.all(witnesses.map((key) => timeOf(note, key, verifier)))
  return Math.max(0, ...times.filter((time) => time <= latestSeconds))
}

async function timeOf(note: Note, key: VerifierKey, verifier: SignatureVerifier): Promise<number> {
  try {
    return (await verifyCosignature(note, key, verifier))?.timestamp ?? 0
  } catch (error) {
    if (!isLedgerError(error)) throw error
    return 0
  }
}
