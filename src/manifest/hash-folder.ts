/**
 * Builds the manifest of a folder at the speed of the disk. What was hashed is noted in `<out>.partial` as it goes, in
 * order, so that an interrupted run goes on where it stopped; a file whose size or time changed is read again.
 */
import { createReadStream } from 'node:fs'
import { open, rename, rm, stat, truncate } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Worker } from 'node:worker_threads'
import { LedgerError } from '../errors.ts'
import type { Sha256 } from '../merkle/hash.ts'
import { type Hashed, startHashWorker } from './hash-worker.ts'
import { type ManifestFile, type ManifestSummary, ManifestTree, formatFile, formatHeader } from './manifest.ts'
import { walkFiles } from './walk.ts'

/** A worker takes about so many bytes at once: enough to forget the cost of a message, few enough to share fairly. */
const BATCH_BYTES = 8 << 20
const MOST_BATCH_FILES = 64
/** Batches under way for each worker. */
const BATCHES_AHEAD = 4
const FLUSH_BYTES = 64 << 10
const MOST_WORKERS = 8

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
  const workers = Array.from({ length: Math.min(availableParallelism(), MOST_WORKERS) }, () => startHashWorker())
  const partial = options.out === undefined ? undefined : await Partial.open(`${options.out}.partial`, folder)
  try {
    const tree = new ManifestTree(options.sha256)
    let resumed = 0
    let files = 0
    let bytes = 0
    const take = (file: ManifestFile, modified: number, isKnown: boolean): void => {
      tree.add(file)
      if (isKnown) resumed++
      else partial?.note(file, modified)
      files++
      bytes += file.bytes
      options.onProgress?.({ files, bytes, resumed })
    }
    const queue: Pending[] = []
    let batch: string[] = []
    let batchFiles = 1
    let turn = 0
    const settle = async (): Promise<void> => {
      const next = queue.shift()
      if (next === undefined) return
      const answers = await next.hashed
      for (const [i, path] of next.paths.entries()) {
        const answer = answers[i] ?? { error: 'nothing came back' }
        if ('error' in answer) throw new LedgerError('DATASET_UNREADABLE', `"${path}": ${answer.error}`)
        take({ path, bytes: answer.bytes, sha256: answer.sha256 }, answer.modified, false)
      }
      // Files of one dataset are of a kind: what the last ones held says how many of the next ones to send.
      const perFile = answers.reduce((sum, answer) => sum + ('error' in answer ? 0 : answer.bytes), 0) / answers.length
      batchFiles = Math.max(
        1,
        Math.min(MOST_BATCH_FILES, 2 * batchFiles, Math.floor(BATCH_BYTES / Math.max(1, perFile))),
      )
      await partial?.flushIfLong()
    }
    const send = async (): Promise<void> => {
      const worker = workers[turn++ % workers.length]
      if (batch.length === 0 || worker === undefined) return
      queue.push({
        paths: batch,
        hashed: ask(
          worker,
          batch.map((path) => join(folder, path)),
        ),
      })
      batch = []
      if (queue.length >= workers.length * BATCHES_AHEAD) await settle()
    }
    for await (const path of walkFiles(folder)) {
      const known = batch.length === 0 && queue.length === 0 ? await partial?.takeNext(path) : undefined
      if (known !== undefined) take(known.file, known.modified, true)
      else {
        batch.push(path)
        if (batch.length >= batchFiles) await send()
      }
    }
    await send()
    while (queue.length > 0) await settle()
    if (files === 0) throw new LedgerError('DATASET_UNREADABLE', `${folder} holds no file`)
    const summary = tree.summary()
    if (options.out !== undefined) await partial?.finish(options.out, summary)
    return { ...summary, resumed }
  } finally {
    await partial?.close()
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

interface Pending {
  readonly paths: readonly string[]
  readonly hashed: Promise<readonly Hashed[]>
}

interface Asker {
  readonly resolve: (hashed: readonly Hashed[]) => void
  readonly reject: (error: unknown) => void
}

/** Answers come in the order of the questions to the same worker. */
const waiting = new WeakMap<Worker, Asker[]>()

function ask(worker: Worker, paths: readonly string[]): Promise<readonly Hashed[]> {
  let askers = waiting.get(worker)
  if (askers === undefined) {
    const list: Asker[] = []
    askers = list
    waiting.set(worker, list)
    worker.on('message', (hashed: readonly Hashed[]) => list.shift()?.resolve(hashed))
    worker.on('error', (error) => {
      for (const { reject } of list.splice(0)) reject(error)
    })
  }
  const answer = new Promise<readonly Hashed[]>((resolve, reject) => askers.push({ resolve, reject }))
  // Whoever gave up meanwhile does not hear of it; the first failure is the one told.
  answer.catch(() => undefined)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread of this process, no window
  worker.postMessage(paths)
  return answer
}

interface Noted {
  readonly file: ManifestFile
  readonly modified: number
  /** Offset behind its line. */
  readonly end: number
}

function headerOf(folder: string): Buffer {
  return Buffer.from(`${JSON.stringify({ folder: resolve(folder) })}\n`)
}

/** The file of what is hashed so far: the folder, then `["path",bytes,"sha256",modified ms]` a line, in order. */
class Partial {
  readonly #path: string
  readonly #folder: string
  readonly #handle: FileHandle
  #old: AsyncIterator<Noted> | undefined
  #kept: number
  #text: string[] = []
  #length = 0

  private constructor(path: string, folder: string, handle: FileHandle, start: number) {
    this.#path = path
    this.#folder = folder
    this.#handle = handle
    this.#kept = start
    this.#old = readNoted(path)[Symbol.asyncIterator]()
  }

  static async open(path: string, folder: string): Promise<Partial> {
    const header = headerOf(folder)
    const handle = await open(path, 'a+')
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(header.length), 0, header.length, 0)
    // Notes about another folder say nothing about this one, whatever its files are called.
    if (buffer.toString('utf8', 0, bytesRead) !== header.toString()) {
      await handle.truncate(0)
      await handle.appendFile(header)
    }
    return new Partial(path, folder, handle, header.length)
  }

  /** What the last run noted for this path, if it is the next one and the file is still the same. */
  async takeNext(path: string): Promise<{ file: ManifestFile; modified: number } | undefined> {
    if (this.#old === undefined) return undefined
    const next = await this.#old.next()
    if (next.done !== true && next.value.file.path === path) {
      const { size, mtimeMs } = await stat(join(this.#folder, path))
      const { file, modified, end } = next.value
      if (size === file.bytes && mtimeMs === modified) {
        this.#kept = end
        return { file, modified }
      }
    }
    // From the first difference on everything is read again: the order has to hold.
    await this.#stopResuming()
    return undefined
  }

  note({ path, bytes, sha256 }: ManifestFile, modified: number): void {
    const line = `${JSON.stringify([path, bytes, sha256, modified])}\n`
    this.#text.push(line)
    this.#length += line.length
  }

  async flushIfLong(): Promise<void> {
    if (this.#length >= FLUSH_BYTES) await this.#flush()
  }

  /** Writes header and files beside the target, then renames: the manifest is there whole or not at all. */
  async finish(out: string, summary: ManifestSummary): Promise<void> {
    await this.#stopResuming()
    await this.#flush()
    const temporary = `${out}.tmp`
    const file = await open(temporary, 'w', 0o644)
    try {
      let text = formatHeader(summary)
      for await (const { file: noted } of readNoted(this.#path)) {
        text += formatFile(noted)
        if (text.length < FLUSH_BYTES) continue
        await file.write(text)
        text = ''
      }
      await file.write(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, out)
    await rm(this.#path, { force: true })
  }

  async close(): Promise<void> {
    await this.#flush()
    await this.#old?.return?.()
    await this.#handle.close()
  }

  async #stopResuming(): Promise<void> {
    const old = this.#old
    if (old === undefined) return
    this.#old = undefined
    await old.return?.()
    await truncate(this.#path, this.#kept)
  }

  async #flush(): Promise<void> {
    if (this.#text.length === 0) return
    await this.#stopResuming()
    const text = this.#text.join('')
    this.#text = []
    this.#length = 0
    await this.#handle.appendFile(text)
  }
}

/** Ends at the first line that is not whole: the run was killed while writing it. */
async function* readNoted(path: string): AsyncGenerator<Noted> {
  const input = createReadStream(path, 'utf8')
  const lines = createInterface({ input, crlfDelay: Infinity })
  let end = 0
  try {
    for await (const line of lines) {
      const isHeader = end === 0
      end += Buffer.byteLength(line) + 1
      if (isHeader) continue
      const noted = parseNoted(line)
      if (noted === undefined) return
      yield { ...noted, end }
    }
  } finally {
    lines.close()
    input.destroy()
  }
}

function parseNoted(line: string): Omit<Noted, 'end'> | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!Array.isArray(value) || value.length !== 4) return undefined
  const [path, bytes, sha256, modified] = value as unknown[]
  if (typeof path !== 'string' || typeof bytes !== 'number' || typeof modified !== 'number') return undefined
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/u.test(sha256)) return undefined
  return { file: { path, bytes, sha256 }, modified }
}
