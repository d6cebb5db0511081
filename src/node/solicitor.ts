/**
 * Asks the operators for what a checkpoint needs of them: that they store what will be signed, and their lines under the
 * signed note (docs/protocol.md, "Reserve, sign, publish"). Answers suffice as soon as there are enough of them.
 */
import { proveConsistency } from '../merkle/consistency.ts'
import { readFrontier } from '../merkle/hash-reader.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { verifyCosignature } from '../note/cosignature.ts'
import { formatNote, type Note, type NoteSignature, parseNote, parseSignatureLines } from '../note/note.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import type { ClaimKeeper } from './claim-keeper.ts'
import { MAX_AHEAD_SECONDS, type Clock } from './clock.ts'
import type { Membership } from './membership.ts'
import type { OperatorLink } from './operator-link.ts'
import type { OwnLog } from './own-log.ts'
import type { CosignReply } from './witness-reply.ts'

export interface SolicitorOptions {
  own: OwnLog
  keeper: ClaimKeeper
  membership: Membership
  verifier: SignatureVerifier
  clock: Clock
}

interface OperatorLines {
  witness?: NoteSignature
  mirror?: NoteSignature
  indexDiffers?: boolean
}

export class Solicitor {
  private readonly options: SolicitorOptions
  /** Looks again whether answers that are waited for still matter. */
  private recheck: (() => void) | undefined
  /** Operators that have not answered their last reservation yet. */
  private readonly reserving = new Set<OperatorLink>()
  private isStopped = false

  constructor(options: SolicitorOptions) {
    this.options = options
  }

  /** Nothing is waited for any more. */
  stop(): void {
    this.isStopped = true
    this.recheck?.()
  }

  /** A claim changed: what is waited for may not matter any more. */
  lookAgain(): void {
    this.recheck?.()
  }

  /** Offers what the proposal adds to every operator; answers how many stored it durably, as soon as they suffice. */
  async reserve(live: readonly OperatorLink[], size: number, q: number): Promise<number> {
    const { own, keeper } = this.options
    if (live.length === 0) return 0
    const start = own.publishedSize
    const root = own.tree.rootAt(size)
    const entries = Array.from({ length: size - start }, (_, i) => own.tree.readEntry(start + i))
    const base = readFrontier(own.tree.hashReader(), start)
    let stored = 0
    const reserve = async (link: OperatorLink): Promise<void> => {
      // What it was offered before still travels: no second batch is kept in memory for one that may be silent.
      if (this.reserving.has(link)) return
      this.reserving.add(link)
      try {
        await this.catchUp(link)
        const reply = await link.reserve(size, root, base, entries)
        if (reply.stored) stored++
        // A late refusal may only say that the batch is published meanwhile.
        const isLate = stored >= q && sizeOf(link.recollection.newestNote) <= own.head.size
        // It remembers something newer than we know: its answers must be judged again before anything is signed.
        if (!reply.stored && reply.reason !== 'frozen' && !isLate) keeper.reconsider()
      } catch (error) {
        link.lastError = error instanceof Error ? error.message : String(error)
      } finally {
        this.reserving.delete(link)
      }
    }
    await this.settled(live.map(reserve), () => stored >= q)
    return stored
  }

  /** An operator that missed earlier notes gets the newest published one first. */
  async catchUp(link: OperatorLink): Promise<void> {
    const published = this.options.own.newestPublished()
    if (published === undefined || sizeOf(link.recollection.newestNote) >= published.size) return
    const reply = await this.offer(link, parseNote(published.note), published.size)
    if (reply.outcome === 'cosigned') link.remember(published.note)
  }

  /**
   * Offers a note with a proof from where the operator stands. It may have learnt more from others since it told us:
   * then it says so, and is asked once more from there.
   */
  private async offer(link: OperatorLink, note: Note, size: number): Promise<CosignReply> {
    const { own, keeper } = this.options
    const offerFrom = (known: number): Promise<CosignReply> => {
      const proof = known === 0 || known >= size ? [] : proveConsistency(own.tree.hashReader(), known, size)
      return link.cosign(note, Math.min(known, size), proof)
    }
    const reply = await offerFrom(sizeOf(link.recollection.newestNote))
    if (reply.outcome !== 'conflict') return reply
    if (reply.size > own.head.size) {
      keeper.reconsider()
      return reply
    }
    return offerFrom(reply.size)
  }

  /**
   * Lines under the note from operators other than our own, once they suffice: q witness lines, and one mirror line
   * where anybody else is there to give one. Undefined when they do not suffice yet. Where mirrors computed another index
   * root than ours, history goes on without their lines: nothing can then be proved absent until a right root follows.
   */
  async collectLines(note: Note, size: number, q: number): Promise<NoteSignature[] | undefined> {
    const { keeper, membership } = this.options
    if (q === 0) return []
    const collected: { witness: NoteSignature[]; mirror: NoteSignature[] } = { witness: [], mirror: [] }
    let witnesses = 0
    let isIndexRefused = false
    const counted = keeper.live().filter((link) => membership.isCounted(link.card.origin))
    const isEnough = (): boolean => witnesses >= q && collected.mirror.length > 0
    const collectFrom = async (link: OperatorLink): Promise<void> => {
      try {
        const lines = await this.linesFrom(link, note, size)
        if (lines.witness !== undefined) {
          witnesses++
          collected.witness.push(lines.witness)
        }
        if (lines.mirror !== undefined) collected.mirror.push(lines.mirror)
        isIndexRefused ||= lines.indexDiffers === true
      } catch (error) {
        link.lastError = error instanceof Error ? error.message : String(error)
      }
    }
    await this.settled(counted.map(collectFrom), isEnough)
    const suffices = isEnough() || (isIndexRefused && witnesses >= q)
    return suffices ? [...collected.witness, ...collected.mirror] : undefined
  }

  private async linesFrom(link: OperatorLink, note: Note, size: number): Promise<OperatorLines> {
    const reply = await this.offer(link, note, size)
    if (reply.outcome !== 'cosigned') {
      link.lastError = reply.outcome === 'refused' ? reply.message : `it has recorded size ${reply.size}`
      return {}
    }
    const lines = reply.lines.flatMap((line) => parseSignatureLines(line))
    const signed: Note = { text: note.text, signatures: lines }
    const out: OperatorLines = {}
    if (reply.indexDiffers === true) {
      out.indexDiffers = true
      link.lastError = 'it computed another index root from our entries: stop this node and run tally repair'
    }
    for (const [role, key] of [
      ['witness', link.card.witnessKey],
      ['mirror', link.card.mirrorKey],
    ] as const) {
      const line = lines.find((candidate) => candidate.name === key.name && candidate.keyId === key.keyId)
      const cosignature = line === undefined ? undefined : await verifyCosignature(signed, key, this.options.verifier)
      if (line === undefined || cosignature === undefined) continue
      const aheadSeconds = cosignature.timestamp - this.options.clock.nowSeconds()
      if (aheadSeconds <= MAX_AHEAD_SECONDS) out[role] = line
      else link.lastError = `its clock is ${aheadSeconds} s ahead of ours`
    }
    if (out.witness !== undefined) link.remember(formatNote(note))
    return out
  }

  /**
   * Resolves when the answers are enough, when all have come, or when the claims change: one operator that is silent, and
   * not known to be away yet, holds up neither what the others answered nor asking again one that has come back.
   */
  private async settled(tasks: readonly Promise<void>[], isEnough: () => boolean): Promise<void> {
    const { keeper } = this.options
    const { epoch } = keeper
    await new Promise<void>((resolve) => {
      this.recheck = () => {
        if (isEnough() || keeper.epoch !== epoch || this.isStopped) resolve()
      }
      void Promise.allSettled(tasks.map((task) => task.finally(() => this.recheck?.()))).then(() => resolve())
    })
    this.recheck = undefined
  }
}

/** The size of a note somebody remembers; 0 for none. */
export function sizeOf(note: Uint8Array | undefined): number {
  if (note === undefined) return 0
  try {
    return parseCheckpoint(parseNote(note).text).size
  } catch {
    return 0
  }
}
