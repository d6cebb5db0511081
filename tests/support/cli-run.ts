/** Runs the real program as a child process and collects what it said. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Hundreds of commands start here, each from the same sources: compiled once, each takes half the time. */
const COMPILE_CACHE = join(tmpdir(), `tally-test-compile-cache-${process.getuid?.() ?? 0}`)
export const MAIN: string = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface Finished {
  exit: number | null
  out: string
  err: string
}

/** @param input what stands on standard input; there is never a terminal */
export async function tally(home: string, args: readonly string[], input: string = ''): Promise<Finished> {
  const child = startTally(home, args)
  child.stdin?.end(input)
  return finished(child)
}

/** Its own session, so that the program has no terminal to ask at even where the tests have one. */
export function startTally(home: string, args: readonly string[]): ChildProcess {
  const env = { ...process.env, TALLYSTICK_HOME: home, NO_COLOR: '1', NODE_COMPILE_CACHE: COMPILE_CACHE }
  return spawn(process.execPath, [MAIN, ...args], { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
}

export async function finished(child: ChildProcess): Promise<Finished> {
  let out = ''
  let err = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  const exit = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return { exit, out, err }
}

/** The one JSON object of a result. */
export function resultOf({ out }: Finished): Record<string, unknown> {
  return JSON.parse(out) as Record<string, unknown>
}

/** The error object: the last line on stderr that has a code. */
export function errorOf({ err }: Finished): Record<string, unknown> {
  const lines = err
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('{'))
  return JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>
}

/** A field that holds an id or another text. */
export function textField(record: Record<string, unknown>, name: string): string {
  const value = record[name]
  if (typeof value === 'string') return value
  throw new TypeError(`no text ${name} in ${JSON.stringify(record)}`)
}

/** Short, since a unix socket's path must fit into 103 bytes. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tally-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
