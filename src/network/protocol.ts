/**
 * A request protocol: its id, how large its messages may be, and how long an answer may take.
 *
 * One stream carries one request: its frames, the end mark, half-close, then the response in the same form.
 */
import { MAX_REQUEST_FRAME_BYTES, MAX_RESPONSE_BYTES } from './limits.ts'

export interface Protocol {
  /** `/tallystick/<name>/<version>` */
  readonly id: string
  readonly maxRequestBytes: number
  readonly maxResponseBytes: number
  /** Time to the first response frame, where answering needs longer than a look-up. */
  readonly firstFrameTimeoutMs?: number
}

export function protocol(name: string, options: Partial<Omit<Protocol, 'id'>> = {}): Protocol {
  return {
    id: `/tallystick/${name}/1`,
    maxRequestBytes: MAX_REQUEST_FRAME_BYTES,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    ...options,
  }
}
