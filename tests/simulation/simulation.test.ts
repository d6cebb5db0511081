/**
 * Whole networks in virtual time, with everything that can go wrong drawn from a seed. TALLYSTICK_SIMULATIONS says how many
 * seeds. A seed that fails is printed; run it alone: TALLYSTICK_SIMULATION_SEED.
 */
import { expect, it } from 'vitest'
import { simulate, type SimulationResult } from './simulation.ts'
import { useBlobs } from './blobs.ts'

const SEEDS = Number(process.env['TALLYSTICK_SIMULATIONS'] ?? 1)
const ONLY = process.env['TALLYSTICK_SIMULATION_SEED']
const FAULTY_MS = 5 * 60_000
/** It showed that a copy which went on from another one's note could not offer its batch again. */
const FAILED_ONCE = [15]
/** In which an operator's answers are others than it gave a hundred times. */
const LIED_TO = [106]

const blobs = useBlobs()

const seeds = ONLY === undefined ? Array.from({ length: SEEDS }, (_, i) => 100 + i) : [Number(ONLY)]
const results: SimulationResult[] = []

it(
  `${seeds.length} networks keep one history, every receipt and every statement, and publish again after the faults`,
  async () => {
    for (const seed of [...FAILED_ONCE, ...LIED_TO, ...seeds]) {
      const result = await simulate(seed, FAULTY_MS, blobs())
      expect(result.violations, `seed ${seed}`).toEqual([])
      results.push(result)
    }
    // A run in which nothing happened would show nothing.
    expect(results.every(({ receipts, checkpoints }) => receipts > 0 && checkpoints > 0)).toBe(true)
    expect(results.some(({ lies }) => lies > 50)).toBe(true)
    const injected = new Set(results.flatMap(({ faults }) => Object.keys(faults)))
    expect([...injected].toSorted()).toEqual(
      expect.arrayContaining(['clock jump', 'crash', 'full disk', 'liar', 'loss', 'one way', 'partition', 'slow disk']),
    )
  },
  60_000 + seeds.length * 30_000,
)

it('the same seed gives the same run', async () => {
  const [one, two] = [await simulate(41, 60_000, blobs()), await simulate(41, 60_000, blobs())]
  expect(two.trace).toEqual(one.trace)
  expect((await simulate(42, 60_000, blobs())).digest).not.toBe(one.digest)
}, 60_000)
