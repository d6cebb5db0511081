/**
 * SHA-256 and size of one file, however large.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { LedgerError } from '../errors.ts'

/** @throws LedgerError FILE_NOT_FOUND, USAGE for a folder */
export async function digestFile(path: string): Promise<{ sha256: Uint8Array; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(chunk as Uint8Array)
      bytes += (chunk as Uint8Array).length
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EISDIR') throw new LedgerError('USAGE', `expected a file, found a folder: ${path}`, { cause })
    if (code !== 'ENOENT') throw cause
    throw new LedgerError('FILE_NOT_FOUND', `no such file: ${path}`, { cause })
  }
  return { sha256: new Uint8Array(hash.digest()), bytes }
}
