/** What the operating system refuses reaches a person as one sentence with a code, never as silence or a fault of ours. */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAIN, errorOf, finished, temporaryFolder } from '../support/cli-run.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => void (folder = await temporaryFolder()))
afterAll(() => folder.remove())

test.runIf(process.platform === 'linux')('a result that stdout cannot take is said on stderr', async () => {
  const full = openSync('/dev/full', 'w')
  const env = { ...process.env, TALLYSTICK_HOME: folder.path }
  const args = [MAIN, 'key', 'new', 'made', '--no-passphrase', '--json']
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', full, 'pipe'] })
  closeSync(full)
  const run = await finished(child)
  expect(run.exit).toBe(1)
  expect(errorOf(run)).toMatchObject({
    code: 'DISK_FULL',
    exit: 1,
    hint: expect.stringContaining('look before') as string,
  })
})
