/** What operators are told of a log that signed two histories: a witness of it, and its own. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startCliNode } from '../support/cli-node.ts'
import { type CliNetwork, startCliNetwork } from '../support/cli-network.ts'
import { resultOf, tally } from '../support/cli-run.ts'
import { until } from '../support/node-process.ts'
import { dialAsLiar } from '../support/second-history.ts'

let network: CliNetwork
let liar: { home: string; origin: string }
/** How large the log was when it signed another history. */
let size: number
const home = (i: number): string => network.nodes[i]?.home ?? ''
const at = (name: string): string => join(network.path, name)

interface Status {
  state: string
  operators: number
  logs: { origin: string; size: number; fork?: { size: number; otherSize: number; detectedAt: number } }[]
}
const statusOf = async (i: number): Promise<Status> =>
  resultOf(await tally(home(i), ['status', '--json'])) as unknown as Status
const liarIn = ({ logs }: Status): Status['logs'][number] | undefined =>
  logs.find(({ origin }) => origin === liar.origin)

beforeAll(async () => {
  network = await startCliNetwork(['Liar', 'Witness'])
  liar = { home: home(0), origin: network.origins[0] ?? '' }
  await until('all count each other', async () => {
    const statuses = await Promise.all([0, 1].map(statusOf))
    return statuses.every(({ state, operators }) => state === 'READY' && operators === 1)
  })
  const sent = await tally(liar.home, ['notice', 'send', '--subject', 'x', '--wait', 'witnessed', '--json', '--yes'])
  if (sent.exit !== 0) throw new Error(sent.err)
  size = liarIn(await statusOf(0))?.size ?? 0
  await until('the witness has it', async () => liarIn(await statusOf(1))?.size === size)
  await network.nodes[0]?.stop()
  const { host, propose } = await dialAsLiar(liar, size, network.nodes[1]?.address ?? '')
  try {
    const { outcome } = await propose()
    if (outcome !== 'refused') throw new Error(outcome)
  } finally {
    await host.stop()
  }
}, 90_000)
afterAll(() => network.stop())

it('the status of the witness names the fork, and exits 8', async () => {
  const { exit, out } = await tally(home(1), ['status'])
  expect(exit).toBe(8)
  expect(out).toContain(`\nFORK of ${liar.origin}: two histories, sizes ${size} and ${size}, found `)
  expect(out).toContain(`to let it go: tally peer remove ${liar.origin}. `)
  expect(out).toContain(`Once it is explained: tally log unfreeze ${liar.origin}\n`)
  const json = await tally(home(1), ['status', '--json'])
  expect(json.exit).toBe(8)
  expect(resultOf(json)).toMatchObject({ schema: 'tallystick/status/1', ok: false, exit: 8 })
  const { logs } = await statusOf(1)
  expect(logs.filter(({ fork }) => fork !== undefined)).toMatchObject([
    { origin: liar.origin, fork: { size, otherSize: size, detectedAt: expect.any(Number) as number } },
  ])
})

it('the log itself, started again, says that it does not sign, and exits 8', async () => {
  const node = await startCliNode(liar.home, [])
  try {
    await until('it knows', async () => (await statusOf(0)).state === 'FORKED')
    const { exit, out } = await tally(liar.home, ['status'])
    expect(exit).toBe(8)
    expect(out).toContain('FORKED, not signing until a person acts')
  } finally {
    await node.stop()
  }
})

it('a backup keeps the proof of the fork', async () => {
  const [proof = ''] = await readdir(join(home(1), 'forks'))
  await writeFile(at('pw'), 'correct horse battery\n', { mode: 0o600 })
  const pass = ['--passphrase-file', at('pw'), '--yes']
  expect((await tally(home(1), ['backup', '-o', at('witness.age'), ...pass])).exit).toBe(0)
  expect((await tally(at('restored'), ['restore', at('witness.age'), ...pass])).exit).toBe(0)
  expect(proof).toMatch(/\.proof$/u)
  expect(await readFile(join(at('restored'), 'forks', proof))).toEqual(await readFile(join(home(1), 'forks', proof)))
})

it('once a person has lifted the freeze, the status is calm again', async () => {
  expect((await tally(home(1), ['log', 'unfreeze', liar.origin, '--yes'])).exit).toBe(0)
  const { exit, out } = await tally(home(1), ['status'])
  expect(exit).toBe(0)
  expect(out).not.toContain('FORK')
})
