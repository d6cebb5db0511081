/**
 * What `tally repair` takes over from the store that it sets aside: witness records, freezes, the node's small rows and the
 * statements that wait. No replica can give them back.
 *
 * They are read by a process of their own, since LevelDB can end the one in which it meets a damaged block.
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { equalBytes } from '../encoding/bytes.ts'
import { LedgerError, isLedgerError } from '../errors.ts'
import { RECOVERY_ROW } from '../node/own-log.ts'
import { TABLE, tableRange } from '../storage/keys.ts'
import { openLevelStore } from '../storage/level-store.ts'
import type { Row } from '../storage/store.ts'

const TABLES = [TABLE.witness, TABLE.freeze, TABLE.meta, TABLE.queue]
const ROWS_PER_MESSAGE = 256
const THIS_FILE = fileURLToPath(import.meta.url)

/** What the reading process says: rows, then what went wrong, if anything did. */
type Message = { readonly rows: readonly Row[] } | { readonly failure: string }

/**
 * @param acceptLoss reads also a store whose newest commits are lost
 * @throws LedgerError STORE_CORRUPT when they cannot be read, all of them
 */
export function readKeptRows(database: string, acceptLoss: boolean): Promise<Row[]> {
  const reader = fork(THIS_FILE, [database, String(acceptLoss)], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const rows: Row[] = []
  let failure = 'the process that read it was ended by the database'
  reader.on('message', (message: Message) => {
    if ('rows' in message) rows.push(...message.rows)
    else failure = message.failure
  })
  return new Promise((resolve, reject) => {
    reader.on('error', reject)
    reader.on('close', (exit) => {
      if (exit === 0) resolve(rows)
      else reject(new LedgerError('STORE_CORRUPT', failure))
    })
  })
}

async function answer(database: string, acceptLoss: boolean): Promise<void> {
  const store = await openLevelStore(database, { acceptLoss })
  let rows: Row[] = []
  for (const table of TABLES) {
    for await (const [key, value] of store.range(tableRange(table))) {
      // A recovery that was under way is of the store that is set aside.
      if (!equalBytes(key, RECOVERY_ROW)) rows.push([key, value])
      if (rows.length < ROWS_PER_MESSAGE) continue
      await say({ rows })
      rows = []
    }
  }
  await say({ rows })
  await store.close()
}

function say(message: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error === null ? resolve() : reject(error)))
  })
}

if (process.send !== undefined && process.argv[1] === THIS_FILE) {
  const [, , database = '', acceptLoss] = process.argv
  try {
    await answer(database, acceptLoss === 'true')
    process.disconnect()
  } catch (error) {
    await say({ failure: error instanceof Error ? error.message : String(error) })
    process.exit(isLedgerError(error) ? 1 : 70)
  }
}
