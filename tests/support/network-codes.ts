/** Assertions on error codes. */
import { expect } from 'vitest'
import { isLedgerError } from '../../src/errors.ts'
import type { ErrorCode } from '../../src/errors.ts'

export function expectCode(action: () => unknown, code: ErrorCode): void {
  let thrown: unknown
  try {
    action()
  } catch (error) {
    thrown = error
  }
  expect(isLedgerError(thrown) ? thrown.code : thrown).toBe(code)
}

export async function expectRejection(action: Promise<unknown>, code: ErrorCode): Promise<void> {
  expect(await codeOf(action)).toBe(code)
}

/** The code an action ends with, `ok`, or the foreign error itself, which no test expects. */
export async function codeOf(action: Promise<unknown>): Promise<unknown> {
  try {
    await action
    return 'ok'
  } catch (error) {
    return isLedgerError(error) ? error.code : error
  }
}
