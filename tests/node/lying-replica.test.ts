/** A log is followed past a replica that lies about it, although that one is asked before all others. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { proveConsistency } from '../../src/merkle/consistency.ts'
import { createLeafHashReader } from '../../src/merkle/hash-reader.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { treeRoot } from '../../src/merkle/tree.ts'
import { serve } from '../../src/network/exchange.ts'
import { consistencyExchange } from '../../src/network/messages/consistency.ts'
import { entriesExchange } from '../../src/network/messages/entries.ts'
import { type Card, parseCard } from '../../src/node/card.ts'
import { ClaimTable } from '../../src/node/claim-table.ts'
import { systemClock } from '../../src/node/clock.ts'
import { DiskGuard } from '../../src/node/disk-guard.ts'
import { Follower } from '../../src/node/follower.ts'
import { ForkKeeper } from '../../src/node/fork-keeper.ts'
import { homePaths } from '../../src/node/home.ts'
import { IndexFaults } from '../../src/node/index-faults.ts'
import { KeyDirectory } from '../../src/node/key-directory.ts'
import { openLogIndex } from '../../src/node/log-growth.ts'
import { type HeldLog, LogRegistry } from '../../src/node/log-registry.ts'
import { nativeSha256 as sha256, nativeSigner, nativeVerifier as verifier } from '../../src/node/native-crypto.ts'
import { readNodeKeys } from '../../src/node/node-keys.ts'
import { StatementChecker } from '../../src/node/statement-checker.ts'
import { Witness } from '../../src/node/witness.ts'
import { formatCheckpoint, signCheckpoint } from '../../src/note/checkpoint.ts'
import { formatNote } from '../../src/note/note.ts'
import type { Signer } from '../../src/signing/signer.ts'
import { Ballast } from '../../src/storage/ballast.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { connectHosts, testHosts } from '../support/network-hosts.ts'
import { createTestHomes, datasetStatement, eventually, type TestHome } from '../support/node-network.ts'

const hosts = testHosts()
let folder: string
let home: TestHome
let card: Card
let logSigner: Signer
let entries: readonly Uint8Array[]
const stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallystick-replica-'))
  const [made] = await createTestHomes(folder, ['log'])
  home = made as TestHome
  card = await parseCard(await readFile(homePaths(home.home).card, 'utf8'), verifier)
  logSigner = nativeSigner((await readNodeKeys(home.home)).log)
  const store = await openLevelStore(homePaths(home.home).database)
  const log = await openLogStore(store, home.origin, { sha256 })
  const statements = Array.from({ length: 2000 }, (_, i) => datasetStatement(home, `dataset ${i}`))
  entries = [...log.readEntries(0, log.size, Infinity), ...statements]
  await store.close()
})
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
  await hosts.stopAll()
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

const leavesOf = (given: readonly Uint8Array[]): Uint8Array[] => given.map((entry) => leafHash(entry, sha256))

/** As the log signed it. */
function noteAt(size: number): Uint8Array {
  const checkpoint = { origin: home.origin, size, root: treeRoot(leavesOf(entries.slice(0, size)), sha256) }
  return formatNote({
    text: formatCheckpoint(checkpoint),
    signatures: [signCheckpoint(checkpoint, home.origin, logSigner)],
  })
}

/** A replica that holds these entries, and proves what follows from them. */
async function replicaWith(held: readonly Uint8Array[]): ReturnType<typeof hosts.start> {
  const host = await hosts.start()
  const reader = createLeafHashReader(leavesOf(held), sha256)
  await serve(host, entriesExchange, ({ start, count }) => {
    const page = held.slice(start, start + count)
    return { entries: page, next: start + page.length }
  })
  await serve(host, consistencyExchange, ({ from, to }) => ({ hashes: proveConsistency(reader, from, to, sha256) }))
  return host
}

async function startFollower(): Promise<{
  host: Awaited<ReturnType<typeof hosts.start>>
  log: HeldLog
  follower: Follower
}> {
  const host = await hosts.start()
  const store = new MemoryStore()
  const logs = new LogRegistry()
  const tree = await openLogStore(store, home.origin, { sha256 })
  const log = logs.follow(card, { store: tree, index: await openLogIndex(store, tree) })
  const checker = new StatementChecker(new KeyDirectory(store), verifier)
  const signer = nativeSigner(new Uint8Array(randomBytes(32)))
  const witness = new Witness({
    store,
    logs,
    checker,
    verifier,
    clock: systemClock,
    claims: new ClaimTable(systemClock),
    forks: await ForkKeeper.open(store, systemClock),
    indexFaults: await IndexFaults.open(store, systemClock),
    witness: { name: 'follower.example/tally/1/witness', signer },
    mirror: { name: 'follower.example/tally/1/mirror', signer },
    onAdvance: () => undefined,
  })
  const disk = await DiskGuard.open({
    measure: async () => ({ freeBytes: 0, totalBytes: 0 }),
    ballast: new Ballast(folder, 0),
    leastFreeMb: 0,
    isReadOnly: false,
    onChange: () => undefined,
  })
  const follower = new Follower({
    store,
    logs,
    witness,
    checker,
    host,
    disk,
    verifier,
    clock: systemClock,
    witnessKey: card.witnessKey,
    onProgress: () => undefined,
    onFailure: () => undefined,
  })
  stops.push(() => follower.stop())
  return { host, log, follower }
}

it('from a liar that announced last, with wrong entries and wrong proofs, to an honest one', async () => {
  const { host, log, follower } = await startFollower()
  const forged = await replicaWith(entries.with(1500, datasetStatement(home, 'forged')))
  const honest = await replicaWith(entries)
  for (const peer of [forged, honest]) await connectHosts(host, peer)
  // The size before the forged entry follows from both.
  follower.heard(noteAt(1000), forged.peerId)
  await eventually(() => log.store.size === 1000)
  follower.heard(noteAt(entries.length), forged.peerId)
  await eventually(() => log.store.size === entries.length)
  expect(log.store.root()).toEqual(treeRoot(leavesOf(entries), sha256))
}, 60_000)

it('waits where nobody tells the truth, and goes on with the first that does', async () => {
  const { host, log, follower } = await startFollower()
  const forged = await replicaWith(entries.with(5, datasetStatement(home, 'forged')))
  await connectHosts(host, forged)
  follower.heard(noteAt(entries.length), forged.peerId)
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(log.store.size).toBe(0)
  await connectHosts(host, await replicaWith(entries))
  await eventually(() => log.store.size === entries.length)
}, 60_000)
