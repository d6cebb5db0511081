/**
 * Content-addressed archive, version 1 (CARv1, ipld.io/specs/transport/car/carv1): the container of an evidence bundle.
 *
 *     varint(58) || header || section*        header  = dag-cbor {roots: [CID], version: 1}
 *                                             section = varint(36 + length) || CID || data
 *
 * Narrowed to one spelling: exactly one root, which is also the first block; every CID is CIDv1, raw, sha2-256 (36
 * bytes); varints in their shortest form; no block twice; nothing after the last. The header is therefore a constant
 * with a CID in its middle and is compared, not parsed (our CBOR knows no tag 42).
 */
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { LedgerError } from '../errors.ts'
import { equalBytes, fromHex, toHex } from './bytes.ts'
import { cidFromDigest } from './cid.ts'

/** One block. Both arrays are views into the archive's bytes when read from one. */
export interface CarBlock {
  /** 32 bytes, SHA-256 of data */
  readonly digest: Uint8Array
  readonly data: Uint8Array
}

export interface CarOptions {
  sha256?: (bytes: Uint8Array) => Uint8Array
  maxBytes?: number
  maxBlocks?: number
  maxBlockBytes?: number
  /** Called with a block whose data are not what its CID says; the block is then left out. Without it: CID_MISMATCH. */
  onMismatch?: (digest: Uint8Array) => void
}

/** CIDv1 0x01, codec raw 0x55, multihash sha2-256 0x12 of 32 bytes 0x20. */
const CID_PREFIX = fromHex('01551220')
const CID_BYTES = CID_PREFIX.length + 32
/** Map of 2, "roots": array of 1: tag 42, 37 bytes: 0x00 (the multibase prefix dag-cbor asks for) and the CID. */
const HEADER_START = fromHex('3aa265726f6f747381d82a582500')
/** "version": 1 */
const HEADER_END = fromHex('6776657273696f6e01')

const DEFAULT_MAX_BYTES = 1 << 30
const DEFAULT_MAX_BLOCKS = 1 << 20
const DEFAULT_MAX_BLOCK_BYTES = 1 << 25

/** @param blocks root first, none twice */
export function encodeCar(blocks: readonly CarBlock[]): Uint8Array {
  const [root] = blocks
  if (root === undefined) throw new RangeError('an archive has at least its root block')
  const parts = [HEADER_START, CID_PREFIX, root.digest, HEADER_END]
  for (const { digest, data } of blocks) parts.push(encodeVarint(CID_BYTES + data.length), CID_PREFIX, digest, data)
  return joinBytes(parts)
}

/**
 * All blocks of an archive in their order, each checked against its CID. The first is the root.
 *
 * @throws LedgerError CAR_MALFORMED for bytes that {@link encodeCar} does not print, or beyond a limit
 * @throws LedgerError CID_MISMATCH for a block whose data are not what its CID says; always for the root
 */
export function decodeCar(input: Uint8Array, options: CarOptions = {}): CarBlock[] {
  const { sha256 = nobleSha256, maxBlocks = DEFAULT_MAX_BLOCKS, maxBlockBytes = DEFAULT_MAX_BLOCK_BYTES } = options
  if (input.length > (options.maxBytes ?? DEFAULT_MAX_BYTES))
    throw malformed(`${input.length} bytes are more than is read`)
  // A Buffer's subarray would be a Buffer again.
  const bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
  const rootDigest = readHeader(bytes)
  const blocks: CarBlock[] = []
  const seen = new Set<string>()
  let offset = HEADER_START.length + CID_BYTES + HEADER_END.length
  while (offset < bytes.length) {
    if (seen.size >= maxBlocks) throw malformed(`more than ${maxBlocks} blocks`)
    const section = readVarint(bytes, offset)
    const end = section.end + section.value
    if (section.value < CID_BYTES || end > bytes.length)
      throw malformed(`section at ${offset} has an impossible length`)
    if (section.value - CID_BYTES > maxBlockBytes)
      throw malformed(`block at ${offset} is longer than ${maxBlockBytes} bytes`)
    const dataStart = section.end + CID_BYTES
    const digest = readCid(bytes, section.end)
    const data = bytes.subarray(dataStart, end)
    const key = toHex(digest)
    if (seen.has(key)) throw malformed(`block at ${offset} occurs twice`)
    if (seen.size === 0 && !equalBytes(digest, rootDigest)) throw malformed('the first block is not the root')
    seen.add(key)
    if (equalBytes(sha256(data), digest)) blocks.push({ digest, data })
    else if (seen.size > 1 && options.onMismatch !== undefined) options.onMismatch(digest)
    else throw new LedgerError('CID_MISMATCH', `the bytes of block ${cidFromDigest(digest)} are not what its CID says`)
    offset = end
  }
  if (blocks.length === 0) throw malformed('no block follows the header')
  return blocks
}

/** @returns the root's digest */
function readHeader(bytes: Uint8Array): Uint8Array {
  const cidEnd = HEADER_START.length + CID_BYTES
  const headerEnd = cidEnd + HEADER_END.length
  const isHeader =
    equalBytes(bytes.subarray(0, HEADER_START.length), HEADER_START) &&
    equalBytes(bytes.subarray(cidEnd, headerEnd), HEADER_END)
  if (!isHeader) throw malformed('it does not start with the header of an archive with one raw sha2-256 root')
  return readCid(bytes, HEADER_START.length)
}

function readCid(bytes: Uint8Array, offset: number): Uint8Array {
  const start = offset + CID_PREFIX.length
  if (!equalBytes(bytes.subarray(offset, start), CID_PREFIX))
    throw malformed(`CID at ${offset} is not CIDv1, raw, sha2-256`)
  return bytes.subarray(start, start + 32)
}

/** A million parts are too many arguments for concatBytes. */
function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    out.set(part, offset)
    offset += part.length
  }
  return out
}

/** Unsigned LEB128. */
function encodeVarint(value: number): Uint8Array {
  const out: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128)
  return Uint8Array.from([...out, rest])
}

/** Four groups of seven bits: a section is shorter than 256 MiB. */
const MAX_VARINT_BYTES = 4

function readVarint(bytes: Uint8Array, offset: number): { value: number; end: number } {
  let value = 0
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = bytes[offset + i]
    if (byte === undefined) throw malformed(`it ends within the length at ${offset}`)
    value += (byte & 127) * 2 ** (7 * i)
    if (byte >= 128) continue
    if (byte === 0 && i > 0) throw malformed(`length at ${offset} is not in its shortest form`)
    return { value, end: offset + i + 1 }
  }
  throw malformed(`length at ${offset} is too large`)
}

function malformed(what: string): LedgerError {
  return new LedgerError('CAR_MALFORMED', `not an archive of the form we write: ${what}`)
}
