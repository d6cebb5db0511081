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
 * @yields paths below the folder, with forward slashes, as many at once as lie beside each other: a promise for each costs
 *   a folder of small files as much as opening them
 * @throws LedgerError DATASET_UNREADABLE for what is neither file nor folder, or has a name that is not UTF-8: a manifest
 *   that leaves something out would say less than it seems to
 */
export async function* walkFiles(folder: string, below: string = ''): AsyncIterable<readonly string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true })
  let paths: string[] = []
  for (const name of sortUtf8(entries.map((entry) => nameOf(entry, below)))) {
    if (!name.endsWith('/')) {
      paths.push(below + name)
      continue
    }
    if (paths.length > 0) yield paths
    paths = []
    yield* walkFiles(folder, below + name)
  }
  if (paths.length > 0) yield paths
}

/** A folder sorts as the start of its files' paths: with its slash. */
function nameOf(entry: Dirent, below: string): string {
  if (entry.name.includes('\uFFFD')) throw refused(below + entry.name, 'its name is not UTF-8')
  if (entry.isDirectory()) return `${entry.name}/`
  if (entry.isFile()) return entry.name
  throw refused(below + entry.name, entry.isSymbolicLink() ? 'it is a symbolic link' : 'it is no regular file')
}

/** Up to U+D7FF the order of UTF-16 units, which the runtime sorts by, is that of UTF-8 bytes. */
function sortUtf8(names: readonly string[]): string[] {
  if (!names.some((name) => /[\uD800-\uFFFF]/.test(name))) return names.toSorted()
  return names
    .map((name) => ({ name, key: encodeUtf8(name) }))
    .sort((a, b) => compareBytes(a.key, b.key))
    .map(({ name }) => name)
}

function refused(path: string, why: string): LedgerError {
  return new LedgerError('DATASET_UNREADABLE', `"${path}" cannot stand in a manifest: ${why}`, {
    hint: 'put the dataset into a folder of its own, with plain files only',
  })
}
