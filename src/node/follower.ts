/**
 * Keeps full copies of the logs this node follows. Gossip and peers' heads say what there is; entries are pulled, checked
 * against the signed root in bounded chunks, and stored only then (docs/architecture.md, "Replication").
 */
import { equalBytes } from '../encoding/bytes.ts'
import { LedgerError, isLedgerError } from '../errors.ts'
import { verifyConsistency } from '../merkle/consistency.ts'
import type { Hash } from '../merkle/hash.ts'
import { parseCheckpoint, type Checkpoint } from '../note/checkpoint.ts'
import { formatNote, parseNote, type Note } from '../note/note.ts'
import { ask } from '../network/exchange.ts'
import type { Host } from '../network/host.ts'
import { MAX_ENTRIES_PER_PAGE, MAX_PAGE_BYTES } from '../network/limits.ts'
import { consistencyExchange } from '../network/messages/consistency.ts'
import { entriesExchange } from '../network/messages/entries.ts'
import { proofExchange } from '../network/messages/proof.ts'
import { logIdOf } from '../network/log-id.ts'
import type { Operation, Store } from '../storage/store.ts'
import type { Clock } from './clock.ts'
import { decodeOrUndefined, type GrowthEntry, prepareGrowth } from './log-growth.ts'
import type { HeldLog, LogRegistry } from './log-registry.ts'
import type { StatementChecker } from './statement-checker.ts'
import type { GrowthProof, Witness } from './witness.ts'
import { WorkQueue } from './work-queue.ts'

/** Entries checked and stored at a time: bounds memory, and is large enough that signatures fill both cores. */
const CHUNK_ENTRIES = 1024
const CHUNK_BYTES = 4 << 20
const PARALLEL_LOGS = 4

export interface FollowerOptions {
  store: Store
  logs: LogRegistry
  witness: Witness
  checker: StatementChecker
  host: Host
  clock: Clock
  /** A note or entries of a log were stored: its head here changed. */
  onProgress: (origin: string) => void
  onFailure: (origin: string, error: unknown) => void
}

interface Target {
  note: Note
  noteBytes: Uint8Array
  rootSignature?: Uint8Array
  checkpoint: Checkpoint
  /** Peers that said they have it, newest last. */
  sources: string[]
}

export class Follower {
  private readonly options: FollowerOptions
  private readonly queue: WorkQueue
  private readonly targets = new Map<string, Target>()

  constructor(options: FollowerOptions) {
    this.options = options
    this.queue = new WorkQueue((origin) => this.follow(origin), {
      clock: options.clock,
      parallel: PARALLEL_LOGS,
      onFailure: options.onFailure,
    })
  }

  stop(): Promise<void> {
    return this.queue.stop()
  }

  /**
   * A peer has this published note of a followed log. The note's log signature is checked when its turn comes.
   *
   * @throws LedgerError NOTE_MALFORMED, CHECKPOINT_MALFORMED
   */
  heard(noteBytes: Uint8Array, peerId: string, rootSignature?: Uint8Array): void {
    const note = parseNote(noteBytes)
    const checkpoint = parseCheckpoint(note.text)
    const log = this.options.logs.get(checkpoint.origin)
    if (log === undefined || log.isOwn) return
    const target = this.targets.get(log.origin)
    if (target !== undefined && target.checkpoint.size > checkpoint.size) return
    const sources =
      target !== undefined && target.checkpoint.size === checkpoint.size
        ? target.sources.filter((id) => id !== peerId)
        : []
    const next: Target = { note, noteBytes, checkpoint, sources: [...sources, peerId] }
    if (rootSignature !== undefined) next.rootSignature = rootSignature
    this.targets.set(log.origin, next)
    this.queue.add(log.origin, true)
  }

  /** The witness recorded a newer note of this log: its entries may be missing here. */
  wake(origin: string): void {
    this.queue.add(origin, true)
  }

  private async follow(origin: string): Promise<boolean> {
    const log = this.options.logs.get(origin)
    if (log === undefined) return false
    const target = this.targets.get(origin)
    if (target !== undefined) await this.followTarget(log, target)
    const newest = this.options.witness.newest(origin)
    // A signed note that is not published yet still binds the log: its entries are worth having before its quorum is.
    if (newest !== undefined && newest.checkpoint.size > log.store.size)
      await this.pull(log, newest.checkpoint, this.sourcesOf(log))
    return false
  }

  private async followTarget(log: HeldLog, target: Target): Promise<void> {
    const { witness } = this.options
    const sources = this.sourcesOf(log, target)
    const observation = await witness.observe(target.note, (from) =>
      this.fetchGrowth(log, sources, from, target.checkpoint.size),
    )
    if (observation === 'forked') {
      this.targets.delete(log.origin)
      return
    }
    if (observation === 'unproven')
      throw new LedgerError('PROOF_INVALID', `no proof that ${log.origin} grew to ${target.checkpoint.size}`)
    await this.pull(log, target.checkpoint, sources)
    await this.storeNote(log, target)
    if (this.targets.get(log.origin) === target) this.targets.delete(log.origin)
  }

  /** Fetches, checks and stores entries up to a checkpoint that is known to be consistent with what is stored. */
  private async pull(log: HeldLog, checkpoint: Checkpoint, sources: readonly string[]): Promise<void> {
    let next: Promise<CheckedChunk> | undefined
    while (log.store.size < checkpoint.size) {
      const start = log.store.size
      const chunk = await (next ?? this.fetchChecked(log, sources, start, checkpoint))
      const following = start + chunk.entries.length
      // While this chunk is written, the next one travels and its signatures are checked.
      next = following < checkpoint.size ? this.fetchChecked(log, sources, following, checkpoint) : undefined
      next?.catch(() => undefined)
      const isStored = await this.storeChunk(log, start, chunk, checkpoint)
      this.options.onProgress(log.origin)
      // The witness stored a reservation's entries meanwhile: what travels now starts in the wrong place.
      if (!isStored) next = undefined
    }
  }

  /** A chunk whose statements are being checked: the thread pool is not to wait for the disk. */
  private async fetchChecked(
    log: HeldLog,
    sources: readonly string[],
    start: number,
    checkpoint: Checkpoint,
  ): Promise<CheckedChunk> {
    const chunk = await this.fetchChunk(log, sources, start, checkpoint)
    const entries = chunk.entries.map((bytes) => ({ bytes, statement: decodeOrUndefined(bytes) }))
    const rows = this.options.checker.prepareChecked(
      log,
      start,
      entries.map(({ statement }) => statement),
    )
    rows.catch(() => undefined)
    return { entries, proof: chunk.proof, rows }
  }

  private async fetchChunk(
    log: HeldLog,
    sources: readonly string[],
    start: number,
    checkpoint: Checkpoint,
  ): Promise<Chunk> {
    const entries: Uint8Array[] = []
    const end = Math.min(checkpoint.size, start + CHUNK_ENTRIES)
    let bytes = 0
    let source = ''
    while (start + entries.length < end && bytes < CHUNK_BYTES) {
      const from = start + entries.length
      const page = await this.fromAny(sources, (peerId) => {
        source = peerId
        const request = {
          logId: logIdOf(log.origin),
          size: checkpoint.size,
          start: from,
          count: Math.min(MAX_ENTRIES_PER_PAGE, end - from),
          maxBytes: MAX_PAGE_BYTES,
        }
        return ask(this.options.host, peerId, entriesExchange, request)
      })
      if (page.entries.length === 0)
        throw new LedgerError('PEER_MISBEHAVED', `${source} sent no entries of ${log.origin} from ${from}`)
      for (const entry of page.entries) {
        bytes += entry.length
        entries.push(entry)
      }
    }
    const size = start + entries.length
    const proof = size < checkpoint.size ? await this.fetchConsistency(log, sources, size, checkpoint.size) : []
    return { entries, proof }
  }

  /** False when the log has moved meanwhile and the chunk no longer fits. */
  private storeChunk(log: HeldLog, start: number, chunk: CheckedChunk, checkpoint: Checkpoint): Promise<boolean> {
    return log.appends.run(async () => {
      if (log.store.size !== start) return false
      const { entries, proof } = chunk
      const prepared = prepareGrowth(log, entries)
      if (prepared.size === checkpoint.size) {
        if (!equalBytes(prepared.root, checkpoint.root))
          throw new LedgerError('PEER_MISBEHAVED', `entries of ${log.origin} do not lead to its signed root`)
      } else {
        verifyConsistency(prepared.size, prepared.root, checkpoint.size, checkpoint.root, proof)
      }
      const rows = await chunk.rows
      await this.options.store.commit([...prepared.operations, ...rows])
      prepared.applied()
      return true
    })
  }

  /** Keeps the first note of a size for ever, and the newest one of all. */
  private async storeNote(log: HeldLog, target: Target): Promise<void> {
    const { notes } = log.store
    const { size } = target.checkpoint
    const bytes = formatNote(target.note)
    if (notes.noteAt(size) === undefined) {
      const prepared = notes.prepareNote(size, bytes, target.rootSignature)
      await this.options.store.commit(prepared.operations)
      notes.applied(prepared)
      log.index.release(size)
    }
    const latest = notes.latest()
    if (latest === undefined || latest.size <= size) await this.options.store.commit(notes.prepareLatest(size, bytes))
    this.options.onProgress(log.origin)
  }

  private async fetchGrowth(log: HeldLog, sources: readonly string[], from: number, to: number): Promise<GrowthProof> {
    const path = await this.fetchConsistency(log, sources, from, to)
    const isPowerOfTwo = Number.isInteger(Math.log2(from))
    if (!isPowerOfTwo) return { path, priorRoots: [] }
    const request = { logId: logIdOf(log.origin), index: from, size: to }
    const answer = await this.fromAny(sources, (peerId) => ask(this.options.host, peerId, proofExchange, request))
    return { path, priorRoots: 'hashes' in answer ? answer.hashes : [] }
  }

  private fetchConsistency(
    log: HeldLog,
    sources: readonly string[],
    from: number,
    to: number,
  ): Promise<readonly Hash[]> {
    const request = { logId: logIdOf(log.origin), from, to }
    return this.fromAny(
      sources,
      async (peerId) => (await ask(this.options.host, peerId, consistencyExchange, request)).hashes,
    )
  }

  /** The log's own node first, then whoever announced it, then everybody connected. */
  private sourcesOf(log: HeldLog, target?: Target): string[] {
    const connected = new Set(this.options.host.connections().map((connection) => connection.peerId))
    const wanted = [
      ...(target?.sources.toReversed() ?? []),
      ...(log.card === undefined ? [] : [log.card.peerId]),
      ...connected,
    ]
    return [...new Set(wanted)].filter((peerId) => connected.has(peerId))
  }

  private async fromAny<T>(sources: readonly string[], request: (peerId: string) => Promise<T>): Promise<T> {
    let last: unknown = new LedgerError('PEER_UNREACHABLE', 'no connected peer has it')
    for (const peerId of sources) {
      try {
        return await request(peerId)
      } catch (error) {
        if (!isLedgerError(error)) throw error
        last = error
      }
    }
    throw last
  }
}

interface CheckedChunk extends Omit<Chunk, 'entries'> {
  entries: readonly GrowthEntry[]
  /** To be committed with the entries: flags and keys. */
  rows: Promise<readonly Operation[]>
}

interface Chunk {
  entries: readonly Uint8Array[]
  /** Consistency of the tree after these entries with the checkpoint; empty when it is the checkpoint. */
  proof: readonly Hash[]
}
