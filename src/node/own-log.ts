/**
 * The node's own log on disk: what the tree holds, what the head file commits to, what is published. Every method that
 * writes leaves a state from which {@link OwnLog.open} goes on; after each write a comment says what a crash leaves.
 *
 * The tree and the queue are changed under `writes`, by the intake and the sequencer; the head by the sequencer alone.
 */
import { equalBytes } from '../encoding/bytes.ts'
import { cidOf, digestOf } from '../encoding/cid.ts'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { proveConsistency, verifyConsistency } from '../merkle/consistency.ts'
import { type Hash, leafHash } from '../merkle/hash.ts'
import { readFrontier } from '../merkle/hash-reader.ts'
import { appendLeaves, frontierRoot } from '../merkle/tree.ts'
import { formatCheckpoint, signCheckpoint } from '../note/checkpoint.ts'
import { formatNote, type Note } from '../note/note.ts'
import type { Signer } from '../signing/signer.ts'
import { rootSignatureInput } from '../statement/receipt.ts'
import type { Head, HeadKeeper } from '../storage/head-file.ts'
import type { LogStore } from '../storage/log-store.ts'
import type { Operation, Store } from '../storage/store.ts'
import { decodeStatement, type Statement } from '../statement/envelope.ts'
import { readCommitment, signCommitment } from '../subject-index/commitment.ts'
import { MAP_ID } from '../subject-index/postings.ts'
import type { KeyDirectory } from './key-directory.ts'
import {
  decodeOrUndefined,
  growthEntry,
  prepareGrowth,
  prepareShrink,
  readEntries,
  type IndexSummary,
} from './log-growth.ts'
import type { HeldLog } from './log-registry.ts'
import { Mutex } from './mutex.ts'
import { nativeSha256 } from './native-crypto.ts'
import type { TailChunk } from './own-tail.ts'
import type { Queue, Queued } from './queue.ts'
import { nodeRowKey } from './rows.ts'
import type { StatementChecker } from './statement-checker.ts'
import type { ReservationHead } from './witness-reply.ts'

export interface OwnLogDependencies {
  store: Store
  log: HeldLog
  queue: Queue
  head: HeadKeeper
  signer: Signer
  checker: StatementChecker
  keys: KeyDirectory
  /** Rows that go with appended statements (for instance who counts as a counterparty from now on). */
  prepareExtra: (statements: readonly Statement[]) => Operation[]
}

/**
 * How much goes under one checkpoint at most, its commitment included: a reservation travels in one message and is stored
 * as one entry bundle (C2SP tlog-tiles).
 */
export interface BatchLimits {
  readonly entries: number
  readonly bytes: number
}

/** A signed proposal: the same bytes every time it is made for the same tree. */
export interface Proposal {
  size: number
  root: Hash
  /** The checkpoint with the log's line alone. */
  note: Note
  rootSignature: Uint8Array
}

export const RECOVERY_ROW: Uint8Array = nodeRowKey('recovery', '')

function readRecovery(store: Store): 'of-tail' | 'of-all' | undefined {
  const row = store.get(RECOVERY_ROW)
  if (row === undefined) return undefined
  return decodeUtf8(row) === 'of-tail' ? 'of-tail' : 'of-all'
}

export class OwnLog {
  /** Held by whoever changes the tree or the queue: the intake, or the sequencer. */
  readonly writes: Mutex = new Mutex()
  readonly log: HeldLog
  readonly queue: Queue
  private readonly deps: OwnLogDependencies
  private currentHead: Head
  private newestPublishedSize: number
  /** Size of a note or reservation of others that this copy took over; entries up to there are proposed at once. */
  private adoptedSize = 0
  /** Sizes behind the published one at which the tree ends with an index commitment: where a checkpoint may be. */
  private closedSizes: number[] = []
  /** Bytes of the entries behind the last commitment. */
  private openBytes = 0
  /** Under way: of the entries behind the head, or of the whole log. */
  private recovery: 'of-tail' | 'of-all' | undefined

  private constructor(deps: OwnLogDependencies, head: Head, publishedSize: number) {
    this.deps = deps
    this.log = deps.log
    this.queue = deps.queue
    this.currentHead = head
    this.newestPublishedSize = publishedSize
  }

  /**
   * @throws LedgerError DAMAGED when the head commits to more than the store holds, or to another tree
   */
  static async open(deps: OwnLogDependencies): Promise<OwnLog> {
    const head = await deps.head.read()
    const { store: tree } = deps.log
    assertHeadFits(head, tree)
    const own = new OwnLog(deps, head, tree.notes.newestSize() ?? 0)
    own.recovery = readRecovery(deps.store)
    own.findClosedSizes()
    return own
  }

  /** For a node that only serves: what it says of itself is the published checkpoint, whatever the head file holds. */
  static standingAt(deps: OwnLogDependencies, { size, root }: Pick<Head, 'size' | 'root'>): OwnLog {
    return new OwnLog(deps, { origin: deps.log.origin, size, root, state: 'published' }, size)
  }

  get head(): Head {
    return this.currentHead
  }

  get tree(): LogStore {
    return this.log.store
  }

  get publishedSize(): number {
    return this.newestPublishedSize
  }

  /** The published checkpoint with its quorum, as first published. */
  newestPublished(): { size: number; note: Uint8Array } | undefined {
    const note = this.tree.notes.noteAt(this.newestPublishedSize)
    return note === undefined ? undefined : { size: this.newestPublishedSize, note }
  }

  /** Entries, or a head, that are not published. */
  get hasOpenProposal(): boolean {
    return this.tree.size > this.newestPublishedSize || this.currentHead.state === 'proposed'
  }

  /** Entries that are durable in the tree and not published yet. */
  get unpublished(): number {
    return this.tree.size - this.newestPublishedSize
  }

  /**
   * Where the open proposal ends: at what was taken over from others, else at the head that was proposed before, which is
   * never withdrawn, else with the last commitment that the limits allow. Entries behind it form the next proposal.
   *
   * @returns undefined when the tree has to be closed first
   */
  proposalSize(limits: BatchLimits): number | undefined {
    const { size, state } = this.currentHead
    if (this.adoptedSize > size) return this.adoptedSize
    if (state === 'proposed') return size
    const [first, ...others] = this.closedSizes
    let [end, bytes] = [first, 0]
    let read = this.newestPublishedSize
    for (const closed of [first, ...others]) {
      if (closed === undefined || closed - this.newestPublishedSize > limits.entries) break
      for (; read < closed; read++) bytes += this.tree.readEntry(read).length
      if (bytes > limits.bytes) break
      end = closed
    }
    return end
  }

  /**
   * Puts statements at the end of the tree, and takes them out of the queue, in one synced batch. When nothing waits to be
   * published, the commitment that closes the next checkpoint goes with them; otherwise more may join before it.
   *
   * @param items few enough for one checkpoint, its commitment included
   */
  async append(items: readonly Queued[], limits: BatchLimits): Promise<void> {
    // What was submitted again while this copy got its log back may have come with it.
    const fresh = items.filter(({ id }) => this.tree.indexOf(digestOf(id)) === undefined)
    if (fresh.length === 0) {
      await this.deps.store.commit(this.queue.prepareRemove(items))
      this.queue.removed(items)
      return
    }
    const added = fresh.reduce((sum, item) => sum + item.bytes.length, 0)
    const isFull = this.openEntries + fresh.length >= limits.entries || this.openBytes + added > limits.bytes
    if (isFull && this.openEntries > 0) await this.close()
    // Signatures were checked on admission; what is new is who they introduce and name.
    const statements = fresh.map(({ bytes, statement }) => statement ?? decodeStatement(bytes, nativeSha256))
    const entries = statements.map((statement) => growthEntry(statement.bytes, statement))
    const isClosing = !this.hasOpenProposal
    const prepared = prepareGrowth(this.log, entries, isClosing ? this.signCommitment : undefined)
    const rows = statements.flatMap((statement) => this.deps.keys.prepareKeysOf(statement))
    const operations = [
      ...prepared.operations,
      ...rows,
      ...this.deps.prepareExtra(statements),
      ...this.queue.prepareRemove(items),
    ]
    await this.deps.store.commit(operations)
    // A crash from here on leaves a tree longer than the head: the tail is offered again at start.
    prepared.applied()
    this.openBytes += added
    if (isClosing) this.closeAt(prepared.size)
    this.queue.removed(items)
  }

  /** Puts the index commitment at the end of the tree, where none is. */
  async close(): Promise<void> {
    if (this.openEntries === 0) return
    const prepared = prepareGrowth(this.log, [], this.signCommitment)
    await this.deps.store.commit(prepared.operations)
    prepared.applied()
    this.closeAt(prepared.size)
  }

  private closeAt(size: number): void {
    this.closedSizes.push(size)
    this.openBytes = 0
  }

  /** How many entries stand behind the last commitment: the next must not come too late for one reservation. */
  private get openEntries(): number {
    return this.tree.size - (this.closedSizes.at(-1) ?? this.newestPublishedSize)
  }

  private readonly signCommitment = ({ size, subjects, root }: IndexSummary): Uint8Array =>
    signCommitment({ size, maps: [{ id: MAP_ID, subjects, root }] }, this.log.origin, this.deps.signer)

  /** After a start, or when others' entries were taken over. */
  private findClosedSizes(): void {
    this.closedSizes = []
    this.openBytes = 0
    const log = { origin: this.log.origin, publicKey: this.log.logKey.publicKey }
    for (let i = this.newestPublishedSize; i < this.tree.size; i++) {
      const entry = this.tree.readEntry(i)
      this.openBytes += entry.length
      if (readCommitment(entry, log, nativeSha256)?.size === i) this.closeAt(i + 1)
    }
  }

  /**
   * Commits the head file to the tree at this size, then signs it. Signatures are deterministic, so a crash after the head
   * file was replaced leads to the very same bytes.
   *
   * @throws LedgerError INVARIANT when the tree fails its second computation, or does not extend the head
   */
  async propose(size: number): Promise<Proposal> {
    const root = this.tree.rootAt(size)
    if (!equalBytes(this.tree.rootBySecondPath(size), root))
      throw new LedgerError('INVARIANT', `two computations of the root at ${size} differ`)
    const previous = this.currentHead
    if (previous.size > 0) {
      verifyConsistency(
        previous.size,
        previous.root,
        size,
        root,
        previous.size === size ? [] : proveConsistency(this.tree.hashReader(), previous.size, size),
      )
    }
    if (previous.size !== size) await this.moveHead({ ...previous, size, root, state: 'proposed' })
    // From here on this size and root are the only ones this copy ever signs at this size.
    return this.sign(size, root)
  }

  private sign(size: number, root: Hash): Proposal {
    const { origin, logKey } = this.log
    const checkpoint = { origin, size, root }
    const line = signCheckpoint(checkpoint, logKey.name, this.deps.signer)
    return {
      size,
      root,
      note: { text: formatCheckpoint(checkpoint), signatures: [line] },
      rootSignature: this.signRoot(root),
    }
  }

  /** Always the same for a root. @param root of this history, at a size that was signed */
  signRoot(root: Hash): Uint8Array {
    const { signer } = this.deps
    return signer.sign(rootSignatureInput(this.log.origin, signer.publicKey, root))
  }

  /** Stores the first quorum note of a size, then says so in the head file. */
  async publish(proposal: Proposal, note: Note): Promise<void> {
    const { notes } = this.tree
    if (notes.noteAt(proposal.size) === undefined) {
      const prepared = notes.prepareNote(proposal.size, formatNote(note), proposal.rootSignature)
      await this.deps.store.commit(prepared.operations)
      notes.applied(prepared)
    }
    // A crash here leaves a stored quorum note under a head that says proposed: it is signed, cosigned and kept again.
    await this.moveHead({ ...this.currentHead, state: 'published' })
    this.newestPublishedSize = proposal.size
    this.closedSizes = this.closedSizes.filter((size) => size > proposal.size)
    this.log.index.release(proposal.size)
  }

  /** Replaces the newest note of the published size: the heartbeat, and lines that came late. */
  async storeLatest(note: Note): Promise<void> {
    await this.deps.store.commit(this.tree.notes.prepareLatest(this.newestPublishedSize, formatNote(note)))
  }

  /** Whether a batch that really has this root stands against what the head commits to: it can have been signed by nobody. */
  contradicts({ start, root, entries }: ReservationHead & { readonly entries: readonly Uint8Array[] }): boolean {
    const { head } = this
    if (start >= head.size) return false
    const base = readFrontier(this.tree.hashReader(), start)
    const leaves = entries.map((bytes) => leafHash(bytes, nativeSha256))
    const isWhole = equalBytes(frontierRoot(appendLeaves(base, leaves, nativeSha256), nativeSha256), root)
    const shared = entries.slice(0, head.size - start)
    return isWhole && !shared.every((bytes, i) => equalBytes(bytes, this.tree.readEntry(start + i)))
  }

  /**
   * Takes over a batch that others hold of this log. What this copy has beyond its head and is not among it leaves the tree
   * and goes back to the queue, behind it.
   *
   * @param entries entries head.size..size-1
   * @throws LedgerError PEER_MISBEHAVED when they do not lead to the root
   */
  async adopt(size: number, root: Hash, entries: readonly Uint8Array[]): Promise<void> {
    if (!this.holds(size, root)) {
      await this.dropTail(entries)
      await this.take({ entries, size, root }, [])
    }
    this.adoptedSize = size
    this.findClosedSizes()
  }

  /** Whether the tree has this beginning. */
  holds(size: number, root: Hash): boolean {
    return this.tree.size >= size && equalBytes(this.tree.rootAt(size), root)
  }

  /**
   * Takes over the next entries of what this copy has forgotten, which are proved to be history that it signed. A crash between
   * two chunks leaves a tree beyond its head, marked as being recovered, from which it goes on.
   *
   * @throws LedgerError PEER_MISBEHAVED when they do not lead to the root from where the tree stands
   */
  async recover(chunk: TailChunk): Promise<void> {
    const recovery = this.tree.size === 0 ? 'of-all' : (this.recovery ?? 'of-tail')
    await this.take(chunk, [{ type: 'put', key: RECOVERY_ROW, value: encodeUtf8(recovery) }])
    this.recovery = recovery
    this.log.index.release(chunk.size)
  }

  get isRecovering(): boolean {
    return this.recovery !== undefined
  }

  /** Entries of this log were lost and not all are here again: until then this copy does not know who counts. */
  get isPartial(): boolean {
    return this.tree.size === 0 || this.recovery === 'of-all'
  }

  /** Whether what stands behind the head is the beginning of what this note ends: it was fetched, or nothing stands there. */
  isBeginningOf({ size, root }: { readonly size: number; readonly root: Hash }): boolean {
    if (this.tree.size >= size) return this.holds(size, root)
    return this.recovery !== undefined || this.tree.size === this.currentHead.size
  }

  /** After {@link commitHeadTo}: this copy knows again what it signed. */
  async endRecovery(): Promise<void> {
    await this.deps.store.commit([{ type: 'del', key: RECOVERY_ROW }])
    this.recovery = undefined
    this.findClosedSizes()
  }

  private async take({ entries, size, root }: TailChunk, marks: readonly Operation[]): Promise<void> {
    const start = this.tree.size
    const checks = this.deps.checker.begin(this.log, start)
    const statements: Statement[] = []
    const decoded = readEntries(entries, (statement) => {
      if (statement !== undefined) statements.push(statement)
      checks.add(statement)
    })
    const rows = await checks.rows()
    const prepared = prepareGrowth(this.log, decoded)
    if (prepared.size !== size || !equalBytes(prepared.root, root)) {
      throw new LedgerError(
        'PEER_MISBEHAVED',
        `entries ${start} to ${size - 1} of the own log do not lead to its signed root`,
      )
    }
    const ids = new Set(entries.map((bytes) => cidOf(bytes)))
    const queued = [...ids].filter((id) => this.queue.has(id)).map((id) => ({ id, bytes: new Uint8Array(0) }))
    const extra = this.deps.prepareExtra(statements)
    const operations = [...prepared.operations, ...rows, ...extra, ...this.queue.prepareRemove(queued), ...marks]
    await this.deps.store.commit(operations)
    prepared.applied()
    this.queue.removed(queued)
  }

  /** After adopting a signed note: this copy stands behind it, as it did before it was restored. */
  async commitHeadTo(size: number): Promise<void> {
    this.adoptedSize = 0
    if (size !== this.currentHead.size)
      await this.moveHead({ ...this.currentHead, size, root: this.tree.rootAt(size), state: 'proposed' })
  }

  /**
   * Takes what stands behind the head out of the tree, back to the queue.
   *
   * @param adopted entries that are taken over instead: those among them do not go back
   */
  async dropTail(adopted: readonly Uint8Array[] = []): Promise<void> {
    const { head } = this
    if (this.tree.size === head.size) return
    const kept = new Set(adopted.map((bytes) => cidOf(bytes)))
    const tail: Queued[] = []
    for (let i = head.size; i < this.tree.size; i++) {
      const bytes = this.tree.readEntry(i)
      const id = cidOf(bytes)
      // A commitment is about the place where it stood, and is made anew elsewhere.
      const isCommitment = decodeOrUndefined(bytes)?.kind === 2
      if (!isCommitment && !kept.has(id) && !this.queue.has(id)) tail.push({ id, bytes })
    }
    const truncate = prepareShrink(this.log, head.size)
    const marks: Operation[] = this.recovery === undefined ? [] : [{ type: 'del', key: RECOVERY_ROW }]
    await this.deps.store.commit([...truncate.operations, ...this.queue.prepareAdd(tail), ...marks])
    // A crash here leaves the head's own tree and the statements in the queue: nothing accepted is lost.
    truncate.applied()
    this.recovery = undefined
    this.adoptedSize = 0
    this.queue.added(tail)
    this.findClosedSizes()
  }

  private async moveHead(next: Head): Promise<void> {
    await this.deps.head.replace(this.currentHead, next)
    this.currentHead = next
  }
}

/** @throws LedgerError DAMAGED when the head commits to more than the store holds, or to another tree */
export function assertHeadFits(head: Head | undefined, tree: LogStore): asserts head is Head {
  const { origin } = tree
  assertHeadExists(head, origin)
  if (head.origin !== origin) throw damaged(`the head file belongs to ${head.origin}, not to ${origin}`)
  if (head.size > tree.size)
    throw damaged(`the head file names ${head.size} entries of ${origin}, the store holds ${tree.size}`)
  if (!equalBytes(tree.rootAt(head.size), head.root))
    throw damaged(`the stored tree of ${origin} differs from its head at ${head.size}`)
  if ((tree.notes.newestSize() ?? 0) > head.size)
    throw damaged(`a published checkpoint of ${origin} is newer than its head file`)
}

/** @throws LedgerError DAMAGED: without the file nothing says how far this copy has signed */
export function assertHeadExists(head: Head | undefined, origin: string): asserts head is Head {
  if (head === undefined) throw damaged(`the head file of ${origin} is missing`)
}

function damaged(what: string): LedgerError {
  return new LedgerError('DAMAGED', what, {
    hint: 'run `tally repair --from-peers`; nothing is deleted by it. `tally up --read-only` serves what is whole meanwhile',
  })
}
