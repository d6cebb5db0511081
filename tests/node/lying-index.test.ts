/**
 * A log whose index says something else than its entries: its store is falsified before the first start, everything after
 * that is real. Honest mirrors compute the index themselves, so they see it, and the log's own signature convicts it.
 */
import { existsSync, readdirSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { toHex } from '../../src/encoding/bytes.ts'
import { cidOf } from '../../src/encoding/cid.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { ask } from '../../src/network/exchange.ts'
import { startHost } from '../../src/network/host.ts'
import { forksExchange } from '../../src/network/messages/forks.ts'
import { homePaths } from '../../src/node/home.ts'
import { formatInvitation, parseInvitation } from '../../src/node/invitation.ts'
import { openLogIndex } from '../../src/node/log-growth.ts'
import { nativeSha256 as sha256, nativeSigner, nativeVerifier } from '../../src/node/native-crypto.ts'
import { readNodeKeys } from '../../src/node/node-keys.ts'
import { runNode } from '../../src/node/run.ts'
import { encodeEntryBundle, entryBundlePath } from '../../src/merkle/tile.ts'
import { openCheckpoint, parseCheckpoint } from '../../src/note/checkpoint.ts'
import { parseNote } from '../../src/note/note.ts'
import { ED25519_NOTE, formatVerifierKey, verifierKey } from '../../src/note/verifier-key.ts'
import { fsck } from '../../src/storage/fsck.ts'
import { type IndexedEntry, IndexStore } from '../../src/storage/index-store.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { decodeIndexEvidence } from '../../src/subject-index/evidence.ts'
import { postingsOfEntry } from '../../src/subject-index/postings.ts'
import { proofRoot } from '../../src/subject-index/proof.ts'
import { subjectKey } from '../../src/subject-index/subject-key.ts'
import { verifyIndexEvidence } from '../../src/subject-index/verify-evidence.ts'
import { resultOf, tally } from '../support/cli-run.ts'
import {
  createTestHomes,
  datasetStatement,
  eventually,
  startTestNetwork,
  submitLogged,
  type TestHome,
  type TestNetwork,
  type TestNode,
} from '../support/node-network.ts'

let network: TestNetwork | undefined
afterEach(async () => {
  await network?.stop()
  network = undefined
})

const stranger = subjectKey({ type: 1, subject: cidOf(encodeUtf8('nothing that was logged')) }, sha256)

const LIES: Record<string, (entries: readonly IndexedEntry[]) => IndexedEntry[]> = {
  'leaves a reference out': (entries) =>
    entries.map((entry, i) => (i === 0 ? { ...entry, postings: entry.postings.slice(1) } : entry)),
  'adds a reference': (entries) =>
    entries.map((entry) => ({ ...entry, postings: [...entry.postings, { key: stranger, relation: 13 }] })),
  'lists entries in another order': (entries) => entries.toReversed(),
}

/** Replaces the index of a new home by one of falsified entries. */
async function falsify(home: TestHome, lie: (entries: readonly IndexedEntry[]) => IndexedEntry[]): Promise<void> {
  const store = await openLevelStore(homePaths(home.home).database)
  try {
    const log = await openLogStore(store, home.origin, { sha256 })
    await openLogIndex(store, log)
    await store.commit(await IndexStore.resetOperations(store, log.log))
    const index = await IndexStore.open(store, log.log, sha256)
    const entries = Array.from({ length: log.size }, (_, i) => ({
      leafHash: log.readLeafHash(i),
      postings: postingsOfEntry(log.readEntry(i), sha256),
    }))
    await store.commit(index.prepareExtend(lie(entries)).operations)
  } finally {
    await store.close()
  }
}

describe.each(Object.entries(LIES))('a log whose index %s', (_, lie) => {
  it('gets no mirror cosignature, is convicted by what it signed, and goes on witnessed', async () => {
    network = await startTestNetwork(['liar', 'second', 'third'], ([home]) => falsify(home as TestHome, lie))
    const [liar, second, third] = network.nodes as [TestNode, TestNode, TestNode]
    const result = await liar.node.api.submit(datasetStatement(liar, 'under a wrong index'), {
      wait: 'witnessed',
      timeoutMs: 20_000,
    })
    expect(result.state).toBe('witnessed')
    await eventually(() => [second, third].every((node) => faultIn(node, liar) !== undefined))
    expect(cosignersOf(liar, liar).some((name) => name.endsWith('/mirror'))).toBe(false)
    expect(cosignersOf(liar, liar).filter((name) => name.endsWith('/witness')).length).toBeGreaterThanOrEqual(2)
    // Nobody else's log is touched by it.
    await second.node.api.submit(datasetStatement(second, 'elsewhere'), { wait: 'witnessed', timeoutMs: 20_000 })
    expect(cosignersOf(second, second).some((name) => name.endsWith('/mirror'))).toBe(true)
    expect(faultIn(third, second)).toBeUndefined()

    // What a stranger needs: the proof from a peer, the log's key, and the entries.
    const keys = await readNodeKeys(liar.home)
    const key = verifierKey(liar.origin, ED25519_NOTE, nativeSigner(keys.log).publicKey)
    const host = await startHost({ seed: new Uint8Array(32).fill(9), listen: [], networkId: 'reader' })
    try {
      const connection = await host.connect(third.node.api.status().addresses[0] ?? '')
      const { proofs } = await ask(host, connection, forksExchange, { sinceSeq: 0 })
      expect(proofs).toHaveLength(1)
      const evidence = decodeIndexEvidence(proofs[0] ?? new Uint8Array(0))
      const checkpoint = await openCheckpoint(parseNote(evidence.note), key, nativeVerifier)
      verifyIndexEvidence(evidence, checkpoint, key.publicKey, sha256)
      expect(toHex(proofRoot(evidence.proof, sha256))).not.toBe(toHex(await trueRoot(third, liar, checkpoint.size - 1)))
    } finally {
      await host.stop()
    }
    const kept = await proofFiles(second)
    expect(kept).toHaveLength(1)
    const file = kept[0] ?? ''
    const folder = await exportedLog(third, liar, formatVerifierKey(key))
    const convicted = await tally(folder, ['log', 'convict', file, folder, '--json'])
    expect(resultOf(convicted)).toMatchObject({ convicted: true, origin: liar.origin })
    expect(convicted.exit).toBe(4)
    // Entries that are not the log's convict nobody.
    await appendFile(join(folder, 'tile/entries/000.p', String(await sizeIn(folder))), 'x')
    expect((await tally(folder, ['log', 'convict', file, folder])).exit).toBe(3)

    // Built anew from the entries, the next commitment is right, and mirrors vouch again.
    await liar.node.stop()
    const store = await openLevelStore(homePaths(liar.home).database)
    expect((await fsck(store)).findings.map(({ code }) => code)).toContain('INDEX_WRONG')
    await store.commit(await IndexStore.resetOperations(store, 0))
    await store.close()
    liar.node = await runNode(liar.home)
    await liar.node.api.submit(datasetStatement(liar, 'under the right index'), {
      wait: 'witnessed',
      timeoutMs: 30_000,
    })
    expect(cosignersOf(liar, liar).some((name) => name.endsWith('/mirror'))).toBe(true)
  })
})

describe('a node that joins after a wrong index was found', () => {
  it('learns of it from a peer, also when the log has grown far beyond it, and keeps the proof', async () => {
    const lie = LIES['leaves a reference out'] as (entries: readonly IndexedEntry[]) => IndexedEntry[]
    network = await startTestNetwork(['liar', 'second'], ([home]) => falsify(home as TestHome, lie))
    const [liar, second] = network.nodes as [TestNode, TestNode]
    await liar.node.api.submit(datasetStatement(liar, 'under a wrong index'), { wait: 'witnessed', timeoutMs: 20_000 })
    await eventually(() => faultIn(second, liar) !== undefined)
    await submitLogged(
      liar,
      Array.from({ length: 300 }, (_, i) => `later ${i}`),
    )
    await eventually(() => newestSizeIn(second, liar) > 300)

    const [home] = await createTestHomes(join(network.folder, 'joining'), ['late'])
    if (home === undefined) throw new Error('no home')
    const late = { ...home, node: await runNode(home.home) }
    network.nodes.push(late)
    // Only the liar is asked until all of its log is here.
    const invitation = parseInvitation(liar.node.api.invitation())
    await late.node.api.join(formatInvitation({ ...invitation, cards: [liar.node.api.card()] }))
    await eventually(() => newestSizeIn(late, liar) > 300)
    expect(faultIn(late, liar)).toBeUndefined()
    await late.node.api.addPeer(second.node.api.card())
    await eventually(() => faultIn(late, liar) !== undefined)
    expect(faultIn(late, liar)?.size).toBe(faultIn(second, liar)?.size)
    const [file] = await proofFiles(second)
    const copy = join(homePaths(late.home).forks, basename(file ?? ''))
    await eventually(() => existsSync(copy))
    expect(await readFile(copy)).toEqual(await readFile(file ?? ''))
    expect(faultIn(late, second)).toBeUndefined()
  })
})

describe('a backup of a node that found a wrong index', () => {
  it('keeps the proof of it', async () => {
    const lie = LIES['leaves a reference out'] as (entries: readonly IndexedEntry[]) => IndexedEntry[]
    network = await startTestNetwork(['liar', 'second'], ([home]) => falsify(home as TestHome, lie))
    const [liar, second] = network.nodes as [TestNode, TestNode]
    await liar.node.api.submit(datasetStatement(liar, 'under a wrong index'), { wait: 'witnessed', timeoutMs: 20_000 })
    const { forks } = homePaths(second.home)
    await eventually(() => readdirSync(forks).some((name) => name.endsWith('.index')))
    const [file = ''] = await proofFiles(second)

    const backup = join(network.folder, 'second.age')
    const restored = join(network.folder, 'restored')
    await writeFile(join(network.folder, 'pw'), 'correct horse battery\n', { mode: 0o600 })
    const pass = ['--passphrase-file', join(network.folder, 'pw'), '--yes']
    expect((await tally(second.home, ['backup', '-o', backup, ...pass])).exit).toBe(0)
    expect((await tally(restored, ['restore', backup, ...pass])).exit).toBe(0)
    expect(await readFile(join(homePaths(restored).forks, basename(file)))).toEqual(await readFile(file))
  })
})

/** As `tally export` writes it. */
async function exportedLog(node: TestNode, of: TestNode, logKey: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tallystick-exported-'))
  const checkpoint = node.node.api.readCheckpoint(of.origin) ?? new Uint8Array(0)
  await writeFile(join(folder, 'checkpoint'), checkpoint)
  await writeFile(join(folder, 'log.vkey'), `${logKey}\n`)
  const entries: Uint8Array[] = []
  const size = await sizeIn(folder)
  for await (const { bytes } of node.node.api.listStatements({ origin: of.origin, fromIndex: 0, limit: size }))
    entries.push(bytes)
  const path = join(folder, entryBundlePath(0, size))
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, encodeEntryBundle(entries))
  return folder
}

async function sizeIn(folder: string): Promise<number> {
  return parseCheckpoint(parseNote(await readFile(join(folder, 'checkpoint'))).text).size
}

function newestSizeIn(node: TestNode, of: TestNode): number {
  const note = node.node.api.readCheckpoint(of.origin)
  return note === undefined ? 0 : parseCheckpoint(parseNote(note).text).size
}

/** The proofs of wrong indexes that a node keeps as files. */
async function proofFiles(node: TestNode): Promise<string[]> {
  const { forks } = homePaths(node.home)
  return (await readdir(forks)).filter((name) => name.endsWith('.index')).map((name) => join(forks, name))
}

function faultIn(node: TestNode, of: TestNode): { size: number } | undefined {
  return node.node.api.status().logs.find(({ origin }) => origin === of.origin)?.wrongIndex
}

/** Names of the cosigners of the newest note of a log. */
function cosignersOf(node: TestNode, of: TestNode): string[] {
  const note = parseNote(node.node.api.readCheckpoint(of.origin) ?? new Uint8Array(0))
  return note.signatures.map(({ name }) => name)
}

async function trueRoot(node: TestNode, of: TestNode, size: number): Promise<Uint8Array> {
  const entries: IndexedEntry[] = []
  for await (const { bytes } of node.node.api.listStatements({ origin: of.origin, fromIndex: 0, limit: size }))
    entries.push({ leafHash: sha256(Uint8Array.from([0, ...bytes])), postings: postingsOfEntry(bytes, sha256) })
  expect(entries).toHaveLength(size)
  return (await IndexStore.open(new MemoryStore(), 0, sha256)).prepareExtend(entries).state.root
}
