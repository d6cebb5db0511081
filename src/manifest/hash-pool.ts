/**
 * Threads that hash files: lists of paths go to them in turn, and answers come back in the order of the questions.
 */
import { availableParallelism } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { type Hashed, startHashWorker } from './hash-worker.ts'

const MOST_WORKERS = 8

interface Asker {
  readonly resolve: (hashed: readonly Hashed[]) => void
  readonly reject: (error: unknown) => void
}

interface Thread {
  readonly worker: Worker
  /** Answers come in the order of the questions to the same thread. */
  readonly askers: Asker[]
}

export class HashPool {
  readonly #threads: readonly Thread[] = Array.from(
    { length: Math.min(availableParallelism(), MOST_WORKERS) },
    startThread,
  )
  #turn = 0

  get size(): number {
    return this.#threads.length
  }

  /** @returns one answer for each path */
  hash(paths: readonly string[]): Promise<readonly Hashed[]> {
    const thread = this.#threads[this.#turn++ % this.#threads.length]
    if (thread === undefined) throw new RangeError('a pool has at least one thread')
    const answer = new Promise<readonly Hashed[]>((resolve, reject) => thread.askers.push({ resolve, reject }))
    // Whoever gave up meanwhile does not hear of it; the first failure is the one told.
    answer.catch(() => undefined)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread of this process, no window
    thread.worker.postMessage(paths)
    return answer
  }

  async stop(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()))
  }
}

function startThread(): Thread {
  const worker = startHashWorker()
  const askers: Asker[] = []
  worker.on('message', (hashed: readonly Hashed[]) => askers.shift()?.resolve(hashed))
  worker.on('error', (error) => {
    for (const { reject } of askers.splice(0)) reject(error)
  })
  return { worker, askers }
}
