/**
 * The list of a subject under one relation: the positions of the statements of that kind that refer to it, with the leaf
 * hash of each, in a Merkle tree of its own (RFC 9162). With the hash in the list, a statement's bytes need no inclusion
 * proof beside it.
 */
import { LedgerError } from '../errors.ts'
import { HASH_BYTES, type Hash, type Sha256 } from '../merkle/hash.ts'
import { verifyInclusion } from '../merkle/inclusion.ts'
import { appendLeaves, EMPTY_FRONTIER, frontierRoot } from '../merkle/tree.ts'

export interface ListItem {
  /** Index of the entry in the log. */
  readonly index: number
  /** Its leaf hash, SHA-256(00 || entry). */
  readonly leafHash: Hash
}

/** SHA-256(00 || u64(index) || leaf hash): the leaf of the list's tree. */
export function itemHash({ index, leafHash: hash }: ListItem, sha256: Sha256): Hash {
  if (hash.length !== HASH_BYTES) throw new RangeError(`a leaf hash has ${HASH_BYTES} bytes, not ${hash.length}`)
  ITEM_VIEW.setUint32(1, Math.floor(index / 2 ** 32))
  ITEM_VIEW.setUint32(5, index % 2 ** 32)
  ITEM.set(hash, 9)
  return sha256(ITEM)
}

/** Written anew for every hash and read before the next. */
const ITEM = new Uint8Array(1 + 8 + HASH_BYTES)
const ITEM_VIEW = new DataView(ITEM.buffer)

/** Root of the list; the list is in ascending order of index. */
export function listRoot(items: readonly ListItem[], sha256: Sha256): Hash {
  const hashes = items.map((item) => itemHash(item, sha256))
  return frontierRoot(appendLeaves(EMPTY_FRONTIER, hashes, sha256), sha256)
}

/** An item with the proof that it is number `position` of the list, counted from 0. */
export interface ListElement extends ListItem {
  readonly position: number
  /** Inclusion path in the list's tree (RFC 9162 section 2.1.3). */
  readonly path: readonly Hash[]
}

/** @throws LedgerError PROOF_INVALID, PROOF_LENGTH, TREE_RANGE when the list does not have it */
export function verifyElement(
  { index, leafHash: hash, position, path }: ListElement,
  list: { readonly count: number; readonly root: Hash },
  sha256: Sha256,
): void {
  verifyInclusion(itemHash({ index, leafHash: hash }, sha256), position, list.count, path, list.root, sha256)
}

/**
 * How many items of a list are below an older size of the log, from the item on each side of that boundary. No more than
 * two elements are needed, however long the list is.
 *
 * @param list as the record at the newer size says
 * @param elements the items at the boundary, in order of position
 * @throws LedgerError PROOF_INVALID when they do not settle it
 */
export function countBelow(
  size: number,
  list: { readonly count: number; readonly root: Hash },
  elements: readonly ListElement[],
  sha256: Sha256,
): number {
  for (const element of elements) verifyElement(element, list, sha256)
  const [first, second] = elements
  if (elements.length === 1 && first !== undefined) {
    if (first.position === 0 && first.index >= size) return 0
    if (first.position === list.count - 1 && first.index < size) return list.count
  }
  if (
    elements.length === 2 &&
    first !== undefined &&
    second !== undefined &&
    second.position === first.position + 1 &&
    first.index < size &&
    size <= second.index
  )
    return second.position
  throw new LedgerError('PROOF_INVALID', `the list elements given do not show how many are below ${size}`)
}
