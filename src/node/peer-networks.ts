/**
 * Which network each connected peer says it is part of (status/1; docs/protocol.md, "Membership"). Both sides of a new
 * connection tell it before anything else is asked. From an operator of another network nothing is taken: no news, no
 * announcements, no claims; people are told on both sides. A peer that does not answer is taken for one of ours: an id that
 * everybody in a network knows guards against mistakes, not against lies.
 */
import { isLedgerError } from '../errors.ts'
import { ask, serve } from '../network/exchange.ts'
import type { Host } from '../network/host.ts'
import { type NodeStatus, statusExchange } from '../network/messages/status.ts'

const ASK_TIMEOUT_MS = 10_000

export interface PeerNetworksOptions {
  host: Host
  /** What this node tells of itself, now: its network changes when it joins another one. */
  status: () => NodeStatus
  /** It has said so for the first time, or after it said something else. */
  onOurs: (peerId: string) => void
  onOther: (peerId: string) => void
}

export class PeerNetworks {
  private readonly options: PeerNetworksOptions
  /** Of connected peers only. */
  private readonly named = new Map<string, string>()
  private readonly asking = new Map<string, Promise<void>>()

  constructor(options: PeerNetworksOptions) {
    this.options = options
  }

  /** Answers those that ask, and hears what they say of themselves. */
  async serve(): Promise<void> {
    await serve(this.options.host, statusExchange, (theirs, { connection }) => {
      this.learn(connection.peerId, theirs.network)
      return this.options.status()
    })
  }

  /** Asks unless it has told. Resolves when it has answered, or failed to: then nothing is known of it. */
  async ask(peerId: string): Promise<void> {
    if (this.named.has(peerId)) return
    const asking = this.asking.get(peerId) ?? this.askOnce(peerId).finally(() => this.asking.delete(peerId))
    this.asking.set(peerId, asking)
    await asking
  }

  /** Asked, and not answered yet: until then nothing is decided about it. */
  isAsking(peerId: string): boolean {
    return this.asking.has(peerId)
  }

  /** The id of the network it belongs to, where that is not ours. */
  otherNetworkOf(peerId: string): string | undefined {
    const network = this.named.get(peerId)
    return network === this.options.status().network ? undefined : network
  }

  /** Its last connection closed. */
  forget(peerId: string): void {
    this.named.delete(peerId)
  }

  /** This node is part of another network from now on: who is ours is seen, and told, anew. */
  startOver(): void {
    for (const peerId of new Set(this.options.host.connections().map((connection) => connection.peerId))) {
      this.named.delete(peerId)
      void this.ask(peerId)
    }
  }

  private async askOnce(peerId: string): Promise<void> {
    const { host, status } = this.options
    try {
      this.learn(peerId, (await ask(host, peerId, statusExchange, status(), { timeoutMs: ASK_TIMEOUT_MS })).network)
    } catch (error) {
      if (!isLedgerError(error)) throw error
    }
  }

  private learn(peerId: string, network: string): void {
    if (this.named.get(peerId) === network || this.options.host.connections(peerId).length === 0) return
    this.named.set(peerId, network)
    if (this.otherNetworkOf(peerId) === undefined) this.options.onOurs(peerId)
    else this.options.onOther(peerId)
  }
}
