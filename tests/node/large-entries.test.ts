/**
 * Catching up over entries so large that pages are cut short by their bytes: what is asked for behind a cut page does not
 * fit, and small entries follow large ones in one log.
 */
import { afterEach, expect, it } from 'vitest'
import { runNode } from '../../src/node/run.ts'
import { prepareStatement, signStatement } from '../../src/statement/envelope.ts'
import { expectAgreement } from '../support/node-agreement.ts'
import { eventually, startTestNetwork, submitLogged, type TestNetwork, type TestNode } from '../support/node-network.ts'

let network: TestNetwork | undefined
afterEach(() => network?.stop())

/** Some 19 kB. */
function largeStatement(of: TestNode, title: string): Uint8Array {
  const labels = Array.from({ length: 32 }, (_, i) => `${title} ${i} ${'x'.repeat(150)}`)
  const externalIds = labels.map((label) => ({ scheme: 'test', value: label.padEnd(400, 'y') }))
  const payload = { title, owner: of.party, locales: ['sw'], logs: [of.origin], labels, externalIds }
  return signStatement(prepareStatement(5, payload, { iss: of.party }, of.signer.publicKey), of.signer)
}

it('a node that was away catches up over pages that are cut short', async () => {
  network = await startTestNetwork(['one', 'two', 'three', 'away'])
  const { nodes } = network
  const [one, , , away] = nodes as [TestNode, TestNode, TestNode, TestNode]
  await away.node.stop()
  await submitLogged(
    one,
    Array.from({ length: 240 }, (_, i) => `small ${i}`),
  )
  const large = Array.from({ length: 110 }, (_, i) => largeStatement(one, `large ${i}`))
  expect(large[0]?.length).toBeGreaterThan(18_000)
  for (const statement of large) {
    const { state } = await one.node.api.submit(statement, { wait: 'logged', timeoutMs: 1000 })
    expect(state).toBe('logged')
  }
  await submitLogged(
    one,
    Array.from({ length: 240 }, (_, i) => `after ${i}`),
  )
  // Three of four suffice: what it missed is published, so it is pulled and not proposed.
  await eventually(() => one.node.api.status().size === one.node.api.status().publishedSize, 60_000)
  away.node = await runNode(away.home)
  await expectAgreement(
    nodes.map(({ node }) => node.api),
    'after the return',
    60_000,
  )
  const held = away.node.api.status().logs.find(({ origin }) => origin === one.origin)
  expect(held?.size).toBeGreaterThan(590)
}, 120_000)
