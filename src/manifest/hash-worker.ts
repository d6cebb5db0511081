/**
 * Hashes files on a thread of its own. Reading and hashing are synchronous here on purpose: small files cost less so, and
 * the other threads keep the disk busy meanwhile.
 */
import { createHash, hash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker, isMainThread, parentPort } from 'node:worker_threads'

/** What a list of files holds, in its order; packed, because an object for each file costs both threads a tenth of their time. */
export interface HashedFiles {
  readonly bytes: Float64Array
  /** Milliseconds, as the file system keeps it. */
  readonly modified: Float64Array
  /** 32 bytes each. */
  readonly sha256: Uint8Array
  /** Why the first file behind those above could not be read. */
  readonly failure?: string
}

/** Between the paths of a message, which is one string: fewer things to copy. No path holds this character. */
export const SEPARATOR = '\0'

const CHUNK_BYTES = 1 << 20
const SHA256_BYTES = 32

/** A thread that answers each posted text of paths by {@link HashedFiles}. */
export function startHashWorker(): Worker {
  return new Worker(fileURLToPath(import.meta.url))
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  port.on('message', (paths: string) => port.postMessage(hashFiles(paths.split(SEPARATOR), buffer)))
}

function hashFiles(paths: readonly string[], buffer: Buffer): HashedFiles {
  const bytes = new Float64Array(paths.length)
  const modified = new Float64Array(paths.length)
  const sha256 = new Uint8Array(SHA256_BYTES * paths.length)
  let failure: string | undefined
  let done = 0
  try {
    for (const path of paths) {
      const file = hashFile(path, buffer)
      bytes[done] = file.bytes
      modified[done] = file.modified
      sha256.set(file.sha256, SHA256_BYTES * done++)
    }
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error)
  }
  const files = {
    bytes: bytes.subarray(0, done),
    modified: modified.subarray(0, done),
    sha256: sha256.subarray(0, SHA256_BYTES * done),
  }
  return failure === undefined ? files : { ...files, failure }
}

function hashFile(path: string, buffer: Buffer): { bytes: number; modified: number; sha256: Uint8Array } {
  const file = openSync(path, 'r')
  try {
    const before = fstatSync(file)
    const { bytes, sha256 } = hashBytes(file, before.size, buffer)
    const after = fstatSync(file)
    if (bytes !== before.size || after.size !== before.size || after.mtimeMs !== before.mtimeMs)
      throw new Error('it changed while it was read')
    return { bytes, modified: before.mtimeMs, sha256 }
  } finally {
    closeSync(file)
  }
}

function hashBytes(file: number, size: number, buffer: Buffer): { bytes: number; sha256: Uint8Array } {
  let length = readSync(file, buffer, 0, buffer.length, null)
  // Most files of most datasets are short: one read, one call.
  if (length === size && length < buffer.length)
    return { bytes: length, sha256: hash('sha256', buffer.subarray(0, length), 'buffer') }
  const state = createHash('sha256')
  let bytes = 0
  while (length > 0) {
    state.update(buffer.subarray(0, length))
    bytes += length
    length = readSync(file, buffer, 0, buffer.length, null)
  }
  return { bytes, sha256: state.digest() }
}
