/**
 * A backup: one age-encrypted file with what replicas cannot give back - keys, head file, settings, cards, party files,
 * proofs of forks, what `watch` has told.
 * Entries are not in it. Names inside are a closed list of places, never paths.
 */
import { mkdir, readFile, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { decodeCbor, encodeCbor, isCborMap } from '../encoding/cbor.ts'
import type { CborValue } from '../encoding/cbor.ts'
import { isLedgerError, LedgerError } from '../errors.ts'

export const ARCHIVE_VERSION = 1
/** Proofs of forks and wrong indexes are megabytes at times; a home with more of them than this is none that a backup is for. */
const MAX_ARCHIVE_BYTES = 1 << 28
/** Of the file as it is written: encrypted, in base64. */
export const MAX_BACKUP_BYTES: number = 2 * MAX_ARCHIVE_BYTES
const MAX_ITEMS = 200_000
/** Everything a home holds besides its database, lock and socket. */
const FILE_NAME =
  /^(?:node\.yaml|card\.txt|network-id|head|watch\.json|keys\/(?:log|witness|mirror|transport)\.key|parties\/[a-z0-9][a-z0-9._-]{0,120}\.(?:key|cose)|peers\/[0-9a-f]{32}\.card|forks\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}\.(?:proof|index))$/u
const FOLDERS = ['', 'keys', 'parties', 'peers', 'forks']

export interface Archive {
  /** Unix seconds. */
  createdAt: number
  /** Path below the home to content. */
  files: ReadonlyMap<string, Uint8Array>
}

/** Collects the files of a home. Each is replaced as a whole by the node, so this is safe while it runs. */
export async function readHomeFiles(home: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  for (const folder of FOLDERS) {
    for (const entry of await readdir(join(home, folder), { withFileTypes: true }).catch(() => [])) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isFile() && FILE_NAME.test(name)) files.set(name, new Uint8Array(await readFile(join(home, name))))
    }
  }
  return files
}

/**
 * Read back before it is handed out: a backup that `restore` refuses is none.
 *
 * @throws LedgerError CBOR_LIMIT when there is more than a backup holds
 */
export function encodeArchive(archive: Archive): Uint8Array {
  const bytes = encodeCbor(
    new Map<string, CborValue>([
      ['v', ARCHIVE_VERSION],
      ['created', archive.createdAt],
      ['files', new Map<string, CborValue>(archive.files)],
    ]),
  )
  try {
    decodeArchive(bytes)
  } catch (cause) {
    if (!isLedgerError(cause, 'CBOR_LIMIT')) throw cause
    throw new LedgerError('CBOR_LIMIT', `a backup of this home could not be restored: ${cause.message}`, {
      cause,
      hint: 'no backup was written; move old proofs out of the folder forks, and keep them yourself',
    })
  }
  return bytes
}

/** @throws LedgerError STORE_VERSION for a newer one, SCHEMA_INVALID */
export function decodeArchive(bytes: Uint8Array): Archive {
  const value = decodeCbor(bytes, { maxBytes: MAX_ARCHIVE_BYTES, maxItems: MAX_ITEMS })
  if (!isCborMap(value)) throw malformed('it is not a map')
  const version = value.get('v')
  if (typeof version === 'number' && version > ARCHIVE_VERSION)
    throw new LedgerError('STORE_VERSION', `this backup has version ${version}; a newer program made it`)
  const createdAt = value.get('created')
  const contents = value.get('files')
  if (version !== ARCHIVE_VERSION || typeof createdAt !== 'number' || !isCborMap(contents))
    throw malformed('fields are missing')
  const files = new Map<string, Uint8Array>()
  for (const [name, content] of contents) {
    // The name becomes a path: whatever is not on the list is refused, whoever encrypted it.
    if (typeof name !== 'string' || !FILE_NAME.test(name) || !(content instanceof Uint8Array))
      throw malformed('it holds a file that no home has')
    files.set(name, content)
  }
  return { createdAt, files }
}

/** Writes the files of a backup into a folder that is being made. */
export async function writeHomeFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const { writeSecret } = await import('./files.ts')
  for (const name of FOLDERS) await mkdir(join(folder, name), { recursive: true, mode: 0o700 })
  for (const [name, content] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o700 })
    await writeSecret(join(folder, name), content)
  }
}

function malformed(why: string): LedgerError {
  return new LedgerError('SCHEMA_INVALID', `this is no backup of a home: ${why}`)
}
