/** A home of a test network, run as the process that its operator runs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type ControlClient, controlClient } from '../../src/cli/control-client.ts'
import type { RunningNode } from '../../src/node/run.ts'
import { isProtected, type TestHome } from './node-network.ts'

const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url))

/** For a process whose file operations are counted: with one thread for all of them, their order is the program's. */
export const ONE_THREAD: Readonly<Record<string, string>> = { UV_THREADPOOL_SIZE: '1' }

export interface NodeProcess extends TestHome {
  readonly control: ControlClient
  readonly env: Readonly<Record<string, string>>
  child: ChildProcess
}

/** @param env added to this process's own environment, also when it is started again */
export function startProcess(home: TestHome, env: Readonly<Record<string, string>> = {}): NodeProcess {
  return { ...home, control: controlClient(home.home, 20_000), env, child: spawnNode(home.home, env) }
}

/** Starts again what was killed. */
export function restartProcess(node: NodeProcess): void {
  node.child = spawnNode(node.home, node.env)
}

function spawnNode(home: string, env: Readonly<Record<string, string>>): ChildProcess {
  const options = { stdio: 'ignore' as const, env: { ...process.env, ...env } }
  return spawn(process.execPath, [TALLY, 'up', '--home', home, '--quiet'], options)
}

/** Waits for the end; false when it goes on living. */
export async function ended({ child }: NodeProcess, timeoutMs: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), timeoutMs)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

/** Asks until it is so; an answer that fails is no. */
export async function until(what: string, isSo: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Lets a process and nodes of this one know each other, until each counts all others. */
export async function introduce(control: ControlClient, peers: readonly RunningNode[]): Promise<void> {
  await until('it answers', async () => (await control.status()).size > 0)
  const cards = [await control.readText('card'), ...peers.map(({ api }) => api.card())]
  for (const card of cards.slice(1)) await control.addPeer(card)
  for (const [i, { api }] of peers.entries())
    for (const [k, card] of cards.entries()) if (k !== i + 1) await api.addPeer(card)
  await until('all count each other', async () => {
    const { state, operators } = await control.status()
    const isReady = state === 'READY' && operators === peers.length
    return isReady && peers.every((peer) => isProtected(peer, peers.length))
  })
}
