/**
 * Threads that hash files: lists of paths go to them in turn, and answers come back in the order of the questions.
 */
import { availableParallelism } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { type HashedFiles, SEPARATOR, startHashWorker } from './hash-worker.ts'

const MOST_WORKERS = 8

interface Asker {
  readonly resolve: (hashed: HashedFiles) => void
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

  /** @returns what they hold, in their order */
  hash(paths: readonly string[]): Promise<HashedFiles> {
    const thread = this.#threads[this.#turn++ % this.#threads.length]
    if (thread === undefined) throw new RangeError('a pool has at least one thread')
    const answer = new Promise<HashedFiles>((resolve, reject) => thread.askers.push({ resolve, reject }))
    // Whoever gave up meanwhile does not hear of it; the first failure is the one told.
    answer.catch(() => undefined)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread of this process, no window
    thread.worker.postMessage(paths.join(SEPARATOR))
    return answer
  }

  async stop(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()))
  }
}

function startThread(): Thread {
  const worker = startHashWorker()
  const askers: Asker[] = []
  worker.on('message', (hashed: HashedFiles) => askers.shift()?.resolve(hashed))
  worker.on('error', (error) => {
    for (const { reject } of askers.splice(0)) reject(error)
  })
  return { worker, askers }
}
