/** Real nodes for tests: homes in a temporary folder, real sockets on loopback, in one process. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { CidText } from '../../src/encoding/cid.ts'
import { createNodeHome } from '../../src/node/home.ts'
import { nativeSigner } from '../../src/node/native-crypto.ts'
import { readNodeKeys } from '../../src/node/node-keys.ts'
import { type RunningNode, runNode } from '../../src/node/run.ts'
import { didKey } from '../../src/signing/key.ts'
import type { Signer } from '../../src/signing/signer.ts'
import { decodeStatement, prepareStatement, signStatement } from '../../src/statement/envelope.ts'

export interface TestNode extends TestHome {
  node: RunningNode
}

export interface TestNetwork {
  folder: string
  nodes: TestNode[]
  stop(): Promise<void>
}

export interface TestHome {
  name: string
  origin: string
  home: string
  party: CidText
  signer: Signer
}

/** Settings under which a test runs on any disk, and writes nothing that it does not need. */
export const ANY_DISK = { leastFreeMb: 0, ballastMb: 0 } as const

/**
 * Homes of one network that do not know each other yet.
 *
 * @param settings further ones, of node.yaml
 */
export async function createTestHomes(
  folder: string,
  names: readonly string[],
  settings: Readonly<Record<string, unknown>> = {},
): Promise<TestHome[]> {
  const networkId = new Uint8Array(randomBytes(16))
  const homes: TestHome[] = []
  for (const name of names) {
    const signer = nativeSigner(new Uint8Array(randomBytes(32)))
    const origin = `${name}.example/tally/1`
    const payload = { v: 1, name, keys: [signer.publicKey], threshold: 1, logs: [origin] } as const
    const prepared = prepareStatement(3, payload, { iss: didKey(signer.publicKey) }, signer.publicKey)
    const partyStatement = signStatement(prepared, signer)
    const home = join(folder, name)
    // A port that stays: nodes that restart at once find each other where they were.
    const listen = [`/ip4/127.0.0.1/tcp/${await freePort()}`]
    const configText = stringify({
      name,
      origin,
      listen,
      admission: { mode: 'open', perIssuerDaily: 1_000_000 },
      heartbeatSeconds: 2,
      antiEntropySeconds: 1,
      ...ANY_DISK,
      ...settings,
    })
    await createNodeHome(home, { configText, name, origin, partySigner: signer, partyStatement, networkId })
    homes.push({ name, origin, home, signer, party: decodeStatement(partyStatement).id })
  }
  return homes
}

/**
 * Nodes that know each other and count each other for the quorum.
 *
 * @param prepare changes the homes before their first start
 * @param cardFor what one node is told of another: its card and where to dial it
 */
export async function startTestNetwork(
  names: readonly string[],
  prepare: (homes: readonly TestHome[]) => Promise<void> = async () => undefined,
  cardFor: (told: TestNode, of: TestNode) => Promise<string> = async (_, { node }) => node.api.card(),
): Promise<TestNetwork> {
  const folder = await mkdtemp(join(tmpdir(), 'tallystick-nodes-'))
  const homes = await createTestHomes(folder, names)
  await prepare(homes)
  const nodes = await Promise.all(
    homes.map(async (home): Promise<TestNode> => ({ ...home, node: await runNode(home.home) })),
  )
  for (const one of nodes)
    for (const other of nodes) if (one !== other) await one.node.api.addPeer(await cardFor(one, other))
  await eventually(() => nodes.every(({ node }) => isProtected(node, nodes.length - 1)))
  return {
    folder,
    nodes,
    stop: async () => {
      await Promise.all(nodes.map(({ node }) => node.stop()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export function isProtected(node: RunningNode, operators: number): boolean {
  const status = node.api.status()
  return status.state === 'READY' && status.operators === operators
}

/** Below the ports that systems hand out by themselves: a node that restarts finds its own taken by nobody meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}

/** A statement of the node's own party. */
export function datasetStatement(of: Pick<TestNode, 'origin' | 'party' | 'signer'>, title: string): Uint8Array {
  const payload = { title, owner: of.party, locales: ['sw'], logs: [of.origin] }
  return signStatement(prepareStatement(5, payload, { iss: of.party }, of.signer.publicKey), of.signer)
}

/** Statements sent at once: as many as one checkpoint covers. */
const GROUP = 250

/** Logs a dataset for each title, without waiting for receipts. */
export async function submitLogged(node: TestNode, titles: readonly string[]): Promise<Map<CidText, Uint8Array>> {
  const logged = new Map<CidText, Uint8Array>()
  for (let start = 0; start < titles.length; start += GROUP) {
    const statements = titles.slice(start, start + GROUP).map((title) => datasetStatement(node, title))
    const results = await Promise.all(
      statements.map((statement) => node.node.api.submit(statement, { wait: 'logged', timeoutMs: 1000 })),
    )
    for (const [i, result] of results.entries()) {
      const statement = statements[i]
      if (result.state === 'refused' || statement === undefined) throw new Error(JSON.stringify(result))
      logged.set(result.id, statement)
    }
  }
  return logged
}

/** What a receipt of the node's log is checked against. */
export async function logKeyOf({ home, origin }: TestHome): Promise<{ origin: string; logPublicKey: Uint8Array }> {
  const { log } = await readNodeKeys(home)
  return { origin, logPublicKey: nativeSigner(log).publicKey }
}

export async function eventually(condition: () => boolean, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not come to be in time')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
