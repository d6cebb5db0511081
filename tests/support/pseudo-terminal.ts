/**
 * Runs the real program at a real terminal: `script` of util-linux makes one, and passes on what is typed and shown.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Other systems have a program of that name that takes other arguments. */
export const HAS_TERMINAL: boolean = process.platform === 'linux' && existsSync('/usr/bin/script')

if (!HAS_TERMINAL) console.warn('\n*** SKIPPED: no script of util-linux, so nothing is tested at a terminal ***\n')

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface Sitting {
  readonly exit: number | null
  /** All that the terminal showed, with what was typed. */
  readonly shown: string
}

/** What to type once the terminal shows a text that it did not show before the last step. */
export type Step = readonly [shown: string, typed: string]

export async function atTerminal(args: readonly string[], cwd: string, steps: readonly Step[]): Promise<Sitting> {
  const command = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', TALLYSTICK_HOME: cwd },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let shown = ''
  let seen = 0
  let next = 0
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    for (let step = steps[next]; step !== undefined; step = steps[next]) {
      const at = shown.indexOf(step[0], seen)
      if (at === -1) break
      seen = at + step[0].length
      next++
      child.stdin.write(step[1])
    }
  })
  return { exit: await exited, shown }
}
