/**
 * What is hashed so far, noted beside the manifest to be: first the folder, then a line of the manifest a line, with
 * the time in milliseconds of its last change behind: `["path",bytes,"sha256",modified]`. A run that is killed at any moment loses what it noted in the last second; a file whose size or time
 * changed is read again.
 */
import { createReadStream } from 'node:fs'
import { open, rename, rm, stat, truncate } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fromHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { type ManifestFile, type ManifestSummary, formatFile, formatHeader } from './manifest.ts'

const FLUSH_BYTES = 64 << 10
/** Large files are few: after this long even one line is worth writing. */
const FLUSH_MS = 1000
const LINE_END = ']\n'

interface Noted {
  readonly file: ManifestFile
  readonly modified: number
  /** Offset behind its line. */
  readonly end: number
}

function headerOf(folder: string): Buffer {
  return Buffer.from(`${JSON.stringify({ folder: resolve(folder) })}\n`)
}

export class HashNotes {
  readonly #path: string
  readonly #folder: string
  readonly #handle: FileHandle
  #old: AsyncIterator<Noted> | undefined
  #kept: number
  #text: string[] = []
  #length = 0
  #flushedAt = performance.now()

  private constructor(path: string, folder: string, handle: FileHandle, start: number) {
    this.#path = path
    this.#folder = folder
    this.#handle = handle
    this.#kept = start
    this.#old = readNoted(path)[Symbol.asyncIterator]()
  }

  static async open(path: string, folder: string): Promise<HashNotes> {
    const header = headerOf(folder)
    const handle = await open(path, 'a+')
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(header.length), 0, header.length, 0)
    // Notes about another folder say nothing about this one, whatever its files are called.
    if (buffer.toString('utf8', 0, bytesRead) !== header.toString()) {
      await handle.truncate(0)
      await handle.appendFile(header)
    }
    return new HashNotes(path, folder, handle, header.length)
  }

  /** What the last run noted for this path, if it is the next one and the file is still the same. */
  async takeNext(path: string): Promise<ManifestFile | undefined> {
    if (this.#old === undefined) return undefined
    const next = await this.#old.next()
    if (next.done !== true && next.value.file.path === path) {
      const { size, mtimeMs } = await stat(join(this.#folder, path))
      const { file, modified, end } = next.value
      if (size === file.bytes && mtimeMs === modified) {
        this.#kept = end
        return file
      }
    }
    // From the first difference on everything is read again: the order has to hold.
    await this.#stopResuming()
    return undefined
  }

  note(file: ManifestFile, modified: number): void {
    const line = `${formatFile(file).slice(0, -LINE_END.length)},${modified}${LINE_END}`
    this.#text.push(line)
    this.#length += line.length
  }

  /** Writes what was noted when it is much, or a while ago. */
  async flushSometimes(): Promise<void> {
    if (this.#length >= FLUSH_BYTES || performance.now() - this.#flushedAt >= FLUSH_MS) await this.#flush()
  }

  /** Writes header and files beside the target, then renames: the manifest is there whole or not at all. */
  async finish(out: string, summary: ManifestSummary): Promise<void> {
    await this.#stopResuming()
    await this.#flush()
    const temporary = `${out}.tmp`
    const file = await open(temporary, 'w', 0o644)
    try {
      await file.write(formatHeader(summary))
      let written = -1
      for await (const lines of readLines(this.#path)) {
        // All of them are of this run, or were looked at when it went on from them; the first is the folder's.
        const files = written < 0 ? lines.slice(1) : lines
        written = Math.max(0, written) + files.length
        await file.write(files.map((line) => `${line.slice(0, line.lastIndexOf(','))}${LINE_END}`).join(''))
      }
      if (written !== summary.files)
        throw new LedgerError('DATASET_UNREADABLE', `${this.#path} was changed by something else meanwhile`, {
          hint: 'run it again, once at a time',
        })
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
    this.#flushedAt = performance.now()
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
  let end = 0
  for await (const lines of readLines(path)) {
    for (const line of lines) {
      const isHeader = end === 0
      end += Buffer.byteLength(line) + 1
      if (isHeader) continue
      const noted = parseNoted(line)
      if (noted === undefined) return
      yield { ...noted, end }
    }
  }
}

/** Whole lines, a piece of the file at a time: a promise for each would cost a folder of small files a tenth of its time. */
async function* readLines(path: string): AsyncGenerator<readonly string[]> {
  let rest = ''
  for await (const piece of createReadStream(path, { encoding: 'utf8', highWaterMark: FLUSH_BYTES })) {
    const lines = (rest + String(piece)).split('\n')
    rest = lines.pop() ?? ''
    if (lines.length > 0) yield lines
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
  return { file: { path, bytes, sha256: fromHex(sha256) }, modified }
}
