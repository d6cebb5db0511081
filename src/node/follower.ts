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
import type { VerifierKey } from '../note/verifier-key.ts'
import { ask } from '../network/exchange.ts'
import type { Host } from '../network/host.ts'
import { MAX_ENTRIES_PER_PAGE } from '../network/limits.ts'
import { consistencyExchange } from '../network/messages/consistency.ts'
import { proofExchange } from '../network/messages/proof.ts'
import { logIdOf } from '../network/log-id.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import type { Operation, Store } from '../storage/store.ts'
import { MAX_AHEAD_SECONDS, type Clock } from './clock.ts'
import { freshnessOf } from './freshness.ts'
import type { DiskGuard } from './disk-guard.ts'
import { askInTurn, fetchPage } from './from-peers.ts'
import { type GrowthEntry, prepareGrowth, readEntries } from './log-growth.ts'
import type { HeldLog, LogRegistry } from './log-registry.ts'
import { fetchNotesBeside } from './note-history.ts'
import { readAhead } from './read-ahead.ts'
import type { StatementChecker } from './statement-checker.ts'
import type { GrowthProof, Witness } from './witness.ts'
import { WorkQueue } from './work-queue.ts'

/** Pages, of at most 1 MiB, checked and stored at a time: bounds memory, and fills both cores with signatures. */
const PAGES_PER_CHUNK = 4
const PARALLEL_LOGS = 4

export interface FollowerOptions {
  store: Store
  logs: LogRegistry
  witness: Witness
  checker: StatementChecker
  host: Host
  clock: Clock
  verifier: SignatureVerifier
  /** Of this node itself: it cosigns logs that it follows. */
  witnessKey: VerifierKey
  disk: DiskGuard
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
    if (target !== undefined)
      await fromHonest(this.sourcesOf(log, target), (sources) => this.followTarget(log, target, sources))
    const newest = this.options.witness.newest(origin)
    // A signed note that is not published yet still binds the log: its entries are worth having before its quorum is.
    if (newest !== undefined && newest.checkpoint.size > log.store.size)
      await fromHonest(this.sourcesOf(log), (sources) => this.pull(log, newest.checkpoint, sources))
    return false
  }

  private async followTarget(log: HeldLog, target: Target, sources: readonly string[]): Promise<void> {
    const { witness } = this.options
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
    const isFirst = log.store.notes.newestSize() === undefined
    await this.storeNote(log, target)
    // Whoever comes late gets the dates of what was there before, too.
    if (isFirst) this.fetchEarlierNotes(log, sources)
    if (this.targets.get(log.origin) === target) this.targets.delete(log.origin)
  }

  /** Fetches, checks and stores entries up to a checkpoint that is known to be consistent with what is stored. */
  private async pull(log: HeldLog, checkpoint: Checkpoint, sources: readonly string[]): Promise<void> {
    // The witness stores a reservation's entries too: what travels then starts in the wrong place and is asked for anew.
    while (log.store.size < checkpoint.size) await this.pullWhileFitting(log, checkpoint, sources)
  }

  private async pullWhileFitting(log: HeldLog, checkpoint: Checkpoint, sources: readonly string[]): Promise<void> {
    // While a chunk is written, the next one's signatures are checked, and the one behind it travels.
    const fetched = readAhead(this.fetchChunks(log, sources, checkpoint), 1)
    for await (const chunk of readAhead(this.checkChunks(log, fetched), 1)) {
      const isStored = await this.storeChunk(log, chunk, checkpoint)
      this.options.onProgress(log.origin)
      if (!isStored) return
    }
  }

  private async *fetchChunks(
    log: HeldLog,
    sources: readonly string[],
    checkpoint: Checkpoint,
  ): AsyncGenerator<Chunk, void> {
    let start = log.store.size
    let pages = PAGES_PER_CHUNK
    while (start < checkpoint.size) {
      this.options.disk.assertStoresForOthers()
      const chunk = await this.fetchChunk(log, sources, { start, pages }, checkpoint)
      yield chunk
      start += chunk.entries.length
      pages = chunk.isWhole ? PAGES_PER_CHUNK : 1
    }
  }

  /** Yields a chunk while its signatures are being checked: the thread pool is not to wait for the disk. */
  private async *checkChunks(log: HeldLog, chunks: AsyncIterable<Chunk>): AsyncGenerator<CheckedChunk, void> {
    for await (const { start, entries, proof } of chunks) {
      const checks = this.options.checker.begin(log, start)
      const read = readEntries(entries, (statement) => checks.add(statement))
      const rows = checks.rows()
      rows.catch(() => undefined)
      yield { start, entries: read, proof, rows }
    }
  }

  /** Pages travel beside each other: waiting for each in turn costs more than checking what it holds. */
  private async fetchChunk(
    log: HeldLog,
    sources: readonly string[],
    span: { readonly start: number; readonly pages: number },
    checkpoint: Checkpoint,
  ): Promise<Chunk> {
    const starts = Array.from({ length: span.pages }, (_, i) => span.start + i * MAX_ENTRIES_PER_PAGE)
    const end = Math.min(checkpoint.size, span.start + span.pages * MAX_ENTRIES_PER_PAGE)
    const [hoped, ...pages] = await Promise.all([
      this.fetchProof(log, sources, end, checkpoint.size),
      ...starts.filter((start) => start < end).map((start) => this.fetchPage(log, sources, start, checkpoint.size)),
    ])
    // Pages of large entries are cut short: what is behind the first such page would leave a gap.
    const cut = pages.findIndex(({ isWhole }) => !isWhole)
    if (cut < 0)
      return { start: span.start, entries: pages.flatMap((page) => page.entries), proof: hoped, isWhole: true }
    const entries = pages.slice(0, cut + 1).flatMap((page) => page.entries)
    const proof = await this.fetchProof(log, sources, span.start + entries.length, checkpoint.size)
    return { start: span.start, entries, proof, isWhole: false }
  }

  private async fetchPage(
    log: HeldLog,
    sources: readonly string[],
    start: number,
    size: number,
  ): Promise<{ entries: readonly Uint8Array[]; isWhole: boolean }> {
    const { host } = this.options
    const span = { origin: log.origin, size, start, end: size }
    const { answer } = await askInTurn(sources, (peerId) => fetchPage(host, peerId, span))
    return { entries: answer, isWhole: answer.length === Math.min(MAX_ENTRIES_PER_PAGE, size - start) }
  }

  /** False when the log has moved meanwhile and the chunk no longer fits. */
  private storeChunk(log: HeldLog, chunk: CheckedChunk, checkpoint: Checkpoint): Promise<boolean> {
    return log.appends.run(async () => {
      const { start, entries, proof } = chunk
      if (log.store.size !== start) return false
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
    if (await this.isLatest(log, target)) await this.options.store.commit(notes.prepareLatest(size, bytes))
    this.options.onProgress(log.origin)
  }

  /** Notes of one size come from many peers in any order: one that was cosigned earlier must not take the later one's place. */
  private async isLatest(log: HeldLog, target: Target): Promise<boolean> {
    const { clock, verifier } = this.options
    const held = log.store.notes.latest()
    if (held === undefined || held.size !== target.checkpoint.size)
      return held === undefined || held.size < target.checkpoint.size
    const witnesses = this.witnesses()
    const latestSeconds = clock.nowSeconds() + MAX_AHEAD_SECONDS
    const [before, now] = await Promise.all(
      [parseNote(held.note), target.note].map((note) => freshnessOf(note, witnesses, latestSeconds, verifier)),
    )
    return (now ?? 0) >= (before ?? 0)
  }

  private fetchEarlierNotes(log: HeldLog, sources: readonly string[]): void {
    const { host, store, verifier } = this.options
    const options = { host, store, verifier, witnesses: this.witnesses() }
    fetchNotesBeside(log, { from: 1, to: log.store.size }, sources, options)
  }

  private witnesses(): VerifierKey[] {
    return [this.options.witnessKey, ...this.options.logs.all().flatMap(({ card }) => card?.witnessKey ?? [])]
  }

  private async fetchGrowth(log: HeldLog, sources: readonly string[], from: number, to: number): Promise<GrowthProof> {
    const path = await this.fetchConsistency(log, sources, from, to)
    const isPowerOfTwo = Number.isInteger(Math.log2(from))
    if (!isPowerOfTwo) return { path, priorRoots: [] }
    const request = { logId: logIdOf(log.origin), index: from, size: to }
    const { answer } = await askInTurn(sources, (peerId) => ask(this.options.host, peerId, proofExchange, request))
    return { path, priorRoots: 'hashes' in answer ? answer.hashes : [] }
  }

  /** Empty for the whole tree, which has its root. */
  private async fetchProof(
    log: HeldLog,
    sources: readonly string[],
    from: number,
    to: number,
  ): Promise<readonly Hash[]> {
    return from < to ? this.fetchConsistency(log, sources, from, to) : []
  }

  private async fetchConsistency(
    log: HeldLog,
    sources: readonly string[],
    from: number,
    to: number,
  ): Promise<readonly Hash[]> {
    const request = { logId: logIdOf(log.origin), from, to }
    const { answer } = await askInTurn(sources, (peerId) =>
      ask(this.options.host, peerId, consistencyExchange, request),
    )
    return answer.hashes
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
}

/**
 * Tries again without the first source where what came does not fit what the log signed: it is asked before all others, so
 * one that lies would keep the log from being followed.
 */
async function fromHonest(
  sources: readonly string[],
  work: (sources: readonly string[]) => Promise<void>,
): Promise<void> {
  for (let left = sources; ; left = left.slice(1)) {
    try {
      await work(left)
      return
    } catch (error) {
      const isLie = isLedgerError(error) && LIES.has(error.code)
      if (!isLie || left.length <= 1) throw error
    }
  }
}

const LIES: ReadonlySet<string> = new Set(['PEER_MISBEHAVED', 'PROOF_INVALID', 'PROOF_LENGTH'])

interface Chunk {
  /** Index of its first entry. */
  start: number
  entries: readonly Uint8Array[]
  /** All that was asked for. */
  isWhole: boolean
  /** Consistency of the tree after these entries with the checkpoint; empty when it is the checkpoint. */
  proof: readonly Hash[]
}

interface CheckedChunk extends Pick<Chunk, 'start' | 'proof'> {
  entries: readonly GrowthEntry[]
  /** To be committed with the entries: flags and keys. */
  rows: Promise<readonly Operation[]>
}
