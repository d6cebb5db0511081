/** A node whose database is damaged, or gone: it says so, and gets everything back from the other operators. */
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
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

it('changed bytes are found, and fetched again', async () => {
  const folder = join(home, 'db')
  let changed = 0
  for (const name of await readdir(folder)) {
    if (!/\.(?:ldb|log)$/u.test(name)) continue
    const path = join(folder, name)
    const bytes = await readFile(path)
    // In the middle, where entries are.
    for (let at = bytes.length >> 1; at < bytes.length && changed < 3; at += 1000, changed++)
      bytes[at] = (bytes[at] ?? 0) ^ 1
    await writeFile(path, bytes)
  }
  expect(changed).toBeGreaterThan(0)
  expect((await own('fsck')).exit).toBe(8)
  const repaired = await own('repair', '--from-peers', '--forget-witness-state')
  expect(repaired, repaired.err).toMatchObject({ exit: 0 })
  expect((await readdir(home)).filter((name) => name.startsWith('db.damaged-')).length).toBeGreaterThan(0)
  await isWhole()
  await rm(join(home, 'db.lost'), { recursive: true, force: true })
}, 120_000)
