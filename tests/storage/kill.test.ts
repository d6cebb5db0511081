import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createWriterHome, runWriter, verifyWriterHome } from '../support/storage-crash.ts'
import { temporaryDirectory } from '../support/storage-fixtures.ts'

/** Rounds of kill -9; raise it for a longer search. */
const ROUNDS = Number(process.env['TALLYSTICK_KILL_ROUNDS'] ?? '8')

describe('a process killed while it appends', () => {
  test(
    `has lost nothing it acknowledged, ${ROUNDS} times on one store`,
    async () => {
      const home = join(await temporaryDirectory(), 'home')
      await createWriterHome(home)
      const acks: { size: number; root: string }[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const killAfter = 1 + ((round * 37) % 30)
        const batch = [1, 7, 20, 50][round % 4] ?? 20
        const run = await runWriter(home, batch, Infinity, (count) => count >= killAfter)
        expect(run.failed).toBeUndefined()
        expect(run.acks.length).toBeGreaterThanOrEqual(killAfter)
        acks.push(...run.acks)
        await verifyWriterHome(home, acks)
      }
    },
    20_000 + ROUNDS * 10_000,
  )
})
