/** Where the program keeps what Node compiled: in a folder of the user's own, and nowhere else. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const TALLY = fileURLToPath(new URL('../../bin/tally.js', import.meta.url))
const run = promisify(execFile)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallystick-compiled-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function version(place: string, env: Readonly<Record<string, string>>): Promise<string[]> {
  const cwd = join(folder, place)
  await mkdir(cwd)
  const { stdout } = await run(process.execPath, [TALLY, '--version'], { cwd, env })
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/u)
  return readdir(cwd)
}

test.each([
  ['under the home', (at: string) => ({ HOME: at }), ['.cache']],
  ['where the user keeps caches', (at: string) => ({ HOME: '/nonexistent', XDG_CACHE_HOME: at }), ['tallystick']],
  ['not in the current folder, whatever is not a place', () => ({ HOME: '', XDG_CACHE_HOME: 'relative' }), []],
  ['not at all where the user does not want it', (at: string) => ({ HOME: at, NODE_DISABLE_COMPILE_CACHE: '1' }), []],
] as const)('what was compiled is kept %s', async (name, env, kept) => {
  const place = name.replaceAll(/\W+/gu, '-')
  expect(await version(place, env(join(folder, place)))).toEqual(kept)
})
