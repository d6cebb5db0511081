/**
 * The ballast: a file of a fixed size in the home that means nothing. It is given up when the disk is full, so that the node
 * can still open its database and publish what it has accepted (docs/guarantees.md, "Disk").
 *
 * A crash while it is written leaves a shorter file, which counts as none and is written anew.
 */
import { randomBytes } from 'node:crypto'
import { open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, isDiskFull } from './store-error.ts'

const CHUNK_BYTES = 1 << 20

export class Ballast {
  readonly sizeBytes: number
  private readonly path: string

  constructor(home: string, sizeBytes: number) {
    this.path = join(home, 'ballast')
    this.sizeBytes = sizeBytes
  }

  /** Bytes on disk; 0 without a file. */
  async heldBytes(): Promise<number> {
    try {
      return (await stat(this.path)).size
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 0
      throw error
    }
  }

  async release(): Promise<void> {
    await rm(this.path, { force: true })
  }

  /**
   * Writes it anew. Random bytes, since some file systems keep no space for zeros or for what they can compress.
   *
   * @returns false when the disk was full before the end, or the signal aborted: then there is no file
   */
  async make(signal: AbortSignal): Promise<boolean> {
    await this.release()
    const chunk = randomBytes(CHUNK_BYTES)
    const file = await open(this.path, 'wx', 0o600)
    try {
      for (let written = 0; written < this.sizeBytes && !signal.aborted; written += CHUNK_BYTES)
        await file.writeFile(chunk.subarray(0, Math.min(CHUNK_BYTES, this.sizeBytes - written)))
      // Space that is only promised to a file is not taken yet.
      if (!signal.aborted) await file.sync()
    } catch (error) {
      await this.release()
      if (isDiskFull(error)) return false
      throw error
    } finally {
      await file.close()
    }
    if (signal.aborted) await this.release()
    return !signal.aborted
  }
}
