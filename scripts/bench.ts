/**
 * `npm run bench`: what the node does on this machine, one JSON line a figure. A ratio is against a limit that is measured
 * in the same run. Nothing here fails: timings are read, not tested. `--quick` uses smaller counts.
 */
import { randomBytes } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { benchEvaluation } from './bench/evaluate.ts'
import { benchHashFolder } from './bench/hash-folder.ts'
import { benchLargeLog } from './bench/large-log.ts'
import { median } from './bench/median.ts'
import { startNodeProcess } from './bench/node-process.ts'
import { measurePipeline } from './bench/pipeline.ts'
import { benchSubjectIndex } from './bench/subject-index.ts'
import {
  createTestHomes,
  datasetStatement,
  startTestNetwork,
  type TestHome,
  type TestNode,
} from '../tests/support/node-network.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { nativeSha256, nativeSigner, nativeVerifier } from '../src/node/native-crypto.ts'
import { type RunningNode, runNode } from '../src/node/run.ts'
import { type CidText, cidOf } from '../src/encoding/cid.ts'
import { decodeStatement, prepareStatement, signStatement } from '../src/statement/envelope.ts'
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
  const groups = isQuick ? 80 : 480
  const statements = Array.from({ length: groups * 100 }, (_, i) =>
    datasetStatement(home, `${i} ${randomBytes(70).toString('hex')}`),
  )
  const payload = statements.reduce((sum, bytes) => sum + bytes.length, 0)
  while (node.api.status().state !== 'READY') await new Promise((resolve) => setTimeout(resolve, 20))
  const half = statements.length / 2
  const submitGroups = async (from: number, to: number): Promise<void> => {
    for (let i = from; i < to; i += 100) {
      const group = statements.slice(i, i + 100)
      await Promise.all(group.map((bytes) => node.api.submit(bytes, { wait: 'logged', timeoutMs: 60_000 })))
    }
  }
  const one = await seconds(() => submitGroups(0, half))
  print('durable append, groups of 100, one after the other, no quorum', half / one, 'statements/s', limit)
  const quarter = half / 4
  const four = await seconds(() =>
    Promise.all([0, 1, 2, 3].map((lane) => submitGroups(half + lane * quarter, half + (lane + 1) * quarter))),
  )
  print('durable append, groups of 100, four submitters, no quorum', half / four, 'statements/s', limit)
  // Until it is published, a statement is stored in the queue as well as, from then on, in the log.
  const lasts = [1, 2, 3, 4].flatMap((lane) => statements.slice(half + lane * quarter - 1, half + lane * quarter))
  await Promise.all(lasts.map((bytes) => node.api.submit(bytes, { wait: 'witnessed', timeoutMs: 60_000 })))
  const disk = await sizeOfFolder(join(home.home, 'db'))
  await node.stop()
  print('statement size', payload / statements.length, 'bytes')
  print('disk of database over payload', disk / payload, 'ratio')
}

function newSubjects(): CidText[] {
  return Array.from({ length: 3 }, () => cidOf(randomBytes(32)))
}

/** The same node with statements that refer to subjects nobody named before, and with some that all refer to the same. */
async function benchNewSubjects(folder: string, subjects: number): Promise<void> {
  const [home] = await createTestHomes(folder, ['subjects'])
  if (home === undefined) return
  const node = await runNode(home.home)
  while (node.api.status().state !== 'READY') await new Promise((resolve) => setTimeout(resolve, 20))
  const same = newSubjects()
  const notice = (i: number, about: readonly CidText[]): Uint8Array => {
    const payload = { subject: `${i} ${randomBytes(60).toString('hex')}`, about }
    return signStatement(prepareStatement(24, payload, { iss: home.party }, home.signer.publicKey), home.signer)
  }
  const submit = async (statements: readonly Uint8Array[]): Promise<number> =>
    seconds(async () => {
      for (let i = 0; i < statements.length; i += 100) {
        const group = statements.slice(i, i + 100)
        await Promise.all(group.map((bytes) => node.api.submit(bytes, { wait: 'logged', timeoutMs: 60_000 })))
      }
    })
  await submit(Array.from({ length: subjects / 3 }, (_, i) => notice(i, newSubjects())))
  // In turns: a shared machine is a third faster in one second than in the next.
  const [turns, each] = [20, 600]
  const spent = { old: 0, added: 0 }
  for (let turn = 0; turn < turns; turn++) {
    spent.old += await submit(Array.from({ length: each }, (_, i) => notice(i, same)))
    spent.added += await submit(Array.from({ length: each }, (_, i) => notice(i, newSubjects())))
  }
  const old = (turns * each) / spent.old
  const added = (turns * each) / spent.added
  print(`durable append at ${subjects} subjects, no new ones`, old, 'statements/s')
  print(`durable append at ${subjects} subjects, three new ones each`, added, 'statements/s', old)
  await node.stop()
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

/** One process serves a published log, this one follows it: fetch, verify every signature, store. */
async function benchReplication(folder: string, limit: number): Promise<void> {
  const [source, ...copies] = await createTestHomes(folder, ['source', 'first', 'second', 'third'])
  if (source === undefined) return
  const count = isQuick ? 5000 : 30_000
  const node = await runNode(source.home)
  while (node.api.status().state !== 'READY') await new Promise((resolve) => setTimeout(resolve, 20))
  const statements = Array.from({ length: count }, (_, i) =>
    datasetStatement(source, `${i} ${randomBytes(70).toString('hex')}`),
  )
  for (let i = 0; i < count; i += 400) {
    await Promise.all(
      statements.slice(i, i + 400).map((bytes) => node.api.submit(bytes, { wait: 'logged', timeoutMs: 60_000 })),
    )
  }
  // The last statement's receipt: everything before it is published as well.
  await node.api.submit(statements.at(-1) ?? new Uint8Array(0), { wait: 'witnessed', timeoutMs: 60_000 })
  const card = node.api.card()
  const { size, verifying } = await verifyOwnBundle(node, statements[0] ?? new Uint8Array(0))
  print('bundle verification, whole log replayed', size / verifying, 'statements/s', limit)
  await node.stop()
  const served = await startNodeProcess(source.home)
  print('resident memory of an idle node', Number(await served.ask('rss')) / 2 ** 20, 'MiB')
  await served.stop()
  const pipeline = await measurePipeline(folder, statements, source.signer.publicKey)
  print('model: verify, decode, hash and store, nothing else', pipeline, 'statements/s')
  // As many rounds as the limit had, each into an empty folder.
  const rates: number[] = []
  for (const { home } of copies) rates.push(count / (await replicate(source, card, home, count)))
  print('replicate, verify and store between two processes', median(rates), 'statements/s', pipeline)
}

/** @returns seconds from the introduction of the peer until all its entries are here */
async function replicate(source: TestHome, card: string, home: string, count: number): Promise<number> {
  const served = await startNodeProcess(source.home)
  const follower = await runNode(home)
  const elapsed = await seconds(async () => {
    await follower.api.addPeer(card)
    const held = (): number => follower.api.status().logs.find(({ origin }) => origin === source.origin)?.size ?? 0
    while (held() < count) await new Promise((resolve) => setTimeout(resolve, 20))
  })
  await follower.stop()
  await served.stop()
  return elapsed
}

async function verifyOwnBundle(node: RunningNode, first: Uint8Array): Promise<{ size: number; verifying: number }> {
  const bundle = await node.api.collect({ question: { use: decodeStatement(first).id }, form: 'whole' })
  const policy = node.api.policy()
  const options = { verifier: nativeVerifier, sha256: nativeSha256 }
  // Once to warm up, as the limit was.
  const report = await verifyBundle(bundle, policy, options)
  const verifying = await seconds(() => verifyBundle(bundle, policy, options))
  return { size: report.logs[0]?.size ?? 0, verifying }
}

async function sizeOfFolder(path: string): Promise<number> {
  // A running database removes files that it has merged.
  const sizeOf = async (name: string): Promise<number> => (await stat(join(path, name)).catch(() => ({ size: 0 }))).size
  const sizes = await Promise.all((await readdir(path)).map(sizeOf))
  return sizes.reduce((sum, size) => sum + size, 0)
}

const folder = await mkdtemp(join(tmpdir(), 'tallystick-bench-'))
try {
  const limit = await measurePoolLimit()
  print('limit: Ed25519 verification through the thread pool', limit, 'verifications/s')
  await benchAppend(folder, limit)
  await benchNewSubjects(folder, 100_000)
  await benchReplication(folder, limit)
  await benchReceipts()
  for await (const figure of benchLargeLog(folder, isQuick ? 100_000 : 1_000_000))
    print(figure.name, figure.value, figure.unit)
  print('evaluate a use over 10 datasets with 50 statements each', benchEvaluation(), 'ms')
  for await (const figure of benchSubjectIndex(folder, isQuick ? 100_000 : 1_000_000))
    print(figure.name, figure.value, figure.unit, figure.limit)
  for (const { name, value, limit: tool } of await benchHashFolder(isQuick)) print(name, value, 'MB/s', tool)
} finally {
  await rm(folder, { recursive: true, force: true })
}
