/**
 * The witness: one atomic check-and-store per log, persisted before any answer leaves, whichever key then signs
 * (C2SP tlog-witness; docs/protocol.md, "Reserve, sign, publish").
 *
 * It also is the mirror's door: when a note confirms the reservation whose entries are already here, entries, note and
 * removal of the reservation are one batch, and the mirror key signs in the same answer.
 */
import { equalBytes } from '../encoding/bytes.ts'
import { isLedgerError } from '../errors.ts'
import { proveConsistency, verifyConsistency } from '../merkle/consistency.ts'
import { type Hash, leafHash } from '../merkle/hash.ts'
import { appendLeaves, EMPTY_FRONTIER, frontierRoot, type Frontier } from '../merkle/tree.ts'
import type { AddCheckpoint } from '../note/add-checkpoint.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from '../note/checkpoint.ts'
import { cosign } from '../note/cosignature.ts'
import {
  encodeEquivocation,
  equivocationFromConsistency,
  type EquivocationProof,
  equivocationOfSameSize,
} from '../note/equivocation.ts'
import { formatNote, formatSignatureLines, type Note, parseNote } from '../note/note.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import type { Signer } from '../signing/signer.ts'
import type { Operation, Store } from '../storage/store.ts'
import { isGenesisOf } from './card.ts'
import type { ClaimTable } from './claim-table.ts'
import type { Clock } from './clock.ts'
import type { ForkKeeper } from './fork-keeper.ts'
import type { IndexFaults } from './index-faults.ts'
import { prepareGrowth, type PreparedGrowth, readEntries } from './log-growth.ts'
import type { HeldLog, LogRegistry } from './log-registry.ts'
import { KeyedMutex } from './mutex.ts'
import { nativeSha256 } from './native-crypto.ts'
import type { StatementChecker } from './statement-checker.ts'
import {
  prepareReservedEntries,
  prepareReservedEntriesRemoval,
  prepareWitnessRecord,
  readReservedEntries,
  readWitnessRecord,
  type WitnessRecord,
} from './witness-record.ts'
import type { ClaimReply, CosignReply, Recollection, ReservationHead, ReserveReply } from './witness-reply.ts'

export interface CosignerIdentity {
  name: string
  signer: Signer
}

export interface WitnessDependencies {
  store: Store
  logs: LogRegistry
  claims: ClaimTable
  forks: ForkKeeper
  indexFaults: IndexFaults
  checker: StatementChecker
  verifier: SignatureVerifier
  clock: Clock
  witness: CosignerIdentity
  mirror: CosignerIdentity
  /** Called after a note advanced a log, with the newest log-signed size. */
  onAdvance: (origin: string) => void
}

export interface ReserveRequest {
  origin: string
  instance: Uint8Array
  size: number
  root: Hash
  start: number
  /** Roots of the perfect subtrees of the first `start` entries. */
  frontier: readonly Hash[]
  entries: readonly Uint8Array[]
}

/** How a log says it grew; from the network, unchecked. */
export interface GrowthProof {
  path: readonly Hash[]
  /**
   * Hashes one of which is the larger tree's root at the smaller size, where the path alone does not hold it: the
   * inclusion path of the first new leaf does when that size is a power of two.
   */
  priorRoots: readonly Hash[]
}

/** What a note did to the record: it moved it forward, was known, is older, or contradicts it. */
export type Observation = 'advanced' | 'known' | 'older' | 'forked' | 'unproven'

export class Witness {
  private readonly deps: WitnessDependencies
  private readonly locks = new KeyedMutex()

  constructor(deps: WitnessDependencies) {
    this.deps = deps
  }

  /** Questions are answered in every state, also for a frozen log: a restart of all at once must not deadlock. */
  claim(origin: string, instance: Uint8Array, connectionId: string): Promise<ClaimReply> {
    return this.locks.run(origin, async () => {
      const answer = this.deps.claims.claim(origin, instance, connectionId)
      const recollection = this.recollect(origin)
      if (answer.granted) return { granted: true, ...recollection }
      return { granted: false, renewedAgoMs: answer.renewedAgoMs, ...recollection }
    })
  }

  /** Stores the next batch of a log before its owner signs it. */
  reserve(request: ReserveRequest, connectionId: string): Promise<ReserveReply> {
    const { origin } = request
    return this.locks.run(origin, async (): Promise<ReserveReply> => {
      const { store, claims, forks, logs } = this.deps
      const refused = (reason: ReserveReply['reason'] & string): ReserveReply => ({
        stored: false,
        reason,
        ...this.recollect(origin),
      })
      const log = logs.get(origin)
      if (forks.isFrozen(origin) || log === undefined) return refused('frozen')
      if (!claims.holds(origin, request.instance, connectionId)) return refused('unclaimed')
      const record = readWitnessRecord(store, origin)
      if (request.start !== (record.checkpoint?.size ?? 0)) return refused('behind')
      if (request.start === 0 && log.card !== undefined && !isGenesisOf(log.card, request.entries[0]))
        return refused('mismatch')
      if (!isExtension(request, record.checkpoint)) return refused('mismatch')
      const existing = this.standing(log, record)
      if (existing !== undefined && existing.size === request.size && equalBytes(existing.root, request.root))
        return { stored: true }
      if (existing !== undefined && existing.start === request.start && request.size < existing.size) {
        // A prefix of what it holds is an old message that arrived late, not a change of mind.
        if (isPrefix(request.entries, readReservedEntries(store, origin))) return refused('prefix')
      }
      const reservation = { size: request.size, root: request.root, start: request.start }
      await store.commit([
        prepareWitnessRecord(origin, { ...record, reservation }),
        prepareReservedEntries(origin, request.entries),
      ])
      return { stored: true }
    })
  }

  /** The add-checkpoint call of tlog-witness, bound to the claim's connection. */
  async cosign(request: AddCheckpoint, instance: Uint8Array, connectionId: string): Promise<CosignReply> {
    const opened = await this.open(request.note)
    if ('refusal' in opened) return opened.refusal
    const { log, checkpoint } = opened
    return this.locks.run(log.origin, async (): Promise<CosignReply> => {
      if (this.deps.forks.isFrozen(log.origin))
        return refusal('frozen', `${log.origin} showed two histories and is frozen here`)
      if (!this.deps.claims.holds(log.origin, instance, connectionId)) {
        return refusal('unclaimed', 'notes are cosigned only on the connection that holds the claim')
      }
      const record = readWitnessRecord(this.deps.store, log.origin)
      const recorded = record.checkpoint?.size ?? 0
      if (request.old > checkpoint.size) return refusal('malformed', 'the old size is larger than the checkpoint')
      if (request.old !== recorded && checkpoint.size !== recorded) return conflict(record)
      const observation = await this.advance(log, record, request.note, checkpoint, request.proof)
      if (observation === 'forked') return refusal('frozen', `${log.origin} showed two histories`)
      if (observation === 'older') return conflict(record)
      if (observation === 'unproven') return refusal('proof', 'the consistency proof does not hold')
      return this.sign(log, request.note, checkpoint)
    })
  }

  /**
   * Records a note learnt elsewhere. `proof` shows consistency from the recorded size; undefined when the sizes agree.
   */
  async observe(note: Note, prove: (from: number) => Promise<GrowthProof>): Promise<Observation> {
    const opened = await this.open(note)
    if ('refusal' in opened) return 'unproven'
    const { log, checkpoint } = opened
    if (this.deps.forks.isFrozen(log.origin)) return 'forked'
    // The proof comes from the network: fetched outside the lock, checked against the record inside it.
    const before = readWitnessRecord(this.deps.store, log.origin).checkpoint?.size ?? 0
    const growth = before > 0 && before < checkpoint.size ? await prove(before) : { path: [], priorRoots: [] }
    return this.locks.run(log.origin, async () => {
      const record = readWitnessRecord(this.deps.store, log.origin)
      if ((record.checkpoint?.size ?? 0) !== before && (record.checkpoint?.size ?? 0) < checkpoint.size)
        return 'unproven'
      return this.advance(log, record, note, checkpoint, growth.path, growth.priorRoots)
    })
  }

  /** The newest log-signed checkpoint recorded for a log. */
  newest(origin: string): { note: Uint8Array; checkpoint: Checkpoint } | undefined {
    const { note, checkpoint } = readWitnessRecord(this.deps.store, origin)
    return note === undefined || checkpoint === undefined ? undefined : { note, checkpoint }
  }

  /** The entries of the reservation, for the owner that lost them. */
  reservedEntries(
    origin: string,
  ): { size: number; root: Hash; start: number; entries: readonly Uint8Array[] } | undefined {
    const log = this.deps.logs.get(origin)
    const reservation = log === undefined ? undefined : this.standing(log, readWitnessRecord(this.deps.store, origin))
    return reservation === undefined
      ? undefined
      : { ...reservation, entries: readReservedEntries(this.deps.store, origin) }
  }

  private recollect(origin: string): Recollection {
    const record = readWitnessRecord(this.deps.store, origin)
    const log = this.deps.logs.get(origin)
    const reservation = log === undefined ? undefined : this.standing(log, record)
    const { note } = record
    return {
      ...(note === undefined ? {} : { newestNote: note }),
      ...(reservation === undefined ? {} : { reservation }),
    }
  }

  /**
   * The reservation, unless what the log published since then contradicts it: it may end behind the newest note and yet be
   * another copy's. Where the entries up to that note are not here yet, nothing speaks against it.
   */
  private standing(log: HeldLog, { checkpoint, reservation }: WitnessRecord): ReservationHead | undefined {
    const end = checkpoint?.size ?? 0
    if (reservation === undefined || end <= reservation.start || log.store.size < end) return reservation
    const entries = readReservedEntries(this.deps.store, log.origin).slice(0, end - reservation.start)
    const { start } = reservation
    return entries.every((entry, i) => equalBytes(entry, log.store.readEntry(start + i))) ? reservation : undefined
  }

  private async open(note: Note): Promise<{ log: HeldLog; checkpoint: Checkpoint } | { refusal: CosignReply }> {
    let origin: string
    try {
      origin = parseCheckpoint(note.text).origin
    } catch {
      return { refusal: refusal('malformed', 'the note is no checkpoint') }
    }
    const log = this.deps.logs.get(origin)
    if (log === undefined || log.isOwn) return { refusal: refusal('unknown-log', `${origin} is not followed here`) }
    try {
      return { log, checkpoint: await openCheckpoint(note, log.logKey, this.deps.verifier) }
    } catch (error) {
      if (!isLedgerError(error)) throw error
      return { refusal: refusal('signature', error.message) }
    }
  }

  /** Called under the log's lock. After 'advanced' the note is on disk. */
  private async advance(
    log: HeldLog,
    record: WitnessRecord,
    note: Note,
    checkpoint: Checkpoint,
    proof: readonly Hash[],
    priorRoots: readonly Hash[] = [],
  ): Promise<Observation> {
    const newest = record.checkpoint
    if (newest !== undefined && record.note !== undefined) {
      if (checkpoint.size < newest.size)
        return this.isOnBranch(log, checkpoint) ? 'older' : this.accuseOlder(log, record.note, note, checkpoint, newest)
      if (checkpoint.size === newest.size) {
        if (equalBytes(checkpoint.root, newest.root)) return 'known'
        await this.accuse(
          log.origin,
          encodeEquivocation(equivocationOfSameSize(parseNote(record.note), note)),
          newest.size,
          checkpoint.size,
        )
        return 'forked'
      }
      if (newest.size > 0) {
        try {
          verifyConsistency(newest.size, newest.root, checkpoint.size, checkpoint.root, proof)
        } catch {
          return this.accuseWithProof(log.origin, parseNote(record.note), newest, note, checkpoint, proof, priorRoots)
        }
      }
    }
    await this.store(log, record, note, checkpoint)
    this.deps.onAdvance(log.origin)
    return 'advanced'
  }

  private isOnBranch(log: HeldLog, checkpoint: Checkpoint): boolean {
    return checkpoint.size > log.store.size || equalBytes(log.store.rootAt(checkpoint.size), checkpoint.root)
  }

  private async accuseOlder(
    log: HeldLog,
    newestNote: Uint8Array,
    note: Note,
    checkpoint: Checkpoint,
    newest: Checkpoint,
  ): Promise<Observation> {
    const proof =
      log.store.size >= newest.size ? proveConsistency(log.store.hashReader(), checkpoint.size, newest.size) : undefined
    if (proof === undefined) return 'unproven'
    return this.accuseWithProof(log.origin, note, checkpoint, parseNote(newestNote), newest, proof)
  }

  /** A proof that fits the larger root but implies another smaller one convicts the log; any other is just a bad proof. */
  private async accuseWithProof(
    origin: string,
    smallerNote: Note,
    smaller: Checkpoint,
    largerNote: Note,
    larger: Checkpoint,
    proof: readonly Hash[],
    priorRoots: readonly Hash[] = [],
  ): Promise<Observation> {
    const equivocation =
      equivocationFromConsistency(smallerNote, largerNote, proof) ??
      equivocationFromPriorRoot(smallerNote, smaller, largerNote, larger, proof, priorRoots)
    if (equivocation === undefined) return 'unproven'
    await this.accuse(origin, encodeEquivocation(equivocation), smaller.size, larger.size)
    return 'forked'
  }

  private accuse(origin: string, proof: Uint8Array, size: number, otherSize: number): Promise<void> {
    return this.deps.forks.freeze(origin, proof, size, otherSize)
  }

  /** Note, removal of what it settles, and the confirmed entries: one batch. */
  private store(log: HeldLog, record: WitnessRecord, note: Note, checkpoint: Checkpoint): Promise<void> {
    return log.appends.run(async () => {
      const next: WitnessRecord = { note: formatNote(onlyLogLine(note, log)) }
      const operations: Operation[] = []
      const append = await this.prepareConfirmed(log, record, checkpoint)
      if (append !== undefined) operations.push(...append.change.operations, ...append.rows)
      if (record.reservation !== undefined) {
        // Equal or extended: the signed note settles what the reservation was for. Contradicted by a smaller one: standing().
        if (record.reservation.size > checkpoint.size) next.reservation = record.reservation
        else operations.push(prepareReservedEntriesRemoval(log.origin))
      }
      operations.push(prepareWitnessRecord(log.origin, next))
      await this.deps.store.commit(operations)
      append?.change.applied()
    })
  }

  /** The reserved entries, as an append to the replica, where the note confirms them and they continue what is here. */
  private async prepareConfirmed(
    log: HeldLog,
    { reservation }: WitnessRecord,
    checkpoint: Checkpoint,
  ): Promise<{ change: PreparedGrowth; rows: Operation[] } | undefined> {
    if (reservation === undefined || reservation.start !== log.store.size) return undefined
    if (reservation.size !== checkpoint.size || !equalBytes(reservation.root, checkpoint.root)) return undefined
    const checks = this.deps.checker.begin(log, log.store.size)
    const reserved = readReservedEntries(this.deps.store, log.origin)
    const entries = readEntries(reserved, (statement) => checks.add(statement))
    const rows = await checks.rows()
    return { change: prepareGrowth(log, entries), rows }
  }

  private async sign(log: HeldLog, note: Note, checkpoint: Checkpoint): Promise<CosignReply> {
    const time = this.deps.clock.nowSeconds()
    const { witness, mirror } = this.deps
    const lines = [formatSignatureLines([cosign(note.text, witness.name, time, witness.signer)])]
    const holdsAll = log.store.size >= checkpoint.size && equalBytes(log.store.rootAt(checkpoint.size), checkpoint.root)
    const judgement = holdsAll ? await this.deps.indexFaults.judge(log, onlyLogLine(note, log), checkpoint) : 'unknown'
    // Its line says that this node holds every entry and computed the index: where the log says nothing of an index, neither does it.
    if (judgement === 'agrees') lines.push(formatSignatureLines([cosign(note.text, mirror.name, time, mirror.signer)]))
    return { outcome: 'cosigned', lines, ...(judgement === 'differs' ? { indexDiffers: true } : {}) }
  }
}

/** A consistency path does not hold a smaller root whose size is a power of two; then one of the candidates must fit it. */
function equivocationFromPriorRoot(
  noteA: Note,
  smaller: Checkpoint,
  noteB: Note,
  larger: Checkpoint,
  path: readonly Hash[],
  candidates: readonly Hash[],
): EquivocationProof | undefined {
  for (const root of candidates) {
    if (equalBytes(root, smaller.root)) continue
    try {
      verifyConsistency(smaller.size, root, larger.size, larger.root, path)
      return { noteA, noteB, prior: { root, path } }
    } catch (error) {
      if (!isLedgerError(error)) throw error
    }
  }
  return undefined
}

function isExtension(request: ReserveRequest, newest: Checkpoint | undefined): boolean {
  const { start, size, frontier, entries } = request
  if (entries.length === 0 || start + entries.length !== size) return false
  const base: Frontier = start === 0 ? EMPTY_FRONTIER : { size: start, hashes: frontier }
  if (start > 0 && (newest === undefined || frontier.length !== bitCount(start))) return false
  if (newest !== undefined && start > 0 && !equalBytes(frontierRoot(base, nativeSha256), newest.root)) return false
  const leaves = entries.map((entry) => leafHash(entry, nativeSha256))
  return equalBytes(frontierRoot(appendLeaves(base, leaves, nativeSha256), nativeSha256), request.root)
}

function bitCount(value: number): number {
  let count = 0
  for (let rest = value; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}

function isPrefix(shorter: readonly Uint8Array[], longer: readonly Uint8Array[]): boolean {
  return shorter.every((entry, i) => equalBytes(entry, longer[i] ?? new Uint8Array(0)))
}

/** Only the log's own line is kept: what others added to a note was not checked. */
function onlyLogLine(note: Note, log: HeldLog): Note {
  const isLogLine = (line: { name: string; keyId: number }): boolean =>
    line.name === log.logKey.name && line.keyId === log.logKey.keyId
  return { text: note.text, signatures: note.signatures.filter(isLogLine) }
}

function refusal(reason: Extract<CosignReply, { outcome: 'refused' }>['reason'], message: string): CosignReply {
  return { outcome: 'refused', reason, message }
}

function conflict(record: WitnessRecord): CosignReply {
  const size = record.checkpoint?.size ?? 0
  return record.note === undefined
    ? { outcome: 'conflict', size }
    : { outcome: 'conflict', size, newestNote: record.note }
}
