import { defineConfig } from 'vitest/config'

const LONG = [
  'tests/simulation/canary.test.ts',
  'tests/processes/disk-low.test.ts',
  'tests/cli/backlog.test.ts',
  'tests/cli/forked-log.test.ts',
]
// Run by scripts/nightly.ts, so also by .ci/run, where they have the time they need.
const LEFT_OUT = process.env['TALLYSTICK_NIGHTLY'] === undefined ? LONG : []

/** A seed stands for one run only in a process that has done nothing else; and what is left in memory is counted. */
const ALONE = ['tests/simulation/*.test.ts', 'tests/network/leaks.test.ts']

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One more than two processors: tests of running nodes wait a good part of their time, for seconds and for each other.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['tests/**/*.test.ts'],
          exclude: [...LEFT_OUT, ...ALONE],
          // Nothing in these files changes the process: starting one and loading the program for each took a sixth.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE, exclude: LEFT_OUT } },
    ],
  },
})
