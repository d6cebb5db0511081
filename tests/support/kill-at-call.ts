/** Ends a running process with SIGKILL at a chosen system call, which is not made any more: strace(1) does it. */
import { spawn } from 'node:child_process'

export interface CallToDieAt {
  readonly call: 'fdatasync' | 'fsync' | 'openat' | 'pwrite64' | 'rename'
  /** Counts from 1. */
  readonly nth: number
}

/**
 * Resolves once the process is watched: calls count from here on.
 *
 * @param path of the file that the call is about; other files are not counted. Undefined: all are
 * @returns false where strace is missing, or may not watch other processes
 */
export async function killAtCall(pid: number, { call, nth }: CallToDieAt, path: string | undefined): Promise<boolean> {
  const inject = [
    ...(path === undefined ? [] : ['-P', path]),
    '-e',
    `trace=${call}`,
    '-e',
    `inject=${call}:signal=KILL:when=${nth}`,
  ]
  const strace = spawn('strace', ['-f', '-p', String(pid), '-o', '/dev/null', ...inject], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return new Promise((resolve) => {
    // Read to the end: it also tells of threads that begin later, and would die of a closed pipe.
    strace.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes(' attached')) resolve(true)
    })
    strace.on('error', () => resolve(false))
    strace.on('close', () => resolve(false))
  })
}
