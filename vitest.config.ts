import { defineConfig } from 'vitest/config'

const LONG = [
  'tests/simulation/canary.test.ts',
  'tests/processes/disk-low.test.ts',
  'tests/cli/backlog.test.ts',
  'tests/cli/forked-log.test.ts',
]

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Run by scripts/nightly.ts, so also by .ci/run, where they have the time they need.
    exclude: process.env['TALLYSTICK_NIGHTLY'] === undefined ? LONG : [],
    // One more than two processors: tests of running nodes wait a good part of their time, for seconds and for each other.
    maxWorkers: 3,
    // Files share a process, as nothing in them changes it: starting one and loading the program for each took a sixth.
    isolate: false,
  },
})
