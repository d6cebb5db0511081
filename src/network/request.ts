/**
 * The asking side of a request: takes a turn, opens a stream, sends the request while it already reads the answer.
 *
 * Whatever happens to the stream or the connection ends the request with one LedgerError, and never leaves a stream open.
 */
import { LedgerError } from '../errors.ts'
import { FrameReader } from './frame-reader.ts'
import { endMessage, writeFrame } from './frame-writer.ts'
import { MAX_RESPONSE_FRAME_BYTES } from './limits.ts'
import { asPeerError } from './peer-error.ts'
import { readRefusal, refusalError } from './refusal.ts'
import { TurnTable } from './turns.ts'
import type { OpenConnection } from './connection.ts'
import type { NetworkLimits } from './limits.ts'
import type { Protocol } from './protocol.ts'
import type { Stream } from '@libp2p/interface'

export interface RequestOptions {
  /** Longest life of the request, waiting for a turn included. */
  timeoutMs?: number
  /** A bound below the protocol's own. */
  maxResponseBytes?: number
  signal?: AbortSignal
}

/** How long a finished stream may linger until the peer has closed its side too. */
const LINGER_MS = 1_000
const MAX_STREAMS_NEGOTIATING = 64

export class Requester {
  private readonly limits: NetworkLimits
  private readonly turns: TurnTable

  constructor(limits: NetworkLimits) {
    this.limits = limits
    this.turns = new TurnTable(limits.maxOutboundPerProtocol, limits.maxWaitingPerProtocol)
  }

  /**
   * The response frames, each beginning with the code 0; any other code is thrown.
   *
   * @throws LedgerError PEER_UNREACHABLE, PEER_TIMEOUT, PEER_BUSY, PEER_REFUSED, PEER_MISBEHAVED, FRAME_MALFORMED, FRAME_TOO_LARGE,
   *   NOT_FOUND, FORKED; what the peer answered is in refusalOf(error)
   */
  async *request(
    connection: OpenConnection,
    protocol: Protocol,
    frames: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options: RequestOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const timeoutMs = options.timeoutMs ?? Math.max(this.limits.totalTimeoutMs, protocol.firstFrameTimeoutMs ?? 0)
    const scope = new RequestScope(timeoutMs, [connection.closed.signal, options.signal])
    try {
      const release = await this.turns.take(`${connection.id} ${protocol.id}`, scope.signal)
      try {
        yield* this.exchange(connection, protocol, frames, options, scope.signal)
      } finally {
        release()
      }
    } finally {
      scope.end()
    }
  }

  private async *exchange(
    connection: OpenConnection,
    protocol: Protocol,
    frames: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options: RequestOptions,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const stream = await openStream(connection, protocol, signal)
    const maxTotalBytes = Math.min(protocol.maxResponseBytes, options.maxResponseBytes ?? protocol.maxResponseBytes)
    const reader = new FrameReader(stream, { maxFrameBytes: MAX_RESPONSE_FRAME_BYTES, maxTotalBytes }, signal)
    // The peer may answer, with a refusal, before it has read everything: a failed write shows only if no answer does.
    let writeFailure: LedgerError | undefined
    void this.write(stream, frames, signal).catch((error: unknown) => {
      writeFailure = asPeerError(error, 'sending a request')
      // A fault of our own frames would otherwise leave both sides waiting.
      if (!(error instanceof LedgerError)) stream.abort(writeFailure)
    })
    let isWhole = false
    try {
      let timeoutMs = protocol.firstFrameTimeoutMs ?? this.limits.firstFrameTimeoutMs
      for (;;) {
        const frame = await reader.read(timeoutMs).catch((error: unknown) => {
          throw writeFailure?.code === 'PEER_TIMEOUT' ? writeFailure : error
        })
        if (frame === undefined) break
        const refusal = readRefusal(frame)
        if (refusal !== undefined) throw refusalError(refusal)
        timeoutMs = this.limits.idleTimeoutMs
        yield frame
      }
      isWhole = true
    } finally {
      reader.detach()
      if (isWhole) linger(stream)
      else stream.abort(new Error('request ended'))
    }
  }

  private async write(
    stream: Stream,
    frames: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    for await (const frame of frames) await writeFrame(stream, frame, this.limits.idleTimeoutMs, signal)
    await endMessage(stream, this.limits.idleTimeoutMs, signal)
  }
}

async function openStream(connection: OpenConnection, protocol: Protocol, signal: AbortSignal): Promise<Stream> {
  try {
    return await connection.raw.newStream(protocol.id, { signal, maxOutboundStreams: MAX_STREAMS_NEGOTIATING })
  } catch (error) {
    throw asPeerError(signal.aborted ? signal.reason : error, `opening ${protocol.id} to ${connection.peerId}`)
  }
}

/** Lets a finished stream close by itself, and resets it when the peer does not do its part. */
export function linger(stream: Stream): void {
  const timer = setTimeout(() => {
    stream.abort(new Error('the peer left a finished stream open'))
  }, LINGER_MS)
  timer.unref()
  stream.addEventListener('close', () => clearTimeout(timer), { once: true })
  if (stream.status === 'closed') clearTimeout(timer)
  // Whatever still arrives is thrown away.
  stream.closeRead().catch(() => undefined)
}

/** One signal for all that can end a request: its time, its connection, its caller. */
export class RequestScope {
  private readonly controller = new AbortController()
  private readonly timer: NodeJS.Timeout
  private readonly parents: readonly AbortSignal[]

  constructor(timeoutMs: number, parents: readonly (AbortSignal | undefined)[]) {
    this.parents = parents.filter((parent) => parent !== undefined)
    this.timer = setTimeout(() => {
      this.controller.abort(new LedgerError('PEER_TIMEOUT', `the request took longer than ${timeoutMs} ms`))
    }, timeoutMs)
    for (const parent of this.parents) {
      if (parent.aborted) this.controller.abort(parent.reason)
      parent.addEventListener('abort', this.onParentAbort, { once: true })
    }
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  abort(reason: LedgerError): void {
    this.controller.abort(reason)
  }

  end(): void {
    clearTimeout(this.timer)
    for (const parent of this.parents) parent.removeEventListener('abort', this.onParentAbort)
  }

  private readonly onParentAbort = (event: Event): void => {
    const parent = event.target
    this.controller.abort(parent instanceof AbortSignal ? parent.reason : undefined)
  }
}
