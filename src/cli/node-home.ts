/** Whether a node lives in a home: what commands that work on its files ask first. */
import { access } from 'node:fs/promises'
import { LedgerError } from '../errors.ts'

/** @throws LedgerError NOT_FOUND */
export async function assertNodeHome(configPath: string): Promise<void> {
  await access(configPath).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    throw new LedgerError('NOT_FOUND', `no node lives here: there is no ${configPath}`, {
      hint: 'name its folder with --home, or make one with `tally init`',
    })
  })
}
