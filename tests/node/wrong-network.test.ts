/** Two networks, each of two operators that witness each other, and a node of one that turns to the other. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { homePaths } from '../../src/node/home.ts'
import { runNode } from '../../src/node/run.ts'
import { codeOfAsync } from '../support/error-code.ts'
import {
  datasetStatement,
  eventually,
  isProtected,
  startTestNetwork,
  type TestNetwork,
  type TestNode,
} from '../support/node-network.ts'

let networks: readonly [TestNetwork, TestNetwork]
beforeAll(async () => {
  networks = await Promise.all([startTestNetwork(['alpha', 'beta']), startTestNetwork(['gamma', 'delta'])])
})
afterAll(async () => {
  for (const network of networks) await network.stop()
})

/** All that a start reads of a node's network: its id, and whom it knows. */
async function membershipOf({ home, node }: TestNode): Promise<unknown> {
  const paths = homePaths(home)
  const cards = await Promise.all(
    (await readdir(paths.peers)).toSorted().map((name) => readFile(join(paths.peers, name), 'utf8')),
  )
  const { state, operators, quorum, logs } = node.api.status()
  return {
    id: await readFile(paths.network, 'utf8'),
    cards,
    state,
    operators,
    quorum,
    logs: logs.map(({ origin }) => origin),
  }
}

/** It starts again from its home, and its log goes on with the witness it had. */
async function expectUsable(one: TestNode): Promise<void> {
  await one.node.stop()
  one.node = await runNode(one.home)
  await eventually(() => isProtected(one.node, 1))
  const result = await one.node.api.submit(datasetStatement(one, 'after'), { wait: 'witnessed', timeoutMs: 20_000 })
  expect(result.state).toBe('witnessed')
}

it('the invitation of another network is refused with CONFLICT, and changes nothing on either side', async () => {
  const [alpha] = networks[0].nodes as [TestNode]
  const [gamma] = networks[1].nodes as [TestNode]
  const before = [await membershipOf(alpha), await membershipOf(gamma)]
  expect(await codeOfAsync(() => gamma.node.api.join(alpha.node.api.invitation()))).toBe('CONFLICT')
  // A card is no invitation, and half an invitation is none.
  for (const text of [alpha.node.api.card(), alpha.node.api.invitation().slice(0, -9)])
    expect(await codeOfAsync(() => gamma.node.api.join(text))).toBe('CARD_MALFORMED')
  expect([await membershipOf(alpha), await membershipOf(gamma)]).toEqual(before)
  await expectUsable(gamma)
})

it('a node of another network that dials is denied with PEER_REFUSED, and nothing changes where it dials', async () => {
  const [alpha] = networks[0].nodes as [TestNode]
  const [gamma] = networks[1].nodes as [TestNode]
  const before = [await membershipOf(alpha), await membershipOf(gamma)]
  await gamma.node.api.addPeer(alpha.node.api.card())
  const seen = (): { isConnected: boolean; isCounted: boolean; lastError?: string } | undefined =>
    gamma.node.api.status().peers.find(({ origin }) => origin === alpha.origin)
  await eventually(() => seen()?.lastError?.startsWith('PEER_REFUSED') === true)
  expect(seen()).toMatchObject({ isConnected: true, isCounted: false, holdsClaim: false })
  expect(await membershipOf(alpha)).toEqual(before[0])
  // Its own log goes on meanwhile, with the quorum it had.
  const result = await gamma.node.api.submit(datasetStatement(gamma, 'meanwhile'), {
    wait: 'witnessed',
    timeoutMs: 20_000,
  })
  expect(result.state).toBe('witnessed')
  await gamma.node.api.removePeer(alpha.origin)
  expect(await membershipOf(gamma)).toEqual(before[1])
  await expectUsable(gamma)
  expect(await membershipOf(alpha)).toEqual(before[0])
})
