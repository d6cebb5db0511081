/**
 * The parent's side of storage-opener.ts: asks it to open homes, and starts it again when one of them killed it.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { createInterface } from 'node:readline'
import type { Outcome } from './storage-opener.ts'

interface Process {
  readonly child: ChildProcessByStdio<Writable, Readable, null>
  readonly lines: AsyncIterator<string>
}

export class Opener {
  private running: Process | undefined

  /** The outcome, or the code ABORTED when opening the home ended the process. */
  async open(home: string): Promise<Outcome> {
    this.running ??= startProcess()
    this.running.child.stdin.write(`${home}\n`)
    const line = await this.running.lines.next()
    if (line.done !== true) return JSON.parse(line.value) as Outcome
    this.running = undefined
    return { code: 'ABORTED' }
  }

  async stop(): Promise<void> {
    this.running?.child.stdin.end()
    await this.running?.lines.next()
    this.running = undefined
  }
}

function startProcess(): Process {
  const script = join(import.meta.dirname, 'storage-opener.ts')
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'ignore'] })
  child.stdin.on('error', () => undefined)
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
}
