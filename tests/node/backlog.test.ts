/** Statements that wait for witnesses: no more of them than node.yaml allows, however they arrive. */
import { appendFile } from 'node:fs/promises'
import { afterEach, expect, it } from 'vitest'
import { homePaths } from '../../src/node/home.ts'
import { runNode } from '../../src/node/run.ts'
import {
  datasetStatement,
  eventually,
  startTestNetwork,
  type TestNetwork,
  type TestNode,
} from '../support/node-network.ts'

const BACKLOG = 3

let network: TestNetwork | undefined
afterEach(async () => network?.stop())

it('of many statements that arrive in one moment, as many are taken as may wait', async () => {
  network = await startTestNetwork(['coast', 'library'], async ([coast]) =>
    appendFile(homePaths(coast?.home ?? '').config, `backlog: ${BACKLOG}\n`),
  )
  const [coast, library] = network.nodes as [TestNode, TestNode]
  await Promise.all([coast.node.stop(), library.node.stop()])
  // Alone it has no claim, so that nothing gets into the tree.
  coast.node = await runNode(coast.home)
  const statements = Array.from({ length: 4 * BACKLOG }, (_, i) => datasetStatement(coast, `at once ${i}`))
  const answers = await Promise.all(
    statements.map((statement) => coast.node.api.submit(statement, { wait: 'logged', timeoutMs: 10_000 })),
  )
  const taken = answers.flatMap((answer) => (answer.state === 'logged' ? [answer.id] : []))
  const refused = answers.flatMap((answer) => (answer.state === 'refused' ? [answer.code] : []))
  expect(taken).toHaveLength(BACKLOG)
  expect(refused).toEqual(Array.from({ length: 3 * BACKLOG }, () => 'BACKLOG'))
  expect(coast.node.api.status().queued).toBe(BACKLOG)

  // What waits already is no new statement.
  const again = await coast.node.api.submit(statements[0] as Uint8Array, { wait: 'logged', timeoutMs: 10_000 })
  expect(again).toMatchObject({ state: 'logged', id: taken[0] })

  library.node = await runNode(library.home)
  await eventually(() => taken.every((id) => coast.node.api.readReceipt(id) !== undefined))
  await eventually(() => coast.node.api.status().publishedSize === coast.node.api.status().size)
  const after = await coast.node.api.submit(datasetStatement(coast, 'after'), { wait: 'witnessed', timeoutMs: 20_000 })
  expect(after.state).toBe('witnessed')
})
