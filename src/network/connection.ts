/**
 * Connections under our own ids, and when they open and close.
 *
 * A witness grants a claim to one connection; so a connection is a value of its own here, requests can be pinned to it,
 * and when it closes everything waiting on it ends at once.
 */
import { LedgerError } from '../errors.ts'
import type { Connection as Libp2pConnection } from '@libp2p/interface'

export interface Connection {
  /** Unique within this process; never used again. */
  readonly id: string
  readonly peerId: string
  readonly direction: 'inbound' | 'outbound'
  readonly remoteAddress: string
  readonly isOpen: boolean
}

export type ConnectionEvent = { readonly type: 'open' | 'close'; readonly connection: Connection }
export type ConnectionListener = (event: ConnectionEvent) => void

export class OpenConnection implements Connection {
  readonly id: string
  readonly peerId: string
  readonly direction: 'inbound' | 'outbound'
  readonly remoteAddress: string
  readonly raw: Libp2pConnection
  /** Aborted, with PEER_UNREACHABLE as reason, when the connection closes. */
  readonly closed: AbortController = new AbortController()

  constructor(id: string, raw: Libp2pConnection) {
    this.id = id
    this.raw = raw
    this.peerId = raw.remotePeer.toString()
    this.direction = raw.direction
    this.remoteAddress = raw.remoteAddr.toString()
  }

  get isOpen(): boolean {
    return !this.closed.signal.aborted && this.raw.status === 'open'
  }
}

export class ConnectionTable {
  private readonly byRaw = new Map<Libp2pConnection, OpenConnection>()
  private readonly listeners = new Set<ConnectionListener>()
  private counter = 0

  /** The connection's record, made on first sight: a stream may arrive before the open event does. */
  opened(raw: Libp2pConnection): OpenConnection {
    const known = this.byRaw.get(raw)
    if (known !== undefined) return known
    const connection = new OpenConnection(`c${++this.counter}`, raw)
    if (raw.status !== 'open') {
      connection.closed.abort(closedError(connection))
      return connection
    }
    this.byRaw.set(raw, connection)
    this.notify({ type: 'open', connection })
    return connection
  }

  closed(raw: Libp2pConnection): void {
    const connection = this.byRaw.get(raw)
    if (connection === undefined) return
    this.byRaw.delete(raw)
    connection.closed.abort(closedError(connection))
    this.notify({ type: 'close', connection })
  }

  /** Open connections, oldest first. */
  list(peerId?: string): OpenConnection[] {
    const all = Array.from(this.byRaw.values()).filter((connection) => connection.isOpen)
    return peerId === undefined ? all : all.filter((connection) => connection.peerId === peerId)
  }

  find(id: string): OpenConnection | undefined {
    return this.list().find((connection) => connection.id === id)
  }

  listen(listener: ConnectionListener): () => void {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }

  private notify(event: ConnectionEvent): void {
    for (const listener of this.listeners) listener(event)
  }
}

function closedError(connection: Connection): LedgerError {
  return new LedgerError('PEER_UNREACHABLE', `connection ${connection.id} to ${connection.peerId} closed`)
}
