/**
 * Proof files: one entry's inclusion in a cosigned checkpoint, to be checked offline (C2SP tlog-proof).
 *
 *     c2sp.org/tlog-proof@v1
 *     index 2
 *     GKLyfU5dgV2w0yvEgO6skOR9CeHQtwRFMR+WjMviLiE=
 *
 *     log.example/ledger/1
 *     3
 *     ...
 *
 * The entry itself is not in the file.
 */
import { concatBytes, fromBase64, toBase64 } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { HASH_BYTES, type Hash, leafHash } from '../merkle/hash.ts'
import { verifyInclusion } from '../merkle/inclusion.ts'
import { assertTreeSize } from '../merkle/tree-size.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { parseDecimal } from './decimal.ts'
import { type Note, MAX_NOTE_BYTES, formatNote, parseNote } from './note.ts'
import { splitAtEmptyLine } from './text-header.ts'
import type { VerifierKey } from './verifier-key.ts'

const FIRST_LINE = 'c2sp.org/tlog-proof@v1'
const MAX_PATH_HASHES = 63
const MAX_HEADER_BYTES: number = 128 * 1024

export interface TlogProof {
  /** Opaque to this format, and not authenticated by anything in it. */
  readonly extra?: Uint8Array
  /** Position of the entry in the log. */
  readonly index: number
  /** Sibling hashes, lowest level first; empty in a log of one entry. */
  readonly path: readonly Hash[]
  readonly note: Note
}

/**
 * @throws LedgerError TLOG_PROOF_MALFORMED unless the first lines are exactly what {@link formatTlogProof} prints
 * @throws LedgerError NOTE_MALFORMED when no note follows them
 */
export function parseTlogProof(bytes: Uint8Array): TlogProof {
  if (bytes.length > MAX_NOTE_BYTES + MAX_HEADER_BYTES) throw malformed(`${bytes.length} bytes`)
  const parts = splitAtEmptyLine(bytes, MAX_HEADER_BYTES)
  if (parts === undefined) throw malformed('no empty line after the path')
  const [first, ...lines] = parts.lines
  if (first !== FIRST_LINE) throw malformed(`a first line that is not "${FIRST_LINE}"`)
  const extra = lines[0]?.startsWith('extra ') === true ? parseBase64(lines.shift()?.slice(6) ?? '') : undefined
  if (extra?.length === 0) throw malformed('an empty extra line')
  const indexLine = lines.shift()
  const index = indexLine?.startsWith('index ') === true ? parseDecimal(indexLine.slice(6)) : undefined
  if (index === undefined) throw malformed('no "index N" line')
  if (lines.length > MAX_PATH_HASHES) throw malformed(`${lines.length} hashes`)
  const path = lines.map(parseBase64)
  if (path.some((hash) => hash.length !== HASH_BYTES)) throw malformed('a hash that has not 32 bytes')
  return { ...(extra === undefined ? {} : { extra }), index, path, note: parseNote(parts.rest) }
}

/** A RangeError means the proof is none. */
export function formatTlogProof(proof: TlogProof): Uint8Array {
  const { extra, index, path, note } = proof
  assertTreeSize(index)
  if (path.length > MAX_PATH_HASHES) throw new RangeError(`${path.length} hashes in a path`)
  if (path.some((hash) => hash.length !== HASH_BYTES)) throw new RangeError('a hash has 32 bytes')
  const extraLines = extra === undefined || extra.length === 0 ? [] : [`extra ${toBase64(extra)}`]
  const lines = [FIRST_LINE, ...extraLines, `index ${index}`, ...path.map(toBase64), '']
  const header = encodeUtf8(lines.map((line) => `${line}\n`).join(''))
  if (header.length > MAX_HEADER_BYTES) throw new RangeError('too much extra data for a proof file')
  return concatBytes(header, formatNote(note))
}

/**
 * That the entry is in the log at the size of the checkpoint. Who else cosigned it is for the caller to ask.
 *
 * @param entry the entry's bytes
 * @param logKey from trusted configuration
 * @throws LedgerError as openCheckpoint and verifyInclusion
 */
export async function verifyTlogProof(
  proof: TlogProof,
  entry: Uint8Array,
  logKey: VerifierKey,
  verifier: SignatureVerifier,
): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(proof.note, logKey, verifier)
  verifyInclusion(leafHash(entry), proof.index, checkpoint.size, proof.path, checkpoint.root)
  return checkpoint
}

function parseBase64(text: string): Uint8Array {
  try {
    return fromBase64(text)
  } catch (cause) {
    throw malformed('a line that is not base64', cause)
  }
}

function malformed(found: string, cause?: unknown): LedgerError {
  return new LedgerError('TLOG_PROOF_MALFORMED', `expected a tlog-proof file, found ${found}`, { cause })
}
