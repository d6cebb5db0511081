/**
 * Frames on a stream: an unsigned LEB128 length (the varint of multiformats, shortest form, at most 4 bytes), then that
 * many bytes. A length of zero ends the message.
 *
 * The explicit end tells a whole message from one that was cut between two frames: a closing connection half-closes its
 * streams, and that alone looks the same to the reader.
 */
import { LedgerError } from '../errors.ts'

/** The frame of length zero that ends a message. */
export const END_OF_MESSAGE: Uint8Array = new Uint8Array([0])

const MAX_LENGTH_BYTES = 4
const FIRST_CAPACITY = 4_096

/** @throws RangeError for an empty body, which would end the message */
export function encodeFrame(body: Uint8Array): Uint8Array {
  if (body.length === 0) throw new RangeError('a frame has at least one byte')
  const prefix = encodeLength(body.length)
  const out = new Uint8Array(prefix.length + body.length)
  out.set(prefix)
  out.set(body, prefix.length)
  return out
}

function encodeLength(length: number): number[] {
  const out: number[] = []
  let rest = length
  while (rest >= 0x80) {
    out.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  out.push(rest)
  return out
}

export interface FrameLimits {
  maxFrameBytes: number
  /** Sum of the bodies of one message. */
  maxTotalBytes: number
}

/**
 * Cuts a stream of bytes into frames.
 *
 * A length beyond the limits is refused when its prefix has arrived, before memory is taken for the body. Received bytes
 * are copied into one buffer: a peer that sends single bytes must not make us keep an object for each.
 */
export class FrameAssembler {
  private readonly limits: FrameLimits
  private buffer: Uint8Array = new Uint8Array(FIRST_CAPACITY)
  private start = 0
  private end = 0
  private totalBytes = 0
  /** Length of the body being received, once its prefix has arrived. */
  private bodyLength: number | undefined

  constructor(limits: FrameLimits) {
    this.limits = limits
  }

  get bufferedBytes(): number {
    return this.end - this.start
  }

  push(chunk: Uint8Array): void {
    if (this.end + chunk.length > this.buffer.length) this.makeRoom(chunk.length)
    this.buffer.set(chunk, this.end)
    this.end += chunk.length
  }

  /**
   * The next whole frame, `end` for the end of the message, or undefined when more bytes are needed.
   *
   * @throws LedgerError FRAME_MALFORMED when the length is not a shortest varint
   * @throws LedgerError FRAME_TOO_LARGE when the frame, or the message with it, exceeds its limit
   */
  take(): Uint8Array | 'end' | undefined {
    this.bodyLength ??= this.takeLength()
    const length = this.bodyLength
    if (length === undefined) return undefined
    if (length === 0) {
      this.bodyLength = undefined
      return 'end'
    }
    if (this.bufferedBytes < length) return undefined
    const body = this.buffer.slice(this.start, this.start + length)
    this.start += length
    this.bodyLength = undefined
    if (this.start === this.end) this.reset()
    return body
  }

  private takeLength(): number | undefined {
    let length = 0
    for (let i = 0; i < MAX_LENGTH_BYTES; i++) {
      if (this.start + i >= this.end) return undefined
      const byte = this.buffer[this.start + i] as number
      length += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) {
        if (byte === 0 && i > 0) throw new LedgerError('FRAME_MALFORMED', 'frame length is not in its shortest form')
        this.start += i + 1
        this.check(length)
        return length
      }
    }
    throw new LedgerError('FRAME_MALFORMED', `frame length takes more than ${MAX_LENGTH_BYTES} bytes`)
  }

  private check(length: number): void {
    if (length > this.limits.maxFrameBytes) {
      throw new LedgerError(
        'FRAME_TOO_LARGE',
        `frame of ${length} bytes; at most ${this.limits.maxFrameBytes} are read`,
      )
    }
    this.totalBytes += length
    if (this.totalBytes > this.limits.maxTotalBytes) {
      throw new LedgerError(
        'FRAME_TOO_LARGE',
        `message of ${this.totalBytes} bytes or more; at most ${this.limits.maxTotalBytes} are read`,
      )
    }
  }

  private makeRoom(wanted: number): void {
    const used = this.bufferedBytes
    const capacity =
      used + wanted <= this.buffer.length ? this.buffer.length : Math.max(used + wanted, this.buffer.length * 2)
    const grown = capacity === this.buffer.length ? this.buffer : new Uint8Array(capacity)
    grown.set(this.buffer.subarray(this.start, this.end))
    this.buffer = grown
    this.start = 0
    this.end = used
  }

  private reset(): void {
    this.start = 0
    this.end = 0
  }
}
