/**
 * The code a call fails with: tests assert codes, never messages.
 */
import { type ErrorCode, isLedgerError } from '../../src/errors.ts'

/** undefined when the call succeeds; anything but a LedgerError is thrown on, and fails the test. */
export function codeOf(call: () => unknown): ErrorCode | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    if (isLedgerError(error)) return error.code
    throw error
  }
}

export async function codeOfAsync(call: () => Promise<unknown>): Promise<ErrorCode | undefined> {
  try {
    await call()
    return undefined
  } catch (error) {
    if (isLedgerError(error)) return error.code
    throw error
  }
}
