/**
 * Three real processes under load, killed with SIGKILL at random moments. TALLYSTICK_KILL_ROUNDS says how often.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { type ControlClient, controlClient } from '../../src/cli/control-client.ts'
import type { CidText } from '../../src/encoding/cid.ts'
import { createTestHomes, datasetStatement, type TestHome } from '../support/node-network.ts'

const ROUNDS = Number(process.env['TALLYSTICK_KILL_ROUNDS'] ?? 3)
const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url))

interface Running extends TestHome {
  control: ControlClient
  child: ChildProcess
}

function start(home: string): ChildProcess {
  return spawn(process.execPath, [TALLY, 'up', '--home', home, '--quiet'], { stdio: 'ignore' })
}

async function until(what: string, isSo: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const isProtected = async ({ control }: Running): Promise<boolean> => {
  const { state, operators } = await control.status()
  return state === 'READY' && operators === 2
}

it(
  `loses no receipt and forks nothing in ${ROUNDS} rounds of kill -9 under load`,
  { timeout: 60_000 + ROUNDS * 15_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tallystick-killed-'))
    const homes = await createTestHomes(folder, ['one', 'two', 'three'])
    const nodes = homes.map((home): Running => ({
      ...home,
      control: controlClient(home.home, 20_000),
      child: start(home.home),
    }))
    const receipts: { node: Running; id: CidText; index: number; receipt: string }[] = []
    const load = { isOn: true }
    const keepSubmitting = async (node: Running): Promise<void> => {
      for (let i = 0; load.isOn; i++) {
        const statement = datasetStatement(node, `${node.name} ${i}`)
        try {
          const result = await node.control.submit(statement, { wait: 'witnessed', timeoutMs: 2000 })
          if (result.state === 'witnessed')
            receipts.push({
              node,
              id: result.id,
              index: result.index,
              receipt: Buffer.from(result.receipt).toString('hex'),
            })
        } catch {
          // The node was killed under this statement: it may or may not exist, and nobody holds a receipt for it.
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }
    }
    try {
      for (const node of nodes) await until(`${node.name} answers`, async () => (await node.control.status()).size >= 2)
      const cards = await Promise.all(nodes.map(({ control }) => control.readText('card')))
      for (const node of nodes)
        for (const [i, card] of cards.entries()) if (nodes[i] !== node) await node.control.addPeer(card)
      for (const node of nodes) await until(`${node.name} is protected`, () => isProtected(node))
      const loads = nodes.map((node) => keepSubmitting(node))
      for (let round = 0; round < ROUNDS; round++) {
        await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 800))
        const victim = nodes[Math.floor(Math.random() * nodes.length)] as Running
        const ended = new Promise((resolve) => victim.child.on('close', resolve))
        victim.child.kill('SIGKILL')
        await ended
        victim.child = start(victim.home)
        await until(`${victim.name} is back`, () => isProtected(victim))
      }
      load.isOn = false
      await Promise.all(loads)

      expect(receipts.length).toBeGreaterThan(ROUNDS)
      for (const { node, id, index, receipt } of receipts) {
        const again = await node.control.readReceipt(id)
        expect([again.index, Buffer.from(again.receipt).toString('hex')]).toEqual([index, receipt])
      }
      await until('all copies are equal', async () => {
        const seen = await Promise.all(nodes.map(async ({ control }) => control.status()))
        expect(seen.flatMap(({ logs }) => logs.filter(({ fork }) => fork !== undefined))).toEqual([])
        return nodes.every(
          ({ origin }) => new Set(seen.map(({ logs }) => logs.find((log) => log.origin === origin)?.root)).size === 1,
        )
      })
    } finally {
      load.isOn = false
      for (const { child } of nodes) child.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  },
)
