import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { Clock } from '../../src/node/clock.ts'
import { describeError } from '../../src/cli/error-output.ts'
import { runNode } from '../../src/node/run.ts'
import { datasetStatement, eventually, startTestNetwork, type TestNetwork } from '../support/node-network.ts'

const HURRY = 15
/** Time in which the 90 s that a copy waits pass in six. */
const hurriedClock: Clock = {
  nowSeconds: () => Math.floor((performance.timeOrigin + performance.now() * HURRY) / 1000),
  monotonicMs: () => performance.now() * HURRY,
}

let network: TestNetwork | undefined
afterEach(() => network?.stop())

it('ends a copied folder that is started beside the original, and history stays one', async () => {
  network = await startTestNetwork(['owner', 'second', 'third'])
  const [owner] = network.nodes
  if (owner === undefined) throw new Error('no node')
  const submit = async (title: string): Promise<string> =>
    (await owner.node.api.submit(datasetStatement(owner, title), { wait: 'witnessed', timeoutMs: 15_000 })).state
  expect(await submit('before')).toBe('witnessed')

  const home = join(network.folder, 'copy')
  await cp(owner.home, home, { recursive: true })
  await rm(join(home, 'lock'))
  const config = await readFile(join(home, 'node.yaml'), 'utf8')
  await writeFile(join(home, 'node.yaml'), config.replace(/tcp\/\d+/, 'tcp/0'))
  const told: string[] = []
  const copy = await runNode(home, { clock: hurriedClock, onProgress: (text) => told.push(text) })
  await eventually(() => told.some((text) => text.startsWith('another copy of this log is running')))
  await eventually(() => copy.api.status().reason?.startsWith('another copy of this log holds its claims') === true)
  const end = await copy.stopped
  expect(describeError(end.error)).toMatchObject({ code: 'ANOTHER_COPY', exit: 7 })
  expect(copy.api.status().publishedSize).toBe(5)
  await copy.stop()

  expect(await submit('after')).toBe('witnessed')
  for (const { node } of network.nodes) {
    expect(node.api.status().logs.filter(({ fork }) => fork !== undefined)).toEqual([])
  }
})
