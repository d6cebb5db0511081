/** The demo as a user ends it: whatever happens, no node of it stays behind, nor a folder with its keys. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { finished, temporaryFolder } from '../support/cli-run.ts'
import { HAS_TERMINAL } from '../support/pseudo-terminal.ts'

const DEMO = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url))
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => folder.remove())

function startDemo(...args: string[]): ChildProcess {
  const env = { ...process.env, TMPDIR: folder.path, NO_COLOR: '1' }
  return spawn(process.execPath, [DEMO, ...args], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The processes that have the folder of this test in their command line. */
async function children(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name)).map(Number)
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_, i) => lines[i]?.includes(folder.path))
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const keyFolders = async (): Promise<string[]> =>
  (await readdir(folder.path)).filter((name) => name.startsWith('tallystick-demo-'))

it.runIf(process.platform === 'linux').each([
  ['SIGTERM', ['--once'], 1],
  ['SIGINT', [], 0],
  ['SIGHUP', [], 0],
] as const)('%s during the start of the demo %j exits %i and leaves nothing', async (signal, args, exit) => {
  const demo = startDemo(...args)
  const end = finished(demo)
  await until('its three nodes run', async () => (await children()).length === 3)
  // A terminal sends Ctrl-C to the whole group of the demo, and a person may press it twice.
  process.kill(-(demo.pid ?? 0), signal)
  process.kill(-(demo.pid ?? 0), signal)
  expect(await end).toMatchObject({ exit, err: '' })
  expect(await children()).toEqual([])
  expect(await keyFolders()).toEqual([])
})

it.runIf(process.platform === 'linux')('ends its nodes even where it is killed', async () => {
  const demo = startDemo('--once')
  const end = finished(demo)
  await until('its three nodes run', async () => (await children()).length === 3)
  demo.kill('SIGKILL')
  expect((await end).exit).toBe(null)
  await until('its nodes have ended', async () => (await children()).length === 0)
})

it.runIf(process.platform === 'linux')('ends with the shell that npm started it in', async () => {
  const env = { ...process.env, TMPDIR: folder.path, npm_lifecycle_event: 'demo' }
  // The second command keeps the shell from becoming the demo.
  const shell = spawn('sh', ['-c', `"${process.execPath}" "${DEMO}"; true`], { env, stdio: 'ignore' })
  await until('its three nodes run', async () => (await children()).length === 3)
  shell.kill('SIGTERM')
  await until('its nodes have ended', async () => (await children()).length === 0)
  await until('its folder is gone', async () => (await keyFolders()).length === 0)
  expect(shell.signalCode).toBe('SIGTERM')
})

it.runIf(HAS_TERMINAL)('exits 0 through npm when Ctrl-C is pressed at its terminal', async () => {
  const env = { ...process.env, TMPDIR: folder.path, NO_COLOR: '1' }
  const terminal = spawn('script', ['--quiet', '--return', '--command', 'npm run demo', '/dev/null'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const end = finished(terminal)
  let shown = ''
  terminal.stdout.on('data', (text: string) => (shown += text))
  await until('the story is played', async () => shown.includes('Playing the story'))
  terminal.stdin.write('\u0003')
  expect((await end).exit).toBe(0)
  expect(await children()).toEqual([])
  expect(await keyFolders()).toEqual([])
})

it('refuses a folder for the evidence that is not empty or cannot be made, before it starts a node', async () => {
  const out = join(folder.path, 'evidence')
  await mkdir(out)
  await writeFile(join(out, 'old.car'), '')
  for (const [where, why] of [
    [out, 'is not empty'],
    [join(out, 'old.car', 'below'), 'ENOTDIR'],
  ] as const) {
    const { exit, out: said, err } = await finished(startDemo('--once', '--out', where))
    expect({ exit, said }).toEqual({ exit: 1, said: '' })
    expect(err).toContain(why)
  }
  expect(await readdir(out)).toEqual(['old.car'])
})
