/**
 * One kind of error for everything that goes wrong with a peer.
 *
 * libp2p rejects with Errors of many names, and on a reset stream with an Event. Callers see a LedgerError only.
 */
import { LedgerError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'

const CODES: Readonly<Record<string, ErrorCode>> = {
  AbortError: 'PEER_TIMEOUT',
  TimeoutError: 'PEER_TIMEOUT',
  UnsupportedProtocolError: 'PEER_REFUSED',
  TooManyOutboundProtocolStreamsError: 'PEER_BUSY',
}

/** The error as a LedgerError; what it was stays in `cause`. */
export function asPeerError(reason: unknown, doing: string): LedgerError {
  const error = unwrap(reason)
  if (error instanceof LedgerError) return error
  const name = error instanceof Error ? error.name : 'unknown'
  const detail = error instanceof Error ? error.message : 'the stream ended'
  return new LedgerError(CODES[name] ?? 'PEER_UNREACHABLE', `${doing}: ${detail}`, { cause: error })
}

/** An Event (StreamResetEvent, StreamAbortEvent, StreamCloseEvent) carries its error inside. */
function unwrap(reason: unknown): unknown {
  if (reason instanceof Event) return 'error' in reason ? reason.error : undefined
  return reason
}
