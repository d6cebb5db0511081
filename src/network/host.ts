/**
 * One node on the peer-to-peer network: libp2p over TCP, Noise and Yamux, with request protocols and one gossip topic.
 *
 * What the rest of the node sees are connections, requests and announcements; nothing of libp2p passes through. No
 * process-wide handler is installed, and a stopped host leaves nothing running.
 */
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { LedgerError } from '../errors.ts'
import { ConnectionTable, OpenConnection } from './connection.ts'
import { Announcements, createGossip, headsTopic } from './gossip.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { asPeerError } from './peer-error.ts'
import { Requester } from './request.ts'
import { secureChannel } from './security.ts'
import { Server } from './serve.ts'
import type { Connection, ConnectionListener } from './connection.ts'
import type { AnnouncementListener } from './gossip.ts'
import type { NetworkLimits } from './limits.ts'
import type { Protocol } from './protocol.ts'
import type { RequestOptions } from './request.ts'
import type { RequestHandler } from './serve.ts'
import type { GossipSub } from '@libp2p/gossipsub'
import type { Identify } from '@libp2p/identify'
import type { Connection as Libp2pConnection, ConnectionGater, Libp2p, PeerId } from '@libp2p/interface'

export interface HostOptions {
  /** 32-byte Ed25519 seed of the transport key; it signs nothing but handshakes. */
  seed: Uint8Array
  /** Multiaddrs, for example `/ip4/127.0.0.1/tcp/0` for a free port. */
  listen: readonly string[]
  /** What to tell peers instead of the addresses we listen on. */
  announce?: readonly string[]
  networkId: string
  limits?: Partial<NetworkLimits>
  /** Peer ids of configured peers: their connections do not count against the strangers' share. */
  allow?: Iterable<string>
}

export type Body = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

export interface Host {
  readonly peerId: string
  readonly limits: NetworkLimits
  /** Where we can be dialled, each ending in `/p2p/<our peer id>`. */
  addresses(): string[]
  /** Replaces the set of configured peers. */
  allow(peerIds: Iterable<string>): void
  /** Dials, or returns the connection there is. @throws LedgerError PEER_UNREACHABLE, PEER_TIMEOUT */
  connect(address: string, options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<Connection>
  /** Open connections, oldest first. */
  connections(peerId?: string): readonly Connection[]
  /** Returns the function that stops listening. */
  onConnection(listener: ConnectionListener): () => void
  disconnect(connection: Connection): Promise<void>
  handle(protocol: Protocol, handler: RequestHandler): Promise<void>
  /**
   * Response frames as they come. A Connection pins the request to it; a peer id takes the newest open connection.
   *
   * @throws LedgerError as Requester.request
   */
  request(
    target: Connection | string,
    protocol: Protocol,
    body: Body,
    options?: RequestOptions,
  ): AsyncGenerator<Uint8Array, void, undefined>
  publish(announcement: Uint8Array): Promise<void>
  /** Announces and listens under the name of another network from now on. */
  moveTo(networkId: string): void
  /** One listener; it judges each announcement, and only accepted ones are passed on to other peers. */
  onAnnouncement(listener: AnnouncementListener): void
  /** Ends all requests and connections. May be called again. */
  stop(): Promise<void>
}

type Services = { identify: Identify; pubsub: GossipSub }

/** Yamux windows stay below the read buffer, or a paused stream would be reset; so memory per stream is bounded. */
const MAX_STREAM_WINDOW_BYTES = 1 << 20
const MAX_READ_BUFFER_BYTES = 2 << 20
const MAX_STREAMS_PER_CONNECTION = 64
/** Streams of one protocol that libp2p lets through: those above our own limit are answered `busy`, more are reset. */
const BUSY_ANSWERS = 4
const STOP_TIMEOUT_MS = 5_000

/** @throws LedgerError PEER_UNREACHABLE when an address cannot be listened on */
export async function startHost(options: HostOptions): Promise<Host> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const gate = new Gate(limits, options.allow ?? [])
  const topic = headsTopic(options.networkId)
  const node = await createNode(options, limits, gate, topic)
  try {
    const host = new Libp2pHost(node, limits, gate, topic)
    await node.start()
    host.join()
    return host
  } catch (error) {
    await node.stop()
    throw asListenError(error, options.listen.join(', '))
  }
}

/** libp2p tells all addresses' failures in one text. */
function asListenError(error: unknown, addresses: string): LedgerError {
  if (error instanceof Error && error.message.includes('EADDRINUSE'))
    return new LedgerError('ADDRESS_IN_USE', `cannot listen on ${addresses}: another program uses the port`, {
      cause: error,
      hint: 'stop that program, or change `listen` in node.yaml; is this node, or a copy of it, running already?',
    })
  return asPeerError(error, `listening on ${addresses}`)
}

async function createNode(
  options: HostOptions,
  limits: NetworkLimits,
  gate: Gate,
  topic: string,
): Promise<Libp2p<Services>> {
  return createLibp2p<Services>({
    start: false,
    nodeInfo: { userAgent: 'tallystick/1' },
    privateKey: await generateKeyPairFromSeed('Ed25519', options.seed),
    addresses: { listen: [...options.listen], announce: [...(options.announce ?? [])] },
    transports: [tcp({ maxConnections: limits.maxConnections + limits.maxPendingConnections })],
    connectionEncrypters: [secureChannel()],
    streamMuxers: [
      yamux({
        maxInboundStreams: MAX_STREAMS_PER_CONNECTION,
        streamOptions: { maxStreamWindowSize: MAX_STREAM_WINDOW_BYTES, maxReadBufferLength: MAX_READ_BUFFER_BYTES },
      }),
    ],
    connectionManager: {
      maxConnections: limits.maxConnections,
      maxIncomingPendingConnections: limits.maxPendingConnections,
      inboundConnectionThreshold: limits.inboundConnectionsPerSecond,
      dialTimeout: limits.dialTimeoutMs,
      addressDialTimeout: limits.dialTimeoutMs,
    },
    // A node that works through a backlog answers pings late; a dead connection shows by failed requests earlier.
    connectionMonitor: { pingTimeout: { minTimeout: 20_000, maxTimeout: 60_000 } },
    connectionGater: gate.gater,
    services: { identify: identify(), pubsub: createGossip(topic) },
  })
}

/** Keeps places free for configured peers. A burst may exceed the share by the handshakes under way (maxPendingConnections). */
class Gate {
  readonly gater: ConnectionGater
  private readonly limits: NetworkLimits
  private configured: ReadonlySet<string>
  private strangers: () => number = () => 0

  constructor(limits: NetworkLimits, configured: Iterable<string>) {
    this.limits = limits
    this.configured = new Set(configured)
    this.gater = { denyInboundEncryptedConnection: (peer: PeerId) => !this.admits(peer.toString()) }
  }

  configure(peerIds: Iterable<string>): void {
    this.configured = new Set(peerIds)
  }

  isConfigured(peerId: string): boolean {
    return this.configured.has(peerId)
  }

  countStrangers(count: () => number): void {
    this.strangers = count
  }

  private admits(peerId: string): boolean {
    return this.configured.has(peerId) || this.strangers() < this.limits.maxStrangers
  }
}

class Libp2pHost implements Host {
  readonly peerId: string
  readonly limits: NetworkLimits
  private readonly node: Libp2p<Services>
  private readonly gate: Gate
  private readonly table = new ConnectionTable()
  private readonly requester: Requester
  private readonly server: Server
  private readonly announcements: Announcements
  private stopping: Promise<void> | undefined
  private readonly stopped = new AbortController()

  constructor(node: Libp2p<Services>, limits: NetworkLimits, gate: Gate, topic: string) {
    this.node = node
    this.limits = limits
    this.gate = gate
    this.peerId = node.peerId.toString()
    this.requester = new Requester(limits)
    this.server = new Server(limits)
    node.addEventListener('connection:open', this.onOpen)
    node.addEventListener('connection:close', this.onClose)
    this.announcements = new Announcements(node.services.pubsub, topic)
    gate.countStrangers(() => this.countStrangers())
  }

  /** Once, after the start. */
  join(): void {
    this.announcements.subscribe()
  }

  moveTo(networkId: string): void {
    this.announcements.moveTo(headsTopic(networkId))
  }

  addresses(): string[] {
    return this.node.getMultiaddrs().map((address) => address.toString())
  }

  allow(peerIds: Iterable<string>): void {
    this.gate.configure(peerIds)
  }

  async connect(address: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<Connection> {
    this.assertRunning()
    const signals = [AbortSignal.timeout(options.timeoutMs ?? this.limits.dialTimeoutMs), this.stopped.signal]
    if (options.signal !== undefined) signals.push(options.signal)
    try {
      return this.table.opened(await this.node.dial(multiaddr(address), { signal: AbortSignal.any(signals) }))
    } catch (error) {
      this.assertRunning()
      throw asPeerError(error, `dialling ${address}`)
    }
  }

  connections(peerId?: string): readonly Connection[] {
    return this.table.list(peerId)
  }

  onConnection(listener: ConnectionListener): () => void {
    return this.table.listen(listener)
  }

  async disconnect(connection: Connection): Promise<void> {
    const open = this.table.find(connection.id)
    if (open === undefined) return
    this.table.closed(open.raw)
    await open.raw.close().catch((error: unknown) => {
      open.raw.abort(asPeerError(error, 'closing a connection'))
    })
  }

  async handle(protocol: Protocol, handler: RequestHandler): Promise<void> {
    const serve = async (stream: Parameters<Server['serve']>[0], raw: Libp2pConnection): Promise<void> => {
      if (this.stopping === undefined) await this.server.serve(stream, this.table.opened(raw), protocol, handler)
      else stream.abort(new Error('the host is stopping'))
    }
    await this.node.handle(protocol.id, serve, { maxInboundStreams: this.limits.maxInboundPerProtocol + BUSY_ANSWERS })
  }

  async *request(
    target: Connection | string,
    protocol: Protocol,
    body: Body,
    options?: RequestOptions,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    this.assertRunning()
    yield* this.requester.request(this.resolve(target), protocol, body, options)
  }

  async publish(announcement: Uint8Array): Promise<void> {
    this.assertRunning()
    await this.announcements.publish(announcement)
  }

  onAnnouncement(listener: AnnouncementListener): void {
    this.announcements.listen(listener)
  }

  async stop(): Promise<void> {
    this.stopping ??= this.shutDown()
    await this.stopping
  }

  /** Requests end first: closing connections alone would half-close their streams and make cut answers look whole. */
  private async shutDown(): Promise<void> {
    const reason = new LedgerError('PEER_UNREACHABLE', 'the host is stopping')
    this.stopped.abort(reason)
    this.server.abortAll(reason)
    for (const connection of this.table.list()) {
      this.table.closed(connection.raw)
      connection.raw.abort(reason)
    }
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_TIMEOUT_MS)
    })
    await Promise.race([this.node.stop(), late])
    clearTimeout(timer)
    this.node.removeEventListener('connection:open', this.onOpen)
    this.node.removeEventListener('connection:close', this.onClose)
  }

  private resolve(target: Connection | string): OpenConnection {
    const found = typeof target === 'string' ? this.table.list(target).at(-1) : this.table.find(target.id)
    if (found !== undefined) return found
    const wanted = typeof target === 'string' ? `peer ${target}` : `connection ${target.id}`
    throw new LedgerError('PEER_UNREACHABLE', `no open connection: ${wanted}`)
  }

  private assertRunning(): void {
    if (this.stopping !== undefined) throw new LedgerError('PEER_UNREACHABLE', 'the host was stopped')
  }

  private countStrangers(): number {
    return this.table
      .list()
      .filter((connection) => connection.direction === 'inbound' && !this.gate.isConfigured(connection.peerId)).length
  }

  private readonly onOpen = (event: CustomEvent<Libp2pConnection>): void => {
    this.table.opened(event.detail)
  }

  private readonly onClose = (event: CustomEvent<Libp2pConnection>): void => {
    this.table.closed(event.detail)
  }
}
