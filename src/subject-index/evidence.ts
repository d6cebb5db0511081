/**
 * Index evidence: one block that answers for any number of subjects in one log, self-contained (docs/formats.md, "subject
 * index"):
 *
 *     dCBOR({1: checkpoint note with its cosignatures, 2: commitment entry, 3: [inclusion path of the commitment],
 *            4: map id, 5: proof node (proof.ts), 6?: [[K, relation, [[index, leaf hash], ...]], ...] whole lists,
 *            7?: [[K, relation, position, index, leaf hash, [path]], ...] list elements,
 *            8?: [older size, older root, [consistency path]]})
 */
import { compareBytes, copyBytes } from '../encoding/bytes.ts'
import { type CborMap, type CborValue, decodeCbor, encodeCbor, isCborArray, isCborMap } from '../encoding/cbor.ts'
import { LedgerError } from '../errors.ts'
import { HASH_BYTES, type Hash } from '../merkle/hash.ts'
import type { ListElement, ListItem } from './list.ts'
import { type ProofTree, readTree, valueOf } from './proof.ts'
import { KEY_BITS } from './tree.ts'

export interface IndexEvidence {
  /** C2SP note, with cosignatures. */
  readonly note: Uint8Array
  /** The last entry under that checkpoint. */
  readonly commitment: Uint8Array
  readonly path: readonly Hash[]
  readonly mapId: number
  readonly proof: ProofTree
  /** Whole lists, by key and relation. */
  readonly lists: readonly EvidenceList[]
  readonly elements: readonly EvidenceElement[]
  /** The checkpoint for which elements tell the counts. */
  readonly older?: { readonly size: number; readonly root: Hash; readonly consistency: readonly Hash[] }
}

export interface EvidenceList {
  readonly key: Hash
  readonly relation: number
  readonly items: readonly ListItem[]
}

export interface EvidenceElement extends ListElement {
  readonly key: Hash
  readonly relation: number
}

/** Bounds what a file can make a verifier hold; lists take some 40 bytes an item. */
export const MAX_EVIDENCE_BYTES: number = 8 << 20
const MAX_EVIDENCE_ITEMS = 1 << 20
/** The proof tree stands two levels deep. */
const MAX_EVIDENCE_DEPTH = KEY_BITS + 4

export function encodeIndexEvidence(evidence: IndexEvidence): Uint8Array {
  const { note, commitment, path, mapId, proof, lists, elements, older } = evidence
  const map = new Map<number, CborValue>([
    [1, note],
    [2, commitment],
    [3, path],
    [4, mapId],
    [5, valueOf(proof)],
  ])
  if (lists.length > 0)
    map.set(
      6,
      lists.toSorted(byKeyAndRelation).map(({ key, relation, items }) => {
        return [key, relation, items.map(({ index, leafHash }) => [index, leafHash])]
      }),
    )
  if (elements.length > 0)
    map.set(
      7,
      elements
        .toSorted((a, b) => byKeyAndRelation(a, b) || a.position - b.position)
        .map((element) => {
          return [element.key, element.relation, element.position, element.index, element.leafHash, element.path]
        }),
    )
  if (older !== undefined) map.set(8, [older.size, older.root, older.consistency])
  return copyBytes(encodeCbor(map))
}

function byKeyAndRelation(
  a: { readonly key: Hash; readonly relation: number },
  b: { readonly key: Hash; readonly relation: number },
): number {
  return compareBytes(a.key, b.key) || a.relation - b.relation
}

/**
 * Reads the form; nothing is proved by it.
 *
 * @param bytes hostile
 * @throws LedgerError PROOF_MALFORMED, CBOR_MALFORMED, CBOR_NOT_DETERMINISTIC, CBOR_LIMIT
 */
export function decodeIndexEvidence(bytes: Uint8Array): IndexEvidence {
  const map = decodeCbor(bytes, {
    maxBytes: MAX_EVIDENCE_BYTES,
    maxItems: MAX_EVIDENCE_ITEMS,
    maxDepth: MAX_EVIDENCE_DEPTH,
  })
  if (!isCborMap(map)) throw malformed('it is not a map')
  for (const key of map.keys())
    if (typeof key !== 'number' || key < 1 || key > 8) throw malformed(`it has no field ${key}`)
  const proof = map.get(5)
  if (proof === undefined) throw malformed('it has no proof (5)')
  const lists = optionalArray(map, 6).map(readList)
  const elements = optionalArray(map, 7).map(readElement)
  assertAscending(lists, byKeyAndRelation)
  assertAscending(elements, (a, b) => byKeyAndRelation(a, b) || a.position - b.position)
  const evidence: IndexEvidence = {
    note: bytesAt(map.get(1), 'note (1)'),
    commitment: bytesAt(map.get(2), 'commitment (2)'),
    path: hashes(map.get(3)),
    mapId: count(map.get(4), 'map id (4)'),
    proof: readTree(proof),
    lists,
    elements,
  }
  const older = map.get(8)
  if (older === undefined) return evidence
  const [size, root, consistency] = items(older, 3)
  return { ...evidence, older: { size: count(size, 'older size'), root: hash(root), consistency: hashes(consistency) } }
}

/** A field that is absent when it is empty. */
function optionalArray(map: CborMap, key: number): readonly CborValue[] {
  const value = map.get(key)
  if (value === undefined) return []
  if (!isCborArray(value) || value.length === 0) throw malformed(`field ${key} is left out when it is empty`)
  return value
}

function readList(value: CborValue): EvidenceList {
  const [key, relation, list] = items(value, 3)
  if (!isCborArray(list) || list.length === 0) throw malformed('a list has one item or more')
  return {
    key: hash(key),
    relation: count(relation, 'relation'),
    items: list.map((item) => {
      const [index, leafHash] = items(item, 2)
      return { index: count(index, 'index'), leafHash: hash(leafHash) }
    }),
  }
}

function readElement(value: CborValue): EvidenceElement {
  const [key, relation, position, index, leafHash, path] = items(value, 6)
  return {
    key: hash(key),
    relation: count(relation, 'relation'),
    position: count(position, 'position'),
    index: count(index, 'index'),
    leafHash: hash(leafHash),
    path: hashes(path),
  }
}

function assertAscending<T>(list: readonly T[], compare: (a: T, b: T) => number): void {
  for (const [i, item] of list.entries()) {
    const before = list[i - 1]
    if (before !== undefined && compare(before, item) >= 0) throw malformed('its lists are not in order, each once')
  }
}

function items(value: CborValue | undefined, length: number): readonly CborValue[] {
  if (isCborArray(value) && value.length === length) return value
  throw malformed(`an array of ${length} was expected`)
}

function hashes(value: CborValue | undefined): Hash[] {
  if (!isCborArray(value)) throw malformed('a path is an array of hashes')
  return value.map(hash)
}

function hash(value: CborValue | undefined): Hash {
  const bytes = bytesAt(value, 'hash')
  if (bytes.length !== HASH_BYTES) throw malformed(`a hash has ${HASH_BYTES} bytes`)
  return bytes
}

function bytesAt(value: CborValue | undefined, what: string): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw malformed(`${what} is a byte string`)
}

function count(value: CborValue | undefined, what: string): number {
  if (typeof value === 'number' && value >= 0) return value
  throw malformed(`${what} is an unsigned integer`)
}

function malformed(what: string): LedgerError {
  return new LedgerError('PROOF_MALFORMED', `not index evidence: ${what}`)
}
