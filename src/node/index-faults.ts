/**
 * What a mirror vouches for beside holding every entry: that the index commitment under a checkpoint is the root of the
 * index it recomputed itself. A log that committed to another root gets no mirror cosignature from this node; the signed
 * proof of it is kept, shown, and given to peers. Witness cosigning goes on: the history itself is one.
 *
 * The proof is index evidence (subject-index/evidence.ts) whose tree is cut off at the committed root: with the entries of
 * the log at hand, anybody computes the right root and sees that it is not this one.
 */
import { equalBytes } from '../encoding/bytes.ts'
import { type CborValue, decodeCbor, encodeCbor, isCborArray } from '../encoding/cbor.ts'
import { isLedgerError, LedgerError } from '../errors.ts'
import { proveInclusion } from '../merkle/inclusion.ts'
import { type Checkpoint, openCheckpoint } from '../note/checkpoint.ts'
import { formatNote, type Note, parseNote } from '../note/note.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import type { Operation, Store } from '../storage/store.ts'
import { readCommitment } from '../subject-index/commitment.ts'
import { decodeIndexEvidence, encodeIndexEvidence, type IndexEvidence } from '../subject-index/evidence.ts'
import { MAP_ID } from '../subject-index/postings.ts'
import { verifyIndexEvidence } from '../subject-index/verify-evidence.ts'
import type { Clock } from './clock.ts'
import type { HeldLog } from './log-registry.ts'
import { nativeSha256 } from './native-crypto.ts'
import { nodeRowKey, nodeRowRange } from './rows.ts'

export interface IndexFault {
  origin: string
  /** Size of the checkpoint whose commitment is wrong. */
  size: number
  evidence: Uint8Array
  detectedAt: number
}

/**
 * `agrees`: the committed root is the one computed here. `silent`: the checkpoint does not end with a commitment, so it
 * says nothing about the index. `unknown`: what the index was at that size is not kept here any more.
 */
export type IndexJudgement = 'agrees' | 'silent' | 'differs' | 'unknown'

export class IndexFaults {
  private readonly store: Store
  private readonly clock: Clock
  private readonly faults = new Map<string, IndexFault>()
  private readonly listeners: ((fault: IndexFault) => void)[] = []

  private constructor(store: Store, clock: Clock) {
    this.store = store
    this.clock = clock
  }

  static async open(store: Store, clock: Clock): Promise<IndexFaults> {
    const faults = new IndexFaults(store, clock)
    for await (const [, value] of store.range(nodeRowRange('index-fault'))) {
      const fault = decodeFault(value)
      faults.faults.set(fault.origin, fault)
    }
    return faults
  }

  onFault(listener: (fault: IndexFault) => void): void {
    this.listeners.push(listener)
  }

  /** The first fault of a log that was found; a second one adds nothing. */
  find(origin: string): IndexFault | undefined {
    return this.faults.get(origin)
  }

  all(): IndexFault[] {
    return [...this.faults.values()]
  }

  /**
   * Compares the commitment under a checkpoint with the index of the entries held here; keeps the proof where they differ.
   *
   * @param note signed by the log, with this checkpoint; the replica holds all its entries
   */
  async judge(log: HeldLog, note: Note, checkpoint: Checkpoint): Promise<IndexJudgement> {
    const { origin } = log
    const entry = log.store.readEntry(checkpoint.size - 1)
    const commitment = readCommitment(entry, { origin, publicKey: log.logKey.publicKey }, nativeSha256)
    if (commitment === undefined) return 'silent'
    const index = log.index.at(checkpoint.size)
    if (index === undefined) return 'unknown'
    const map = commitment.maps.find(({ id }) => id === MAP_ID)
    if (map === undefined) return 'silent'
    const isRight =
      commitment.size === checkpoint.size - 1 && map.subjects === index.subjects && equalBytes(map.root, index.root)
    if (isRight) return 'agrees'
    const evidence: IndexEvidence = {
      note: formatNote(note),
      commitment: entry,
      path: proveInclusion(log.store.hashReader(), checkpoint.size - 1, checkpoint.size, nativeSha256),
      mapId: MAP_ID,
      proof: { hash: map.root },
      lists: [],
      elements: [],
    }
    await this.keep(origin, checkpoint.size, encodeIndexEvidence(evidence))
    return 'differs'
  }

  /**
   * A peer says that a log committed to a wrong root. Kept only if the log did sign it and the entries held here say
   * otherwise; false when that cannot be seen here, or is not so.
   */
  async learn(
    bytes: Uint8Array,
    find: (origin: string) => HeldLog | undefined,
    verifier: SignatureVerifier,
  ): Promise<boolean> {
    try {
      const evidence = decodeIndexEvidence(bytes)
      const note = parseNote(evidence.note)
      const log = find(note.text.split('\n')[0] ?? '')
      if (log === undefined || this.find(log.origin) !== undefined) return false
      const checkpoint = await openCheckpoint(note, log.logKey, verifier)
      verifyIndexEvidence(evidence, checkpoint, log.logKey.publicKey, nativeSha256)
      const index = log.index.at(checkpoint.size)
      const commitment = readCommitment(
        evidence.commitment,
        { origin: log.origin, publicKey: log.logKey.publicKey },
        nativeSha256,
      )
      const map = commitment?.maps.find(({ id }) => id === MAP_ID)
      if (index === undefined || map === undefined) return false
      if (map.subjects === index.subjects && equalBytes(map.root, index.root)) return false
      await this.keep(log.origin, checkpoint.size, bytes)
      return true
    } catch (error) {
      if (!isLedgerError(error) || error.code.startsWith('STORE_')) throw error
      return false
    }
  }

  private async keep(origin: string, size: number, evidence: Uint8Array): Promise<void> {
    if (this.faults.has(origin)) return
    const fault: IndexFault = { origin, size, evidence, detectedAt: this.clock.nowSeconds() }
    await this.store.commit([prepareFault(fault)])
    this.faults.set(origin, fault)
    for (const listener of this.listeners) listener(fault)
  }
}

function prepareFault({ origin, size, evidence, detectedAt }: IndexFault): Operation {
  const value: CborValue = [origin, size, evidence, detectedAt]
  return { type: 'put', key: nodeRowKey('index-fault', origin), value: encodeCbor(value) }
}

function decodeFault(row: Uint8Array): IndexFault {
  const value = decodeCbor(row)
  const [origin, size, evidence, detectedAt] = isCborArray(value) ? value : []
  if (
    typeof origin === 'string' &&
    typeof size === 'number' &&
    evidence instanceof Uint8Array &&
    typeof detectedAt === 'number'
  )
    return { origin, size, evidence, detectedAt }
  throw new LedgerError('STORE_CORRUPT', 'a stored index fault is not in a known form')
}
