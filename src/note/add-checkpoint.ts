/**
 * The body by which a log asks a witness for a cosignature (C2SP tlog-witness, "add-checkpoint").
 *
 *     old 1
 *     KlNd/TaZevpzSC3dacqeMSq8URpOnH12MikKllT5/V0=
 *     3W3xJ0QlCFGb+6EvaNwG6PqHPhbKQbBKXGSr8Q2+2bw=
 *
 *     log.example/ledger/1
 *     3
 *     ...
 *
 * The same bytes travel over HTTP and between our nodes. The answer is signature lines alone (note.ts).
 */
import { concatBytes, fromBase64, toBase64 } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { HASH_BYTES, type Hash } from '../merkle/hash.ts'
import { assertTreeSize } from '../merkle/tree-size.ts'
import { parseDecimal } from './decimal.ts'
import { type Note, MAX_NOTE_BYTES, formatNote, parseNote } from './note.ts'
import { splitAtEmptyLine } from './text-header.ts'

const MAX_PROOF_HASHES = 63
const MAX_HEADER_BYTES = 4096

export interface AddCheckpoint {
  /** Size that the log believes the witness cosigned last; 0 when it never did. */
  readonly old: number
  /** Consistency proof from old to the size in the note; empty when they are equal or old is 0. At most 63 hashes. */
  readonly proof: readonly Hash[]
  readonly note: Note
}

/**
 * @throws LedgerError ADD_CHECKPOINT_MALFORMED unless the first lines are exactly what {@link formatAddCheckpoint} prints
 * @throws LedgerError NOTE_MALFORMED when no note follows them
 */
export function parseAddCheckpoint(bytes: Uint8Array): AddCheckpoint {
  if (bytes.length > MAX_NOTE_BYTES + MAX_HEADER_BYTES) throw malformed(`${bytes.length} bytes`)
  const parts = splitAtEmptyLine(bytes, MAX_HEADER_BYTES)
  if (parts === undefined) throw malformed('no empty line after the proof')
  const [first, ...hashes] = parts.lines
  const old = first?.startsWith('old ') === true ? parseDecimal(first.slice(4)) : undefined
  if (old === undefined) throw malformed('a first line that is not "old SIZE"')
  if (hashes.length > MAX_PROOF_HASHES) throw malformed(`${hashes.length} proof lines`)
  return { old, proof: hashes.map(parseHash), note: parseNote(parts.rest) }
}

/** A RangeError means the request is none. */
export function formatAddCheckpoint(request: AddCheckpoint): Uint8Array {
  assertTreeSize(request.old)
  if (request.proof.length > MAX_PROOF_HASHES) throw new RangeError(`${request.proof.length} hashes in a proof`)
  if (request.proof.some((hash) => hash.length !== HASH_BYTES)) throw new RangeError('a hash has 32 bytes')
  const lines = [`old ${request.old}`, ...request.proof.map(toBase64), '']
  return concatBytes(encodeUtf8(lines.map((line) => `${line}\n`).join('')), formatNote(request.note))
}

function parseHash(line: string): Hash {
  let hash: Hash
  try {
    hash = fromBase64(line)
  } catch (cause) {
    throw malformed('a proof line that is not base64', cause)
  }
  if (hash.length !== HASH_BYTES) throw malformed(`a hash of ${hash.length} bytes`)
  return hash
}

function malformed(found: string, cause?: unknown): LedgerError {
  return new LedgerError('ADD_CHECKPOINT_MALFORMED', `expected an add-checkpoint body, found ${found}`, { cause })
}
