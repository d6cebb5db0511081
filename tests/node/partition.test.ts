/**
 * Four nodes that reach each other only through links that fail: they are parted in every way, silently or not, while
 * connections break amid messages, and all of them go on logging. TALLYSTICK_PARTITION_SEEDS says how many stories are
 * played, TALLYSTICK_PARTITION_FIRST_SEED which one is the first, TALLYSTICK_PARTITION_CUTS how many partitions each has: a
 * failure names its seed.
 */
import { afterEach, expect, it } from 'vitest'
import type { CidText } from '../../src/encoding/cid.ts'
import { toHex } from '../../src/encoding/bytes.ts'
import type { StatementReceipt } from '../../src/node/api.ts'
import { expectAgreement, expectReceipts } from '../support/node-agreement.ts'
import {
  datasetStatement,
  eventually,
  logKeyOf,
  startTestNetwork,
  submitLogged,
  type TestNode,
} from '../support/node-network.ts'
import { seeded } from '../support/seeded.ts'
import { FaultyLink } from '../support/tcp-proxy.ts'

const FIRST_SEED = Number(process.env['TALLYSTICK_PARTITION_FIRST_SEED'] ?? 8)
const SEEDS = Number(process.env['TALLYSTICK_PARTITION_SEEDS'] ?? 1)
/** Of the eight there are: four kinds, and one or two nodes parted. More in one story only wait for nodes that dial rarely. */
const CUTS = Number(process.env['TALLYSTICK_PARTITION_CUTS'] ?? 2)
/** Nodes that failed to reach each other dial more and more rarely. */
const HEALED_WITHIN_MS = 180_000

/** What a side may be to the other: nothing answers, or bytes stand still both ways, or one way only. */
const KINDS = ['refused', 'silent', 'deaf', 'mute'] as const

interface Cut {
  kind: (typeof KINDS)[number]
  /** The smaller side: one node, or two of the four. */
  parted: readonly TestNode[]
}

/** What each node took in. */
type Logged = Map<TestNode, Map<CidText, Uint8Array>>

interface Link {
  from: TestNode
  to: TestNode
  link: FaultyLink
}

let stop: () => Promise<void> = async () => undefined
afterEach(() => stop())

it.each(Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i))(
  'parted and healed in story %d, with connections that break, all nodes end with one history and every receipt',
  async (seed) => {
    const random = seeded(seed)
    const { nodes, links } = await startLinkedNetwork()
    const logged: Logged = new Map(nodes.map((node) => [node, new Map()]))
    const receipts = new Map<CidText, string>()
    for (const [round, cut] of drawCuts(nodes, random).entries()) {
      const what = `seed ${seed}, cut ${round}: ${cut.kind} ${cut.parted.map(({ name }) => name).join(' and ')}`
      for (const { link } of links) link.lose(lives(random))
      const early = nodes.map((node) => log(logged, node, titles(`${round} before`)))
      part(links, cut)
      await Promise.all(early)
      const waiting = new Map<TestNode, readonly CidText[]>()
      for (const node of nodes) {
        const ids = await log(logged, node, titles(`${round} parted`))
        if (cut.parted.length > 1 || cut.parted.includes(node)) waiting.set(node, ids)
      }
      for (const node of nodes) if (!waiting.has(node)) await allReceipts(node, logged, what)
      // Long enough for a receipt that must not come: with a quorum it takes a tenth of that.
      await Promise.all([...waiting.keys()].map((node) => expectNoReceipt(node, logged, `${round} asked`, what)))
      for (const [{ name, node }, ids] of waiting)
        for (const id of ids)
          expect(node.api.readReceipt(id), `${name} got a receipt without a quorum (${what})`).toBeUndefined()
      for (const { link } of links) {
        link.lose(() => Infinity)
        link.heal()
      }
      for (const node of nodes) await allReceipts(node, logged, what)
      for (const [id, receipt] of receiptsOf(logged)) {
        expect(receipts.get(id) ?? receipt, `a receipt changed (${what})`).toBe(receipt)
        receipts.set(id, receipt)
      }
    }
    const apis = nodes.map(({ node }) => node.api)
    await expectAgreement(apis, `seed ${seed}`, HEALED_WITHIN_MS)
    for (const [node, statements] of logged)
      await expectReceipts(node.node.api, statements, await logKeyOf(node), `seed ${seed}`)
  },
  600_000,
)

it('an operator that falls silent holds up no receipt that the others suffice for', async () => {
  const { nodes, links } = await startLinkedNetwork()
  const [one, , , silent] = nodes as [TestNode, TestNode, TestNode, TestNode]
  part(links, { kind: 'silent', parted: [silent] })
  const statement = datasetStatement(one, 'while one is silent')
  const result = await one.node.api.submit(statement, { wait: 'witnessed', timeoutMs: 60_000 })
  expect(result.state).toBe('witnessed')
  // No call to it had to fail first.
  const peer = one.node.api.status().peers.find(({ origin }) => origin === silent.origin)
  expect(peer).toMatchObject({ isConnected: true, holdsClaim: true })
  expect(peer?.lastError).toBeUndefined()
})

async function startLinkedNetwork(): Promise<{ nodes: readonly TestNode[]; links: readonly Link[] }> {
  const links: Link[] = []
  const network = await startTestNetwork(['one', 'two', 'three', 'four'], undefined, async (from, to) => {
    const link = await FaultyLink.to(portOf(to))
    links.push({ from, to, link })
    return `${to.node.api.card().split(' ')[0]} ${link.address}`
  })
  stop = async () => {
    for (const { link } of links) link.heal()
    await network.stop()
    await Promise.all(links.map(({ link }) => link.stop()))
  }
  return { nodes: network.nodes, links }
}

function drawCuts(nodes: readonly TestNode[], random: () => number): Cut[] {
  const shuffled = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => ({ item, rank: random() }))
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ item }) => item)
  const cuts = KINDS.flatMap((kind) => [1, 2].map((count) => ({ kind, parted: shuffled(nodes).slice(0, count) })))
  return shuffled(cuts).slice(0, CUTS)
}

/** Cuts every link between the parted and the others. */
function part(links: readonly Link[], { kind, parted }: Cut): void {
  for (const { from, to, link } of links) {
    if (parted.includes(from) === parted.includes(to)) continue
    if (kind === 'refused') link.refuse()
    // Deaf: the parted hear nothing; mute: nothing they say is heard.
    const towards = parted.includes(to) ? 'there' : 'back'
    const away = parted.includes(to) ? 'back' : 'there'
    if (kind === 'silent' || kind === 'deaf') link.hold(towards)
    if (kind === 'silent' || kind === 'mute') link.hold(away)
  }
}

/** Lives of the connections of one link: on every third link one ends, somewhere in its handshake or later. */
function lives(random: () => number): () => number {
  let left = random() % 3 === 0 ? 1 : 0
  return () => (left-- > 0 ? 200 + (random() % 40_000) : Infinity)
}

function titles(what: string): string[] {
  return Array.from({ length: 20 }, (_, i) => `${what} ${i}`)
}

/** Logs, and keeps what was logged for the end. */
async function log(logged: Logged, node: TestNode, names: readonly string[]): Promise<CidText[]> {
  const statements = await submitLogged(node, names)
  for (const [id, bytes] of statements) logged.get(node)?.set(id, bytes)
  return [...statements.keys()]
}

async function expectNoReceipt(node: TestNode, logged: Logged, title: string, what: string): Promise<void> {
  const statement = datasetStatement(node, title)
  const result = await node.node.api.submit(statement, { wait: 'witnessed', timeoutMs: 500 })
  expect(result.state, `${node.name} without a quorum (${what})`).toBe('logged')
  if (result.state === 'logged') logged.get(node)?.set(result.id, statement)
}

async function allReceipts(node: TestNode, logged: Logged, what: string): Promise<void> {
  const ids = [...(logged.get(node)?.keys() ?? [])]
  const isDone = (): boolean => ids.every((id) => node.node.api.readReceipt(id) !== undefined)
  await eventually(isDone, HEALED_WITHIN_MS).catch(() => {
    const { state, reason, peers } = node.node.api.status()
    throw new Error(`${node.name} has not all receipts (${what}): ${JSON.stringify({ state, reason, peers })}`)
  })
}

function receiptsOf(logged: Logged): [CidText, string][] {
  return [...logged].flatMap(([{ node }, statements]) =>
    [...statements.keys()].map((id): [CidText, string] => [id, receiptText(node.api.readReceipt(id))]),
  )
}

function receiptText(receipt: StatementReceipt | undefined): string {
  return toHex(receipt?.receipt ?? new Uint8Array(0))
}

function portOf({ node }: TestNode): number {
  return Number(/\/tcp\/(\d+)/u.exec(node.api.status().addresses[0] ?? '')?.[1])
}
