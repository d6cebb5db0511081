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
import type { Hash } from '../merkle/hash.ts'
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
import { earlierIndex } from './earlier-index.ts'
import type { HeldLog } from './log-registry.ts'
import { Mutex } from './mutex.ts'
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

/** What a peer says of a log, which did sign it. */
interface Accusation {
  readonly origin: string
  readonly size: number
  readonly evidence: Uint8Array
  readonly committed: { readonly subjects: number; readonly root: Hash }
  readonly from: string
}

export class IndexFaults {
  private readonly store: Store
  private readonly clock: Clock
  private readonly writes = new Mutex()
  private readonly faults = new Map<string, IndexFault>()
  private readonly listeners: ((fault: IndexFault) => void)[] = []
  /** Peers that accused a log that did no wrong. */
  private readonly unheeded = new Set<string>()
  /** One accusation at a time is looked into when that takes long. */
  private computing: Promise<void> | undefined
  private readonly stopping = new AbortController()

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
   * otherwise. `later`: that is not known yet, since too few entries are here, or what the index was at that size has to be
   * computed first, which is begun; the peer is to be asked again.
   *
   * @param from whoever accuses a log that did no wrong is not listened to again: each question may take a pass over an index
   */
  async learn(
    bytes: Uint8Array,
    from: string,
    find: (origin: string) => HeldLog | undefined,
    verifier: SignatureVerifier,
  ): Promise<'kept' | 'nothing' | 'later'> {
    try {
      const evidence = decodeIndexEvidence(bytes)
      const note = parseNote(evidence.note)
      const log = find(note.text.split('\n')[0] ?? '')
      if (log === undefined || this.find(log.origin) !== undefined || this.unheeded.has(from)) return 'nothing'
      const checkpoint = await openCheckpoint(note, log.logKey, verifier)
      const { publicKey } = log.logKey
      verifyIndexEvidence(evidence, checkpoint, publicKey, nativeSha256)
      const commitment = readCommitment(evidence.commitment, { origin: log.origin, publicKey }, nativeSha256)
      const committed = commitment?.maps.find(({ id }) => id === MAP_ID)
      if (committed === undefined) return 'nothing'
      const { size } = checkpoint
      if (log.store.size < size || log.index.size < size) return 'later'
      // Another history than the one held here: a fork, which has proofs of its own.
      if (!equalBytes(log.store.rootAt(size), checkpoint.root)) return 'nothing'
      const accusation = { origin: log.origin, size, evidence: bytes, committed, from }
      const index = log.index.at(size)
      if (index !== undefined) return (await this.settle(accusation, index)) ? 'kept' : 'nothing'
      this.computing ??= this.settleLater(accusation, log).finally(() => (this.computing = undefined))
      return 'later'
    } catch (error) {
      if (!isLedgerError(error) || error.code.startsWith('STORE_')) throw error
      return 'nothing'
    }
  }

  /** Waits for what is being computed, which ends early. */
  async stop(): Promise<void> {
    this.stopping.abort()
    await this.computing
  }

  private async settleLater(accusation: Accusation, log: HeldLog): Promise<void> {
    try {
      const index = await earlierIndex(log, accusation.size, this.stopping.signal)
      if (index !== undefined) await this.settle(accusation, index)
    } catch (error) {
      // A store that fails says so to whoever writes next; the peer is asked again.
      if (!isLedgerError(error)) throw error
    }
  }

  /** @returns whether the accusation is right */
  private async settle(
    { origin, size, evidence, committed, from }: Accusation,
    index: { readonly subjects: number; readonly root: Hash },
  ): Promise<boolean> {
    if (committed.subjects === index.subjects && equalBytes(committed.root, index.root)) {
      this.unheeded.add(from)
      return false
    }
    await this.keep(origin, size, evidence)
    return true
  }

  /** One after the other: the own judgement and a peer's word may come to the same at once. */
  private async keep(origin: string, size: number, evidence: Uint8Array): Promise<void> {
    await this.writes.run(async () => {
      if (this.faults.has(origin)) return
      const fault: IndexFault = { origin, size, evidence, detectedAt: this.clock.nowSeconds() }
      await this.store.commit([prepareFault(fault)])
      this.faults.set(origin, fault)
      for (const listener of this.listeners) listener(fault)
    })
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
