/**
 * `npm run nightly`: the heavy suites with their full counts, and the files that `npm test` leaves out (vitest.config.ts).
 * TALLYSTICK_COUNTS=ci runs a part of them. One JSON line a suite; ends with 1 when one of them failed.
 */
import { spawn } from 'node:child_process'

const isPart = process.env['TALLYSTICK_COUNTS'] === 'ci'

interface Suite {
  name: string
  files: string[]
  /** Counts in full, and for a part. */
  counts: Record<string, [full: string, part: string]>
}

const SUITES: Suite[] = [
  { name: 'tamper', files: ['tests/evidence'], counts: { TALLYSTICK_TAMPER: ['1', '0.1'] } },
  {
    name: 'kill -9 of a network',
    files: ['tests/processes/killed.test.ts'],
    counts: { TALLYSTICK_KILL_ROUNDS: ['200', '20'] },
  },
  {
    name: 'kill -9 at every place of a proposal',
    files: ['tests/processes/killed-at-stage.test.ts'],
    counts: { TALLYSTICK_KILL_STAGE_STEP: ['1', '2'] },
  },
  {
    name: 'a node on a full disk',
    files: ['tests/processes/disk-full.test.ts', 'tests/processes/disk-low.test.ts'],
    counts: { TALLYSTICK_DISK_FULL_ROUNDS: ['50', '5'] },
  },
  {
    name: 'a store on a full disk',
    files: ['tests/storage/disk-full.test.ts'],
    counts: { TALLYSTICK_BALLASTS: ['5', '5'] },
  },
  {
    name: 'kill -9 of a store',
    files: ['tests/storage/kill.test.ts'],
    counts: { TALLYSTICK_KILL_ROUNDS: ['200', '20'] },
  },
  {
    name: 'two faults of a disk',
    files: ['tests/storage/faults.test.ts'],
    counts: { TALLYSTICK_FAULT_STEP: ['1', '3'] },
  },
  {
    name: 'damaged files of a store',
    files: ['tests/storage/surgery.test.ts', 'tests/storage/table-files.test.ts'],
    counts: { TALLYSTICK_TABLE_FLIPS: ['3000', '300'], TALLYSTICK_TABLE_BITS: ['20000', '2000'] },
  },
  {
    name: 'folders with any names',
    files: ['tests/manifest/hash-folder.test.ts'],
    counts: { TALLYSTICK_NAME_RUNS: ['500', '25'] },
  },
  {
    name: 'a node that was away',
    files: ['tests/node/offline.test.ts'],
    counts: { TALLYSTICK_OFFLINE_STATEMENTS: ['10000', '3000'] },
  },
  {
    name: 'simulated networks',
    files: ['tests/simulation'],
    counts: { TALLYSTICK_SIMULATIONS: ['2000', '25'] },
  },
  {
    name: 'what operators see of a fork and of witnesses that are away',
    files: ['tests/cli/forked-log.test.ts', 'tests/cli/backlog.test.ts'],
    counts: {},
  },
  {
    name: 'partitions',
    files: ['tests/node/partition.test.ts'],
    counts: {
      TALLYSTICK_PARTITION_FIRST_SEED: ['1', '1'],
      TALLYSTICK_PARTITION_SEEDS: ['100', '6'],
      TALLYSTICK_PARTITION_CUTS: ['3', '3'],
    },
  },
  {
    name: 'scenarios',
    files: ['tests/scenario'],
    counts: { TALLYSTICK_SCENARIO_STEP: ['1', '1'], TALLYSTICK_HOSTILE_STEP: ['1', '5'] },
  },
  {
    name: 'properties of verdicts',
    files: ['tests/terms/properties.test.ts'],
    counts: { TALLYSTICK_PROPERTY_RUNS: ['50000', '1000'] },
  },
  { name: 'terms as ODRL', files: ['tests/interchange'], counts: { TALLYSTICK_PROPERTY_RUNS: ['50000', '1000'] } },
  {
    name: 'mutated and replayed index proofs',
    files: ['tests/subject-index'],
    counts: { TALLYSTICK_PROOF_MUTATIONS: ['100000', '30000'] },
  },
  {
    name: 'mutated statements, notes, introductions and bundles',
    files: ['tests/hostile'],
    counts: { TALLYSTICK_MUTATIONS: ['100000', '10000'] },
  },
  {
    name: 'mutated frames and messages',
    files: ['tests/network'],
    counts: { TALLYSTICK_NETWORK_MUTATIONS: ['100000', '30000'] },
  },
]

async function run(suite: Suite): Promise<boolean> {
  const counts = Object.entries(suite.counts).map(([name, [full, part]]) => [name, isPart ? part : full] as const)
  const env = { ...process.env, TALLYSTICK_NIGHTLY: '1', ...Object.fromEntries(counts) }
  const started = performance.now()
  const child = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout', '7200000', ...suite.files],
    { env, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const exit = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)))
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(JSON.stringify({ suite: suite.name, ok: exit === 0, seconds, counts: Object.fromEntries(counts) }))
  return exit === 0
}

const results: boolean[] = []
for (const suite of SUITES) results.push(await run(suite))
process.exitCode = results.every(Boolean) ? 0 : 1
