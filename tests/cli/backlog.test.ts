/** A node whose witness is away keeps as many statements as node.yaml allows, and turns further ones away. */
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startCliNode } from '../support/cli-node.ts'
import { type CliNetwork, startCliNetwork } from '../support/cli-network.ts'
import { errorOf, type Finished, resultOf, tally, textField } from '../support/cli-run.ts'
import { until } from '../support/node-process.ts'

const BACKLOG = 2

let network: CliNetwork
const home = (i: number): string => network.nodes[i]?.home ?? ''
const notice = (subject: string, wait: string, ...more: string[]): Promise<Finished> =>
  tally(home(0), ['notice', 'send', '--subject', subject, '--wait', wait, '--json', '--yes', ...more])
const status = async (): Promise<Record<string, unknown>> => resultOf(await tally(home(0), ['status', '--json']))

beforeAll(async () => {
  network = await startCliNetwork(['Coast', 'Library'])
  await until('the witness counts', async () => (await status())['operators'] === 1)
}, 60_000)
afterAll(() => network.stop())

it('what waits for a witness has a bound, and gets its receipt when the witness is back', async () => {
  await Promise.all(network.nodes.map((node) => node.stop()))
  await appendFile(join(home(0), 'node.yaml'), `backlog: ${BACKLOG}\n`)
  const coast = await startCliNode(home(0), [])
  try {
    const waiting: string[] = []
    for (let i = 0; i < BACKLOG; i++) {
      const logged = await notice(`notice ${i}`, 'logged')
      expect(resultOf(logged)).toMatchObject({ state: 'logged' })
      waiting.push(textField(resultOf(logged), 'id'))
    }
    const refused = await notice('one too many', 'logged')
    expect(refused).toMatchObject({ exit: 9, out: '' })
    expect(errorOf(refused)).toMatchObject({ code: 'BACKLOG', exit: 9 })
    // It is told the same over the network.
    expect(errorOf(await notice('one too many', 'logged', '--node', coast.address))).toMatchObject({
      code: 'BACKLOG',
      exit: 9,
      hint: expect.stringContaining('when the witnesses of the node are back') as string,
    })
    expect(await status()).toMatchObject({ state: 'WAITING', queued: BACKLOG })
    expect((await tally(home(0), ['log', 'proof', waiting[0] ?? ''])).exit).toBe(10)

    const library = await startCliNode(home(1), [])
    try {
      await until('all have their receipts', async () => {
        const proofs = await Promise.all(waiting.map((id) => tally(home(0), ['log', 'proof', id])))
        return proofs.every(({ exit }) => exit === 0)
      })
      await until('the next is taken', async () => (await notice('after', 'witnessed')).exit === 0)
      expect(await status()).toMatchObject({ state: 'READY', queued: 0 })
    } finally {
      await library.stop()
    }
  } finally {
    await coast.stop()
  }
}, 90_000)
