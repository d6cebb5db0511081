/**
 * One other operator, seen from the log it witnesses: the connection a claim is bound to, what the operator remembers of
 * our log, and the four calls of protocol.md that go to it.
 */
import { equalBytes } from '../encoding/bytes.ts'
import type { Hash } from '../merkle/hash.ts'
import type { Frontier } from '../merkle/tree.ts'
import type { Note } from '../note/note.ts'
import type { Connection } from '../network/connection.ts'
import type { Host } from '../network/host.ts'
import { requestClaim } from '../network/messages/claim.ts'
import { requestCosign } from '../network/messages/cosign.ts'
import { requestReservation } from '../network/messages/reservation.ts'
import { requestReserve } from '../network/messages/reserve.ts'
import type { Card } from './card.ts'
import type { PeerNetworks } from './peer-networks.ts'
import type { ClaimReply, CosignReply, Recollection, ReserveReply } from './witness-reply.ts'

const CALL_TIMEOUT_MS = 15_000
const RELEASE_TIMEOUT_MS = 2_000

export class OperatorLink {
  readonly card: Card
  private readonly host: Host
  private readonly origin: string
  private readonly instance: Uint8Array
  private readonly networks: PeerNetworks
  /** The connection that holds our claim; undefined while we hold none. Changed by claim() and dropClaim() only. */
  private claimed: { connection: Connection; renewedAtMs: number } | undefined
  /** What it said it remembers, updated by every answer. */
  private memory: Recollection = {}
  lastError: string | undefined

  constructor(card: Card, host: Host, origin: string, instance: Uint8Array, networks: PeerNetworks) {
    this.card = card
    this.host = host
    this.origin = origin
    this.instance = instance
    this.networks = networks
  }

  get recollection(): Recollection {
    return this.memory
  }

  /** Connected, and nothing is known that speaks against asking it for a claim. */
  get isReachable(): boolean {
    const { peerId } = this.card
    if (this.networks.isAsking(peerId) || this.networks.otherNetworkOf(peerId) !== undefined) return false
    return this.host.connections(peerId).length > 0
  }

  get holdsClaim(): boolean {
    return this.claimed?.connection.isOpen === true
  }

  /** The connection our claim is bound to. */
  get claimConnectionId(): string | undefined {
    return this.claimed?.connection.id
  }

  get claimAgeStartMs(): number | undefined {
    return this.claimed?.renewedAtMs
  }

  /** Takes or renews the claim. Renewal stays on its connection: another one would not be the claim's. */
  async claim(nowMs: number, isRenewal: boolean): Promise<ClaimReply> {
    const connection = isRenewal ? this.claimed?.connection : this.host.connections(this.card.peerId)[0]
    if (connection === undefined) return { granted: false }
    const request = { origin: this.origin, instance: this.instance }
    const reply = await requestClaim(this.host, connection, request, CALL_TIMEOUT_MS)
    this.learn(reply)
    this.claimed = reply.granted ? { connection, renewedAtMs: nowMs } : undefined
    return reply
  }

  dropClaim(): void {
    this.claimed = undefined
  }

  /** Gives the claim back, so that another copy need not wait for it to lapse. */
  async release(): Promise<void> {
    const connection = this.claimed?.connection
    this.claimed = undefined
    if (connection?.isOpen !== true) return
    await requestClaim(
      this.host,
      connection,
      { origin: this.origin, instance: this.instance, release: true },
      RELEASE_TIMEOUT_MS,
    )
  }

  async reserve(size: number, root: Hash, base: Frontier, entries: readonly Uint8Array[]): Promise<ReserveReply> {
    const connection = this.requireClaim()
    const header = { origin: this.origin, instance: this.instance, size, root, start: base.size, frontier: base.hashes }
    const reply = await requestReserve(this.host, connection, header, entries, CALL_TIMEOUT_MS)
    if (reply.stored) this.memory = { ...this.memory, reservation: { size, root, start: base.size } }
    else this.learn(reply)
    if (reply.reason === 'unclaimed') this.dropClaim()
    return reply
  }

  async cosign(note: Note, old: number, proof: readonly Hash[]): Promise<CosignReply> {
    const reply = await requestCosign(
      this.host,
      this.requireClaim(),
      this.instance,
      { old, proof, note },
      CALL_TIMEOUT_MS,
    )
    if (reply.outcome === 'conflict' && reply.newestNote !== undefined)
      this.memory = { ...this.memory, newestNote: reply.newestNote }
    if (reply.outcome === 'refused' && reply.reason === 'unclaimed') this.dropClaim()
    return reply
  }

  /** The entries of a reservation of our log that we do not have. */
  fetchReservation(): Promise<{ size: number; root: Hash; start: number; entries: readonly Uint8Array[] } | undefined> {
    return requestReservation(this.host, this.requireClaim(), this.origin, CALL_TIMEOUT_MS)
  }

  /** It has our newest note now. */
  remember(newestNote: Uint8Array): void {
    if (this.memory.newestNote === undefined || !equalBytes(this.memory.newestNote, newestNote))
      this.memory = { newestNote }
  }

  private learn(reply: Recollection): void {
    this.memory = {
      ...(reply.newestNote === undefined ? {} : { newestNote: reply.newestNote }),
      ...(reply.reservation === undefined ? {} : { reservation: reply.reservation }),
    }
  }

  private requireClaim(): Connection {
    const connection = this.claimed?.connection
    if (connection?.isOpen !== true) throw new Error(`no claim is held at ${this.card.name}`)
    return connection
  }
}
