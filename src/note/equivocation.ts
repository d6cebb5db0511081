/**
 * Fork proofs: that a log signed two checkpoints no single append-only history has. Anyone who has the log's key can
 * check one offline; nothing else is needed, and nobody has to be believed.
 *
 * Two notes of one origin, each with the log's valid signature, contradict each other when
 *
 * - their sizes are equal and their roots are not; the notes are the whole proof; or
 * - their sizes are m < n, and the tree with the larger note's root did not have the smaller note's root at size m. The
 *   proof adds the root it did have there, `prior.root`, and a consistency proof (RFC 9162 section 2.1.4) from that root
 *   at m to the larger note's root at n. A consistency proof that verifies fixes the root at m by the collision
 *   resistance of SHA-256, so an honest log can never be convicted: its only provable prior root is the one it signed.
 *
 * Encoded as deterministic CBOR: {"v": 1, "notes": [bstr, bstr], ? "prior": {"path": [+ bstr], "root": bstr}}, the
 * smaller size first, and for equal sizes the root that is smaller bytewise. Notes are verbatim, with whatever
 * cosignatures they carry: those say who was shown which branch.
 */
import { compareBytes, equalBytes } from '../encoding/bytes.ts'
import { type CborKey, type CborValue, decodeCbor, encodeCbor, isCborArray, isCborMap } from '../encoding/cbor.ts'
import { LedgerError, isLedgerError } from '../errors.ts'
import { proveConsistency, rootsFromConsistency, verifyConsistency } from '../merkle/consistency.ts'
import { type HashReader, readRoot } from '../merkle/hash-reader.ts'
import { HASH_BYTES, type Hash, type Sha256 } from '../merkle/hash.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { MAX_NOTE_BYTES, type Note, formatNote, parseNote } from './note.ts'
import type { VerifierKey } from './verifier-key.ts'

const MAX_PATH_HASHES = 63

export interface EquivocationProof {
  /** The note of the smaller size (equal sizes: of the bytewise smaller root). */
  readonly noteA: Note
  readonly noteB: Note
  /** For two sizes only: the root that note B's tree had at note A's size, and the consistency proof from there to B. */
  readonly prior?: PriorRoot
}

export interface PriorRoot {
  readonly root: Hash
  readonly path: readonly Hash[]
}

export interface Equivocation {
  readonly origin: string
  /** Signed by the log, and contradicting b. */
  readonly a: Checkpoint
  readonly b: Checkpoint
}

/**
 * A proof from two notes of one origin, or undefined when they do not contradict each other. The log's signatures are
 * expected to be verified already; {@link verifyEquivocation} will ask.
 *
 * @param readerOfLarger reads the tree of the note with the larger size; not asked when the sizes are equal. A RangeError
 *   when its tree has another root than that note
 */
export function proveEquivocation(
  one: Note,
  other: Note,
  readerOfLarger: HashReader,
  sha256?: Sha256,
): EquivocationProof | undefined {
  const [smaller, larger] = inOrder(one, other)
  const a = parseCheckpoint(smaller.text)
  const b = parseCheckpoint(larger.text)
  if (a.origin !== b.origin || a.size === 0) return undefined
  if (a.size === b.size) return equalBytes(a.root, b.root) ? undefined : { noteA: smaller, noteB: larger }
  if (!equalBytes(readRoot(readerOfLarger, b.size, sha256), b.root)) {
    throw new RangeError('not the tree of the larger note')
  }
  const root = readRoot(readerOfLarger, a.size, sha256)
  if (equalBytes(root, a.root)) return undefined
  return {
    noteA: smaller,
    noteB: larger,
    prior: { root, path: proveConsistency(readerOfLarger, a.size, b.size, sha256) },
  }
}

/** The proof that two notes of one size and two roots are; a RangeError when they are not. */
export function equivocationOfSameSize(one: Note, other: Note): EquivocationProof {
  const a = parseCheckpoint(one.text)
  const b = parseCheckpoint(other.text)
  if (a.origin !== b.origin || a.size !== b.size || equalBytes(a.root, b.root)) {
    throw new RangeError('two notes of one origin and size with two roots are needed')
  }
  const [noteA, noteB] = inOrder(one, other)
  return { noteA, noteB }
}

/**
 * A proof from a consistency proof alone: one that leads to the larger note's root and to another than the smaller's.
 * Undefined when it does not, so also when it is just wrong, and always when the smaller size is a power of two: such a
 * path does not hold the smaller root, and only the larger tree itself can show it ({@link proveEquivocation}).
 *
 * @param path consistency proof between the two sizes; untrusted
 */
export function equivocationFromConsistency(
  smaller: Note,
  larger: Note,
  path: readonly Hash[],
  sha256?: Sha256,
): EquivocationProof | undefined {
  const a = parseCheckpoint(smaller.text)
  const b = parseCheckpoint(larger.text)
  if (a.origin !== b.origin || a.size === 0 || a.size >= b.size) return undefined
  try {
    const implied = rootsFromConsistency(a.size, a.root, b.size, path, sha256)
    if (equalBytes(implied.from, a.root) || !equalBytes(implied.to, b.root)) return undefined
    return { noteA: smaller, noteB: larger, prior: { root: implied.from, path } }
  } catch (error) {
    if (isLedgerError(error)) return undefined
    throw error
  }
}

/**
 * What the proof proves.
 *
 * @param logKey the key of the accused, from trusted configuration or its genesis
 * @throws LedgerError EQUIVOCATION_INVALID when it proves nothing, with the reason as its cause where there is one
 */
export async function verifyEquivocation(
  proof: EquivocationProof,
  logKey: VerifierKey,
  verifier: SignatureVerifier,
  sha256?: Sha256,
): Promise<Equivocation> {
  try {
    const a = await openCheckpoint(proof.noteA, logKey, verifier)
    const b = await openCheckpoint(proof.noteB, logKey, verifier)
    if (!isInOrder(a, b)) throw invalid('notes in the wrong order')
    if (a.size === b.size) {
      if (proof.prior !== undefined) throw invalid('a consistency proof between equal sizes')
      if (equalBytes(a.root, b.root)) throw invalid('two notes of the same root')
    } else {
      if (proof.prior === undefined) throw invalid('two sizes and no consistency proof')
      if (equalBytes(proof.prior.root, a.root)) throw invalid('two notes that are consistent')
      verifyConsistency(a.size, proof.prior.root, b.size, b.root, proof.prior.path, sha256)
    }
    return { origin: a.origin, a, b }
  } catch (cause) {
    if (!isLedgerError(cause) || cause.code === 'EQUIVOCATION_INVALID') throw cause
    throw new LedgerError('EQUIVOCATION_INVALID', `not a fork proof against ${logKey.name}: ${cause.message}`, {
      cause,
    })
  }
}

export function encodeEquivocation(proof: EquivocationProof): Uint8Array {
  const fields = new Map<CborKey, CborValue>([
    ['v', 1],
    ['notes', [formatNote(proof.noteA), formatNote(proof.noteB)]],
  ])
  const { prior } = proof
  if (prior !== undefined) {
    fields.set(
      'prior',
      new Map<CborKey, CborValue>([
        ['path', prior.path],
        ['root', prior.root],
      ]),
    )
  }
  return encodeCbor(fields)
}

/**
 * @throws LedgerError EQUIVOCATION_INVALID when the CBOR has another shape
 * @throws LedgerError NOTE_MALFORMED when one of the notes is none
 * @throws LedgerError CBOR_MALFORMED, CBOR_NOT_DETERMINISTIC, CBOR_LIMIT, UTF8_MALFORMED when it is no such CBOR
 */
export function decodeEquivocation(bytes: Uint8Array): EquivocationProof {
  const fields = decodeCbor(bytes, { maxBytes: 2 * MAX_NOTE_BYTES + 4096, maxItems: 100 })
  if (!isCborMap(fields) || fields.get('v') !== 1) throw invalid('no map of version 1')
  const notes = fields.get('notes')
  if (!isCborArray(notes) || notes.length !== 2) throw invalid('no two notes')
  const [bytesA, bytesB] = notes
  if (!(bytesA instanceof Uint8Array) || !(bytesB instanceof Uint8Array)) throw invalid('a note that is not bytes')
  const noteA = parseNote(bytesA)
  const noteB = parseNote(bytesB)
  const prior = fields.get('prior')
  if (fields.size !== (prior === undefined ? 2 : 3)) throw invalid('a key of no meaning')
  return prior === undefined ? { noteA, noteB } : { noteA, noteB, prior: toPriorRoot(prior) }
}

function toPriorRoot(value: CborValue): PriorRoot {
  if (!isCborMap(value) || value.size !== 2) throw invalid('no prior root and path')
  const root = value.get('root')
  const path = value.get('path')
  if (!isHash(root)) throw invalid('a prior root that is no hash')
  if (!isCborArray(path) || path.length > MAX_PATH_HASHES || !path.every(isHash)) throw invalid('a path that is none')
  return { root, path }
}

function isHash(value: CborValue | undefined): value is Hash {
  return value instanceof Uint8Array && value.length === HASH_BYTES
}

function inOrder(one: Note, other: Note): [Note, Note] {
  return isInOrder(parseCheckpoint(one.text), parseCheckpoint(other.text)) ? [one, other] : [other, one]
}

/** The one order of two contradicting checkpoints, so that the same two notes make the same proof. */
function isInOrder(a: Checkpoint, b: Checkpoint): boolean {
  return a.size < b.size || (a.size === b.size && compareBytes(a.root, b.root) <= 0)
}

function invalid(found: string): LedgerError {
  return new LedgerError('EQUIVOCATION_INVALID', `expected a fork proof, found ${found}`)
}
