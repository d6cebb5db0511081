/**
 * Reads frames from a libp2p stream with back-pressure and time limits.
 *
 * Our own reader, because iterating over a raw stream queues without a bound, and libp2p's length-prefixed reader never
 * pauses the sender: it kills the stream after 4 MiB. This one pauses the stream while more is buffered than it was
 * asked for, so a stream holds at most one receive window and one frame.
 */
import { LedgerError } from '../errors.ts'
import { FrameAssembler } from './frame.ts'
import { asPeerError } from './peer-error.ts'
import type { FrameLimits } from './frame.ts'
import type { Stream, StreamMessageEvent } from '@libp2p/interface'

/** Buffered bytes beyond which the stream is paused, when a whole frame is among them. */
const HIGH_WATER_BYTES = 64 << 10

interface Waiter {
  resolve(frame: Uint8Array | undefined): void
  reject(error: LedgerError): void
  timer: NodeJS.Timeout
}

export class FrameReader {
  private readonly stream: Stream
  private readonly assembler: FrameAssembler
  private readonly signal: AbortSignal
  private next: Uint8Array | 'end' | undefined
  private failure: LedgerError | undefined
  private waiter: Waiter | undefined
  private isMalformed = false
  private isDetached = false

  /** Attach at once when the stream opens. After an abort of `signal`, every read fails with its reason. */
  constructor(stream: Stream, limits: FrameLimits, signal: AbortSignal) {
    this.stream = stream
    this.assembler = new FrameAssembler(limits)
    this.signal = signal
    stream.addEventListener('message', this.onMessage)
    stream.addEventListener('end', this.onEnd)
    stream.addEventListener('close', this.onClose)
    signal.addEventListener('abort', this.onAbort, { once: true })
    if (signal.aborted) this.onAbort()
    else if (stream.readableEnded || (stream.status !== 'open' && stream.readBufferLength === 0)) this.onEnd()
  }

  /**
   * The next frame, or undefined at the end of the message.
   *
   * @throws LedgerError PEER_TIMEOUT when none arrives in time
   * @throws LedgerError FRAME_MALFORMED, FRAME_TOO_LARGE for bytes that are no frame
   * @throws LedgerError PEER_UNREACHABLE when the stream or its connection ends before the message does
   */
  async read(timeoutMs: number): Promise<Uint8Array | undefined> {
    if (this.waiter !== undefined) throw new TypeError('a read is already waiting')
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.fail(new LedgerError('PEER_TIMEOUT', `no frame within ${timeoutMs} ms`))
      }, timeoutMs)
      this.waiter = { resolve, reject, timer }
      this.deliver()
      this.continueStream()
    })
  }

  detach(): void {
    if (this.isDetached) return
    this.isDetached = true
    this.stream.removeEventListener('message', this.onMessage)
    this.stream.removeEventListener('end', this.onEnd)
    this.stream.removeEventListener('close', this.onClose)
    this.signal.removeEventListener('abort', this.onAbort)
    if (this.waiter !== undefined) clearTimeout(this.waiter.timer)
  }

  private readonly onMessage = (event: StreamMessageEvent): void => {
    if (this.failure !== undefined || this.next === 'end') return
    const data = event.data
    if (data instanceof Uint8Array) this.assembler.push(data)
    else for (const chunk of data) this.assembler.push(chunk)
    this.deliver()
    // resume() dispatches data before it marks the stream as running, which would undo a pause made in here.
    if (this.shouldPause()) queueMicrotask(this.pauseStream)
  }

  private readonly onEnd = (): void => {
    // Not FRAME_MALFORMED: a peer that shuts its connection down half-closes its streams wherever they are.
    this.fail(new LedgerError('PEER_UNREACHABLE', 'the stream ended inside a message'))
  }

  private readonly onClose = (event: Event): void => {
    // Bytes held back by a pause are read first; the end event follows them.
    if (this.stream.readBufferLength > 0) this.continueStream()
    else this.fail(asPeerError(event, 'the stream closed'))
  }

  private readonly onAbort = (): void => {
    this.fail(asPeerError(this.signal.reason, 'the request was ended'))
  }

  /** Whole frames that have arrived are still delivered before the failure. */
  private fail(error: LedgerError): void {
    this.failure ??= error
    this.deliver()
  }

  private deliver(): void {
    if (this.next === undefined) this.cut()
    const waiter = this.waiter
    if (waiter === undefined) return
    const next = this.next
    if (next === undefined && this.failure === undefined) return
    this.waiter = undefined
    clearTimeout(waiter.timer)
    if (next === undefined) waiter.reject(this.failure as LedgerError)
    else if (next === 'end') waiter.resolve(undefined)
    else {
      // The frame after it is cut now, so that shouldPause() knows whether one is waiting.
      this.next = undefined
      this.cut()
      waiter.resolve(next)
    }
  }

  private cut(): void {
    if (this.isMalformed) return
    try {
      this.next = this.assembler.take()
    } catch (error) {
      this.isMalformed = true
      this.failure ??= asPeerError(error, 'reading a frame')
    }
  }

  private shouldPause(): boolean {
    return this.next !== undefined && this.assembler.bufferedBytes > HIGH_WATER_BYTES
  }

  private readonly pauseStream = (): void => {
    if (this.isDetached || !this.shouldPause() || this.stream.readStatus !== 'readable') return
    this.stream.pause()
  }

  private continueStream(): void {
    if (this.stream.readStatus === 'paused' && !this.shouldPause()) this.stream.resume()
  }
}
