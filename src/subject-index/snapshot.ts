/**
 * A snapshot of the index of a log: every record, for audits that ask about many subjects at once. Whoever reads it needs
 * memory for one record at a time, and knows at the end whether it was all of them.
 *
 *     "tallystick/index-snapshot/v1\n" || u32(length) || dCBOR({1: checkpoint note with its cosignatures, 2: commitment entry,
 *      3: [inclusion path of the commitment], 4: map id}) || rows
 *     row = K 32 || varint(len V) || V                               ascending by K (record.ts)
 */
import { concatBytes, copyBytes, equalBytes, readU32, u32 } from '../encoding/bytes.ts'
import { type CborValue, decodeCbor, encodeCbor, isCborArray, isCborMap } from '../encoding/cbor.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { HASH_BYTES, type Hash, leafHash, type Sha256 } from '../merkle/hash.ts'
import { verifyInclusion } from '../merkle/inclusion.ts'
import type { Checkpoint } from '../note/checkpoint.ts'
import { readCommitment } from './commitment.ts'
import { MAP_ID } from './postings.ts'
import { MAX_RECORD_BYTES } from './record.ts'
import { type IndexRow, IndexRootStream } from './tree.ts'

const MAGIC = encodeUtf8('tallystick/index-snapshot/v1\n')
const MAX_HEAD_BYTES = 256 << 10

/** What the rows after it are the index of. */
export interface SnapshotHead {
  /** C2SP note, with cosignatures. */
  readonly note: Uint8Array
  /** The last entry under that checkpoint. */
  readonly commitment: Uint8Array
  readonly path: readonly Hash[]
  readonly mapId: number
}

export function encodeSnapshotHead({ note, commitment, path, mapId }: SnapshotHead): Uint8Array {
  const head = encodeCbor(
    new Map<number, CborValue>([
      [1, note],
      [2, commitment],
      [3, path],
      [4, mapId],
    ]),
  )
  return concatBytes(MAGIC, u32(head.length), head)
}

export function encodeSnapshotRow({ key, value }: IndexRow): Uint8Array {
  const isLong = value.length > 127
  const length = isLong ? [(value.length & 127) | 128, value.length >> 7] : [value.length]
  return concatBytes(key, Uint8Array.from(length), value)
}

/** Reads a snapshot in pieces of any size. */
export class SnapshotReader {
  private readonly sha256: Sha256
  private readonly root: IndexRootStream
  private readonly onRow: (row: IndexRow) => void
  /** Bytes that are no whole row yet. */
  private rest: Uint8Array = new Uint8Array(0)
  private opened: SnapshotHead | undefined
  private rows = 0

  /** @param onRow called with every row; nothing is proved before {@link finish} */
  constructor(sha256: Sha256, onRow: (row: IndexRow) => void = () => undefined) {
    this.sha256 = sha256
    this.root = new IndexRootStream(sha256)
    this.onRow = onRow
  }

  /** @throws LedgerError PROOF_MALFORMED, CBOR_* */
  push(piece: Uint8Array): void {
    let bytes = this.rest.length === 0 ? piece : concatBytes(this.rest, piece)
    if (this.opened === undefined) {
      const end = this.readHead(bytes)
      if (end === undefined) {
        this.rest = copyBytes(bytes)
        return
      }
      bytes = bytes.subarray(end)
    }
    this.rest = copyBytes(bytes.subarray(this.readRows(bytes)))
  }

  /** The head, once it is read. */
  get head(): SnapshotHead | undefined {
    return this.opened
  }

  /**
   * To be called after the last piece.
   *
   * @param checkpoint that of the head's note, whose log signature the caller has verified
   * @param publicKey the log's; undefined where only the cosignatures tell that the checkpoint is the log's
   * @returns how many subjects the index has: all of them were read
   * @throws LedgerError PROOF_INVALID when the rows are not the index that the log committed to; PROOF_MALFORMED
   */
  finish(checkpoint: Checkpoint, publicKey: Uint8Array | undefined): number {
    const head = this.opened
    if (head === undefined || this.rest.length > 0) throw malformed('it ends in the middle')
    if (head.mapId !== MAP_ID) throw invalid(`this program does not know the map ${head.mapId}`)
    const { origin, size, root } = checkpoint
    const commitment = readCommitment(head.commitment, { origin, publicKey }, this.sha256)
    const map = commitment?.maps.find(({ id }) => id === MAP_ID)
    if (commitment === undefined || map === undefined || commitment.size !== size - 1)
      throw invalid(`its entry does not commit ${origin} to an index at size ${size}`)
    verifyInclusion(leafHash(head.commitment, this.sha256), size - 1, size, head.path, root, this.sha256)
    if (this.rows !== map.subjects) throw invalid(`it has ${this.rows} subjects, the index has ${map.subjects}`)
    if (!equalBytes(this.root.root(), map.root)) throw invalid('its records lead to another root')
    return this.rows
  }

  /** @returns where the rows begin; undefined when it is not all here */
  private readHead(bytes: Uint8Array): number | undefined {
    const shared = Math.min(bytes.length, MAGIC.length)
    if (!equalBytes(bytes.subarray(0, shared), MAGIC.subarray(0, shared))) throw malformed('it begins otherwise')
    const start = MAGIC.length + 4
    if (bytes.length < start) return undefined
    const length = readU32(bytes, MAGIC.length)
    if (length > MAX_HEAD_BYTES) throw malformed(`its head has ${length} bytes`)
    if (bytes.length < start + length) return undefined
    this.opened = decodeHead(bytes.slice(start, start + length))
    return start + length
  }

  /** @returns how many bytes were whole rows */
  private readRows(bytes: Uint8Array): number {
    let at = 0
    for (;;) {
      const short = bytes[at + HASH_BYTES]
      if (short === undefined) return at
      const isLong = short > 127
      const high = isLong ? bytes[at + HASH_BYTES + 1] : 0
      if (high === undefined) return at
      const length = (short & 127) + high * 128
      if (length > MAX_RECORD_BYTES || (isLong && high === 0)) throw malformed(`a record of ${length} bytes`)
      const start = at + HASH_BYTES + (isLong ? 2 : 1)
      if (bytes.length < start + length) return at
      this.addRow({ key: bytes.slice(at, at + HASH_BYTES), value: bytes.slice(start, start + length) })
      at = start + length
    }
  }

  private addRow(row: IndexRow): void {
    try {
      this.root.add(row)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw malformed('its records are not in order, each once')
    }
    this.rows++
    this.onRow(row)
  }
}

function decodeHead(bytes: Uint8Array): SnapshotHead {
  const map = decodeCbor(bytes, { maxBytes: MAX_HEAD_BYTES })
  if (!isCborMap(map) || map.size !== 4) throw malformed('its head is not a map of four fields')
  const [note, commitment, path, mapId] = [1, 2, 3, 4].map((key) => map.get(key))
  const isPath = isCborArray(path) && path.every((hash) => hash instanceof Uint8Array && hash.length === HASH_BYTES)
  if (!(note instanceof Uint8Array) || !(commitment instanceof Uint8Array) || !isPath || typeof mapId !== 'number')
    throw malformed('its head has other fields')
  return { note, commitment, path: path as readonly Hash[], mapId }
}

function malformed(what: string): LedgerError {
  return new LedgerError('PROOF_MALFORMED', `not a snapshot of a subject index: ${what}`)
}

function invalid(what: string): LedgerError {
  return new LedgerError('PROOF_INVALID', `the snapshot does not hold: ${what}`)
}
