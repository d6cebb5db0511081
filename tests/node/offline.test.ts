/**
 * One of four operators is away while the others log. TALLYSTICK_OFFLINE_STATEMENTS says how many statements.
 */
import { afterEach, expect, it } from 'vitest'
import type { CidText } from '../../src/encoding/cid.ts'
import { runNode } from '../../src/node/run.ts'
import { expectAgreement, expectReceipts } from '../support/node-agreement.ts'
import {
  datasetStatement,
  eventually,
  isProtected,
  logKeyOf,
  startTestNetwork,
  submitLogged,
  type TestNetwork,
  type TestNode,
} from '../support/node-network.ts'

const STATEMENTS = Number(process.env['TALLYSTICK_OFFLINE_STATEMENTS'] ?? 1000)

let network: TestNetwork | undefined
afterEach(() => network?.stop())

it(
  `a node that was away for ${STATEMENTS} statements catches up and takes part again`,
  async () => {
    network = await startTestNetwork(['one', 'two', 'three', 'away'])
    const { nodes } = network
    const away = nodes[3] as TestNode
    const others = nodes.slice(0, 3)
    await away.node.stop()
    const logged = new Map<TestNode, Map<CidText, Uint8Array>>()
    for (const [i, node] of others.entries()) {
      const count = Math.floor((STATEMENTS + i) / others.length)
      const titles = Array.from({ length: count }, (_, k) => `${node.name} ${k}`)
      logged.set(node, await submitLogged(node, titles))
    }
    expect([...logged.values()].reduce((sum, { size }) => sum + size, 0)).toBe(STATEMENTS)
    // Three of four suffice: the others have their receipts before it is back.
    await eventually(() => others.every(({ node }) => isPublished(node.api.status())), 120_000)

    away.node = await runNode(away.home)
    await expectAgreement(
      nodes.map(({ node }) => node.api),
      'after the return',
      120_000,
    )
    for (const [node, statements] of logged)
      await expectReceipts(node.node.api, statements, await logKeyOf(node), node.name)
    await eventually(() => isProtected(away.node, 3))
    const result = await away.node.api.submit(datasetStatement(away, 'back'), { wait: 'witnessed', timeoutMs: 20_000 })
    expect(result.state).toBe('witnessed')
  },
  60_000 + STATEMENTS * 20,
)

function isPublished({
  size,
  publishedSize,
  queued,
}: {
  size: number
  publishedSize: number
  queued: number
}): boolean {
  return queued === 0 && size === publishedSize
}
