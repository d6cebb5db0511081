import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { CidText } from '../../src/encoding/cid.ts'
import { runNode } from '../../src/node/run.ts'
import {
  datasetStatement,
  eventually,
  isProtected,
  startTestNetwork,
  type TestNetwork,
  type TestNode,
} from '../support/node-network.ts'

let network: TestNetwork | undefined
afterEach(async () => {
  await network?.stop()
  network = undefined
})

async function submit(node: TestNode, title: string): Promise<{ id: CidText; index: number; receipt: Uint8Array }> {
  const result = await node.node.api.submit(datasetStatement(node, title), { wait: 'witnessed', timeoutMs: 15_000 })
  if (result.state !== 'witnessed') throw new Error(`no receipt: ${JSON.stringify(result)}`)
  return result
}

function rootsOf(nodes: readonly TestNode[], origin: string): Set<string> {
  return new Set(nodes.map(({ node }) => node.api.status().logs.find((log) => log.origin === origin)?.root ?? ''))
}

describe('a node started from an older copy of its folder', () => {
  it('recovers its tail from its peers by itself and goes on with one history', async () => {
    network = await startTestNetwork(['owner', 'second', 'third'])
    const [owner] = network.nodes
    if (owner === undefined) throw new Error('no node')
    const copy = join(network.folder, 'copy')
    const early = await submit(owner, 'before the copy')
    await owner.node.stop()
    await cp(owner.home, copy, { recursive: true })
    owner.node = await runNode(owner.home)
    await eventually(() => isProtected(owner.node, 2))
    const late = []
    for (let i = 0; i < 5; i++) late.push(await submit(owner, `after the copy ${i}`))
    const { root } = owner.node.api.status().logs.find(({ isOwn }) => isOwn) ?? { root: '' }
    await owner.node.stop()

    await rm(owner.home, { recursive: true })
    await cp(copy, owner.home, { recursive: true })
    const states: string[] = []
    owner.node = await runNode(owner.home, { onProgress: (line) => states.push(line.split(':')[0] ?? '') })
    await eventually(
      () => isProtected(owner.node, 2) && owner.node.api.status().publishedSize === owner.node.api.status().size,
    )
    expect(states).toContain('RECOVERING')
    expect(owner.node.api.status().logs.find(({ isOwn }) => isOwn)?.root).toBe(root)
    for (const { id, index, receipt } of [early, ...late]) {
      expect(owner.node.api.readStatement(id)?.index).toBe(index)
      const again = owner.node.api.readReceipt(id)
      expect(again?.index).toBe(index)
      expect(again?.receipt.length).toBeGreaterThan(0)
      expect(receipt.length).toBeGreaterThan(0)
    }
    await submit(owner, 'after healing')
    const { nodes } = network
    await eventually(() => rootsOf(nodes, owner.origin).size === 1)
    for (const { node } of nodes) expect(node.api.status().logs.every(({ fork }) => fork === undefined)).toBe(true)
  })

  it('keeps statements waiting without a receipt while an operator is away, and all get one when it returns', async () => {
    network = await startTestNetwork(['owner', 'second', 'third'])
    const [owner, second] = network.nodes
    if (owner === undefined || second === undefined) throw new Error('no node')
    await second.node.stop()
    await eventually(() => owner.node.api.status().state === 'WAITING')
    const ids: CidText[] = []
    // More than one proposal holds: what waits is published batch by batch.
    const results = await Promise.all(
      Array.from({ length: 600 }, (_, i) =>
        owner.node.api.submit(datasetStatement(owner, `while away ${i}`), { wait: 'logged', timeoutMs: 1000 }),
      ),
    )
    for (const result of results) {
      expect(result.state).toBe('logged')
      if (result.state === 'logged') ids.push(result.id)
    }
    expect(ids.every((id) => owner.node.api.readReceipt(id) === undefined)).toBe(true)
    second.node = await runNode(second.home)
    await eventually(() => ids.every((id) => owner.node.api.readReceipt(id) !== undefined))
  })

  it('comes back when all nodes restart at once', async () => {
    network = await startTestNetwork(['owner', 'second', 'third'])
    const { nodes } = network
    for (const node of nodes) await submit(node, `of ${node.name}`)
    await Promise.all(nodes.map(({ node }) => node.stop()))
    await Promise.all(nodes.map(async (one) => (one.node = await runNode(one.home))))
    await eventually(() => nodes.every(({ node }) => isProtected(node, 2)))
    for (const node of nodes) await submit(node, `again of ${node.name}`)
    await eventually(() => nodes.every(({ origin }) => rootsOf(nodes, origin).size === 1))
    expect(nodes.map(({ node }) => node.api.status().publishedSize)).toEqual([7, 7, 7])
  })
})
