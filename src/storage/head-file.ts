/**
 * The head file: the newest root this node has bound itself to sign, kept outside the database, replaced by comparing
 * with what was there. It is written before the log key signs, so a copy of the database that is older than the head is
 * noticed at start.
 *
 *     {"version":1,"origin":"river-speech.example/log","size":57,"root":"<64 hex>","state":"proposed","sha256":"<64 hex>"}
 *
 * One line; `noteSha256` follows `state` where it is known; `sha256` is over the same JSON text without that field. The
 * only accepted text is the one we print, so a flipped bit is always noticed.
 */
import { readFile } from 'node:fs/promises'
import { equalBytes, fromHex, toHex } from '../encoding/bytes.ts'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import type { Hash } from '../merkle/hash.ts'
import { writeFileDurably } from './durable-file.ts'
import { nativeSha256 } from './native-sha256.ts'
import { codeOf, storeFailed } from './store-error.ts'

export interface Head {
  readonly origin: string
  readonly size: number
  readonly root: Hash
  /** proposed: may have been signed. published: a quorum cosigned it. */
  readonly state: 'proposed' | 'published'
  /** SHA-256 of the published note. */
  readonly noteSha256?: Uint8Array
}

/** Where a head is kept: a file, or memory in a simulation. Errors as {@link readHead} and {@link replaceHead}. */
export interface HeadKeeper {
  read(): Promise<Head | undefined>
  replace(expected: Head | undefined, next: Head): Promise<void>
}

export function headFileAt(path: string): HeadKeeper {
  return {
    read: () => readHead(path),
    replace: (expected, next) => replaceHead(path, expected, next),
  }
}

const VERSION = 1
const MAX_BYTES = 4096

/**
 * The head, or undefined where there is no file.
 *
 * @throws LedgerError STORE_CORRUPT when the file is not what {@link formatHead} prints
 * @throws LedgerError STORE_FAILED when it cannot be read
 */
export async function readHead(path: string): Promise<Head | undefined> {
  const text = await readText(path)
  return text === undefined ? undefined : parseHead(text, path)
}

/** Replacements under way, one after another for each path. */
const replacing = new Map<string, Promise<unknown>>()

/**
 * Replaces the head, durably, if the file still says `expected` (undefined: if there is no file).
 *
 * @throws LedgerError HEAD_CONFLICT when it says something else, or next would take back what may have been signed: a
 * smaller size, or another root of the same size. Nothing is written then.
 * @throws LedgerError STORE_FAILED when the file system fails; what the file says is then known after a restart
 */
export async function replaceHead(path: string, expected: Head | undefined, next: Head): Promise<void> {
  const turn = (replacing.get(path) ?? Promise.resolve()).then(() => compareAndReplace(path, expected, next))
  const settled = turn.catch(() => undefined)
  replacing.set(path, settled)
  try {
    await turn
  } finally {
    if (replacing.get(path) === settled) replacing.delete(path)
  }
}

async function compareAndReplace(path: string, expected: Head | undefined, next: Head): Promise<void> {
  const found = await readText(path)
  assertReplaceable(found, expected, next, path)
  try {
    await writeFileDurably(path, encodeUtf8(formatHead(next)))
  } catch (cause) {
    throw storeFailed('replacing the head', path, cause)
  }
}

/**
 * What {@link replaceHead} checks before it writes.
 *
 * @param found the text that is there
 */
export function assertReplaceable(
  found: string | undefined,
  expected: Head | undefined,
  next: Head,
  path = 'head',
): void {
  if (found !== undefined) parseHead(found, path)
  if (found !== (expected === undefined ? undefined : formatHead(expected))) {
    throw new LedgerError('HEAD_CONFLICT', `the head file ${path} was changed by another process`, {
      hint: 'is another copy of this node running?',
    })
  }
  if (expected !== undefined) {
    const isSameRoot = expected.size !== next.size || equalBytes(expected.root, next.root)
    if (expected.origin !== next.origin || next.size < expected.size || !isSameRoot) {
      throw new LedgerError(
        'HEAD_CONFLICT',
        `head ${expected.size} of ${expected.origin} cannot become ${next.size} with another history`,
      )
    }
  }
}

export function formatHead(head: Head): string {
  const fields = {
    version: VERSION,
    origin: head.origin,
    size: head.size,
    root: toHex(head.root),
    state: head.state,
    ...(head.noteSha256 === undefined ? {} : { noteSha256: toHex(head.noteSha256) }),
  }
  const sha256 = toHex(nativeSha256(encodeUtf8(JSON.stringify(fields))))
  return `${JSON.stringify({ ...fields, sha256 })}\n`
}

/** @throws LedgerError STORE_CORRUPT; STORE_VERSION for a head of a later version */
export function parseHead(text: string, path = 'head'): Head {
  let head: Head | undefined
  try {
    const fields: unknown = text.length <= MAX_BYTES ? JSON.parse(text) : undefined
    if (isRecord(fields)) {
      if (typeof fields['version'] === 'number' && fields['version'] > VERSION && hasChecksum(fields)) {
        throw new LedgerError('STORE_VERSION', `the head file ${path} has version ${fields['version']}`)
      }
      head = headOf(fields)
    }
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'STORE_VERSION') throw error
    throw corruptHead(path, error)
  }
  if (head === undefined || formatHead(head) !== text) throw corruptHead(path)
  return head
}

function headOf(fields: Record<string, unknown>): Head | undefined {
  const { origin, size, root, state, noteSha256 } = fields
  if (typeof origin !== 'string' || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    return undefined
  if (typeof root !== 'string' || root.length !== 64 || (state !== 'proposed' && state !== 'published'))
    return undefined
  const head = { origin, size, root: fromHex(root), state } as const
  if (noteSha256 === undefined) return head
  return typeof noteSha256 === 'string' && noteSha256.length === 64
    ? { ...head, noteSha256: fromHex(noteSha256) }
    : undefined
}

/** A later version may have other fields, but the same kind of checksum: damage must not look like a version. */
function hasChecksum(fields: Record<string, unknown>): boolean {
  const { sha256, ...rest } = fields
  return sha256 === toHex(nativeSha256(encodeUtf8(JSON.stringify(rest))))
}

async function readText(path: string): Promise<string | undefined> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    throw storeFailed('reading the head', path, cause)
  }
  try {
    return decodeUtf8(bytes)
  } catch (cause) {
    throw corruptHead(path, cause)
  }
}

function corruptHead(path: string, cause?: unknown): LedgerError {
  return new LedgerError(
    'STORE_CORRUPT',
    `expected one line of JSON with its checksum in the head file ${path}, found damage`,
    {
      cause,
      hint: 'do not delete it: restore it from a backup of the same copy, or run tally repair --from-peers',
    },
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
