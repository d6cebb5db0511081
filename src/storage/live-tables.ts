/**
 * Which table files a LevelDB database consists of, read from its manifest without opening it. A compaction that was cut
 * off, by a kill or by closing, leaves files that no manifest names: LevelDB deletes them when it opens, and until then
 * they may be half written.
 *
 * The manifest is a log of version edits (LevelDB, doc/log_format.md and db/version_edit.cc): blocks of 32 KiB with
 * records of a 7-byte header (checksum, length, type) and their data; an edit is a list of tagged fields.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32c, unmaskCrc } from './crc32c.ts'

const BLOCK_BYTES = 32 * 1024
const HEADER_BYTES = 7
const FULL = 1
const LAST = 4

/**
 * Numbers of the table files in use. What cannot be read of the manifest ends it: the database itself then says what is
 * wrong when it is opened.
 *
 * @returns undefined when there is no manifest to read
 */
export async function readLiveTables(directory: string): Promise<ReadonlySet<number> | undefined> {
  const current = (await readFile(join(directory, 'CURRENT'), 'utf8')).trim()
  if (!/^MANIFEST-\d+$/.test(current)) return undefined
  let bytes: Uint8Array
  try {
    bytes = await readFile(join(directory, current))
  } catch {
    return undefined
  }
  const live = new Set<number>()
  for (const edit of records(bytes)) applyEdit(edit, live)
  return live
}

/** Whole records in order, as far as their checksums hold. */
function* records(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let parts: Uint8Array[] = []
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const left = BLOCK_BYTES - (at % BLOCK_BYTES)
    if (left < HEADER_BYTES) {
      at += left
      continue
    }
    const length = view.getUint16(at + 4, true)
    const type = bytes[at + 6] ?? 0
    const end = at + HEADER_BYTES + length
    // Zeros fill the rest of a block that was allocated ahead.
    if (type === 0 || length + HEADER_BYTES > left || end > bytes.length) return
    if (unmaskCrc(view.getUint32(at, true)) !== crc32c(bytes.subarray(at + 6, end))) return
    parts.push(bytes.subarray(at + HEADER_BYTES, end))
    if (type === FULL || type === LAST) {
      yield joined(parts)
      parts = []
    }
    at = end
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts
  return parts.length === 1 && first !== undefined ? first : new Uint8Array(Buffer.concat(parts))
}

/** Tags of the fields of a version edit. */
const COMPARATOR = 1
const NUMBERS = new Set([2, 3, 4, 9])
const COMPACT_POINTER = 5
const DELETED_FILE = 6
const NEW_FILE = 7

function applyEdit(edit: Uint8Array, live: Set<number>): void {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; at < edit.length; factor *= 128) {
      const byte = edit[at++] ?? 0
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
    return value
  }
  const skipText = (): void => {
    const length = varint()
    at += length
  }
  while (at < edit.length) {
    const tag = varint()
    if (tag === COMPARATOR) skipText()
    else if (NUMBERS.has(tag)) varint()
    else if (tag === COMPACT_POINTER) {
      varint()
      skipText()
    } else if (tag === DELETED_FILE) {
      varint()
      live.delete(varint())
    } else if (tag === NEW_FILE) {
      varint()
      live.add(varint())
      varint()
      skipText()
      skipText()
    } else return
  }
}
