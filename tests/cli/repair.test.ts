/** A node whose database is damaged, or gone: it says so, and gets everything back from the other operators. */
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readLiveTables } from '../../src/storage/live-tables.ts'
import { startCliNode } from '../support/cli-node.ts'
import { type CliNetwork, startCliNetwork } from '../support/cli-network.ts'
import { errorOf, type Finished, resultOf, tally, textField } from '../support/cli-run.ts'

let network: CliNetwork
let home: string
let dataset: string
const own = (...args: string[]): Promise<Finished> => tally(home, [...args, '--json', '--yes'])

beforeAll(async () => {
  network = await startCliNetwork(['Coast', 'Library', 'Hill'])
  home = network.nodes[0]?.home ?? ''
  const registered = await own('dataset', 'register', '--title', 'Luo', '--locale', 'luo', '--wait', 'witnessed')
  dataset = textField(resultOf(registered), 'id')
  for (let i = 0; i < 5; i++) {
    const { exit, err } = await own('notice', 'send', '--subject', `notice ${i}`, '--wait', 'witnessed')
    if (exit !== 0) throw new Error(err)
  }
  await network.nodes[0]?.stop()
}, 90_000)
afterAll(async () => network.stop())

/** Starts the node, which serves everything it ever published, and ends it again. */
async function isWhole(): Promise<void> {
  const node = await startCliNode(home, [])
  try {
    while (resultOf(await own('status'))['state'] !== 'READY') await new Promise((resolve) => setTimeout(resolve, 200))
    expect((await own('dataset', 'show', dataset)).exit).toBe(0)
    const listed = (await own('notice', 'list')).out.trim().split('\n')
    expect(listed).toHaveLength(5)
  } finally {
    expect((await node.stop()).exit).toBe(0)
  }
  expect((await own('fsck')).exit).toBe(0)
}

it('a database that is gone is fetched again, once it is said that its witness record is lost', async () => {
  await rename(join(home, 'db'), join(home, 'db.lost'))
  expect(errorOf(await own('up'))).toMatchObject({ code: 'STORE_MISSING', exit: 8 })
  // What this node cosigned for others is gone as well: nothing happens without a word about that.
  expect(errorOf(await own('repair', '--from-peers'))).toMatchObject({ code: 'DAMAGED', exit: 8 })
  const repaired = await own('repair', '--from-peers', '--forget-witness-state')
  expect(repaired, repaired.err).toMatchObject({ exit: 0 })
  expect(resultOf(repaired)).toMatchObject({ state: 'READY' })
  await isWhole()
}, 120_000)

it('a changed byte anywhere in a file in use is found, named, and fetched again', async () => {
  const folder = join(home, 'db')
  const [live] = (await readLiveTables(folder)) ?? []
  const name = `${String(live).padStart(6, '0')}.ldb`
  const path = join(folder, name)
  const bytes = await readFile(path)
  const flip = async (at: number): Promise<void> => {
    bytes[at] = (bytes[at] ?? 0) ^ 1
    await writeFile(path, bytes)
  }
  for (const tenth of [0, 1, 3, 5, 7, 9]) {
    const at = Math.floor((bytes.length * tenth) / 10)
    await flip(at)
    const found = errorOf(await own('fsck'))
    expect(found, `byte ${at}`).toMatchObject({ code: 'STORE_CORRUPT', exit: 8 })
    expect(textField(found, 'message')).toContain(name)
    if (tenth < 9) await flip(at)
  }
  const repaired = await own('repair', '--from-peers', '--forget-witness-state')
  expect(repaired, repaired.err).toMatchObject({ exit: 0 })
  expect((await readdir(home)).filter((name) => name.startsWith('db.damaged-')).length).toBeGreaterThan(0)
  await isWhole()
  await rm(join(home, 'db.lost'), { recursive: true, force: true })
}, 120_000)

it('a backup that is restored gets everything back from the others, by itself', async () => {
  const backup = join(network.path, 'node.age')
  await writeFile(join(network.path, 'pw'), 'correct horse battery\n', { mode: 0o600 })
  const pass = ['--passphrase-file', join(network.path, 'pw')]
  expect((await own('backup', '-o', backup, ...pass)).exit).toBe(0)
  await rm(home, { recursive: true })
  expect((await own('restore', backup, ...pass)).exit).toBe(0)
  await isWhole()
}, 120_000)
