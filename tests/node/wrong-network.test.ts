/** Two networks, each of two operators that witness each other, and a node of one that turns to the other. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ask, serve } from '../../src/network/exchange.ts'
import { startHost } from '../../src/network/host.ts'
import { requestClaim } from '../../src/network/messages/claim.ts'
import { statusExchange } from '../../src/network/messages/status.ts'
import { homePaths } from '../../src/node/home.ts'
import { readNodeKeys } from '../../src/node/node-keys.ts'
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

it('a node of another network that dials is told OTHER_NETWORK, and nothing changes where it dials', async () => {
  const [alpha] = networks[0].nodes as [TestNode]
  const [gamma] = networks[1].nodes as [TestNode]
  const before = [await membershipOf(alpha), await membershipOf(gamma)]
  await gamma.node.api.addPeer(alpha.node.api.card())
  const seen = (): { isConnected: boolean; isCounted: boolean; lastError?: string } | undefined =>
    gamma.node.api.status().peers.find(({ origin }) => origin === alpha.origin)
  await eventually(() => seen()?.lastError?.startsWith('OTHER_NETWORK') === true)
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

it('two that added each other take nothing from each other, however often they ask; a claim is denied all the same', async () => {
  const [alpha] = networks[0].nodes as [TestNode]
  const [gamma] = networks[1].nodes as [TestNode]
  await gamma.node.api.addPeer(alpha.node.api.card())
  await alpha.node.api.addPeer(gamma.node.api.card())
  const of = (one: TestNode, other: TestNode) => {
    const { peers, logs } = one.node.api.status()
    const peer = peers.find(({ origin }) => origin === other.origin)
    return { ...peer, size: logs.find(({ origin }) => origin === other.origin)?.size }
  }
  const pairs = [
    [alpha, gamma],
    [gamma, alpha],
  ] as const
  await eventually(() => pairs.every(([one, other]) => of(one, other).otherNetwork !== undefined))
  for (const [one] of pairs) {
    const result = await one.node.api.submit(datasetStatement(one, 'apart'), { wait: 'witnessed', timeoutMs: 20_000 })
    expect(result.state).toBe('witnessed')
  }
  // Each has asked those connected for news several times meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 4000))
  for (const [one, other] of pairs) {
    expect(of(one, other)).toMatchObject({ isConnected: true, isCounted: false, holdsClaim: false, size: 0 })
    expect(of(one, other).lastError).toMatch(/^OTHER_NETWORK: /u)
  }

  // The other's transport key, in the hands of a program that asks for a claim although it was told.
  await gamma.node.stop()
  const { transport } = await readNodeKeys(gamma.home)
  const host = await startHost({ seed: transport, listen: [], networkId: 'elsewhere' })
  try {
    const [address = ''] = alpha.node.api.status().addresses
    const instance = new Uint8Array(16).fill(1)
    const limits = { maxEntries: 1, maxBytes: 1 }
    const status = { network: 'elsewhere', version: '1', instance, headSeq: 0, limits, now: 1, origin: gamma.origin }
    await serve(host, statusExchange, () => status)
    const connection = await host.connect(address)
    expect((await ask(host, connection, statusExchange, status)).network).toBe(alpha.node.api.status().networkId)
    const claim = { origin: gamma.origin, instance }
    expect(await codeOfAsync(() => requestClaim(host, connection, claim, 5000))).toBe('PEER_REFUSED')
  } finally {
    await host.stop()
  }
  await alpha.node.api.removePeer(gamma.origin)
  gamma.node = await runNode(gamma.home)
  await gamma.node.api.removePeer(alpha.origin)
  await expectUsable(gamma)
}, 60_000)
