/**
 * A process that appends to a log until it is killed or the disk is full: `node storage-writer.ts <home> <batch> [limit]`.
 * After each durable append it replaces the head file, then prints `ack <size> <root in hex>`; on a failure it prints
 * `failed <code> <code of the cause>` and exits with 70.
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../../src/encoding/bytes.ts'
import { LedgerError } from '../../src/errors.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { readHead, replaceHead } from '../../src/storage/head-file.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { nodeSha256 } from '../../src/storage/node-sha256.ts'

const ORIGIN = 'writer.example/log'

async function write(home: string, batch: number, limit: number): Promise<void> {
  const store = await openLevelStore(join(home, 'store'))
  const log = await openLogStore(store, ORIGIN)
  let head = await readHead(join(home, 'head'))
  while (log.size < limit) {
    const entries = Array.from({ length: batch }, (_, offset) => {
      // Not compressible and different in every run, as signed statements are.
      const bytes = crypto.getRandomValues(new Uint8Array(573))
      new DataView(bytes.buffer).setUint32(0, log.size + offset)
      return { bytes, leafHash: leafHash(bytes, nodeSha256) }
    })
    const prepared = log.prepareAppend(entries)
    await store.commit(prepared.operations)
    log.applied(prepared)
    const next = { origin: ORIGIN, size: log.size, root: log.rootBySecondPath(log.size), state: 'proposed' as const }
    await replaceHead(join(home, 'head'), head, next)
    head = next
    writeSync(1, `ack ${log.size} ${toHex(log.root())}\n`)
  }
}

const [home = '', batch = '20', limit = 'Infinity'] = process.argv.slice(2)
try {
  await write(home, Number(batch), Number(limit))
} catch (error) {
  const cause = error instanceof LedgerError && error.cause instanceof LedgerError ? error.cause.code : '-'
  writeSync(1, `failed ${error instanceof LedgerError ? error.code : String(error)} ${cause}\n`)
  process.exit(70)
}
