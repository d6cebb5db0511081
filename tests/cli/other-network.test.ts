/** Two operators who added each other's cards, while each node belongs to a network of its own; then one joins the other. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningCli, startCliNode } from '../support/cli-node.ts'
import { errorOf, resultOf, tally, temporaryFolder, textField } from '../support/cli-run.ts'
import { freePort } from '../support/node-network.ts'
import { until } from '../support/node-process.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let nodes: [RunningCli, RunningCli]
const NAMES = ['Coast', 'Hill'] as const
const ORIGINS = ['coast.example/log', 'hill.example/log'] as const

beforeAll(async () => {
  folder = await temporaryFolder()
  nodes = (await Promise.all(
    NAMES.map(async (name, i) => {
      // A port that stays, so that they find each other again after a new start.
      const listen = `/ip4/127.0.0.1/tcp/${await freePort()}`
      const args = ['--name', name, '--origin', ORIGINS[i] ?? '', '--admission', 'open', '--listen', listen]
      return startCliNode(join(folder.path, name.toLowerCase()), args)
    }),
  )) as [RunningCli, RunningCli]
}, 60_000)
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()))
  await folder.remove()
})

interface Status {
  state: string
  operators: number
  claims: number
  networkId: string
  logs: { isOwn: boolean; size: number }[]
  peers: { isConnected: boolean; isCounted: boolean; holdsClaim: boolean; otherNetwork?: string; lastError?: string }[]
}

const statusOf = async ({ home }: RunningCli): Promise<Status> =>
  resultOf(await tally(home, ['status', '--json'])) as unknown as Status
const ran = async ({ home }: RunningCli, ...args: string[]): Promise<Record<string, unknown>> => {
  const finished = await tally(home, [...args, '--json', '--yes'])
  expect(finished, finished.err).toMatchObject({ exit: 0 })
  return resultOf(finished)
}
const cardOf = async (node: RunningCli): Promise<string> => textField(await ran(node, 'peer', 'card'), 'card')

async function areApart(): Promise<void> {
  for (const [i, node] of nodes.entries()) {
    await until('it knows', async () => (await statusOf(node)).peers[0]?.otherNetwork !== undefined)
    const status = await statusOf(node)
    expect(status).toMatchObject({ state: 'READY', operators: 0, claims: 0 })
    expect(status.peers).toMatchObject([{ isConnected: true, isCounted: false, holdsClaim: false }])
    expect(status.peers[0]?.lastError).toMatch(/^OTHER_NETWORK: /u)
    expect(status.peers[0]?.otherNetwork).toBe((await statusOf(nodes[1 - i] as RunningCli)).networkId)
    expect(status.logs.find(({ isOwn }) => !isOwn)?.size).toBe(0)
    const other = NAMES[1 - i]
    const { out } = await tally(node.home, ['status'])
    expect(out).toMatch(
      new RegExp(`\nOTHER NETWORK: the node of ${other} .*\\[OTHER_NETWORK\\]\n {2}Next: .*tally join`, 'u'),
    )
    const doctor = await tally(node.home, ['doctor'])
    expect(doctor.exit).toBe(1)
    expect(doctor.out).toContain(`problem  OTHER NETWORK: the node of ${other}`)
  }
}

it('a card without an address is taken, and it is said that nobody can be reached by it', async () => {
  const [coast, hill] = nodes
  const added = await tally(coast.home, ['peer', 'add', join(hill.home, 'card.txt')])
  expect(added).toMatchObject({ exit: 0, out: expect.stringContaining('\nno address is known for it') as string })
  expect((await tally(coast.home, ['peer', 'list'])).out).toContain('no address is known for it: add the card again')
  await ran(coast, 'peer', 'remove', ORIGINS[1])
})

it('both are told, and take nothing from each other, also after a new start', async () => {
  const [coast, hill] = nodes
  await ran(coast, 'peer', 'add', await cardOf(hill))
  await ran(hill, 'peer', 'add', await cardOf(coast))
  await areApart()
  for (const node of nodes)
    expect(await ran(node, 'notice', 'send', '--subject', 'alone', '--wait', 'witnessed')).toBeDefined()
  await coast.stop()
  nodes[0] = await startCliNode(coast.home, [])
  await areApart()
}, 60_000)

it('what is to be done is what the message says: one joins, and each witnesses the other at once', async () => {
  const [coast, hill] = nodes
  const invitation = textField(await ran(coast, 'peer', 'invite'), 'invitation')
  await ran(hill, 'join', invitation)
  await until('each counts the other', async () => {
    const statuses = await Promise.all(nodes.map(statusOf))
    return statuses.every(
      ({ state, operators, logs }) =>
        state === 'READY' && operators === 1 && logs.every(({ isOwn, size }) => isOwn || size > 2),
    )
  })
  for (const node of nodes) {
    const [peer] = (await statusOf(node)).peers
    expect(peer).toMatchObject({ isConnected: true, isCounted: true, holdsClaim: true })
    expect(peer?.otherNetwork).toBeUndefined()
    expect((await tally(node.home, ['status'])).out).not.toContain('OTHER NETWORK')
    await ran(node, 'notice', 'send', '--subject', 'together', '--wait', 'witnessed')
  }
}, 60_000)

it('a peer that witnesses the log is let go only by who says so, and told what remains', async () => {
  const [coast] = nodes
  const [, origin] = ORIGINS
  const refused = await tally(coast.home, ['peer', 'remove', origin, '--json'])
  expect(errorOf(refused)).toMatchObject({ code: 'USAGE', exit: 2 })
  expect(refused.err).toContain('nobody witnesses it then')
  expect((await statusOf(coast)).peers).toMatchObject([{ isCounted: true }])
  await ran(coast, 'peer', 'remove', origin)
  expect(await statusOf(coast)).toMatchObject({ operators: 0, peers: [] })
}, 60_000)
