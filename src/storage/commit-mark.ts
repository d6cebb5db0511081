/**
 * The file COMMITTED in a store's directory: the number of the newest acknowledged commit, kept outside LevelDB so that
 * a store which lost its newest commits cannot pass for a whole one.
 *
 * Two slots of 32 bytes, 4,096 bytes apart and written in turn, so a torn write leaves the other one: `TSC1`, store id
 * (16 bytes), number (u64, big-endian), CRC-32 of the 28 bytes before it.
 */
import { open, readFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { concatBytes, copyBytes, readU32, readU64, u32, u64 } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { writeFileDurably } from './durable-file.ts'

export const COMMITTED_FILE = 'COMMITTED'

export interface CommitMark {
  /** 16 random bytes, drawn when the store is made. */
  readonly storeId: Uint8Array
  readonly sequence: number
}

const MAGIC = Uint8Array.of(0x54, 0x53, 0x43, 0x31)
const SLOT_BYTES = 32
const SLOT_DISTANCE = 4096

export async function createCommitMark(directory: string, mark: CommitMark): Promise<void> {
  const bytes = new Uint8Array(SLOT_DISTANCE + SLOT_BYTES)
  bytes.set(encodeSlot(mark), 0)
  bytes.set(encodeSlot(mark), SLOT_DISTANCE)
  await writeFileDurably(join(directory, COMMITTED_FILE), bytes)
}

/** Durable when it resolves. The slot written is the older one. */
export async function writeCommitMark(file: FileHandle, mark: CommitMark): Promise<void> {
  await file.write(encodeSlot(mark), 0, SLOT_BYTES, (mark.sequence % 2) * SLOT_DISTANCE)
  await file.datasync()
}

/** @throws LedgerError STORE_CORRUPT when neither slot is whole */
export async function readCommitMark(directory: string): Promise<CommitMark> {
  const path = join(directory, COMMITTED_FILE)
  const bytes = new Uint8Array(await readFile(path))
  const first = decodeSlot(bytes.subarray(0, SLOT_BYTES))
  const second = decodeSlot(bytes.subarray(SLOT_DISTANCE, SLOT_DISTANCE + SLOT_BYTES))
  const newest = (first?.sequence ?? -1) > (second?.sequence ?? -1) ? first : second
  if (newest === undefined) throw new LedgerError('STORE_CORRUPT', `expected a commit number in ${path}, found damage`)
  return newest
}

/** For the handle a store writes through; see {@link writeCommitMark}. */
export async function openCommitMark(directory: string): Promise<FileHandle> {
  return open(join(directory, COMMITTED_FILE), 'r+')
}

function encodeSlot(mark: CommitMark): Uint8Array {
  const body = concatBytes(MAGIC, mark.storeId, u64(mark.sequence))
  return concatBytes(body, u32(crc32(body)))
}

function decodeSlot(bytes: Uint8Array): CommitMark | undefined {
  if (bytes.length !== SLOT_BYTES || readU32(bytes) !== readU32(MAGIC)) return undefined
  if (readU32(bytes, SLOT_BYTES - 4) !== crc32(bytes.subarray(0, SLOT_BYTES - 4))) return undefined
  return { storeId: copyBytes(bytes.subarray(4, 20)), sequence: Number(readU64(bytes, 20)) }
}
