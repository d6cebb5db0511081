/** A log of which a copy has lost everything comes back a chunk at a time, also over interruptions, and signs nothing before. */
import { rename, rm } from 'node:fs/promises'
import { afterEach, expect, it } from 'vitest'
import { EMPTY_ROOT } from '../../src/merkle/hash.ts'
import { homePaths } from '../../src/node/home.ts'
import { runNode } from '../../src/node/run.ts'
import { readHead, replaceHead } from '../../src/storage/head-file.ts'
import { createLevelStore } from '../../src/storage/level-store.ts'
import {
  datasetStatement,
  eventually,
  startTestNetwork,
  submitLogged,
  type TestNetwork,
  type TestNode,
} from '../support/node-network.ts'

let network: TestNetwork | undefined
afterEach(async () => {
  await network?.stop()
  network = undefined
})

/** What `tally repair` leaves where not even the node's own rows could be read. */
async function loseStore({ home, origin }: TestNode): Promise<void> {
  const { database, head } = homePaths(home)
  await rename(database, `${database}.damaged`)
  await (await createLevelStore(database)).close()
  await rm(head)
  await replaceHead(head, undefined, { origin, size: 0, root: EMPTY_ROOT, state: 'published' })
}

it('goes on where its recovery was interrupted, and signs nothing before all of it is back', async () => {
  network = await startTestNetwork(['owner', 'second', 'third'])
  const [owner, ...others] = network.nodes as [TestNode, ...TestNode[]]
  // Some four chunks.
  const titles = Array.from({ length: 3600 }, (_, i) => `statement ${i}`)
  await submitLogged(owner, titles)
  const ownLog = (node: TestNode): { size: number; root: string } | undefined =>
    node.node.api.status().logs.find(({ origin }) => origin === owner.origin)
  const size = (): number => owner.node.api.status().size
  await eventually(() => owner.node.api.status().publishedSize === size(), 60_000)
  await eventually(() => others.every((node) => ownLog(node)?.size === size()), 60_000)
  const before = { size: size(), root: ownLog(owner)?.root }
  await owner.node.stop()
  await loseStore(owner)

  owner.node = await runNode(owner.home)
  while (size() === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  await Promise.all([owner.node.stop(), ...others.map(({ node }) => node.stop())])
  const { head } = homePaths(owner.home)
  expect(await readHead(head)).toMatchObject({ size: 0 })

  // Alone, and with a part of its log: it knows nobody who counts, and does not take itself for all of them.
  owner.node = await runNode(owner.home)
  const part = size()
  expect(part).toBeGreaterThan(0)
  expect(part).toBeLessThan(before.size)
  const waiting = await owner.node.api.submit(datasetStatement(owner, 'meanwhile'), { wait: 'logged', timeoutMs: 2000 })
  expect(waiting.state).toBe('logged')
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(owner.node.api.status()).toMatchObject({ state: 'WAITING', size: part, publishedSize: 0 })
  expect(await readHead(head)).toMatchObject({ size: 0 })

  let least = Infinity
  const watching = setInterval(() => (least = Math.min(least, size())), 1)
  for (const other of others) other.node = await runNode(other.home)
  await eventually(() => owner.node.api.status().state === 'READY' && size() > before.size, 60_000)
  clearInterval(watching)
  expect(least).toBe(part)
  await eventually(() => owner.node.api.status().publishedSize === size(), 60_000)
  expect(await readHead(head)).toMatchObject({ size: size(), state: 'published' })
  await eventually(() => others.every((node) => ownLog(node)?.root === ownLog(owner)?.root), 60_000)
  for (const { node } of network.nodes)
    expect(node.api.status().logs.every(({ fork }) => fork === undefined)).toBe(true)
  // The history from before is the beginning of the one that goes on.
  const [statement] = await submitLogged(owner, [titles[0] ?? ''])
  expect(owner.node.api.readStatement(statement?.[0] ?? ('' as never))?.index).toBeLessThan(before.size)
}, 120_000)
