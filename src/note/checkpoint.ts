/**
 * Checkpoints: a log's signed statement of its size and root (C2SP tlog-checkpoint), narrowed to exactly three lines.
 *
 *     log.example/ledger/1
 *     3
 *     Y4HCQ/K0y9VTyRH3d5yHqzyBo3aythIVIw1rAwUAitU=
 *
 * Extension lines are refused: nobody audits them and newer cosignatures do not cover them. The log's line is Ed25519
 * (signed-note type 0x01) by a key whose name is the origin.
 */
import { equalBytes, fromBase64, toBase64 } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { EMPTY_ROOT, HASH_BYTES, type Hash } from '../merkle/hash.ts'
import { assertTreeSize } from '../merkle/tree-size.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import type { Signer } from '../signing/signer.ts'
import { parseDecimal } from './decimal.ts'
import { isKeyName } from './key-name.ts'
import { type Note, type NoteSignature, findSignature } from './note.ts'
import { ED25519_NOTE, type VerifierKey, verifierKey } from './verifier-key.ts'

export interface Checkpoint {
  /** Name of the log: a URL without its scheme. */
  readonly origin: string
  /** Leaves. */
  readonly size: number
  /** 32 bytes. */
  readonly root: Hash
}

/** The first line of a cosigned message: a log of this name could pass one off as its checkpoint. */
const FORBIDDEN_ORIGIN = 'cosignature/v1'

export function isOrigin(text: string): boolean {
  return isKeyName(text) && text !== FORBIDDEN_ORIGIN
}

/**
 * @param text a note's text; its signatures are not looked at, so the content is only a claim
 * @throws LedgerError CHECKPOINT_MALFORMED unless text is exactly what {@link formatCheckpoint} prints for some checkpoint
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, sizeText, rootText, end, ...more] = text.split('\n')
  if (origin === undefined || sizeText === undefined || rootText === undefined || end !== '' || more.length > 0) {
    throw malformed('not exactly three lines')
  }
  if (!isOrigin(origin)) throw malformed('a first line that is no origin')
  const size = parseDecimal(sizeText)
  if (size === undefined) throw malformed('a second line that is no tree size')
  const root = parseRoot(rootText)
  if (size === 0 && !equalBytes(root, EMPTY_ROOT)) throw malformed('a root that is not that of the empty tree')
  return { origin, size, root }
}

/** A RangeError or TREE_RANGE means the checkpoint is none. */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { origin, size, root } = checkpoint
  assertTreeSize(size)
  if (!isOrigin(origin)) throw new RangeError(`not an origin: "${origin}"`)
  if (root.length !== HASH_BYTES) throw new RangeError(`a root has 32 bytes, not ${root.length}`)
  if (size === 0 && !equalBytes(root, EMPTY_ROOT)) throw new RangeError('the empty tree has one root')
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/**
 * The log's line for a checkpoint. Whoever calls answers for never signing two checkpoints that contradict each other.
 *
 * @param name name of the log's key, which is the origin
 */
export function signCheckpoint(checkpoint: Checkpoint, name: string, signer: Signer): NoteSignature {
  if (name !== checkpoint.origin) throw new RangeError(`the key of ${checkpoint.origin} is not named ${name}`)
  const { keyId } = verifierKey(name, ED25519_NOTE, signer.publicKey)
  return { name, keyId, signature: signer.sign(encodeUtf8(formatCheckpoint(checkpoint))) }
}

/**
 * The checkpoint in a note that the log's key has signed. Lines of other keys are not looked at.
 *
 * @param key the log's key, from trusted configuration or its genesis; never from the note
 * @throws LedgerError NOTE_UNSIGNED when no line is by the key, or the key is not of type 0x01
 * @throws LedgerError NOTE_MALFORMED when two lines are
 * @throws LedgerError SIGNATURE_INVALID when the line does not verify
 * @throws LedgerError CHECKPOINT_MALFORMED when the text is no checkpoint, or one of another origin
 */
export async function openCheckpoint(note: Note, key: VerifierKey, verifier: SignatureVerifier): Promise<Checkpoint> {
  const line = key.type === ED25519_NOTE ? findSignature(note, key) : undefined
  if (line === undefined)
    throw new LedgerError('NOTE_UNSIGNED', `the note has no signature by the log key of ${key.name}`)
  if (!(await verifier.verify(key.publicKey, encodeUtf8(note.text), line.signature))) {
    throw new LedgerError('SIGNATURE_INVALID', `the log signature of ${key.name} does not verify`)
  }
  const checkpoint = parseCheckpoint(note.text)
  if (checkpoint.origin !== key.name)
    throw malformed(`the origin ${checkpoint.origin}, signed by the key of ${key.name}`)
  return checkpoint
}

function parseRoot(text: string): Hash {
  let root: Hash
  try {
    root = fromBase64(text)
  } catch (cause) {
    throw new LedgerError('CHECKPOINT_MALFORMED', 'expected a checkpoint, found a third line that is not base64', {
      cause,
    })
  }
  if (root.length !== HASH_BYTES) throw malformed(`a root of ${root.length} bytes`)
  return root
}

function malformed(found: string): LedgerError {
  return new LedgerError('CHECKPOINT_MALFORMED', `expected a checkpoint, found ${found}`)
}
