/**
 * Files that are whole or absent, also after a power loss: write to a temporary file in the same directory, fsync it,
 * rename it over the target, fsync the directory (rename(2) and fsync(2)).
 *
 * An error of any step, fsync above all, is fatal for the caller: what the file then holds is only known after a restart.
 */
import { randomBytes } from 'node:crypto'
import { open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export interface DurableFileOptions {
  /** Permission bits; 0o600 unless told. */
  mode?: number
}

/** Replaces `path` by a file with these bytes; resolves when it survives a power loss. */
export async function writeFileDurably(
  path: string,
  bytes: Uint8Array,
  options: DurableFileOptions = {},
): Promise<void> {
  const parent = dirname(path)
  const temporary = join(parent, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  const mode = options.mode ?? 0o600
  // The directory is opened first: its inode stays in memory, so an error of writing it back reaches our fsync.
  const directory = await open(parent, 'r')
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.chmod(mode)
      await file.writeFile(bytes)
      await file.sync()
    } catch (error) {
      await file.close()
      await unlink(temporary).catch(() => undefined)
      throw error
    }
    await file.close()
    // A crash before this line leaves the old file and a stray temporary one; after it, the new file.
    await rename(temporary, path)
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** Makes the entries of a directory (names, renames, removals) durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** Makes the bytes of an existing file durable. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
