/**
 * Brings statements from the queue to a published checkpoint: append, reserve, propose, collect cosignatures, publish
 * (docs/protocol.md, "Reserve, sign, publish"). One proposal is open at a time, is never withdrawn, and is retried with
 * the same bytes; a restart continues here, through the same steps.
 */
import { equalBytes, toHex } from '../encoding/bytes.ts'
import { isLedgerError } from '../errors.ts'
import type { Hash } from '../merkle/hash.ts'
import { openCheckpoint } from '../note/checkpoint.ts'
import { TILE_WIDTH } from '../merkle/tile.ts'
import { cosignatureTimestamp } from '../note/cosignature.ts'
import { type Note, type NoteSignature, parseNote } from '../note/note.ts'
import type { NodeState } from './api.ts'
import { decideFence, type FenceAnswer, type OwnNote } from './fence.ts'
import type { OperatorLink } from './operator-link.ts'
import type { ReservationHead } from './witness-reply.ts'
import type { BatchLimits, Proposal } from './own-log.ts'
import type { TailChunk } from './own-tail.ts'
import { quorumOf } from './quorum.ts'
import { sizeOf, Solicitor, type SolicitorOptions } from './solicitor.ts'

/** A reservation is stored as one entry bundle, which holds at most a tile's worth (C2SP tlog-tiles). */
const MAX_BATCH_ENTRIES: number = TILE_WIDTH
/** The entries of a batch travel in one reservation, which the network layer bounds at 2 MiB. */
const MAX_BATCH_BYTES = 1 << 20
/** What one checkpoint may cover, its index commitment included. */
export const BATCH_LIMITS: BatchLimits = { entries: MAX_BATCH_ENTRIES, bytes: MAX_BATCH_BYTES }
/** Entries that may stand in the tree behind the published size; more wait in the queue. */
const MAX_TAIL_ENTRIES = 16 * MAX_BATCH_ENTRIES
const RETRY_MS = 500
/** Seconds between cosignatures of one checkpoint that are worth asking again for. */
const MAX_TORN_SECONDS = 5
/** Steps in a row that change nothing: answers that contradict each other must not make a node ask at the speed of the network. */
const MAX_IDLE_STEPS = 16

export interface SequencerOptions extends SolicitorOptions {
  /** Fetches the entries of the own log from where its tree stands up to a note of it, each chunk proved to lead there. */
  fetchOwnTail: (from: OperatorLink, note: { readonly size: number; readonly root: Hash }) => AsyncIterable<TailChunk>
  /** The entries are back, the notes are not; fulfilled when the first note of the head's size is, if anybody has it. */
  onRecovered: () => Promise<void>
  onPublished: (size: number, note: Note) => void
  onState: (state: NodeState, reason: string | undefined) => void
  onForked: (theirNote: Uint8Array) => Promise<void>
  /** A storage failure or a broken invariant: the process must end. */
  onFatal: (error: unknown) => void
}

export class Sequencer {
  private readonly options: SequencerOptions
  private state: NodeState = 'STARTING'
  private evaluatedEpoch = -1
  /** Size that was published before the batches that others hold behind it were judged. */
  private judgeAgainAt = -1
  /** Roots of reservations that contradict what is published: nobody can have signed them. */
  private readonly settled = new Set<string>()
  private wakeUp: (() => void) | undefined
  private readonly operators: Solicitor
  private isAwake = false
  private isStopped = false
  private running: Promise<void> | undefined
  private heartbeats: (() => void)[] = []
  /** The published checkpoint waits for lines, asked for until they suffice: an operator counts from now on, or those it has are torn. */
  private isRefreshDue = false

  constructor(options: SequencerOptions) {
    this.options = options
    this.operators = new Solicitor(options)
  }

  start(): void {
    this.running = this.run()
  }

  async stop(): Promise<void> {
    this.isStopped = true
    this.operators.stop()
    this.wake()
    await this.running
  }

  /** Something changed: statements in the queue, a claim, a peer. */
  wake(): void {
    this.isAwake = true
    this.wakeUp?.()
    this.operators.lookAgain()
  }

  get currentState(): NodeState {
    return this.state
  }

  /** Read-only from now on: this log has signed two histories. */
  enterForked(): void {
    this.enter('FORKED', 'this log has signed two histories; it signs nothing more')
    this.settleHeartbeats()
  }

  /** How many operators count, and how many of them have to answer. */
  quorum(): { m: number; q: number } {
    const { own, keeper, membership } = this.options
    // A copy that lost its entries, after a repair, does not know any more who counts: most of all it knows have to answer.
    const m = own.isPartial ? keeper.all().length : membership.counted().length
    return { m, q: quorumOf(m) }
  }

  /** True when a statement may be appended to the tree at once, behind what is proposed, instead of waiting in the queue. */
  get canAppend(): boolean {
    return this.state === 'READY' && this.options.own.unpublished < MAX_TAIL_ENTRIES && this.isFenceCurrent()
  }

  /** Asks for fresh cosignatures of the published checkpoint; resolves after the attempt. */
  heartbeat(): Promise<void> {
    return new Promise((resolve) => {
      this.heartbeats.push(resolve)
      this.wake()
    })
  }

  private async run(): Promise<void> {
    let idleSteps = 0
    while (!this.isStopped) {
      this.isAwake = false
      let pauseMs: number | undefined
      const before = this.progress()
      try {
        pauseMs = (await this.step()) ? 0 : undefined
      } catch (error) {
        if (isFatal(error)) {
          this.options.onFatal(error)
          return
        }
        pauseMs = RETRY_MS
      }
      idleSteps = this.progress() === before ? idleSteps + 1 : 0
      const isSpinning = idleSteps >= MAX_IDLE_STEPS
      // What woke it meanwhile were the answers to its own questions.
      if (isSpinning) this.isAwake = false
      if (pauseMs === 0 && !isSpinning) continue
      const hasRested = await this.sleep(pauseMs || RETRY_MS * 4)
      if (hasRested) idleSteps = 0
    }
  }

  /** Changes with every step that brought anything. */
  private progress(): string {
    const { own } = this.options
    return `${own.tree.size} ${own.head.size} ${own.publishedSize} ${own.queue.size}`
  }

  /** One step towards an empty queue; true when there is more to do at once. */
  private async step(): Promise<boolean> {
    const { own, keeper, membership } = this.options
    if (this.state === 'FORKED') return false
    const { isPartial } = own
    const { m, q } = this.quorum()
    const live = keeper.live().filter((link) => isPartial || membership.isCounted(link.card.origin))
    if (live.length < q) {
      const why = keeper.isContested
        ? 'another copy of this log holds its claims'
        : `${live.length} of the ${q} operators needed answer`
      this.enter('WAITING', `${why}; statements are kept and wait`)
      this.settleHeartbeats()
      return false
    }
    if (!this.isFenceCurrent()) return this.passFence(live, m, q)
    if (isPartial && own.head.size === 0) {
      // Without all that it signed this is not the log, and going on from less would fork it.
      this.enter('RECOVERING', 'this copy lost its entries, and nobody who answers holds all of them yet')
      this.settleHeartbeats()
      return false
    }
    await this.endRecovery()
    this.enter('READY', undefined)
    if (own.queue.size > 0 && this.canAppend) {
      await own.writes.run(async () => {
        const batch = own.queue.peek(MAX_BATCH_ENTRIES - 1, MAX_BATCH_BYTES)
        if (batch.length > 0) await own.append(batch, BATCH_LIMITS)
      })
    }
    if (own.hasOpenProposal) return this.advanceProposal(live, q)
    if (await this.countNewOperators()) return true
    if (own.queue.size > 0) return true
    if (this.heartbeats.length > 0 || this.isRefreshDue) await this.refreshNewest(q)
    return false
  }

  private isFenceCurrent(): boolean {
    return this.evaluatedEpoch === this.options.keeper.epoch
  }

  /** Judges what the operators remember; adopts what this copy has forgotten. */
  private async passFence(live: readonly OperatorLink[], m: number, q: number): Promise<boolean> {
    const { own, keeper } = this.options
    const epoch = keeper.epoch
    const answers = await Promise.all(live.map((link) => this.answerOf(link)))
    const history = {
      head: own.head,
      storeSize: own.tree.size,
      rootAt: (size: number): Hash => own.tree.rootAt(size),
    }
    const decision = decideFence(history, answers, m, q)
    const linkOf = (origin: string): OperatorLink =>
      live.find((link) => link.card.origin === origin) ?? (live[0] as OperatorLink)
    switch (decision.kind) {
      case 'clear':
        if (keeper.epoch === epoch) this.evaluatedEpoch = epoch
        return true
      case 'publish-head':
        if (keeper.epoch === epoch) this.evaluatedEpoch = epoch
        this.judgeAgainAt = own.head.size
        return true
      case 'wait-for-all':
        this.enter('WAITING', 'two operators hold different reservations of this log; waiting until all of them answer')
        return false
      case 'forked':
        this.enter('FORKED', 'another operator holds a note signed by this log that contradicts its history')
        await this.options.onForked(decision.note.bytes)
        return false
      case 'adopt-note':
        await this.adoptNote(decision.note, linkOf(decision.operator))
        return true
      case 'adopt-reservation':
        switch (await this.adoptReservation(decision.reservation, linkOf(decision.operator))) {
          case 'adopted':
            // It is offered again as the open proposal; other operators may still remember another one, which it replaces.
            if (keeper.epoch === epoch) this.evaluatedEpoch = epoch
            return true
          case 'settled':
            return true
          case 'missing':
            return false
        }
      default:
        return false
    }
  }

  private async adoptNote(note: OwnNote, link: OperatorLink): Promise<void> {
    const { own } = this.options
    const enter = (): void => {
      const missing = `entries ${own.tree.size} to ${note.size - 1}`
      this.enter(
        'RECOVERING',
        `this copy is older than what others have seen; fetching ${missing}; no statement is lost`,
      )
    }
    enter()
    // What stands behind the head is either what an earlier recovery fetched, or was never signed.
    if (!own.isBeginningOf(note)) await own.writes.run(() => own.dropTail())
    for await (const chunk of this.options.fetchOwnTail(link, note)) {
      if (this.isStopped || this.hasForked()) return
      await own.writes.run(() => own.recover(chunk))
      enter()
    }
    if (this.hasForked()) return
    await own.commitHeadTo(note.size)
    await this.endRecovery()
    await this.options.onRecovered()
  }

  /** A proof may come while a step waits. */
  private hasForked(): boolean {
    return this.state === 'FORKED'
  }

  /** The head says again what this copy signed, or what it fetched stands behind its head as if it had made it. */
  private async endRecovery(): Promise<void> {
    const { own, keeper, membership } = this.options
    if (!own.isRecovering) return
    // Who counted may be lost with the entries. Then all that are known count, as for the fence: nobody would be no quorum at all.
    if (own.isPartial && membership.counted().length === 0)
      for (const { card } of keeper.all()) await membership.count(card.origin)
    await own.endRecovery()
  }

  private async adoptReservation(
    reservation: ReservationHead,
    link: OperatorLink,
  ): Promise<'adopted' | 'settled' | 'missing'> {
    const { own } = this.options
    this.enter('RECOVERING', `taking over a batch of this log that ${link.card.name} holds in reserve`)
    const held = await link.fetchReservation()
    if (held === undefined || held.size !== reservation.size || held.start > own.head.size) return 'missing'
    if (own.contradicts(held)) {
      // Another copy's, from before this one published: the operator has not seen that it is settled.
      this.settled.add(toHex(held.root))
      return 'settled'
    }
    await own.writes.run(() => own.adopt(held.size, held.root, held.entries.slice(own.head.size - held.start)))
    return 'adopted'
  }

  private async answerOf(link: OperatorLink): Promise<FenceAnswer> {
    const { newestNote, reservation } = link.recollection
    const answer: FenceAnswer = { operator: link.card.origin }
    if (reservation !== undefined && !this.settled.has(toHex(reservation.root))) answer.reservation = reservation
    const newest = newestNote === undefined ? undefined : await this.ownNote(newestNote)
    if (newest !== undefined) answer.newest = newest
    return answer
  }

  /** A note counts only if the own log key signed it: an operator cannot make up a history for us. */
  private async ownNote(bytes: Uint8Array): Promise<OwnNote | undefined> {
    try {
      const checkpoint = await openCheckpoint(parseNote(bytes), this.options.own.log.logKey, this.options.verifier)
      return checkpoint.origin === this.options.own.log.origin
        ? { size: checkpoint.size, root: checkpoint.root, bytes }
        : undefined
    } catch {
      return undefined
    }
  }

  private async advanceProposal(live: readonly OperatorLink[], q: number): Promise<boolean> {
    const { own, keeper } = this.options
    const epoch = keeper.epoch
    const size = own.proposalSize(BATCH_LIMITS)
    if (size === undefined) {
      await own.writes.run(() => own.close())
      return true
    }
    if (own.head.state === 'published' || own.head.size < size) {
      const stored = await this.operators.reserve(live, size, q)
      if (stored < q || keeper.epoch !== epoch) return false
    }
    // Nothing between the last look at the claims and the signature: the answers that allowed it still hold.
    if (!this.isFenceCurrent()) return true
    const proposal = await own.propose(size)
    const lines = await this.operators.collectLines(proposal.note, proposal.size, q)
    if (lines === undefined) return false
    await own.publish(proposal, withLines(proposal, lines))
    this.options.onPublished(proposal.size, withLines(proposal, lines))
    this.isRefreshDue ||= isTorn(lines, lines)
    if (proposal.size === this.judgeAgainAt) keeper.reconsider()
    return true
  }

  /** An operator counts once it stores our newest published note. */
  private async countNewOperators(): Promise<boolean> {
    const { keeper, membership, own } = this.options
    if (own.publishedSize === 0) return false
    for (const link of keeper.live()) {
      if (membership.isCounted(link.card.origin)) continue
      await this.operators.catchUp(link)
      if (sizeOf(link.recollection.newestNote) !== own.publishedSize) continue
      const newest = await this.ownNote(link.recollection.newestNote ?? new Uint8Array(0))
      if (newest === undefined || !equalBytes(newest.root, own.tree.rootAt(newest.size))) continue
      await membership.count(link.card.origin)
      keeper.reconsider()
      // The published checkpoint gets its lines now: what nobody witnessed proves nothing to others.
      this.isRefreshDue = true
      return true
    }
    return false
  }

  private async refreshNewest(q: number): Promise<void> {
    const { own } = this.options
    const published = own.newestPublished()
    if (published === undefined || q === 0) this.isRefreshDue = false
    else {
      const bare = parseNote(published.note)
      const { name, keyId } = own.log.logKey
      const logLine = bare.signatures.filter((line) => line.name === name && line.keyId === keyId)
      const lines = await this.operators.collectLines({ text: bare.text, signatures: logLine }, published.size, q)
      if (lines !== undefined) {
        const note: Note = { text: bare.text, signatures: [...logLine, ...lines] }
        await own.storeLatest(note)
        this.isRefreshDue = isTorn(witnessLines(bare, logLine), lines)
        this.options.onPublished(published.size, note)
      }
    }
    this.settleHeartbeats()
  }

  private settleHeartbeats(): void {
    for (const settle of this.heartbeats.splice(0)) settle()
  }

  private enter(state: NodeState, reason: string | undefined): void {
    // For good: a step that was under way does not take it back.
    if (this.hasForked() && state !== 'FORKED') return
    this.state = state
    this.options.onState(state, reason)
  }

  /** Until something changes, at most so long; true when nothing did. */
  private async sleep(ms: number): Promise<boolean> {
    if (this.isAwake || this.isStopped) return false
    const isOver = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(true), ms)
      this.wakeUp = () => {
        clearTimeout(timer)
        resolve(false)
      }
    })
    this.wakeUp = undefined
    return isOver
  }
}

/**
 * A quorum has a checkpoint from the last of its first lines on, and calls it the newest only up to the first of its newest
 * ones: where witnesses cosigned in different seconds, nothing in it could be settled before the next heartbeat. A clock that
 * is further off is not waited for.
 */
function isTorn(first: readonly NoteSignature[], newest: readonly NoteSignature[]): boolean {
  const gapSeconds = Math.max(...first.map(cosignatureTimestamp)) - Math.min(...newest.map(cosignatureTimestamp))
  return gapSeconds > 0 && gapSeconds <= MAX_TORN_SECONDS
}

function witnessLines(note: Note, logLines: readonly NoteSignature[]): NoteSignature[] {
  return note.signatures.filter((line) => !logLines.includes(line))
}

function withLines(proposal: Proposal, lines: readonly NoteSignature[]): Note {
  return { text: proposal.note.text, signatures: [...proposal.note.signatures, ...lines] }
}

/** Errors that end the process: what is stored is in doubt, or an invariant broke. Everything else is tried again. */
function isFatal(error: unknown): boolean {
  if (!isLedgerError(error)) return true
  return [
    'STORE_FAILED',
    'STORE_CORRUPT',
    'HEAD_CONFLICT',
    'INVARIANT',
    'DISK_FULL',
    'PROOF_INVALID',
    'PROOF_LENGTH',
  ].includes(error.code)
}
