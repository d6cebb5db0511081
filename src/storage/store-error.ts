/**
 * How errors of the file system and of LevelDB map to our codes. Every failed write is fatal for the process that saw
 * it (after a failed fsync the page cache may hold bytes the disk does not); the code only says what to tell a person.
 */
import { LedgerError } from '../errors.ts'

/** STORE_FAILED, with a DISK_FULL cause when the device was full. */
export function storeFailed(what: string, where: string, cause: unknown): LedgerError {
  const full = isDiskFull(cause)
  const reason = full
    ? new LedgerError('DISK_FULL', `no space left on the device of ${where}`, {
        cause,
        hint: 'free some space, then start the node again: nothing acknowledged is lost',
      })
    : cause
  return new LedgerError(
    'STORE_FAILED',
    `${what} failed in ${where}: ${messageOf(cause)}; the store must be reopened`,
    {
      cause: reason,
      ...(full ? { hint: 'free some space, then start the node again: nothing acknowledged is lost' } : {}),
    },
  )
}

export function isDiskFull(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (codeOf(at) === 'ENOSPC' || codeOf(at) === 'EDQUOT' || codeOf(at) === 'DISK_FULL') return true
    // LevelDB reports strerror(3) text only.
    if (/no space left on device|disk quota exceeded/i.test(at.message)) return true
  }
  return false
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

/** The `code` of a Node or LevelDB error, or undefined. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The first code found along the chain of causes: abstract-level wraps what LevelDB said. */
export function hasCode(error: unknown, code: string): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (codeOf(at) === code) return true
  return false
}
