/**
 * The files below a folder, in the order of their paths' UTF-8 bytes, one folder's names in memory at a time.
 */
import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { compareBytes } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'

/**
 * @yields paths below the folder, with forward slashes
 * @throws LedgerError DATASET_UNREADABLE for what is neither file nor folder, or has a name that is not UTF-8: a manifest
 *   that leaves something out would say less than it seems to
 */
export async function* walkFiles(folder: string, below: string = ''): AsyncIterable<string> {
  const entries = await readdir(join(folder, below), { withFileTypes: true })
  const named = entries.map((entry) => ({ entry, key: keyOf(entry, below) }))
  // A folder sorts as the start of its files' paths: with its slash.
  named.sort((a, b) => compareBytes(a.key, b.key))
  for (const { entry } of named) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) yield* walkFiles(folder, path)
    else yield path
  }
}

function keyOf(entry: Dirent, below: string): Uint8Array {
  const path = below === '' ? entry.name : `${below}/${entry.name}`
  if (entry.name.includes('\uFFFD')) throw refused(path, 'its name is not UTF-8')
  if (entry.isDirectory()) return encodeUtf8(`${entry.name}/`)
  if (entry.isFile()) return encodeUtf8(entry.name)
  throw refused(path, entry.isSymbolicLink() ? 'it is a symbolic link' : 'it is no regular file')
}

function refused(path: string, why: string): LedgerError {
  return new LedgerError('DATASET_UNREADABLE', `"${path}" cannot stand in a manifest: ${why}`, {
    hint: 'put the dataset into a folder of its own, with plain files only',
  })
}
