/**
 * A process that appends statements to a log, with what they refer to in its index, until it is killed or the disk is full:
 * `node storage-writer.ts <home> <batch> [limit]`.
 * After each durable append it replaces the head file, then prints `ack <size> <root in hex>`; on a failure it prints
 * `failed <code> <code of the cause>` and exits with 70.
 */
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../../src/encoding/bytes.ts'
import { cidOf } from '../../src/encoding/cid.ts'
import { LedgerError } from '../../src/errors.ts'
import { growthEntry, openLogIndex, prepareGrowth } from '../../src/node/log-growth.ts'
import { nativeSha256, nativeSigner } from '../../src/node/native-crypto.ts'
import { decodeStatement, prepareStatement, signStatement } from '../../src/statement/envelope.ts'
import { readHead, replaceHead } from '../../src/storage/head-file.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { openLogStore } from '../../src/storage/log-store.ts'

const ORIGIN = 'writer.example/log'

async function write(home: string, batch: number, limit: number): Promise<void> {
  const store = await openLevelStore(join(home, 'store'))
  const log = await openLogStore(store, ORIGIN, { sha256: nativeSha256 })
  const index = await openLogIndex(store, log, { onRebuild: (reason) => fail(`the index was built anew: ${reason}`) })
  let head = await readHead(join(home, 'head'))
  while (log.size < limit) {
    const entries = Array.from({ length: batch }, () => {
      const bytes = notice()
      return growthEntry(bytes, decodeStatement(bytes, nativeSha256))
    })
    const prepared = prepareGrowth({ store: log, index }, entries)
    await store.commit(prepared.operations)
    prepared.applied()
    index.release(index.size)
    const next = { origin: ORIGIN, size: log.size, root: log.rootBySecondPath(log.size), state: 'proposed' as const }
    await replaceHead(join(home, 'head'), head, next)
    head = next
    writeSync(1, `ack ${log.size} ${toHex(log.root())}\n`)
  }
}

const signer = nativeSigner(new Uint8Array(32).fill(7))
const issuer = cidOf(signer.publicKey)

/** Different in every run; refers to two new subjects and two that recur. */
function notice(): Uint8Array {
  const about = [randomBytes(32), randomBytes(32), Uint8Array.of(randomBytes(1)[0] ?? 0)].map((bytes) => cidOf(bytes))
  const payload = { subject: randomBytes(90).toString('hex'), about }
  return signStatement(prepareStatement(24, payload, { iss: issuer }, signer.publicKey), signer)
}

function fail(what: string): never {
  throw new LedgerError('INVARIANT', what)
}

const [home = '', batch = '20', limit = 'Infinity'] = process.argv.slice(2)
try {
  await write(home, Number(batch), Number(limit))
} catch (error) {
  const cause = error instanceof LedgerError && error.cause instanceof LedgerError ? error.cause.code : '-'
  writeSync(1, `failed ${error instanceof LedgerError ? error.code : String(error)} ${cause}\n`)
  process.exit(70)
}
