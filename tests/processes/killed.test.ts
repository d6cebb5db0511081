/**
 * Three real processes under load, killed with SIGKILL at random moments. TALLYSTICK_KILL_ROUNDS says how often.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { CidText } from '../../src/encoding/cid.ts'
import { createTestHomes, datasetStatement } from '../support/node-network.ts'
import { ended, type NodeProcess, restartProcess, startProcess, until } from '../support/node-process.ts'

const ROUNDS = Number(process.env['TALLYSTICK_KILL_ROUNDS'] ?? 3)

const isProtected = async ({ control }: NodeProcess): Promise<boolean> => {
  const { state, operators } = await control.status()
  return state === 'READY' && operators === 2
}

it(
  `loses no receipt and forks nothing in ${ROUNDS} rounds of kill -9 under load`,
  { timeout: 60_000 + ROUNDS * 15_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tallystick-killed-'))
    const homes = await createTestHomes(folder, ['one', 'two', 'three'])
    const nodes = homes.map((home) => startProcess(home))
    const receipts: { node: NodeProcess; id: CidText; index: number; receipt: string }[] = []
    const load = { isOn: true }
    const keepSubmitting = async (node: NodeProcess): Promise<void> => {
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
        const victim = nodes[Math.floor(Math.random() * nodes.length)] as NodeProcess
        victim.child.kill('SIGKILL')
        await ended(victim, 10_000)
        restartProcess(victim)
        await until(`${victim.name} is back`, () => isProtected(victim)).catch(async (cause: unknown) => {
          const seen = await Promise.all(nodes.map(({ control }) => control.status().catch(String)))
          throw new Error(`round ${round}: ${JSON.stringify(seen)}`, { cause })
        })
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
