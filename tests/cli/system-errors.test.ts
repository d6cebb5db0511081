/** What the operating system refuses reaches a person as one sentence with a code, never as silence or a fault of ours. */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAIN, errorOf, finished, tally, temporaryFolder } from '../support/cli-run.ts'

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

test('a file that the system forbids is no secret with wrong permissions', async () => {
  // Root may read everything: what the kernel forbids to everybody stands for it.
  const forbidden = process.getuid?.() === 0 ? '/proc/sys/vm/drop_caches' : join(folder.path, 'forbidden')
  if (process.getuid?.() !== 0) await writeFile(forbidden, '', { mode: 0 })
  const run = await tally(folder.path, ['bundle', 'inspect', forbidden, '--json'])
  expect(errorOf(run)).toMatchObject({
    code: 'FILE_FORBIDDEN',
    exit: 1,
    hint: expect.stringContaining(forbidden) as string,
  })
})

test('a name that cannot be opened is wrong usage, and named', async () => {
  await mkdir(join(folder.path, 'a-folder'))
  await symlink('circle', join(folder.path, 'circle'))
  for (const name of ['a-folder', 'circle', 'x'.repeat(300)]) {
    const run = await tally(folder.path, ['bundle', 'inspect', join(folder.path, name), '--json'])
    expect(errorOf(run)).toMatchObject({ code: 'USAGE', message: expect.stringContaining(name) as string })
  }
})

test('a file that is missing is answered with where names are looked for', async () => {
  const run = await tally(folder.path, ['bundle', 'inspect', 'nowhere.car', '--json'])
  expect(errorOf(run)).toMatchObject({
    code: 'FILE_NOT_FOUND',
    hint: expect.stringContaining(process.cwd()) as string,
  })
})

test.each(['7', '999', '99999999999'])('--passphrase-fd %s that nobody opened is wrong usage', async (fd) => {
  const run = await tally(folder.path, ['key', 'new', 'fd', '--passphrase-fd', fd, '--json'])
  expect(errorOf(run)).toMatchObject({ code: 'USAGE', exit: 2 })
})
