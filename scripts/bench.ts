/**
 * `npm run bench`: what the node does on this machine, one JSON line a figure. A ratio is against a limit that is measured
 * in the same run. Nothing here fails: timings are read, not tested. `--quick` uses smaller counts.
 */
import { randomBytes } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestHomes, datasetStatement, startTestNetwork, type TestNode } from '../tests/support/node-network.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { parseCheckpoint } from '../src/note/checkpoint.ts'
import { parseNote } from '../src/note/note.ts'
import { proveInclusion } from '../src/merkle/inclusion.ts'
import { leafHash } from '../src/merkle/hash.ts'
import { nativeSha256, nativeSigner, nativeVerifier } from '../src/node/native-crypto.ts'
import { runNode } from '../src/node/run.ts'
import { decodeStatement } from '../src/statement/envelope.ts'
import { createLevelStore, openLevelStore } from '../src/storage/level-store.ts'
import { openLogStore } from '../src/storage/log-store.ts'
import { verifyBundle } from '../src/evidence/verify.ts'

const isQuick = process.argv.includes('--quick')

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

function print(name: string, value: number, unit: string, limit?: number): void {
  const line = {
    name,
    value: rounded(value),
    unit,
    ...(limit === undefined ? {} : { limit: rounded(limit), ratio: rounded(value / limit) }),
  }
  console.log(JSON.stringify(line))
}

async function seconds(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await task()
  return (performance.now() - start) / 1000
}

/** Ed25519 verifications a second through the thread pool: no verifier of signed statements can be faster. */
async function measurePoolLimit(): Promise<number> {
  const count = isQuick ? 4000 : 20_000
  const signer = nativeSigner(new Uint8Array(randomBytes(32)))
  const messages = Array.from({ length: 500 }, () => new Uint8Array(randomBytes(600)))
  const signed = messages.map((message) => ({ message, signature: signer.sign(message) }))
  const elapsed = await seconds(async () => {
    for (let done = 0; done < count; done += signed.length) {
      await Promise.all(
        signed.map(({ message, signature }) => nativeVerifier.verify(signer.publicKey, message, signature)),
      )
    }
  })
  return count / elapsed
}

async function benchAppend(folder: string, limit: number): Promise<void> {
  const [home] = await createTestHomes(folder, ['append'])
  if (home === undefined) return
  const node = await runNode(home.home)
  const groups = isQuick ? 30 : 150
  const statements = Array.from({ length: groups * 100 }, (_, i) =>
    datasetStatement(home, `${i} ${randomBytes(70).toString('hex')}`),
  )
  const payload = statements.reduce((sum, bytes) => sum + bytes.length, 0)
  while (node.api.status().state !== 'READY') await new Promise((resolve) => setTimeout(resolve, 20))
  const elapsed = await seconds(async () => {
    for (let i = 0; i < statements.length; i += 100) {
      const group = statements.slice(i, i + 100)
      await Promise.all(group.map((bytes) => node.api.submit(bytes, { wait: 'logged', timeoutMs: 60_000 })))
    }
  })
  print('durable append, groups of 100, no quorum', statements.length / elapsed, 'statements/s', limit)
  await node.stop()
  // Opening compacts what was written; the second stop leaves tables instead of write-ahead logs.
  await (await runNode(home.home)).stop()
  const disk = await sizeOfFolder(join(home.home, 'db'))
  print('statement size', payload / statements.length, 'bytes')
  print('disk of database over payload', disk / payload, 'ratio')
}

async function benchReceipts(): Promise<void> {
  const network = await startTestNetwork(['one', 'two', 'three', 'four'])
  const [node] = network.nodes as [TestNode]
  const times: number[] = []
  for (let i = 0; i < (isQuick ? 50 : 200); i++) {
    const statement = datasetStatement(node, `receipt ${i}`)
    times.push(1000 * (await seconds(() => node.node.api.submit(statement, { wait: 'witnessed', timeoutMs: 10_000 }))))
  }
  times.sort((a, b) => a - b)
  print('receipt with four operators, median', times[Math.floor(times.length / 2)] ?? 0, 'ms')
  print('receipt with four operators, p99', times[Math.floor(times.length * 0.99)] ?? 0, 'ms')
  await network.stop()
}

async function benchLargeLog(folder: string): Promise<void> {
  const size = isQuick ? 100_000 : 1_000_000
  const path = join(folder, 'large')
  const store = await createLevelStore(path)
  const log = await openLogStore(store, 'large.example/1', { sha256: nativeSha256 })
  const filler = randomBytes(300)
  const elapsed = await seconds(async () => {
    for (let start = 0; start < size; start += 1000) {
      const entries = Array.from({ length: 1000 }, (_, i) => {
        const bytes = new Uint8Array(filler)
        new DataView(bytes.buffer).setUint32(0, start + i)
        return { bytes, leafHash: leafHash(bytes, nativeSha256) }
      })
      const append = log.prepareAppend(entries)
      await store.commit(append.operations)
      log.applied(append)
    }
  })
  print(`store alone: append of ${size} entries in batches of 1000`, size / elapsed, 'entries/s')
  await store.close()
  const started = performance.now()
  const again = await openLevelStore(path)
  const reopened = await openLogStore(again, 'large.example/1', { sha256: nativeSha256 })
  print(`open a log of ${size} entries`, performance.now() - started, 'ms')
  const proofs = 500
  const proving = await seconds(async () => {
    for (let i = 0; i < proofs; i++) {
      const index = Math.floor(Math.random() * size)
      reopened.readEntry(index)
      proveInclusion(reopened.hashReader(), index, size, nativeSha256)
    }
  })
  print(`entry and inclusion proof in ${size} entries`, (1000 * proving) / proofs, 'ms')
  await again.close()
}

async function benchReplicationAndBundle(limit: number): Promise<void> {
  const network = await startTestNetwork(['source', 'copy'])
  const [source, copy] = network.nodes as [TestNode, TestNode]
  const count = isQuick ? 2000 : 10_000
  await copy.node.stop()
  const statements = Array.from({ length: count }, (_, i) =>
    datasetStatement(source, `${i} ${randomBytes(70).toString('hex')}`),
  )
  for (let i = 0; i < count; i += 200) {
    await Promise.all(
      statements.slice(i, i + 200).map((bytes) => source.node.api.submit(bytes, { wait: 'logged', timeoutMs: 60_000 })),
    )
  }
  const started = performance.now()
  copy.node = await runNode(copy.home)
  const held = (): number => copy.node.api.status().logs.find(({ origin }) => origin === source.origin)?.size ?? 0
  while (held() < count) await new Promise((resolve) => setTimeout(resolve, 10))
  const elapsed = (performance.now() - started) / 1000
  print(
    'catch up after an absence: witness, replicate, verify, store (both nodes in this process)',
    count / elapsed,
    'statements/s',
    limit,
  )
  await source.node.api.heartbeat()
  const size = parseCheckpoint(parseNote(source.node.api.readCheckpoint(source.origin) ?? new Uint8Array(0)).text).size
  const bundle = await source.node.api.collect({ use: decodeStatement(statements[0] ?? new Uint8Array(0)).id })
  const policy = source.node.api.policy()
  const verifying = await seconds(() =>
    verifyBundle(bundle, policy, { verifier: nativeVerifier, sha256: nativeSha256 }),
  )
  print('bundle verification, whole log replayed', size / verifying, 'statements/s', limit)
  print('resident memory of this process at the end', process.memoryUsage.rss() / 2 ** 20, 'MiB')
  await network.stop()
}

async function sizeOfFolder(path: string): Promise<number> {
  const sizes = await Promise.all((await readdir(path)).map(async (name) => (await stat(join(path, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

const folder = await mkdtemp(join(tmpdir(), 'tallystick-bench-'))
try {
  const limit = await measurePoolLimit()
  print('limit: Ed25519 verification through the thread pool', limit, 'verifications/s')
  await benchAppend(folder, limit)
  await benchReplicationAndBundle(limit)
  await benchReceipts()
  await benchLargeLog(folder)
} finally {
  await rm(folder, { recursive: true, force: true })
}
