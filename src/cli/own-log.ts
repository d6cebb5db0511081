/**
 * Which logs a party or dataset names as its own: --log, else the log of the node whose home this is.
 */
import { join } from 'node:path'
import { LedgerError, isLedgerError } from '../errors.ts'
import type { Context } from './context.ts'
import { readInputText } from './files.ts'

/** @throws LedgerError USAGE when none is named and this home runs no node */
export async function ownLogs(context: Context): Promise<string[]> {
  const named = context.options.list('log')
  if (named.length > 0) return named
  const origin = await homeOrigin(context.home)
  if (origin !== undefined) return [origin]
  throw new LedgerError('USAGE', 'in which log? This home runs no node of its own', {
    hint: 'name a log with --log ORIGIN',
  })
}

/** The origin in the home's node.yaml; undefined where there is none. */
export async function homeOrigin(home: string): Promise<string | undefined> {
  try {
    const { parseNodeConfig } = await import('../node/config.ts')
    return parseNodeConfig(await readInputText(join(home, 'node.yaml'))).origin
  } catch (error) {
    if (isLedgerError(error, 'FILE_NOT_FOUND')) return undefined
    throw error
  }
}
