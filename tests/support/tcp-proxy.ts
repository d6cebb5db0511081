/**
 * A way from one node to another, over real sockets, that fails as networks do: bytes stand still in one direction or in
 * both while nobody is told, connections break after any number of bytes, nothing answers a dial. It changes no byte.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** `there`: from whoever dialled to whoever listens. */
export type Direction = 'there' | 'back'

export class FaultyLink {
  private readonly server: Server
  private readonly pipes = new Set<Pipe>()
  private readonly held = new Set<Direction>()
  private isRefusing = false
  private drawLife: () => number = () => Infinity

  private constructor(server: Server, port: number) {
    this.server = server
    server.on('connection', (dialler) => {
      if (this.isRefusing) {
        dialler.on('error', () => undefined).resetAndDestroy()
        return
      }
      const pipe = new Pipe(dialler, connect(port, '127.0.0.1'), this.drawLife(), () => this.pipes.delete(pipe))
      for (const direction of this.held) pipe.hold(direction)
      this.pipes.add(pipe)
    })
  }

  /** @param port where the node listens that is dialled through it */
  static async to(port: number): Promise<FaultyLink> {
    const server = createServer({ allowHalfOpen: true })
    const link = new FaultyLink(server, port)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return link
  }

  /** To be dialled instead of the node's own. */
  get address(): string {
    return `/ip4/127.0.0.1/tcp/${(this.server.address() as AddressInfo).port}`
  }

  /** Bytes of this direction stand still, and neither side learns of it; connections made meanwhile are no better. */
  hold(direction: Direction): void {
    this.held.add(direction)
    for (const pipe of this.pipes) pipe.hold(direction)
  }

  /** Breaks every connection, and each new one at once. */
  refuse(): void {
    this.isRefusing = true
    this.breakAll()
  }

  /** What stood still goes on, where neither side has given up. */
  heal(): void {
    this.isRefusing = false
    this.held.clear()
    for (const pipe of this.pipes) pipe.release()
  }

  /** Every connection, present ones too, breaks after as many bytes as `drawLife` says, mostly amid a message. */
  lose(drawLife: () => number): void {
    this.drawLife = drawLife
    for (const pipe of this.pipes) pipe.breakAfter(drawLife())
  }

  async stop(): Promise<void> {
    this.breakAll()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private breakAll(): void {
    for (const pipe of this.pipes) pipe.break()
  }
}

/** One connection: two sockets, and what flows between them. */
class Pipe {
  private readonly ends: Record<Direction, { from: Socket; to: Socket }>
  private readonly held = new Set<Direction>()
  private readonly onGone: () => void
  /** Bytes it has left before it breaks, both directions together. */
  private left: number

  constructor(dialler: Socket, listener: Socket, life: number, onGone: () => void) {
    this.left = life
    this.onGone = onGone
    this.ends = { there: { from: dialler, to: listener }, back: { from: listener, to: dialler } }
    this.flow('there')
    this.flow('back')
  }

  hold(direction: Direction): void {
    this.held.add(direction)
    this.ends[direction].from.pause()
  }

  release(): void {
    this.held.clear()
    const { from, to } = this.ends.there
    // One of them left while the other could not be told.
    if (from.destroyed || to.destroyed) this.break()
    for (const end of [from, to]) end.resume()
  }

  breakAfter(bytes: number): void {
    this.left = bytes
  }

  break(): void {
    for (const { from } of Object.values(this.ends)) from.resetAndDestroy()
    this.onGone()
  }

  private flow(direction: Direction): void {
    const { from, to } = this.ends[direction]
    from.setNoDelay(true)
    from.on('data', (bytes: Buffer) => {
      const passed = bytes.subarray(0, this.left)
      this.left -= passed.length
      if (!to.write(passed)) {
        from.pause()
        to.once('drain', () => {
          if (!this.held.has(direction)) from.resume()
        })
      }
      if (this.left <= 0) this.break()
    })
    from.on('end', () => to.end())
    from.on('error', () => undefined)
    from.on('close', () => {
      if (!this.held.has(direction)) this.break()
    })
  }
}
