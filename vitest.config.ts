import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Whether the simulation finds faults put in on purpose is a matter of its own runs (scripts/nightly.ts).
    exclude: process.env['TALLYSTICK_SIMULATIONS'] === undefined ? ['tests/simulation/canary.test.ts'] : [],
    // One more than two processors: tests of running nodes wait a good part of their time, for seconds and for each other.
    maxWorkers: 3,
  },
})
