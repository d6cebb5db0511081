/**
 * What index evidence proves: the records of subjects as of a checkpoint of the log, and with the lists, which statements
 * exactly refer to them. Whether the checkpoint itself is to be believed, signed by the log and vouched for by mirrors who
 * recomputed the index, is for the caller (docs/formats.md, "subject index"; docs/threat-model.md).
 */
import { equalBytes, toHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { verifyConsistency } from '../merkle/consistency.ts'
import { type Hash, leafHash, type Sha256 } from '../merkle/hash.ts'
import { verifyInclusion } from '../merkle/inclusion.ts'
import type { Checkpoint } from '../note/checkpoint.ts'
import { readCommitment } from './commitment.ts'
import type { IndexEvidence } from './evidence.ts'
import { countBelow, type ListItem, listRoot, verifyElement } from './list.ts'
import { MAP_ID } from './postings.ts'
import { lookUp, proofRoot } from './proof.ts'
import type { ListSummary, SubjectRecord } from './record.ts'

/** The index of one log as of one checkpoint, as far as the evidence goes. */
export class ProvenIndex {
  /** Size of the checkpoint, in leaves: the index covers all of them. */
  readonly size: number
  private readonly evidence: IndexEvidence
  private readonly lists: ReadonlyMap<string, readonly ListItem[]>
  private readonly sha256: Sha256

  constructor(size: number, evidence: IndexEvidence, sha256: Sha256) {
    this.size = size
    this.evidence = evidence
    this.lists = new Map(evidence.lists.map(({ key, relation, items }) => [listName(key, relation), items]))
    this.sha256 = sha256
  }

  /** The smaller size of the log for which the evidence tells how many there were; undefined: it tells of none. */
  get olderSize(): number | undefined {
    return this.evidence.older?.size
  }

  /** Whether it holds the list of a kind, and not its count alone. */
  holdsList(key: Hash, relation: number): boolean {
    return this.lists.has(listName(key, relation))
  }

  /** All items of all lists, as often as they are listed. */
  *items(): Iterable<ListItem> {
    for (const list of this.lists.values()) yield* list
  }

  /**
   * @returns undefined: no statement of the log refers to the subject
   * @throws LedgerError PROOF_INVALID when the evidence does not answer for this key
   */
  record(key: Hash): SubjectRecord | undefined {
    return lookUp(this.evidence.proof, key)
  }

  /** How many statements of this kind refer to the subject; throws like {@link record}. */
  count(key: Hash, relation: number): number {
    return this.record(key)?.get(relation)?.count ?? 0
  }

  /**
   * Exactly the statements of a kind that refer to the subject, in the order of the log.
   *
   * @throws LedgerError PROOF_INVALID when the evidence does not answer for this key, or does not hold its list
   */
  list(key: Hash, relation: number): readonly ListItem[] {
    if (this.record(key)?.get(relation) === undefined) return []
    const items = this.lists.get(listName(key, relation))
    if (items === undefined) throw invalid(`it holds no list of relation ${relation} for ${toHex(key)}`)
    return items
  }

  /**
   * How many there were as of the older checkpoint that the evidence names.
   *
   * @throws LedgerError PROOF_INVALID
   */
  countAsOfOlder(key: Hash, relation: number): number {
    const { older, elements } = this.evidence
    if (older === undefined) throw invalid('it names no older checkpoint')
    const list = this.record(key)?.get(relation)
    if (list === undefined) return 0
    const name = listName(key, relation)
    const own = elements.filter((element) => listName(element.key, element.relation) === name)
    return countBelow(older.size, list, own, this.sha256)
  }
}

/**
 * @param checkpoint that of the evidence's note, whose log signature the caller has verified
 * @param publicKey the log's, 32 bytes; undefined where only the cosignatures tell that the checkpoint is the log's
 * @throws LedgerError PROOF_INVALID, PROOF_LENGTH, PROOF_MALFORMED
 */
export function verifyIndexEvidence(
  evidence: IndexEvidence,
  checkpoint: Checkpoint,
  publicKey: Uint8Array | undefined,
  sha256: Sha256,
): ProvenIndex {
  const { commitment: entry, path, mapId, proof } = evidence
  if (mapId !== MAP_ID) throw invalid(`this program does not know the map ${mapId}`)
  const commitment = readCommitment(entry, { origin: checkpoint.origin, publicKey }, sha256)
  if (commitment === undefined) throw invalid(`its entry is no index commitment of ${checkpoint.origin}`)
  if (commitment.size !== checkpoint.size - 1)
    throw invalid(`its commitment is for ${commitment.size} entries, not the last of ${checkpoint.size}`)
  verifyInclusion(leafHash(entry, sha256), commitment.size, checkpoint.size, path, checkpoint.root, sha256)
  const map = commitment.maps.find(({ id }) => id === mapId)
  if (map === undefined) throw invalid(`the log commits to no map ${mapId}`)
  if (!equalBytes(proofRoot(proof, sha256), map.root)) throw invalid('its proof leads to another root')
  for (const { key, relation, items } of evidence.lists) {
    const summary = lookUp(proof, key)?.get(relation)
    if (summary === undefined) throw invalid(`it lists relation ${relation} of ${toHex(key)}, which has none`)
    verifyList(items, summary, commitment.size, sha256)
  }
  for (const element of evidence.elements) {
    const summary = lookUp(proof, element.key)?.get(element.relation)
    if (summary === undefined) throw invalid('it has an element of a list that its proof does not show')
    verifyElement(element, summary, sha256)
  }
  const { older } = evidence
  if (older !== undefined)
    verifyConsistency(older.size, older.root, checkpoint.size, checkpoint.root, older.consistency, sha256)
  return new ProvenIndex(checkpoint.size, evidence, sha256)
}

function verifyList(items: readonly ListItem[], summary: ListSummary, size: number, sha256: Sha256): void {
  if (items.length !== summary.count)
    throw invalid(`a list has ${items.length} items, its record says ${summary.count}`)
  for (const [i, { index }] of items.entries()) {
    if (index >= size || index <= (items[i - 1]?.index ?? -1)) throw invalid('a list is not in the order of the log')
  }
  if (!equalBytes(listRoot(items, sha256), summary.root)) throw invalid('a list leads to another root')
}

function listName(key: Hash, relation: number): string {
  return `${relation} ${toHex(key)}`
}

function invalid(what: string): LedgerError {
  return new LedgerError('PROOF_INVALID', `the index evidence does not hold: ${what}`)
}
