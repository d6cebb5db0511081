/**
 * A network between simulated nodes, behind the Host that nodes know. Like TCP it delivers a message whole and once or, when
 * the way is broken, never: the connection is lost then, and each end notices in its own time. Answers of different requests
 * overtake each other. Frames are those of the wire: what is asked and answered is encoded and decoded as on a socket.
 */
import { createHash } from 'node:crypto'
import { LedgerError } from '../../src/errors.ts'
import type { Connection, ConnectionListener } from '../../src/network/connection.ts'
import type { AnnouncementListener } from '../../src/network/gossip.ts'
import type { Body, Host } from '../../src/network/host.ts'
import { DEFAULT_LIMITS, type NetworkLimits } from '../../src/network/limits.ts'
import type { Protocol } from '../../src/network/protocol.ts'
import { encodeRefusal, readRefusal, refusalError, refusalFor } from '../../src/network/refusal.ts'
import type { RequestOptions } from '../../src/network/request.ts'
import type { RequestHandler } from '../../src/network/serve.ts'
import type { Chance } from './random.ts'
import type { Owner, VirtualTime } from './virtual-time.ts'

/** Until an end notices that its connection leads nowhere. */
const NOTICED_WITHIN_MS = [1_000, 60_000] as const
/** Of one protocol, for a liar to give again. */
const KEPT_ANSWERS = 8

/** Its own chance: a run without one is the same as ever. */
export interface Liar {
  readonly machine: string
  /** Of its answers, from 0 to 1. */
  readonly often: number
  readonly chance: Chance
}

export class SimulatedNetwork {
  /** Of one message. */
  slowestMs = 40
  /** Answers that were not those given, so far. */
  lies = 0
  /** Chance of a message to be lost, and its connection with it. */
  loss = 0
  /** Whose answers are at times others than it gave. */
  liar: Liar | undefined
  /** Called with every request that is sent. */
  observe: (from: string, protocol: string, frames: readonly Uint8Array[]) => void = () => undefined
  readonly time: VirtualTime
  readonly chance: Chance
  private readonly hosts = new Set<SimulatedHost>()
  /** Ways that nothing passes, by the names of machines. */
  private readonly cuts = new Set<string>()
  private connections = 0
  /** Answers that the liar gave before, by protocol. */
  private readonly given = new Map<string, (readonly Uint8Array[])[]>()

  constructor(time: VirtualTime, chance: Chance) {
    this.time = time
    this.chance = chance
  }

  open(machine: string, owner: Owner, peerId: string): SimulatedHost {
    const host = new SimulatedHost(this, machine, owner, peerId)
    this.hosts.add(host)
    return host
  }

  /** Nothing passes from one machine to another. */
  cut(from: string, to: string): void {
    this.cuts.add(`${from} ${to}`)
  }

  healAll(): void {
    this.cuts.clear()
    this.liar = undefined
    this.loss = 0
    this.slowestMs = 40
  }

  find(peerId: string, notThis: SimulatedHost): SimulatedHost | undefined {
    const found = [...this.hosts].filter((host) => host.peerId === peerId && host.isUp && host !== notThis)
    return found.length === 0 ? undefined : this.chance.pick(found)
  }

  close(host: SimulatedHost): void {
    this.hosts.delete(host)
  }

  nextConnection(): number {
    return ++this.connections
  }

  /** @param lost what happens instead, when the message is lost */
  send(from: SimulatedHost, to: SimulatedHost, arrived: () => void, lost: () => void): void {
    const ms = this.chance.between(0.2, this.slowestMs)
    const isLost = this.isCut(from, to) || this.chance.isTrue(this.loss)
    // What travels belongs to nobody: it arrives also when its sender has died meanwhile.
    this.time.as({ isAlive: true }, () => {
      this.time.after(ms, () => {
        if (isLost || this.isCut(from, to) || !to.isUp) lost()
        else this.time.as(to.owner, arrived)
      })
    })
  }

  /** What a machine says: its answer, or where it lies what it answered before, a part of it, or other bytes. */
  spoken(machine: string, protocol: string, answer: readonly Uint8Array[]): readonly Uint8Array[] {
    if (this.liar?.machine !== machine) return answer
    const { often, chance } = this.liar
    const earlier = this.given.get(protocol) ?? []
    this.given.set(protocol, [...earlier, answer].slice(-KEPT_ANSWERS))
    if (!chance.isTrue(often)) return answer
    this.lies++
    const lie = chance.pick(['earlier', 'earlier', 'changed', 'short', 'twice', 'none'] as const)
    if (lie === 'earlier') return earlier.length === 0 ? answer : chance.pick(earlier)
    if (lie === 'short') return answer.slice(0, -1)
    if (lie === 'twice') return [...answer, ...answer]
    return lie === 'none' ? [] : answer.map((frame) => changed(frame, chance))
  }

  private isCut(from: SimulatedHost, to: SimulatedHost): boolean {
    return this.cuts.has(`${from.machine} ${to.machine}`)
  }
}

function changed(frame: Uint8Array, chance: Chance): Uint8Array {
  const out = Uint8Array.from(frame)
  if (out.length > 0) out[chance.whole(0, out.length - 1)] = chance.whole(0, 255)
  return out
}

class Line implements Connection {
  readonly id: string
  readonly peerId: string
  readonly direction: 'inbound' | 'outbound'
  readonly remoteAddress: string
  readonly host: SimulatedHost
  isOpen = true
  /** The other end of it. */
  other: Line | undefined
  /** Ends whatever waits on it. */
  readonly waiting = new Set<(error: LedgerError) => void>()

  constructor(host: SimulatedHost, peerId: string, id: string, direction: 'inbound' | 'outbound') {
    this.host = host
    this.peerId = peerId
    this.id = id
    this.direction = direction
    this.remoteAddress = `/sim/p2p/${peerId}`
  }
}

export class SimulatedHost implements Host {
  readonly peerId: string
  readonly limits: NetworkLimits = DEFAULT_LIMITS
  readonly machine: string
  readonly owner: Owner
  isUp = true
  private readonly network: SimulatedNetwork
  private readonly lines: Line[] = []
  private readonly listeners = new Set<ConnectionListener>()
  private readonly handlers = new Map<string, RequestHandler>()
  private readonly heard = new Set<string>()
  private judge: AnnouncementListener = () => 'ignore'

  constructor(network: SimulatedNetwork, machine: string, owner: Owner, peerId: string) {
    this.network = network
    this.machine = machine
    this.owner = owner
    this.peerId = peerId
  }

  addresses(): string[] {
    return [`/sim/p2p/${this.peerId}`]
  }

  allow(): void {
    // Everybody is admitted: the gate is tested with real sockets.
  }

  moveTo(): void {
    throw new LedgerError('INVARIANT', 'nobody moves to another network in a simulation')
  }

  async connect(address: string, options: { timeoutMs?: number } = {}): Promise<Connection> {
    this.assertUp()
    const peerId = address.slice(address.lastIndexOf('/p2p/') + '/p2p/'.length)
    const known = this.linesTo(peerId)[0]
    if (known !== undefined) return known
    const remote = this.network.find(peerId, this)
    const { promise, resolve, reject } = Promise.withResolvers<Connection>()
    const timeoutMs = options.timeoutMs ?? this.limits.dialTimeoutMs
    const timer = setTimeout(() => reject(new LedgerError('PEER_TIMEOUT', `dialling ${peerId}`)), timeoutMs)
    const refuse = (): void => {
      // A lost packet is silence, a machine without the process a refusal.
      if (remote === undefined) reject(new LedgerError('PEER_UNREACHABLE', `nobody listens as ${peerId}`))
    }
    if (remote === undefined) await this.network.time.sleep(1).then(refuse)
    else {
      const number = this.network.nextConnection()
      this.network.send(this, remote, () => remote.accept(this, number, resolve), refuse)
    }
    try {
      return await promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** The called end of a connection is open before the calling one, which learns it a message later. */
  private accept(from: SimulatedHost, number: number, opened: (line: Connection) => void): void {
    const inbound = new Line(this, from.peerId, `c${number}i`, 'inbound')
    this.add(inbound)
    this.network.send(
      this,
      from,
      () => {
        const outbound = new Line(from, this.peerId, `c${number}o`, 'outbound')
        outbound.other = inbound
        inbound.other = outbound
        from.add(outbound)
        opened(outbound)
        if (!inbound.isOpen) this.noticed(outbound)
      },
      () => this.noticed(inbound),
    )
  }

  connections(peerId?: string): readonly Connection[] {
    return peerId === undefined ? [...this.lines] : this.linesTo(peerId)
  }

  onConnection(listener: ConnectionListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  async disconnect(connection: Connection): Promise<void> {
    const line = this.lines.find(({ id }) => id === connection.id)
    if (line !== undefined) this.close(line)
  }

  async handle(protocol: Protocol, handler: RequestHandler): Promise<void> {
    this.handlers.set(protocol.id, handler)
  }

  async *request(
    target: Connection | string,
    protocol: Protocol,
    body: Body,
    options: RequestOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    this.assertUp()
    const line =
      typeof target === 'string' ? this.linesTo(target).at(-1) : this.lines.find(({ id }) => id === target.id)
    if (line === undefined) throw new LedgerError('PEER_UNREACHABLE', 'no open connection')
    const frames: Uint8Array[] = []
    for await (const frame of body) frames.push(frame)
    this.network.observe(this.machine, protocol.id, frames)
    const firstMs = protocol.firstFrameTimeoutMs ?? this.limits.firstFrameTimeoutMs
    const timeoutMs = Math.min(options.timeoutMs ?? this.limits.totalTimeoutMs, firstMs)
    for (const frame of await this.exchange(line, protocol, frames, timeoutMs)) {
      const refusal = readRefusal(frame)
      if (refusal !== undefined) throw refusalError(refusal)
      yield frame
    }
  }

  private async exchange(
    line: Line,
    protocol: Protocol,
    frames: readonly Uint8Array[],
    timeoutMs: number,
  ): Promise<readonly Uint8Array[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Uint8Array[]>()
    const timer = setTimeout(() => reject(new LedgerError('PEER_TIMEOUT', `no answer to ${protocol.id}`)), timeoutMs)
    line.waiting.add(reject)
    const remote = line.other?.host
    const broken = (): void => {
      this.noticed(line)
      if (line.other !== undefined) this.noticed(line.other)
    }
    if (remote === undefined) broken()
    else {
      const serve = async (): Promise<void> => {
        if (line.other?.isOpen !== true) {
          broken()
          return
        }
        const answer = await remote.answer(line.other, protocol, frames)
        const spoken = this.network.spoken(remote.machine, protocol.id, answer)
        if (line.other.isOpen) this.network.send(remote, this, () => resolve(spoken), broken)
      }
      this.network.send(this, remote, () => void serve(), broken)
    }
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      line.waiting.delete(reject)
    }
  }

  private async answer(
    connection: Line,
    protocol: Protocol,
    frames: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]> {
    const handler = this.handlers.get(protocol.id)
    if (handler === undefined) return [encodeRefusal({ kind: 'error', message: 'no such protocol' })]
    const answer: Uint8Array[] = []
    try {
      const signal = new AbortController().signal
      for await (const frame of await handler({ frames }, { connection, signal })) answer.push(frame)
      return answer
    } catch (error) {
      return [...answer, encodeRefusal(refusalFor(error))]
    }
  }

  async publish(announcement: Uint8Array): Promise<void> {
    this.assertUp()
    this.spread(announcement)
  }

  /** Passed on by everybody who accepts it, as gossip is. */
  private spread(announcement: Uint8Array): void {
    const name = createHash('sha256').update(announcement).digest('hex')
    if (this.heard.has(name)) return
    this.heard.add(name)
    for (const line of this.lines) {
      const remote = line.other?.host
      if (remote === undefined) continue
      const arrived = async (): Promise<void> => {
        if (remote.heard.has(name)) return
        if ((await remote.judge(announcement, this.peerId)) === 'accept') remote.spread(announcement)
      }
      this.network.send(
        this,
        remote,
        () => void arrived(),
        () => undefined,
      )
    }
  }

  onAnnouncement(listener: AnnouncementListener): void {
    this.judge = listener
  }

  async stop(): Promise<void> {
    this.end()
  }

  /** Its process is gone. Its machine says so to whom it was connected to; without it, as when the power fails, nobody does. */
  end(isSilent = false): void {
    if (!this.isUp) return
    this.isUp = false
    this.network.close(this)
    if (!isSilent) for (const line of this.lines.slice()) this.close(line)
  }

  private add(line: Line): void {
    this.lines.push(line)
    for (const listener of this.listeners) listener({ type: 'open', connection: line })
  }

  private close(line: Line): void {
    if (!line.isOpen) return
    line.isOpen = false
    this.lines.splice(this.lines.indexOf(line), 1)
    const error = new LedgerError('PEER_UNREACHABLE', `connection ${line.id} closed`)
    for (const end of line.waiting) end(error)
    for (const listener of this.listeners) listener({ type: 'close', connection: line })
    const { other } = line
    if (other?.isOpen !== true) return
    const remote = other.host
    this.network.send(
      this,
      remote,
      () => remote.close(other),
      () => this.noticed(other),
    )
  }

  /** The end of a connection that leads nowhere is closed, some time later. */
  private noticed(line: Line): void {
    const { time, chance } = this.network
    time.as(line.host.owner, () => time.after(chance.between(...NOTICED_WITHIN_MS), () => line.host.close(line)))
  }

  private linesTo(peerId: string): Line[] {
    return this.lines.filter((line) => line.peerId === peerId)
  }

  private assertUp(): void {
    if (!this.isUp) throw new LedgerError('PEER_UNREACHABLE', 'the host was stopped')
  }
}
