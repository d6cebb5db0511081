import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A node in a process of its own; see serve-node.ts. */
export interface NodeProcess {
  ask(question: string): Promise<string>
  stop(): Promise<void>
}

export async function startNodeProcess(home: string): Promise<NodeProcess> {
  const script = join(import.meta.dirname, 'serve-node.ts')
  const child = spawn(process.execPath, [script, home], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const nextLine = (): Promise<string> => new Promise((resolve) => lines.once('line', resolve))
  await nextLine()
  return {
    ask: (question) => {
      child.stdin.write(`${question}\n`)
      return nextLine()
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once('close', resolve))
      child.stdin.end()
      await ended
    },
  }
}
