/**
 * Makes a log of a real node and exports it as a user would: `tally init`, `tally up`, statements over libp2p in two
 * batches, `tally export`. Leaves FOLDER/log and FOLDER/older-checkpoint.
 *
 *     node tests/interop/export-live.ts FOLDER
 */
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { newDemoParty, runTally, until } from '../../scripts/demo/network.ts'
import { controlClient } from '../../src/cli/control-client.ts'
import { prepareStatement, signStatement } from '../../src/statement/envelope.ts'

const ORIGIN = 'interop.example/tally/1'
const STATEMENTS = 600
const folder = process.argv[2] ?? ''
const home = join(folder, 'home')

const made = await runTally([
  'init',
  '--home',
  home,
  '--name',
  'Interop',
  '--origin',
  ORIGIN,
  '--admission',
  'open',
  '--no-passphrase',
])
if (made.exit !== 0) throw new Error(made.stderr)
const node = spawn(process.execPath, ['bin/tally.js', 'up', '--home', home, '--quiet'], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
try {
  const control = controlClient(home, 30_000)
  await until(
    'the node is ready',
    async () => {
      if ((await control.status()).state !== 'READY') throw new Error('not ready')
    },
    new Promise<string>(() => undefined),
  )
  const party = newDemoParty('Interop', 'KE', 'community', [ORIGIN])
  const options = { wait: 'witnessed', timeoutMs: 30_000 } as const
  await control.submit(party.statement, options)
  const dataset = (i: number): Uint8Array => {
    const payload = {
      title: `dataset ${i} ${randomBytes(i % 90).toString('hex')}`,
      owner: party.id,
      locales: ['sw'],
      logs: [ORIGIN],
    }
    return signStatement(prepareStatement(5, payload, { iss: party.id }, party.signer.publicKey), party.signer)
  }
  const submit = async (from: number, to: number): Promise<void> => {
    for (let i = from; i < to; i += 16) {
      await Promise.all(Array.from({ length: Math.min(16, to - i) }, (_, k) => control.submit(dataset(i + k), options)))
    }
  }
  await submit(0, 100)
  await writeFile(join(folder, 'older-checkpoint'), await control.readLog(ORIGIN, 'checkpoint'))
  await submit(100, STATEMENTS)
  const exported = await runTally(['export', '--home', home, '--log', ORIGIN, '--out', join(folder, 'log')])
  if (exported.exit !== 0) throw new Error(exported.stderr)
} finally {
  node.kill('SIGTERM')
  await new Promise((resolve) => node.on('close', resolve))
}
