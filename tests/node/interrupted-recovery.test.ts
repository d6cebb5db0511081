/** A log of which a copy has lost everything comes back a chunk at a time, also over interruptions, and signs nothing before. */
import { afterEach, expect, it } from 'vitest'
import { equalBytes } from '../../src/encoding/bytes.ts'
import type { CidText } from '../../src/encoding/cid.ts'
import { homePaths } from '../../src/node/home.ts'
import { runNode } from '../../src/node/run.ts'
import { cosignatureTimestamp } from '../../src/note/cosignature.ts'
import { parseNote } from '../../src/note/note.ts'
import { readHead } from '../../src/storage/head-file.ts'
import { loseStore } from '../support/lose-store.ts'
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

it('goes on where its recovery was interrupted, and signs nothing before all of it is back', async () => {
  network = await startTestNetwork(['owner', 'second', 'third'])
  const [owner, ...others] = network.nodes as [TestNode, ...TestNode[]]
  // Some four chunks.
  const titles = Array.from({ length: 3600 }, (_, i) => `statement ${i}`)
  const logged = await submitLogged(owner, titles)
  const ownLog = (node: TestNode): { size: number; root: string } | undefined =>
    node.node.api.status().logs.find(({ origin }) => origin === owner.origin)
  const size = (): number => owner.node.api.status().size
  await eventually(() => owner.node.api.status().publishedSize === size(), 60_000)
  await eventually(() => others.every((node) => ownLog(node)?.size === size()), 60_000)
  const before = { size: size(), root: ownLog(owner)?.root }
  const ids = [...logged.keys()].filter((_, i) => i % 300 === 0 || i === titles.length - 1)
  const receipts = ids.map((id) => owner.node.api.readReceipt(id))
  for (const receipt of receipts) expect(receipt).toBeDefined()
  await owner.node.stop()
  const lostAt = Date.now() / 1000
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
  // One that this copy has forgotten, and that comes back with its log.
  const [again] = [...logged.values()].slice(-1)
  await owner.node.api.submit(again ?? new Uint8Array(0), { wait: 'logged', timeoutMs: 2000 })
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(owner.node.api.status()).toMatchObject({ state: 'WAITING', size: part, publishedSize: 0 })
  expect(await readHead(head)).toMatchObject({ size: 0 })

  let least = Infinity
  const quorums = new Set<number>()
  const watching = setInterval(() => {
    least = Math.min(least, size())
    const { state, operators } = owner.node.api.status()
    if (state === 'READY') quorums.add(operators)
  }, 1)
  for (const other of others) other.node = await runNode(other.home)
  await eventually(() => owner.node.api.status().state === 'READY' && size() > before.size, 60_000)
  clearInterval(watching)
  expect(least).toBe(part)
  // Not even its own record of who counts was left: all count whom it knows.
  expect([...quorums]).toEqual([2])
  await eventually(() => owner.node.api.status().publishedSize === size(), 60_000)
  expect(await readHead(head)).toMatchObject({ size: size(), state: 'published' })
  await eventually(() => others.every((node) => ownLog(node)?.root === ownLog(owner)?.root), 60_000)
  for (const { node } of network.nodes)
    expect(node.api.status().logs.every(({ fork }) => fork === undefined)).toBe(true)
  // Also when it was witnessed: receipts are of the checkpoints that they were of before.
  const latest = (note: Uint8Array): number =>
    Math.max(
      ...parseNote(note)
        .signatures.filter(({ name }) => name !== owner.origin)
        .map(cosignatureTimestamp),
    )
  const isSame = (id: CidText, i: number): boolean => {
    const [now, then] = [owner.node.api.readReceipt(id), receipts[i]]
    return (
      now !== undefined && then !== undefined && equalBytes(now.receipt, then.receipt) && latest(now.note) <= lostAt
    )
  }
  await eventually(() => ids.every(isSame))
  const seen: string[] = []
  for await (const { id } of owner.node.api.listStatements({ origin: owner.origin, kind: 5, limit: 10_000 }))
    seen.push(id)
  expect(seen.length).toBe(titles.length + 1)
  expect(new Set(seen).size).toBe(seen.length)
  // The history from before is the beginning of the one that goes on.
  const [statement] = await submitLogged(owner, [titles[0] ?? ''])
  expect(owner.node.api.readStatement(statement?.[0] ?? ('' as never))?.index).toBeLessThan(before.size)
}, 120_000)
