/**
 * Starts damaged homes as a node does (head, store, log, every read, fsck) in a process of its own, since LevelDB answers
 * some damage by aborting the process. One path a line on standard input, one outcome in JSON a line on standard output:
 * `{"whole":true}`, or `{"code":"..."}`. The code WRONG_BYTES is the one outcome that must never be.
 */
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { equalBytes } from '../../src/encoding/bytes.ts'
import { isLedgerError } from '../../src/errors.ts'
import { fsck } from '../../src/storage/fsck.ts'
import { readHead } from '../../src/storage/head-file.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { readWitnessState } from '../../src/storage/node-rows.ts'
import { testEntry } from './storage-entries.ts'

export type Outcome = { code: string } | { whole: true }

async function start(home: string): Promise<Outcome> {
  const head = await readHead(join(home, 'head'))
  if (head === undefined) return { code: 'NO_HEAD' }
  const store = await openLevelStore(join(home, 'store'))
  try {
    const log = await openLogStore(store, head.origin, { mustExist: true })
    if (log.size < head.size || !equalBytes(log.rootAt(head.size), head.root)) return { code: 'HEAD_BEYOND_STORE' }
    for (let index = 0; index < head.size; index++) {
      if (!equalBytes(log.readEntry(index), testEntry(index, 573).bytes)) return { code: 'WRONG_BYTES' }
    }
    const state = readWitnessState(store, 'witnessed.example/log')
    if (state !== undefined && !equalBytes(state, new Uint8Array(200).fill(5))) return { code: 'WRONG_BYTES' }
    const report = await fsck(store, { heads: [head] })
    if (!report.ok) return { code: report.stopped ?? report.findings[0]?.code ?? 'NO_FINDING' }
    return state === undefined ? { code: 'SMALL_ROW_LOST' } : { whole: true }
  } finally {
    await store.close()
  }
}

for await (const home of createInterface({ input: process.stdin })) {
  let outcome: Outcome
  try {
    outcome = await start(home)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    outcome = { code: error.code }
  }
  process.stdout.write(`${JSON.stringify(outcome)}\n`)
}
