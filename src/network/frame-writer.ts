/**
 * Writes frames to a libp2p stream without queueing more than one.
 *
 * libp2p's send queues without a bound, and its promise for the drain event works once only. So each write waits here
 * until the peer has taken the frames before it.
 */
import { LedgerError } from '../errors.ts'
import { END_OF_MESSAGE, encodeFrame } from './frame.ts'
import { asPeerError } from './peer-error.ts'
import type { Stream } from '@libp2p/interface'

/** Unsent bytes below which the next frame may be queued: keeps the pipe full without holding much. */
const LOW_WATER_BYTES = 256 << 10

/**
 * @param idleTimeoutMs longest time in which the peer takes nothing at all
 * @throws LedgerError PEER_TIMEOUT, PEER_UNREACHABLE
 */
export async function writeFrame(
  stream: Stream,
  body: Uint8Array,
  idleTimeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  send(stream, encodeFrame(body))
  await drained(stream, LOW_WATER_BYTES, idleTimeoutMs, signal)
}

/** Ends the message and half-closes the stream. Resolves when the bytes were handed to the connection. */
export async function endMessage(stream: Stream, idleTimeoutMs: number, signal: AbortSignal): Promise<void> {
  send(stream, END_OF_MESSAGE)
  await drained(stream, 0, idleTimeoutMs, signal)
  try {
    await stream.close({ signal })
  } catch (error) {
    throw asPeerError(error, 'closing a stream')
  }
}

function send(stream: Stream, bytes: Uint8Array): void {
  try {
    stream.send(bytes)
  } catch (error) {
    throw asPeerError(error, 'writing to a stream')
  }
}

async function drained(stream: Stream, lowWater: number, idleTimeoutMs: number, signal: AbortSignal): Promise<void> {
  while (stream.writeBufferLength > lowWater) {
    const before = stream.writeBufferLength
    await progress(stream, idleTimeoutMs, signal)
    if (stream.writeStatus === 'closed') throw new LedgerError('PEER_UNREACHABLE', 'the stream closed while we wrote')
    if (stream.writeBufferLength >= before) await nextTurn()
  }
}

/** The drain event comes before the bytes are sent, so a turn without progress yields instead of spinning. */
async function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

async function progress(stream: Stream, timeoutMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: LedgerError): void => {
      clearTimeout(timer)
      stream.removeEventListener('drain', onProgress)
      stream.removeEventListener('idle', onProgress)
      stream.removeEventListener('close', onClose)
      signal.removeEventListener('abort', onAbort)
      if (error === undefined) resolve()
      else reject(error)
    }
    const onProgress = (): void => done()
    const onClose = (event: Event): void => done(asPeerError(event, 'the stream closed while we wrote'))
    const onAbort = (): void => done(asPeerError(signal.reason, 'the request was ended'))
    const timer = setTimeout(() => {
      done(new LedgerError('PEER_TIMEOUT', `the peer took no byte within ${timeoutMs} ms`))
    }, timeoutMs)
    stream.addEventListener('drain', onProgress)
    stream.addEventListener('idle', onProgress)
    stream.addEventListener('close', onClose)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
  })
}
