/**
 * How a node learns what others have: gossip announces it at once, and regular questions find whatever gossip missed.
 * Gossip is a hint; correctness never depends on it (docs/architecture.md, "Replication").
 */
import { decodeCbor, encodeCbor, isCborArray } from '../encoding/cbor.ts'
import { isLedgerError } from '../errors.ts'
import { openCheckpoint } from '../note/checkpoint.ts'
import { parseNote } from '../note/note.ts'
import { decodeEquivocation, verifyEquivocation } from '../note/equivocation.ts'
import { ask } from '../network/exchange.ts'
import type { Judgement } from '../network/gossip.ts'
import type { Host } from '../network/host.ts'
import { logIdOf } from '../network/log-id.ts'
import { forksExchange } from '../network/messages/forks.ts'
import { headsExchange } from '../network/messages/heads.ts'
import type { SignatureVerifier } from '../signing/ed25519.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import type { Clock } from './clock.ts'
import type { Follower } from './follower.ts'
import type { ForkKeeper } from './fork-keeper.ts'
import type { IndexFaults } from './index-faults.ts'
import type { LogRegistry } from './log-registry.ts'
import type { PeerNetworks } from './peer-networks.ts'

const MAX_NOTES_PER_ANNOUNCEMENT = 8
/** Fixed peers and random ones asked in a round: enough that news crosses the network in a few rounds. */
const PEERS_PER_ROUND = 3

export interface NewsOptions {
  host: Host
  networks: PeerNetworks
  logs: LogRegistry
  follower: Follower
  forks: ForkKeeper
  indexFaults: IndexFaults
  verifier: SignatureVerifier
  clock: Clock
  intervalMs: number
}

interface Cursor {
  epoch: Uint8Array
  sequence: number
  forks: number
}

export class News {
  private readonly options: NewsOptions
  private readonly cursors = new Map<string, Cursor>()
  private readonly asking = new Set<string>()
  private timer: NodeJS.Timeout | undefined
  private isStopped = false

  constructor(options: NewsOptions) {
    this.options = options
    options.host.onAnnouncement((bytes, from) => this.judge(bytes, from))
  }

  start(): void {
    this.schedule()
  }

  stop(): void {
    this.isStopped = true
    clearTimeout(this.timer)
  }

  /** A log is followed from now on: what peers said before that about it was not listened to. */
  startOver(): void {
    this.cursors.clear()
    for (const { peerId } of this.options.host.connections()) void this.ask(peerId)
  }

  /** Announces the newest published note of a log. Nobody listening is no error. */
  async announce(origin: string, note: Uint8Array): Promise<void> {
    try {
      await this.options.host.publish(encodeCbor([[logIdOf(origin), note]]))
    } catch (error) {
      if (!isLedgerError(error) && !(error instanceof RangeError)) throw error
    }
  }

  /** Asks one peer now: on every new connection, and in turn. */
  async ask(peerId: string): Promise<void> {
    if (this.asking.has(peerId) || this.isStopped) return
    this.asking.add(peerId)
    try {
      await this.options.networks.ask(peerId)
      if (this.isOfOtherNetwork(peerId)) return
      await this.askHeads(peerId)
      await this.askForks(peerId)
    } catch (error) {
      // The peer is away or busy; the next round asks again. Anything but a peer's failure is ours to see.
      if (!isLedgerError(error)) throw error
    } finally {
      this.asking.delete(peerId)
    }
  }

  private isOfOtherNetwork(peerId: string): boolean {
    return this.options.networks.otherNetworkOf(peerId) !== undefined
  }

  private async askHeads(peerId: string): Promise<void> {
    for (;;) {
      const cursor = this.cursors.get(peerId)
      const request = cursor === undefined ? {} : { dbEpoch: cursor.epoch, sinceSeq: cursor.sequence }
      const answer = await ask(this.options.host, peerId, headsExchange, request)
      for (const head of answer.heads) {
        this.options.follower.heard(head.note, peerId, head.rootSig)
        if (head.latest !== undefined) this.options.follower.heard(head.latest, peerId, head.rootSig)
      }
      const isSameEpoch = cursor !== undefined && Buffer.compare(cursor.epoch, answer.dbEpoch) === 0
      this.cursors.set(peerId, {
        epoch: answer.dbEpoch,
        sequence: answer.nextSeq,
        forks: isSameEpoch ? cursor.forks : 0,
      })
      if (answer.heads.length === 0 || (isSameEpoch && answer.nextSeq <= cursor.sequence)) return
    }
  }

  private async askForks(peerId: string): Promise<void> {
    const cursor = this.cursors.get(peerId)
    if (cursor === undefined) return
    const answer = await ask(this.options.host, peerId, forksExchange, { sinceSeq: cursor.forks })
    let isSettled = true
    for (const proof of answer.proofs) {
      const { indexFaults, logs, verifier } = this.options
      const learnt = await indexFaults.learn(proof, peerId, (origin) => logs.get(origin), verifier)
      if (learnt === 'nothing') await this.learnFork(proof)
      if (learnt === 'later') isSettled = false
    }
    // A proof that cannot be judged yet is asked for again: the next round, when more of the log is here.
    if (isSettled) cursor.forks = answer.nextSeq
  }

  /** Whoever carries a fork proof is never punished; one that proves nothing is ignored. */
  private async learnFork(bytes: Uint8Array): Promise<void> {
    const { logs, forks, verifier } = this.options
    try {
      const proof = decodeEquivocation(bytes)
      const log = logs.get(parseCheckpoint(proof.noteA.text).origin)
      if (log === undefined || forks.find(log.origin) !== undefined) return
      const { a, b } = await verifyEquivocation(proof, log.logKey, verifier)
      await forks.freeze(log.origin, bytes, Math.min(a.size, b.size), Math.max(a.size, b.size))
    } catch (error) {
      if (!isLedgerError(error) || error.code.startsWith('STORE_')) throw error
    }
  }

  private async judge(bytes: Uint8Array, from: string): Promise<Judgement> {
    if (this.isOfOtherNetwork(from)) return 'ignore'
    const notes = decodeAnnouncement(bytes)
    if (notes === undefined) return 'reject'
    let judgement: Judgement = 'ignore'
    for (const note of notes) {
      try {
        const parsed = parseNote(note)
        const log = this.options.logs.get(parseCheckpoint(parsed.text).origin)
        if (log === undefined || log.isOwn) continue
        await openCheckpoint(parsed, log.logKey, this.options.verifier)
        this.options.follower.heard(note, from)
        judgement = 'accept'
      } catch {
        return 'reject'
      }
    }
    return judgement
  }

  private schedule(): void {
    if (this.isStopped) return
    // Jitter keeps nodes that started together from asking together for ever.
    this.timer = setTimeout(
      () => void this.round().finally(() => this.schedule()),
      this.options.intervalMs * (0.75 + Math.random() / 2),
    )
  }

  private async round(): Promise<void> {
    const connected = [...new Set(this.options.host.connections().map((connection) => connection.peerId))]
    const chosen = connected
      .map((peerId) => ({ peerId, rank: Math.random() }))
      .toSorted((a, b) => a.rank - b.rank)
      .slice(0, PEERS_PER_ROUND)
    await Promise.all(chosen.map(({ peerId }) => this.ask(peerId)))
  }
}

function decodeAnnouncement(bytes: Uint8Array): Uint8Array[] | undefined {
  try {
    const value = decodeCbor(bytes)
    if (!isCborArray(value) || value.length === 0 || value.length > MAX_NOTES_PER_ANNOUNCEMENT) return undefined
    const notes: Uint8Array[] = []
    for (const item of value) {
      if (
        !isCborArray(item) ||
        item.length !== 2 ||
        !(item[0] instanceof Uint8Array) ||
        !(item[1] instanceof Uint8Array)
      )
        return undefined
      notes.push(item[1])
    }
    return notes
  } catch {
    return undefined
  }
}
