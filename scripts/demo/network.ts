/**
 * The demo's network: three organisations' nodes, each its own process with its own home in a temporary folder, on free
 * loopback ports. Every child ends with the demo, whatever happens.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ControlClient, controlClient } from '../../src/cli/control-client.ts'
import { newPartyStatement } from '../../src/cli/new-party.ts'
import type { CidText } from '../../src/encoding/cid.ts'
import { parseNodeConfig } from '../../src/node/config.ts'
import { createNodeHome } from '../../src/node/home.ts'
import { nativeSigner } from '../../src/node/native-crypto.ts'
import type { Signer } from '../../src/signing/signer.ts'

const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url))
const END_WITH_PARENT = new URL('end-with-parent.ts', import.meta.url).href
const CONTROL_TIMEOUT_MS = 30_000
const START_TIMEOUT_MS = 30_000

export interface DemoParty {
  name: string
  id: CidText
  statement: Uint8Array
  signer: Signer
}

export interface DemoNode {
  folder: string
  name: string
  origin: string
  home: string
  party: DemoParty
  control: ControlClient
}

export interface DemoNetwork {
  nodes: DemoNode[]
  /** Resolves when a child ended that should not have, or the network is stopped: nothing waits for it any more. */
  broken: Promise<string>
  stop(): Promise<void>
}

export function newDemoParty(name: string, country: string, type: string, logs: readonly string[]): DemoParty {
  const signer = nativeSigner(new Uint8Array(randomBytes(32)))
  const { statement, id } = newPartyStatement({ title: name, country, type, logs }, signer, undefined)
  return { name, id, statement, signer }
}

/** Runs the command line as a user would, and answers what it printed. */
export async function runTally(args: readonly string[]): Promise<{ exit: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [TALLY, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const exit = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)))
  return { exit, stdout, stderr }
}

/** @param interrupted gives the start up; what was started is ended and removed before this rejects */
export async function startNetwork(
  samples: URL,
  folders: readonly string[],
  say: (line: string) => void,
  interrupted: AbortSignal,
): Promise<DemoNetwork> {
  const base = await mkdtemp(join(tmpdir(), 'tallystick-demo-'))
  const children: ChildProcess[] = []
  const broken = Promise.withResolvers<string>()
  let isStopping = false
  const stop = async (): Promise<void> => {
    isStopping = true
    broken.resolve('the network was stopped')
    await Promise.all(children.map((child) => endChild(child)))
    await rm(base, { recursive: true, force: true })
  }
  interrupted.addEventListener('abort', () => broken.resolve('interrupted'), { once: true })
  try {
    const networkId = new Uint8Array(randomBytes(16))
    const nodes: DemoNode[] = []
    for (const folder of folders) {
      interrupted.throwIfAborted()
      const configText = await readFile(new URL(`${folder}/node.yaml`, samples), 'utf8')
      const { name, origin } = parseNodeConfig(configText)
      const party = newDemoParty(name, 'KE', 'community', [origin])
      const home = join(base, folder)
      await createNodeHome(home, {
        configText,
        name,
        origin,
        partySigner: party.signer,
        partyStatement: party.statement,
        networkId,
      })
      const child = spawn(process.execPath, ['--import', END_WITH_PARENT, TALLY, 'up', '--home', home, '--quiet'], {
        // A group of its own: Ctrl-C at the terminal is for the demo, which then ends its children in order.
        detached: true,
        stdio: ['pipe', 'ignore', 'pipe'],
      })
      let errors = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)))
      child.on('close', (code) => {
        if (!isStopping) broken.resolve(`the node of ${name} ended (exit ${code}): ${errors}`)
      })
      children.push(child)
      nodes.push({ folder, name, origin, home, party, control: controlClient(home, CONTROL_TIMEOUT_MS) })
    }
    for (const node of nodes) {
      const { addresses } = await until(`the node of ${node.name} answers`, () => node.control.status(), broken.promise)
      say(`  ${node.name} is up, process of its own, ${addresses[0] ?? ''}`)
    }
    await introduce(nodes, broken.promise)
    say('  each has added the others as witnesses: every log is protected by 2 of 2')
    return { nodes, broken: broken.promise, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Both sides add each other, then each log counts both others. */
async function introduce(nodes: readonly DemoNode[], broken: Promise<string>): Promise<void> {
  const cards = await Promise.all(nodes.map((node) => node.control.readText('card')))
  for (const node of nodes) {
    for (const [i, card] of cards.entries()) if (nodes[i] !== node) await node.control.addPeer(card)
  }
  for (const node of nodes) {
    await until(
      `both others witness ${node.origin}`,
      async () => {
        const status = await node.control.status()
        if (status.state !== 'READY' || status.operators !== nodes.length - 1)
          throw new Error(`${status.state}, ${status.operators} operators`)
        return status
      },
      broken,
    )
  }
}

/** Tries again until it works; fails with what was last in the way. */
export async function until<T>(
  what: string,
  attempt: () => Promise<T>,
  broken: Promise<string>,
  timeoutMs: number = START_TIMEOUT_MS,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > deadline)
        throw new Error(`gave up waiting until ${what}: ${String(error)}`, { cause: error })
    }
    const failure = await Promise.race([
      broken,
      new Promise<undefined>((resolve) => setTimeout(resolve, 100, undefined)),
    ])
    if (failure !== undefined) throw new Error(failure)
  }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = new Promise((resolve) => child.on('close', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 8000)
  await closed
  clearTimeout(timer)
}
