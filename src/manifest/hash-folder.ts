/**
 * Builds the manifest of a folder at the speed of the disk: walks it in order, has its files hashed by several threads, and
 * takes the answers in order again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { LedgerError } from '../errors.ts'
import type { Sha256 } from '../merkle/hash.ts'
import { HashNotes } from './hash-notes.ts'
import { HashPool } from './hash-pool.ts'
import type { HashedFiles } from './hash-worker.ts'
import { type ManifestFile, type ManifestSummary, ManifestTree } from './manifest.ts'
import { walkFiles } from './walk.ts'

/** A thread takes about so many bytes at once: enough to forget the cost of a message, few enough to share fairly. */
const BATCH_BYTES = 8 << 20
const MOST_BATCH_FILES = 64
/** Batches under way for each thread. */
const BATCHES_AHEAD = 4
const WRITE_NOTES_MS = 1000

export interface HashProgress {
  readonly files: number
  readonly bytes: number
  /** Taken over from an interrupted run. */
  readonly resumed: number
}

export interface HashFolderOptions {
  /** Where the manifest goes; left out: nothing is written, and nothing can be resumed. */
  readonly out?: string
  readonly sha256?: Sha256
  readonly onProgress?: (progress: HashProgress) => void
}

/** @throws LedgerError DATASET_UNREADABLE; errors of the file system */
export async function hashFolder(
  folder: string,
  options: HashFolderOptions = {},
): Promise<ManifestSummary & { resumed: number }> {
  const notes = options.out === undefined ? undefined : await HashNotes.open(`${options.out}.partial`, folder)
  const pool = new HashPool()
  try {
    const run = new HashRun(folder, pool, notes, options)
    for await (const paths of walkFiles(folder)) await run.take(paths)
    const { summary, resumed } = await run.end()
    if (summary.files === 0) throw new LedgerError('DATASET_UNREADABLE', `${folder} holds no file`)
    if (options.out !== undefined) await notes?.finish(options.out, summary)
    return { ...summary, resumed }
  } finally {
    await notes?.close()
    await pool.stop()
  }
}

interface Pending {
  readonly paths: readonly string[]
  readonly hashed: Promise<HashedFiles>
}

/** One pass over a folder: paths in, in order; files into the tree, in the same order. */
class HashRun {
  readonly #folder: string
  readonly #pool: HashPool
  readonly #notes: HashNotes | undefined
  readonly #onProgress: HashFolderOptions['onProgress']
  readonly #tree: ManifestTree
  readonly #pending: Pending[] = []
  #batch: string[] = []
  #batchFiles = 1
  #resumed = 0

  constructor(folder: string, pool: HashPool, notes: HashNotes | undefined, options: HashFolderOptions) {
    this.#folder = folder
    this.#pool = pool
    this.#notes = notes
    this.#onProgress = options.onProgress
    this.#tree = new ManifestTree(options.sha256)
  }

  async take(paths: readonly string[]): Promise<void> {
    const known = await this.#resume(paths)
    for (const path of known === 0 ? paths : paths.slice(known)) {
      this.#batch.push(path)
      if (this.#batch.length >= this.#batchFiles) await this.#send()
    }
  }

  /** @returns how many of the paths an interrupted run had hashed */
  async #resume(paths: readonly string[]): Promise<number> {
    if (this.#notes === undefined || this.#batch.length > 0 || this.#pending.length > 0) return 0
    for (const [i, path] of paths.entries()) {
      const known = await this.#notes.takeNext(path)
      if (known === undefined) return i
      this.#resumed++
      this.#add(known)
    }
    return paths.length
  }

  async end(): Promise<{ summary: ManifestSummary; resumed: number }> {
    await this.#send()
    while (this.#pending.length > 0) await this.#settle()
    return { summary: this.#tree.summary(), resumed: this.#resumed }
  }

  async #send(): Promise<void> {
    if (this.#batch.length === 0) return
    const paths = this.#batch
    this.#batch = []
    this.#pending.push({ paths, hashed: this.#pool.hash(paths.map((path) => `${this.#folder}/${path}`)) })
    if (this.#pending.length >= this.#pool.size * BATCHES_AHEAD) await this.#settle()
  }

  /** Takes the oldest answers. */
  async #settle(): Promise<void> {
    const next = this.#pending.shift()
    if (next === undefined) return
    const { paths } = next
    const hashed = await this.#answered(next)
    let total = 0
    for (const [i, bytes] of hashed.bytes.entries()) {
      const file = { path: paths[i] as string, bytes, sha256: hashed.sha256.subarray(32 * i, 32 * (i + 1)) }
      this.#notes?.note(file, hashed.modified[i] as number)
      this.#add(file)
      total += bytes
    }
    if (hashed.failure !== undefined)
      throw new LedgerError('DATASET_UNREADABLE', `"${paths[hashed.bytes.length]}": ${hashed.failure}`)
    // Files of one dataset are of a kind: what the last ones held says how many of the next ones to send.
    const fitting = Math.floor(BATCH_BYTES / Math.max(1, total / paths.length))
    this.#batchFiles = Math.max(1, Math.min(MOST_BATCH_FILES, 2 * this.#batchFiles, fitting))
    await this.#notes?.flushSometimes()
  }

  /** A file of hours must not keep what was noted before it from the disk. */
  async #answered({ hashed }: Pending): Promise<HashedFiles> {
    for (;;) {
      const answers = await Promise.race([hashed, sleep(WRITE_NOTES_MS, undefined, { ref: false })])
      if (answers !== undefined) return answers
      await this.#notes?.flushSometimes()
    }
  }

  #add(file: ManifestFile): void {
    this.#tree.add(file)
    this.#onProgress?.({ files: this.#tree.files, bytes: this.#tree.bytes, resumed: this.#resumed })
  }
}
