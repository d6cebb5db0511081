/**
 * A node whose home is damaged: `tally up` names the repair and ends, `tally up --read-only` serves what is whole, and
 * changes nothing, so that the damage is found again and `tally repair --from-peers` mends it.
 */
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { withRemoteNode } from '../../src/client/remote-node.ts'
import { readU32 } from '../../src/encoding/bytes.ts'
import { parseCid } from '../../src/encoding/cid.ts'
import { type RunningNode, runNode } from '../../src/node/run.ts'
import { createLevelStore, openLevelStore } from '../../src/storage/level-store.ts'
import { entryKey, originKey, TABLE, tableRange } from '../../src/storage/keys.ts'
import type { Store } from '../../src/storage/store.ts'
import { type CliNetwork, startCliNetwork } from '../support/cli-network.ts'
import { type RunningCli, startCliNode } from '../support/cli-node.ts'
import { errorOf, type Finished, resultOf, tally, textField } from '../support/cli-run.ts'
import { until } from '../support/node-process.ts'

let network: CliNetwork
let home: string
let whole: string
/** Its database before the last statements. */
let older: string
let early: string
let late: string
let foreign: string
const own = (...args: string[]): Promise<Finished> => tally(home, [...args, '--json', '--yes'])

async function notice(at: string, subject: string): Promise<string> {
  const sent = await tally(at, ['notice', 'send', '--subject', subject, '--wait', 'witnessed', '--json', '--yes'])
  if (sent.exit !== 0) throw new Error(sent.err)
  return textField(resultOf(sent), 'id')
}

beforeAll(async () => {
  network = await startCliNetwork(['Coast', 'Library', 'Hill'])
  const [coast, library] = network.nodes as [RunningCli, RunningCli]
  home = coast.home
  whole = `${home}.whole`
  older = `${home}.older`
  early = await notice(home, 'early')
  foreign = await notice(library.home, 'of the library')
  await until('the library is followed', async () => {
    const logs = resultOf(await own('status'))['logs'] as { origin: string; size: number; seenSize: number }[]
    return (await own('notice', 'show', foreign)).exit === 0 && logs.every(({ size, seenSize }) => size === seenSize)
  })
  await coast.stop()
  await cp(join(home, 'db'), older, { recursive: true })
  const again = await startCliNode(home, [])
  late = await notice(home, 'late')
  await again.stop()
  await cp(home, whole, { recursive: true, mode: 0, preserveTimestamps: true })
}, 90_000)
afterAll(async () => network.stop())
beforeEach(async () => {
  await rm(home, { recursive: true })
  await cp(whole, home, { recursive: true, mode: 0, preserveTimestamps: true })
})

const isShown = async (id: string): Promise<boolean> => (await own('notice', 'show', id)).exit === 0
/** As a stranger sees it: the statement, and the path from it to a signed checkpoint. */
const isServed = (address: string, id: string): Promise<boolean> =>
  withRemoteNode(address, 10_000, (node) => node.readStatement(parseCid(id))).then(
    () => true,
    () => false,
  )

/** Another start finds the damage again. */
const isRefused = (code: string): Promise<void> => expect(runNode(home)).rejects.toMatchObject({ code })

/** Serves read-only in this process, for what differs from damage to damage; the first test looks at it from outside. */
async function served(check: (node: RunningNode, address: string) => Promise<void>): Promise<void> {
  const head = await readFile(join(home, 'head')).catch(() => undefined)
  const node = await runNode(home, { isReadOnly: true })
  try {
    const { state, claims, reason, addresses } = node.api.status()
    expect({ state, claims }).toEqual({ state: 'DAMAGED', claims: 0 })
    expect(reason).toMatch(/^READ-ONLY: .*\. Damaged: /u)
    await check(node, addresses[0] ?? '')
  } finally {
    await node.stop()
  }
  expect(await readFile(join(home, 'head')).catch(() => undefined)).toEqual(head)
}

/** Runs it read-only; whatever was found whole, it says what it is, takes nothing and leaves the head as it was. */
async function readOnly(check: (node: RunningCli) => Promise<void>): Promise<void> {
  const head = await readFile(join(home, 'head')).catch(() => undefined)
  const node = await startCliNode(home, [], ['--read-only'])
  try {
    const status = await own('status')
    expect(status.exit).toBe(8)
    expect(resultOf(status)).toMatchObject({ state: 'DAMAGED', claims: 0 })
    expect(textField(resultOf(status), 'reason')).toMatch(/^READ-ONLY: .*\. Damaged: /u)
    expect((await tally(home, ['status'])).out).toContain('DAMAGED, not signing; next: tally repair --from-peers\n')
    expect(errorOf(await own('notice', 'send', '--subject', 'refused'))).toMatchObject({ code: 'NOT_READY' })
    expect(errorOf(await own('blob', 'put', join(home, 'card.txt')))).toMatchObject({ code: 'NOT_READY' })
    await check(node)
  } finally {
    expect((await node.stop()).exit).toBe(0)
  }
  expect(await readFile(join(home, 'head')).catch(() => undefined)).toEqual(head)
}

async function repairs(): Promise<void> {
  const repaired = await own('repair', '--from-peers')
  expect(repaired, repaired.err).toMatchObject({ exit: 0 })
  const node = await startCliNode(home, [])
  try {
    await until('it signs', async () => resultOf(await own('status'))['state'] === 'READY')
    for (const id of [early, late]) expect(await isShown(id)).toBe(true)
    await notice(home, 'after the repair')
  } finally {
    await node.stop()
  }
}

it('a head that is newer than the store: what is older is served and proved, and the rest comes back', async () => {
  await rm(join(home, 'db'), { recursive: true })
  await cp(older, join(home, 'db'), { recursive: true })
  const refused = errorOf(await own('up'))
  expect(refused).toMatchObject({ code: 'DAMAGED', exit: 8 })
  expect(textField(refused, 'hint')).toMatch(/tally repair --from-peers.*tally up --read-only/u)
  await readOnly(async ({ address }) => {
    for (const [id, isThere] of [
      [early, true],
      [foreign, true],
      [late, false],
    ] as const)
      expect(await isShown(id), id).toBe(isThere)
    expect(await isServed(address, early)).toBe(true)
    expect(await isServed(address, late)).toBe(false)
    const [, library] = network.nodes
    // Another operator sees why it has no witness in this node.
    await until('the library is told', async () => {
      const { peers } = resultOf(await tally(library?.home ?? '', ['status', '--json'])) as {
        peers: { name: string; lastError?: string; holdsClaim: boolean }[]
      }
      const seen = peers.find(({ name }) => name === 'Coast')
      return seen?.holdsClaim === false && seen.lastError?.includes('--read-only') === true
    })
    const subject = ['log', 'about', early, '--json']
    const proved = await tally(home, subject)
    expect(proved.exit, proved.err).toBe(0)
  })
  expect(errorOf(await own('up'))).toMatchObject({ code: 'DAMAGED', exit: 8 })
  await repairs()
}, 120_000)

it('no head, or one that cannot be read: everything published is served', async () => {
  for (const [damage, code] of [
    [() => rm(join(home, 'head')), 'DAMAGED'],
    [() => writeFile(join(home, 'head'), '{}\n'), 'STORE_CORRUPT'],
  ] as const) {
    await damage()
    await isRefused(code)
    await served(async ({ api }, address) => {
      for (const id of [early, late]) expect(await isServed(address, id)).toBe(true)
      expect(api.readStatement(parseCid(foreign))).toBeDefined()
    })
    await isRefused(code)
  }
}, 120_000)

it('commits that are lost from the write-ahead log are not forgotten by serving', async () => {
  const folder = join(home, 'db')
  for (const name of (await readdir(folder)).filter((name) => name.endsWith('.log'))) {
    const bytes = await readFile(join(folder, name))
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    await writeFile(join(folder, name), bytes)
  }
  await isRefused('STORE_CORRUPT')
  await served(async (_, address) => expect(await isServed(address, early)).toBe(true))
  await isRefused('STORE_CORRUPT')
}, 60_000)

/** Deletes rows of the database, as nothing of this program does. */
async function deleteRows(
  choose: (store: Store, ownLog: number) => AsyncIterable<Uint8Array> | Uint8Array[],
): Promise<void> {
  const store = await openLevelStore(join(home, 'db'))
  const keys: Uint8Array[] = []
  const ownLog = readU32(store.get(originKey(network.origins[0] ?? '')) ?? new Uint8Array(4))
  for await (const key of choose(store, ownLog)) keys.push(key)
  await store.commit(keys.map((key) => ({ type: 'del', key })))
  await store.close()
}

it('a log that does not lead to its root is not served at all, the others are', async () => {
  await deleteRows((_, ownLog) => [entryKey(ownLog, 2)])
  await isRefused('STORE_CORRUPT')
  await served(async ({ api }, address) => {
    expect(await isServed(address, early)).toBe(false)
    expect(api.readStatement(parseCid(early))).toBeUndefined()
    expect(api.readStatement(parseCid(foreign))).toBeDefined()
  })
}, 120_000)

it('an index that is lost answers again, from memory, and is not written', async () => {
  await rm(join(home, 'head'))
  await deleteRows((store) => store.keys(tableRange(TABLE.indexState)))
  await readOnly(async () => expect((await own('log', 'about', early)).exit).toBe(0))
}, 60_000)

it('what the database itself cannot read is not served: nothing is opened over it', async () => {
  await rename(join(home, 'db'), join(home, 'db.lost'))
  await expect(runNode(home, { isReadOnly: true })).rejects.toMatchObject({ code: 'STORE_MISSING' })
  expect(await readdir(home)).not.toContain('db')
  await (await createLevelStore(join(home, 'db'))).close()
  // An empty database has none of the logs: there is nothing to serve of it, and nothing is begun in it.
  await served(async (_, address) => expect(await isServed(address, early)).toBe(false))
}, 60_000)
