/** A real node of its own, started as the program starts it. */
import type { ChildProcess } from 'node:child_process'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { finished, startTally, tally } from './cli-run.ts'
import type { Finished } from './cli-run.ts'
import { ANY_DISK } from './node-network.ts'

export interface RunningCli {
  home: string
  /** Where it listens. */
  address: string
  child: ChildProcess
  /** Sends Ctrl-C and waits. */
  stop(): Promise<Finished>
}

/** Makes a home (with an unprotected party key) unless it is there, and runs `tally up` until it says that it is up. */
export async function startCliNode(
  home: string,
  initArgs: readonly string[],
  upArgs: readonly string[] = [],
): Promise<RunningCli> {
  if (initArgs.length > 0) {
    const listen = initArgs.includes('--listen') ? [] : ['--listen', '/ip4/127.0.0.1/tcp/0']
    const made = await tally(home, ['init', '--no-passphrase', ...listen, ...initArgs])
    if (made.exit !== 0) throw new Error(made.err)
    await appendFile(join(home, 'node.yaml'), stringify(ANY_DISK))
  }
  const child = startTally(home, ['up', '--json', ...upArgs])
  const ended = finished(child)
  const address = await new Promise<string>((resolve, reject) => {
    let out = ''
    child.stdout?.on('data', (text: string) => {
      out += text
      const [line] = out.split('\n')
      if (line === undefined || !out.includes('\n')) return
      const { addresses } = JSON.parse(line) as { addresses: string[] }
      resolve(addresses[0] ?? '')
    })
    void ended.then(({ exit, err }) => reject(new Error(`up ended with ${exit}: ${err}`)))
  })
  return {
    home,
    address,
    child,
    stop: async () => {
      child.kill('SIGINT')
      return ended
    },
  }
}
