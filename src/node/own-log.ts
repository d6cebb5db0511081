/**
 * The node's own log on disk: what the tree holds, what the head file commits to, what is published. Every method that
 * writes leaves a state from which {@link OwnLog.open} goes on; after each write a comment says what a crash leaves.
 *
 * The tree and the queue are changed under `writes`, by the intake and the sequencer; the head by the sequencer alone.
 */
import { equalBytes } from '../encoding/bytes.ts'
import { cidOf } from '../encoding/cid.ts'
import { LedgerError } from '../errors.ts'
import { proveConsistency, verifyConsistency } from '../merkle/consistency.ts'
import { type Hash, leafHash } from '../merkle/hash.ts'
import { formatCheckpoint, signCheckpoint } from '../note/checkpoint.ts'
import { formatNote, type Note } from '../note/note.ts'
import type { Signer } from '../signing/signer.ts'
import { rootSignatureInput } from '../statement/receipt.ts'
import { type Head, readHead, replaceHead } from '../storage/head-file.ts'
import type { LogStore } from '../storage/log-store.ts'
import type { Operation, Store } from '../storage/store.ts'
import { decodeStatement, type Statement } from '../statement/envelope.ts'
import type { KeyDirectory } from './key-directory.ts'
import type { HeldLog } from './log-registry.ts'
import { Mutex } from './mutex.ts'
import { nativeSha256 } from './native-crypto.ts'
import type { Queue, Queued } from './queue.ts'
import type { StatementChecker } from './statement-checker.ts'

export interface OwnLogDependencies {
  store: Store
  log: HeldLog
  queue: Queue
  headPath: string
  signer: Signer
  checker: StatementChecker
  keys: KeyDirectory
  /** Rows that go with appended statements (for instance who counts as a counterparty from now on). */
  prepareExtra: (statements: readonly Statement[]) => Operation[]
}

/** A signed proposal: the same bytes every time it is made for the same tree. */
export interface Proposal {
  size: number
  root: Hash
  /** The checkpoint with the log's line alone. */
  note: Note
  rootSignature: Uint8Array
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
    const head = await readHead(deps.headPath)
    const { store: tree, origin } = deps.log
    if (head === undefined) throw damaged(`the head file of ${origin} is missing`)
    if (head.origin !== origin) throw damaged(`the head file belongs to ${head.origin}, not to ${origin}`)
    if (head.size > tree.size)
      throw damaged(`the head file names ${head.size} entries of ${origin}, the store holds ${tree.size}`)
    if (!equalBytes(tree.rootAt(head.size), head.root))
      throw damaged(`the stored tree of ${origin} differs from its head at ${head.size}`)
    const published = tree.notes.newestSize() ?? 0
    if (published > head.size) throw damaged(`a published checkpoint of ${origin} is newer than its head file`)
    return new OwnLog(deps, head, published)
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
   * never withdrawn, else after the next batch. Entries behind it form the next proposal.
   */
  proposalSize(maxEntries: number, maxBytes: number): number {
    const { size, state } = this.currentHead
    if (this.adoptedSize > size) return this.adoptedSize
    if (state === 'proposed') return size
    let end = this.newestPublishedSize
    for (let bytes = 0; end < this.tree.size && end - this.newestPublishedSize < maxEntries; end++) {
      bytes += this.tree.readEntry(end).length
      if (bytes > maxBytes && end > this.newestPublishedSize) break
    }
    return end
  }

  /** Puts statements at the end of the tree, and takes them out of the queue, in one synced batch. */
  async append(items: readonly Queued[]): Promise<void> {
    const entries = items.map(({ bytes }) => bytes)
    const prepared = this.tree.prepareAppend(
      entries.map((bytes) => ({ bytes, leafHash: leafHash(bytes, nativeSha256) })),
    )
    // Signatures were checked on admission; what is new is who they introduce and name.
    const statements = items.map(({ bytes, statement }) => statement ?? decodeStatement(bytes, nativeSha256))
    const rows = statements.flatMap((statement) => this.deps.keys.prepareKeysOf(statement))
    const operations = [
      ...prepared.operations,
      ...rows,
      ...this.deps.prepareExtra(statements),
      ...this.queue.prepareRemove(items),
    ]
    await this.deps.store.commit(operations)
    // A crash from here on leaves a tree longer than the head: the tail is offered again at start.
    this.tree.applied(prepared)
    this.queue.removed(items)
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
      rootSignature: this.deps.signer.sign(rootSignatureInput(origin, this.deps.signer.publicKey, root)),
    }
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
  }

  /** Replaces the newest note of the published size: the heartbeat, and lines that came late. */
  async storeLatest(note: Note): Promise<void> {
    await this.deps.store.commit(this.tree.notes.prepareLatest(this.newestPublishedSize, formatNote(note)))
  }

  /**
   * Takes over entries that others hold of this log. What this copy has beyond its head and is not among them leaves the
   * tree and goes back to the queue, behind them.
   *
   * @param entries entries head.size..size-1
   * @throws LedgerError PEER_MISBEHAVED when they do not lead to the root
   */
  async adopt(size: number, root: Hash, entries: readonly Uint8Array[]): Promise<void> {
    const { head } = this
    this.adoptedSize = size
    if (this.tree.size >= size && equalBytes(this.tree.rootAt(size), root)) return
    await this.dropTail(entries)
    const adopted = new Set(entries.map((bytes) => cidOf(bytes)))
    const prepared = this.tree.prepareAppend(
      entries.map((bytes) => ({ bytes, leafHash: leafHash(bytes, nativeSha256) })),
    )
    if (prepared.size !== size || !equalBytes(prepared.root, root)) {
      throw new LedgerError(
        'PEER_MISBEHAVED',
        `entries ${head.size} to ${size - 1} of the own log do not lead to its signed root`,
      )
    }
    const rows = await this.deps.checker.prepareChecked(this.log, this.tree.size, entries)
    const queued = [...adopted].filter((id) => this.queue.has(id)).map((id) => ({ id, bytes: new Uint8Array(0) }))
    const extra = this.deps.prepareExtra(entries.flatMap((bytes) => decodeOrNothing(bytes)))
    await this.deps.store.commit([...prepared.operations, ...rows, ...extra, ...this.queue.prepareRemove(queued)])
    this.tree.applied(prepared)
    this.queue.removed(queued)
  }

  /** After adopting a signed note: this copy stands behind it, as it did before it was restored. */
  async commitHeadTo(size: number): Promise<void> {
    if (size !== this.currentHead.size)
      await this.moveHead({ ...this.currentHead, size, root: this.tree.rootAt(size), state: 'proposed' })
  }

  private async dropTail(adopted: readonly Uint8Array[]): Promise<void> {
    const { head } = this
    if (this.tree.size === head.size) return
    const kept = new Set(adopted.map((bytes) => cidOf(bytes)))
    const tail: Queued[] = []
    for (let i = head.size; i < this.tree.size; i++) {
      const bytes = this.tree.readEntry(i)
      const id = cidOf(bytes)
      if (!kept.has(id) && !this.queue.has(id)) tail.push({ id, bytes })
    }
    const truncate = this.tree.prepareTruncate(head.size)
    await this.deps.store.commit([...truncate.operations, ...this.queue.prepareAdd(tail)])
    // A crash here leaves the head's own tree and the statements in the queue: nothing accepted is lost.
    this.tree.applied(truncate)
    this.queue.added(tail)
  }

  private async moveHead(next: Head): Promise<void> {
    await replaceHead(this.deps.headPath, this.currentHead, next)
    this.currentHead = next
  }
}

function damaged(what: string): LedgerError {
  return new LedgerError('DAMAGED', what, { hint: 'run `tally repair --from-peers`; nothing is deleted by it' })
}

function decodeOrNothing(bytes: Uint8Array): Statement[] {
  try {
    return [decodeStatement(bytes, nativeSha256)]
  } catch {
    return []
  }
}
