/** Error codes as values to compare, and waiting for what another task does. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isLedgerError } from '../../src/errors.ts'

/** The code an action throws, `ok`, or the foreign error itself, which no test expects. */
export function thrownCode(action: () => unknown): unknown {
  try {
    action()
    return 'ok'
  } catch (error) {
    return isLedgerError(error) ? error.code : error
  }
}

/** As thrownCode, of a promise. */
export async function codeOf(action: Promise<unknown>): Promise<unknown> {
  try {
    await action
    return 'ok'
  } catch (error) {
    return isLedgerError(error) ? error.code : error
  }
}

/** Whether the condition came true within some seconds. */
export async function until(condition: () => boolean): Promise<boolean> {
  for (let i = 0; i < 2_000 && !condition(); i++) await sleep(5)
  return condition()
}
