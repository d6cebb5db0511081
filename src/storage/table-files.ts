/**
 * Checks LevelDB's table files (`*.ldb`) block by block, without the database: each block carries a CRC-32C that LevelDB
 * 1.20 does not look at when it reads, so damage there shows as rows that are missing, or ends the process
 * (LevelDB, doc/table_format.md).
 *
 * A file is data blocks, filter and metaindex blocks, an index block, and a footer of 48 bytes with the places of
 * metaindex and index. After each block come one byte of type and four of checksum, little-endian and masked.
 */
import { open, readdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32c, unmaskCrc } from './crc32c.ts'
import { readLiveTables } from './live-tables.ts'

/** index: what finds the rows, about one percent of the bytes. all: the rows too. */
export type TableScope = 'index' | 'all'

export interface TableDamage {
  readonly file: string
  /** First byte of the damaged block in the file. */
  readonly offset: number
  readonly message: string
}

interface BlockHandle {
  readonly offset: number
  readonly size: number
}

const FOOTER_BYTES = 48
const TRAILER_BYTES = 5
const MAGIC = Uint8Array.of(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb)
/** Our largest row is one entry or tile; a block is one row beyond 4 KiB, an index or filter some bytes for each block. */
const MAX_BLOCK_BYTES = 64 << 20

/**
 * Damaged blocks of the table files in use in a database's directory; empty when every checksum holds. A file that a
 * compaction left half written is not in use.
 */
export async function verifyTableFiles(directory: string, scope: TableScope): Promise<TableDamage[]> {
  const damages: TableDamage[] = []
  const live = await readLiveTables(directory)
  const names = (await readdir(directory))
    .filter((name) => /^\d+\.(?:ldb|sst)$/.test(name))
    .filter((name) => live === undefined || live.has(Number.parseInt(name, 10)))
    .sort()
  for (const name of names) {
    const file = await open(join(directory, name), 'r')
    try {
      await verifyTable(file, scope)
    } catch (error) {
      if (!(error instanceof BlockError)) throw error
      damages.push({ file: name, offset: error.offset, message: error.message })
    } finally {
      await file.close()
    }
  }
  return damages
}

class BlockError extends Error {
  readonly offset: number

  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/** Throws at the first damaged block of a file: what follows is not known to be a block. */
async function verifyTable(file: FileHandle, scope: TableScope): Promise<void> {
  const fileBytes = (await file.stat()).size
  const start = fileBytes - FOOTER_BYTES
  if (start < 0) throw new BlockError(0, `a table of ${fileBytes} bytes has no footer`)
  const footer = await readAt(file, start, FOOTER_BYTES)
  const reader = new BlockReader(footer, start)
  const [metaIndex, index] = [reader.handle(), reader.handle()]
  const rest = footer.subarray(reader.position, FOOTER_BYTES - MAGIC.length)
  const isWhole = rest.every((byte) => byte === 0) && MAGIC.every((byte, i) => footer[40 + i] === byte)
  if (!isWhole) throw new BlockError(start, 'the footer is not one of a table')
  for (const handle of blockHandles(await readBlock(file, metaIndex, start), metaIndex.offset)) {
    await readBlock(file, handle, start)
  }
  const handles = blockHandles(await readBlock(file, index, start), index.offset)
  if (scope === 'index') return
  for (const handle of handles) await readBlock(file, handle, start)
}

/** The block's bytes, if its checksum holds. */
async function readBlock(file: FileHandle, handle: BlockHandle, end: number): Promise<Uint8Array> {
  const { offset, size } = handle
  if (size > MAX_BLOCK_BYTES || offset + size + TRAILER_BYTES > end) {
    throw new BlockError(offset, `a block of ${size} bytes does not fit the file`)
  }
  const bytes = await readAt(file, offset, size + TRAILER_BYTES)
  const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(size + 1, true)
  if (unmaskCrc(stored) !== crc32c(bytes.subarray(0, size + 1))) {
    throw new BlockError(offset, `a block of ${size} bytes does not match its checksum`)
  }
  if (bytes[size] !== 0) throw new BlockError(offset, 'a block is compressed, ours never are')
  return bytes.subarray(0, size)
}

/** Values of an index or metaindex block: the places of other blocks. The block's checksum holds. */
function blockHandles(block: Uint8Array, offset: number): BlockHandle[] {
  const restarts = new DataView(block.buffer, block.byteOffset, block.byteLength).getUint32(block.length - 4, true)
  const end = block.length - 4 * (restarts + 1)
  const reader = new BlockReader(block, offset)
  const handles: BlockHandle[] = []
  while (reader.position < end) {
    reader.varint()
    const keyBytes = reader.varint()
    const valueBytes = reader.varint()
    const valueEnd = reader.position + keyBytes + valueBytes
    reader.position += keyBytes
    handles.push(reader.handle())
    reader.position = valueEnd
  }
  return handles
}

class BlockReader {
  position = 0
  private readonly bytes: Uint8Array
  private readonly offset: number

  constructor(bytes: Uint8Array, offset: number) {
    this.bytes = bytes
    this.offset = offset
  }

  handle(): BlockHandle {
    return { offset: this.varint(), size: this.varint() }
  }

  varint(): number {
    let value = 0
    for (let factor = 1; factor < 2 ** 53; factor *= 128) {
      const byte = this.bytes[this.position++]
      if (byte === undefined) throw new BlockError(this.offset, 'a number in a block ends too early')
      value += (byte & 127) * factor
      // LevelDB reads a number with zeros behind it, and writes none: a bit was flipped.
      if (byte === 0 && factor > 1) break
      if (byte < 128) return value
    }
    throw new BlockError(this.offset, 'a number in a block is too long')
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  const { bytesRead } = await file.read(bytes, 0, length, offset)
  if (bytesRead !== length) throw new BlockError(offset, `read ${bytesRead} of ${length} bytes`)
  return bytes
}
