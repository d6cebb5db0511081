/**
 * The answering side of a request: reads it within its limits, calls the handler, sends what it returns.
 *
 * A request over a limit is answered `busy`, a malformed one `invalid`, a handler that throws `error`; nothing that a
 * peer or a handler does escapes from here.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { LedgerError } from '../errors.ts'
import { FrameReader } from './frame-reader.ts'
import { endMessage, writeFrame } from './frame-writer.ts'
import { MAX_REQUEST_FRAME_BYTES } from './limits.ts'
import { asPeerError } from './peer-error.ts'
import { encodeRefusal, refusalError, refusalFor } from './refusal.ts'
import { RequestScope, linger } from './request.ts'
import { PeerBudgets } from './token-bucket.ts'
import type { Connection, OpenConnection } from './connection.ts'
import type { NetworkLimits } from './limits.ts'
import type { Protocol } from './protocol.ts'
import type { Refusal } from './refusal.ts'
import type { Stream } from '@libp2p/interface'

export interface IncomingRequest {
  /** Bodies as sent, 1 to MAX_REQUEST_FRAME_BYTES bytes each; none has been looked at. */
  readonly frames: readonly Uint8Array[]
}

export interface RequestContext {
  readonly connection: Connection
  /** Aborts when the peer gave up, the connection closed, the time is over, or the host stops. */
  readonly signal: AbortSignal
}

/** Returns, or yields, response frames: each a CBOR array whose first item is 0. Throw refusalError(...) to answer otherwise. */
export type RequestHandler = (
  request: IncomingRequest,
  from: RequestContext,
) => Promise<Iterable<Uint8Array>> | Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** Debt of requests or bytes up to which an answer is withheld rather than refused. */
const MAX_WITHHOLD_MS = 2_000
const BUSY_RETRY_MS = 250

export class Server {
  private readonly limits: NetworkLimits
  private readonly budgets: PeerBudgets
  private readonly counts = new Map<string, number>()
  private readonly scopes = new Set<RequestScope>()

  constructor(limits: NetworkLimits) {
    this.limits = limits
    this.budgets = new PeerBudgets(limits)
  }

  /** Requests being served. */
  get active(): number {
    return this.scopes.size
  }

  /** Ends every request being served: the peers see a reset, never a half answer that looks whole. */
  abortAll(reason: LedgerError): void {
    for (const scope of this.scopes) scope.abort(reason)
  }

  /** Never rejects. */
  async serve(stream: Stream, connection: OpenConnection, protocol: Protocol, handler: RequestHandler): Promise<void> {
    const timeoutMs = Math.max(this.limits.totalTimeoutMs, 2 * (protocol.firstFrameTimeoutMs ?? 0))
    const scope = new RequestScope(timeoutMs, [connection.closed.signal])
    const onClose = (): void => scope.abort(new LedgerError('PEER_UNREACHABLE', 'the peer ended the request'))
    // A handler that does not look at its signal keeps its slot, but the peer learns at once.
    const onAbort = (): void => stream.abort(asPeerError(scope.signal.reason, `serving ${protocol.id}`))
    stream.addEventListener('close', onClose)
    scope.signal.addEventListener('abort', onAbort, { once: true })
    this.scopes.add(scope)
    try {
      await this.answer(stream, connection, protocol, handler, scope.signal)
      linger(stream)
    } catch (error) {
      stream.abort(asPeerError(error, `serving ${protocol.id}`))
    } finally {
      stream.removeEventListener('close', onClose)
      this.scopes.delete(scope)
      scope.end()
    }
  }

  private async answer(
    stream: Stream,
    connection: OpenConnection,
    protocol: Protocol,
    handler: RequestHandler,
    signal: AbortSignal,
  ): Promise<void> {
    const limits = { maxFrameBytes: MAX_REQUEST_FRAME_BYTES, maxTotalBytes: protocol.maxRequestBytes }
    const reader = new FrameReader(stream, limits, signal)
    const release = this.admit(connection, protocol)
    if (release === undefined) {
      await this.refuseFirst(stream, reader, signal)
      return
    }
    const abandoned = new AbortController()
    const ended = AbortSignal.any([signal, abandoned.signal])
    try {
      const request = { frames: await this.readRequest(reader) }
      const budget = this.budgets.of(connection.peerId, performance.now())
      const debtMs = budget.requests.take(1, performance.now())
      if (debtMs > MAX_WITHHOLD_MS) throw refusalError({ kind: 'busy', retryAfterMs: debtMs })
      if (debtMs > 0) await sleep(debtMs, undefined, { signal })
      for await (const frame of await handler(request, { connection, signal: ended })) {
        if (signal.aborted) throw signal.reason
        await writeFrame(stream, frame, this.limits.idleTimeoutMs, signal)
        const waitMs = budget.bytes.take(frame.length, performance.now())
        if (waitMs > 0) await sleep(Math.min(waitMs, this.limits.idleTimeoutMs / 2), undefined, { signal })
      }
      await endMessage(stream, this.limits.idleTimeoutMs, signal)
    } catch (error) {
      if (signal.aborted || stream.writeStatus !== 'writable') throw error
      await this.refuse(stream, refusalFor(error), signal)
    } finally {
      abandoned.abort(new LedgerError('PEER_UNREACHABLE', 'the request is over'))
      reader.detach()
      release()
    }
  }

  private async readRequest(reader: FrameReader): Promise<Uint8Array[]> {
    const frames: Uint8Array[] = []
    for (;;) {
      const frame = await reader.read(this.limits.idleTimeoutMs)
      if (frame === undefined) return frames
      frames.push(frame)
    }
  }

  /**
   * Answers `busy` once the request has begun to arrive: an answer that overtakes the end of the protocol negotiation is
   * lost at the asking side of libp2p.
   */
  private async refuseFirst(stream: Stream, reader: FrameReader, signal: AbortSignal): Promise<void> {
    try {
      await reader.read(this.limits.idleTimeoutMs)
      await this.refuse(stream, { kind: 'busy', retryAfterMs: BUSY_RETRY_MS }, signal)
    } finally {
      reader.detach()
    }
  }

  private async refuse(stream: Stream, refusal: Refusal, signal: AbortSignal): Promise<void> {
    await writeFrame(stream, encodeRefusal(refusal), this.limits.idleTimeoutMs, signal)
    await endMessage(stream, this.limits.idleTimeoutMs, signal)
  }

  /** Counts the request in; undefined when the connection, the peer or everybody together has enough running. */
  private admit(connection: OpenConnection, protocol: Protocol): (() => void) | undefined {
    const keys: readonly (readonly [string, number])[] = [
      [`${connection.id} ${protocol.id}`, this.limits.maxInboundPerProtocol],
      [connection.peerId, this.limits.maxInboundPerPeer],
      ['', this.limits.maxInbound],
    ]
    for (const [key, most] of keys) if ((this.counts.get(key) ?? 0) >= most) return undefined
    for (const [key] of keys) this.counts.set(key, (this.counts.get(key) ?? 0) + 1)
    return () => {
      for (const [key] of keys) {
        const left = (this.counts.get(key) ?? 1) - 1
        if (left > 0) this.counts.set(key, left)
        else this.counts.delete(key)
      }
    }
  }
}
