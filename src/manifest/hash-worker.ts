/**
 * Hashes files on a thread of its own. Reading and hashing are synchronous here on purpose: small files cost less so, and
 * the other threads keep the disk busy meanwhile.
 */
import { createHash, hash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker, isMainThread, parentPort } from 'node:worker_threads'

export interface HashedFile {
  readonly bytes: number
  /** Milliseconds, as the file system keeps it. */
  readonly modified: number
  /** Hex. */
  readonly sha256: string
}

/** One answer for each path, in their order; an error as its message. */
export type Hashed = HashedFile | { readonly error: string }

const CHUNK_BYTES = 1 << 20

/** A thread that answers each posted list of paths by a list of {@link Hashed}. */
export function startHashWorker(): Worker {
  return new Worker(fileURLToPath(import.meta.url))
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  port.on('message', (paths: readonly string[]) => port.postMessage(paths.map((path) => hashFile(path, buffer))))
}

function hashFile(path: string, buffer: Buffer): Hashed {
  try {
    const file = openSync(path, 'r')
    try {
      const before = fstatSync(file)
      const { bytes, sha256 } = hashBytes(file, before.size, buffer)
      const after = fstatSync(file)
      if (bytes !== before.size || after.size !== before.size || after.mtimeMs !== before.mtimeMs)
        return { error: 'it changed while it was read' }
      return { bytes, modified: before.mtimeMs, sha256 }
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

function hashBytes(file: number, size: number, buffer: Buffer): { bytes: number; sha256: string } {
  let length = readSync(file, buffer, 0, buffer.length, null)
  // Most files of most datasets are short: one read, one call.
  if (length === size && length < buffer.length)
    return { bytes: length, sha256: hash('sha256', buffer.subarray(0, length), 'hex') }
  const state = createHash('sha256')
  let bytes = 0
  while (length > 0) {
    state.update(buffer.subarray(0, length))
    bytes += length
    length = readSync(file, buffer, 0, buffer.length, null)
  }
  return { bytes, sha256: state.digest('hex') }
}
