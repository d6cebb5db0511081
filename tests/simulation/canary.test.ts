/**
 * Faults put in on purpose, which the simulation has to find: a check that cannot fail shows nothing.
 */
import { afterEach, expect, it, vi } from 'vitest'
import type { SimulationOptions } from './simulation.ts'
import { useBlobs } from './blobs.ts'

/** Tried from the seed on that showed the fault when it was put in first. */
const MOST_SEEDS = 40
const FAULTY_MS = 5 * 60_000
/** Enough for whatever heals; what does not spins until then. */
const HEAL_MS = 3 * 60_000

const blobs = useBlobs()
afterEach(() => {
  vi.doUnmock('../../src/node/fence.ts')
  vi.doUnmock('../../src/node/claim-table.ts')
  vi.resetModules()
})

/** The first violation that any seed shows, with the modules as they are mocked now. */
async function firstViolation(from: number, options: SimulationOptions = {}): Promise<string> {
  vi.resetModules()
  const { simulate } = await import('./simulation.ts')
  for (let seed = from; seed < from + MOST_SEEDS; seed++) {
    const { violations } = await simulate(seed, FAULTY_MS, blobs(), { healMs: HEAL_MS, ...options })
    if (violations[0] !== undefined) return `seed ${seed}: ${violations.join('\n')}`
  }
  return 'none'
}

it('finds a node that does not ask what its operators remember', async () => {
  vi.doMock('../../src/node/fence.ts', () => ({ decideFence: () => ({ kind: 'clear' }) }))
  expect(await firstViolation(5)).toMatch(/hold different histories|signed two/)
}, 300_000)

it('finds a node that takes over a batch behind a note it has not published', async () => {
  vi.doMock('../../src/node/fence.ts', async (original) => {
    const { decideFence } = await original<typeof import('../../src/node/fence.ts')>()
    const judge: typeof decideFence = (own, ...answers) =>
      decideFence({ ...own, head: { ...own.head, state: 'published' } }, ...answers)
    return { decideFence: judge }
  })
  expect(await firstViolation(15)).toMatch(/not quiet/)
}, 300_000)

it('finds operators that let two copies of a log sign', async () => {
  vi.doMock('../../src/node/claim-table.ts', async (original) => {
    const { ClaimTable } = await original<typeof import('../../src/node/claim-table.ts')>()
    class Generous extends ClaimTable {
      override claim(): { granted: true } {
        return { granted: true }
      }
      override holds(): boolean {
        return true
      }
    }
    return { ClaimTable: Generous }
  })
  const found = await firstViolation(11)
  expect(found).toMatch(/FORKED|signed two|and has/)
  // It stays up, to say so.
  expect(found).not.toContain('ended by itself')
}, 300_000)

it('finds disks that acknowledge what they have not written', async () => {
  expect(await firstViolation(2, { lyingDisks: true })).toMatch(/is lost/)
}, 300_000)
