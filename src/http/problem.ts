/**
 * The HTTP status of every error code, and the JSON body of an error: {code, message, hint}. No stack, no path of ours.
 */
import type { ErrorCode } from '../errors.ts'
import { isLedgerError } from '../errors.ts'

export interface Problem {
  status: number
  code: string
  message: string
  hint?: string
}

const STATUS_OF: Partial<Record<ErrorCode, number>> = {
  NOT_FOUND: 404,
  UNKNOWN_LOG: 404,
  CONFLICT: 409,
  FORKED: 409,
  DAMAGED: 409,
  STATEMENT_TOO_LARGE: 413,
  NOT_ADMITTED: 403,
  QUOTA: 429,
  BACKLOG: 503,
  NOT_READY: 503,
  PEER_BUSY: 503,
  PEER_UNREACHABLE: 504,
  PEER_TIMEOUT: 504,
  STORE_FAILED: 500,
  STORE_CORRUPT: 500,
  DISK_FULL: 507,
  DISK_LOW: 507,
  INVARIANT: 500,
}

export function statusOf(code: string): number {
  return STATUS_OF[code as ErrorCode] ?? 400
}

export function problemOf(error: unknown): Problem {
  if (!isLedgerError(error))
    return { status: 500, code: 'INTERNAL', message: 'the node met an unexpected error; its log says more' }
  const problem = { status: statusOf(error.code), code: error.code, message: error.message }
  return error.hint === undefined ? problem : { ...problem, hint: error.hint }
}
