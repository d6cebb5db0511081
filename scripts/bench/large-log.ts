/**
 * A node that holds a log of a million entries: from the start of its process until a stranger has an entry of it with a
 * proof over the network, and what reading one costs.
 *
 * The entries are no statements, so nothing is in the index; what an index of as many subjects costs: subject-index.ts.
 */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { leafHash } from '../../src/merkle/hash.ts'
import { proveInclusion, verifyInclusion } from '../../src/merkle/inclusion.ts'
import { ask } from '../../src/network/exchange.ts'
import { startHost } from '../../src/network/host.ts'
import { MAX_PAGE_BYTES } from '../../src/network/limits.ts'
import { logIdOf } from '../../src/network/log-id.ts'
import { entriesExchange } from '../../src/network/messages/entries.ts'
import { proofExchange } from '../../src/network/messages/proof.ts'
import { homePaths, writePeerCard } from '../../src/node/home.ts'
import { growthEntry, openLogIndex, prepareGrowth } from '../../src/node/log-growth.ts'
import { nativeSha256 } from '../../src/node/native-crypto.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { createTestHomes, type TestHome } from '../../tests/support/node-network.ts'
import { startNodeProcess } from './node-process.ts'
import type { Figure } from './subject-index.ts'

const BATCH = 1000
const PROOFS = 500

export async function* benchLargeLog(folder: string, size: number): AsyncGenerator<Figure> {
  const [holder, owner] = await createTestHomes(folder, ['holder', 'large'])
  if (holder === undefined || owner === undefined) return
  // The holder follows the owner's log, and has all of it.
  await writePeerCard(homePaths(holder.home), owner.origin, await readFile(homePaths(owner.home).card, 'utf8'))
  const store = await openLevelStore(homePaths(holder.home).database)
  const log = await openLogStore(store, owner.origin, { sha256: nativeSha256 })
  const index = await openLogIndex(store, log)
  const filler = randomBytes(300)
  const started = performance.now()
  for (let start = 0; start < size; start += BATCH) {
    const entries = Array.from({ length: BATCH }, (_, i) => {
      const bytes = new Uint8Array(filler)
      new DataView(bytes.buffer).setUint32(0, start + i)
      return growthEntry(bytes, undefined)
    })
    const growth = prepareGrowth({ store: log, index }, entries)
    await store.commit(growth.operations)
    growth.applied()
  }
  const seconds = (performance.now() - started) / 1000
  yield {
    name: `store: append of ${size} entries without subjects, in batches of ${BATCH}`,
    value: size / seconds,
    unit: 'entries/s',
  }
  const root = log.root()
  const proving = performance.now()
  for (let i = 0; i < PROOFS; i++) {
    const position = Math.floor(Math.random() * size)
    log.readEntry(position)
    proveInclusion(log.hashReader(), position, size, nativeSha256)
  }
  const each = (performance.now() - proving) / PROOFS
  yield { name: `entry and inclusion proof in ${size} entries`, value: each, unit: 'ms' }
  await store.close()
  const value = await measureStart(holder, owner.origin, size, root)
  yield { name: `node with a log of ${size} entries: start until a proof from it is checked`, value, unit: 'ms' }
}

/** @returns milliseconds, the start of the process included */
async function measureStart({ home }: TestHome, origin: string, size: number, root: Uint8Array): Promise<number> {
  const host = await startHost({ seed: new Uint8Array(randomBytes(32)), listen: [], networkId: 'bench' })
  const started = performance.now()
  const node = await startNodeProcess(home)
  try {
    const connection = await host.connect(await node.ask('address'))
    const logId = logIdOf(origin)
    const position = size - 1
    const page = { logId, size, start: position, count: 1, maxBytes: MAX_PAGE_BYTES }
    const { entries } = await ask(host, connection, entriesExchange, page)
    const proof = await ask(host, connection, proofExchange, { logId, index: position, size })
    const leaf = leafHash(entries[0] ?? new Uint8Array(0), nativeSha256)
    verifyInclusion(leaf, position, size, 'hashes' in proof ? proof.hashes : [], root, nativeSha256)
    return performance.now() - started
  } finally {
    await node.stop()
    await host.stop()
  }
}
