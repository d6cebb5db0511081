/**
 * The index commitment: the leaf in which a log states the root of its index. It is the last leaf of every published
 * checkpoint, and covers all leaves before it. Its payload is
 *
 *     dCBOR(["tallystick/index-commitment/v1", size, [[map id, subject count, root], ...]])
 *
 * where size is the index of the leaf itself. Several maps may stand side by side, so that a map function can be replaced
 * without a break.
 */
import { copyBytes, equalBytes } from '../encoding/bytes.ts'
import { type CborValue, decodeCbor, encodeCbor, isCborArray } from '../encoding/cbor.ts'
import { LedgerError } from '../errors.ts'
import { HASH_BYTES, type Hash, type Sha256 } from '../merkle/hash.ts'
import { keyThumbprint } from '../signing/key.ts'
import type { Signer } from '../signing/signer.ts'
import { decodeStatement, prepareEnvelope, signStatement } from '../statement/envelope.ts'

const TAG = 'tallystick/index-commitment/v1'
const KIND = 2
const MAX_MAPS = 16

export interface CommittedMap {
  readonly id: number
  /** How many subjects the index has. */
  readonly subjects: number
  readonly root: Hash
}

export interface IndexCommitment {
  /** How many leaves the index covers; also the position of the commitment. */
  readonly size: number
  /** Ascending by id. */
  readonly maps: readonly CommittedMap[]
}

export function encodeCommitment({ size, maps }: IndexCommitment): Uint8Array {
  return copyBytes(encodeCbor([TAG, size, maps.map(({ id, subjects, root }) => [id, subjects, root])]))
}

/** @throws LedgerError PROOF_MALFORMED, CBOR_MALFORMED, CBOR_NOT_DETERMINISTIC, CBOR_LIMIT */
export function decodeCommitment(payload: Uint8Array): IndexCommitment {
  const value = decodeCbor(payload)
  const [tag, size, list] = isCborArray(value) && value.length === 3 ? value : []
  if (tag !== TAG) throw malformed(`it does not begin with ${TAG}`)
  if (!isCount(size)) throw malformed('its size is not a number of leaves')
  if (!isCborArray(list) || list.length === 0 || list.length > MAX_MAPS) throw malformed(`it has 1 to ${MAX_MAPS} maps`)
  const maps = list.map(readMap)
  if (maps.some(({ id }, i) => i > 0 && id <= (maps[i - 1]?.id ?? 0))) throw malformed('its map ids do not ascend')
  return { size, maps }
}

function readMap(value: CborValue): CommittedMap {
  const [id, subjects, root] = isCborArray(value) && value.length === 3 ? value : []
  if (!isCount(id) || id === 0 || !isCount(subjects)) throw malformed('a map has an id and a count of subjects')
  if (!(root instanceof Uint8Array) || root.length !== HASH_BYTES) throw malformed('a root has 32 bytes')
  return { id, subjects, root }
}

/** The entry: signed by the log key, so that a wrong root is a lie that anyone can carry around. */
export function signCommitment(commitment: IndexCommitment, origin: string, signer: Signer): Uint8Array {
  const claims = { iss: origin, sub: origin }
  return signStatement(prepareEnvelope(KIND, encodeCommitment(commitment), claims, signer.publicKey), signer)
}

/**
 * Reads the commitment out of an entry of a log. The signature is not checked: the entry counts where it stands under a
 * checkpoint that the log signed.
 *
 * @returns undefined when the entry is not an index commitment of this log
 */
export function readCommitment(
  entry: Uint8Array,
  log: { readonly origin: string; readonly publicKey: Uint8Array | undefined },
  sha256: Sha256,
): IndexCommitment | undefined {
  // Nearly all entries are something else; the content type stands in the clear.
  try {
    const statement = decodeStatement(entry, sha256)
    const { origin, publicKey } = log
    const isOfLog = statement.kind === KIND && statement.iss === origin && statement.sub === origin
    if (!isOfLog || (publicKey !== undefined && !equalBytes(statement.kid, keyThumbprint(publicKey)))) return undefined
    return decodeCommitment(statement.payloadBytes)
  } catch (error) {
    if (error instanceof LedgerError) return undefined
    throw error
  }
}

function isCount(value: CborValue | undefined): value is number {
  return typeof value === 'number' && value >= 0
}

function malformed(what: string): LedgerError {
  return new LedgerError('PROOF_MALFORMED', `not an index commitment: ${what}`)
}
