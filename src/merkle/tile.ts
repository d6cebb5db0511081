/**
 * Tiles and entry bundles of a log, and their paths (C2SP tlog-tiles, "Merkle Tree" and "Log entries").
 *
 *     tile/0/x001/x234/067        full tile: 256 hashes
 *     tile/1/000.p/17             partial tile of 17 hashes
 *     tile/entries/000.p/112      partial bundle of 112 entries
 *
 * Hash i of tile n at level l covers 256^l leaves, number n * 256 + i at that level. A partial tile is never hashed into
 * the level above, and no tile is empty.
 */
import { LedgerError } from '../errors.ts'
import { assertTreeSize } from './tree-size.ts'

export const TILE_WIDTH = 256
/** Entries are length-prefixed with 16 bits. */
export const MAX_ENTRY_BYTES = 65_535
const MAX_LEVEL = 63

export interface TileId {
  /** 0 to 63; a hash of the tile covers 256^level leaves. */
  readonly level: number
  /** Position of the tile in its level. */
  readonly index: number
  /** Hashes in the tile: 256 when full, else 1 to 255. */
  readonly width: number
}

/** `tile/<L>/<N>[.p/<W>]`. A RangeError means the tile does not exist. */
export function formatTilePath(tile: TileId): string {
  if (!Number.isSafeInteger(tile.level) || tile.level < 0 || tile.level > MAX_LEVEL) {
    throw new RangeError(`no tile has level ${tile.level}`)
  }
  return `tile/${tile.level}/${formatPosition(tile.index, tile.width)}`
}

/** `tile/entries/<N>[.p/<W>]`. */
export function entryBundlePath(index: number, width: number = TILE_WIDTH): string {
  return `tile/entries/${formatPosition(index, width)}`
}

/** @throws LedgerError TILE_MALFORMED unless text is exactly what {@link formatTilePath} prints for some tile */
export function parseTilePath(text: string): TileId {
  const match = /^tile\/(0|[1-9][0-9]?)\/(.+)$/.exec(text)
  const position = parsePosition(match?.[2])
  const level = Number(match?.[1])
  if (position === undefined || level > MAX_LEVEL) throw malformedPath(text)
  return { level, ...position }
}

/** @throws LedgerError TILE_MALFORMED unless text is exactly what {@link entryBundlePath} prints for some bundle */
export function parseEntryBundlePath(text: string): { index: number; width: number } {
  const position = parsePosition(/^tile\/entries\/(.+)$/.exec(text)?.[1])
  if (position === undefined) throw malformedPath(text)
  return position
}

function formatPosition(index: number, width: number): string {
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`no tile has position ${index}`)
  if (!Number.isSafeInteger(width) || width < 1 || width > TILE_WIDTH)
    throw new RangeError(`no tile has width ${width}`)
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? []
  const last = groups.pop() ?? ''
  return groups.map((group) => `x${group}/`).join('') + last + (width < TILE_WIDTH ? `.p/${width}` : '')
}

function parsePosition(text: string | undefined): { index: number; width: number } | undefined {
  const match = /^((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(text ?? '')
  if (match === null) return undefined
  const index = Number((match[1] ?? '').replaceAll(/[x/]/g, ''))
  const width = match[2] === undefined ? TILE_WIDTH : Number(match[2])
  if (!Number.isSafeInteger(index) || width > TILE_WIDTH) return undefined
  // The other spellings (a leading group of zeros, a full tile written as partial) end here.
  return formatPosition(index, width) === text ? { index, width } : undefined
}

/** Every tile of a tree of `size` leaves, level by level, each level from the left; the partial one comes last. */
export function tilesOfSize(size: number): TileId[] {
  assertTreeSize(size)
  const tiles: TileId[] = []
  let hashes = size
  for (let level = 0; hashes > 0; level++) {
    const full = Math.floor(hashes / TILE_WIDTH)
    for (let index = 0; index < full; index++) tiles.push({ level, index, width: TILE_WIDTH })
    const width = hashes % TILE_WIDTH
    if (width > 0) tiles.push({ level, index: full, width })
    hashes = full
  }
  return tiles
}

/** Each entry behind its length, 16 bits big-endian. 1 to 256 entries of at most 65,535 bytes, else a RangeError. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length < 1 || entries.length > TILE_WIDTH) throw new RangeError(`no bundle has ${entries.length} entries`)
  let length = 0
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES) throw new RangeError(`an entry of ${entry.length} bytes does not fit a bundle`)
    length += 2 + entry.length
  }
  const out = new Uint8Array(length)
  let offset = 0
  for (const entry of entries) {
    out[offset] = entry.length >> 8
    out[offset + 1] = entry.length & 255
    out.set(entry, offset + 2)
    offset += 2 + entry.length
  }
  return out
}

/** @throws LedgerError TILE_MALFORMED unless the bytes are 1 to 256 whole entries */
export function decodeEntryBundle(bytes: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = []
  let offset = 0
  while (offset < bytes.length) {
    const high = bytes[offset]
    const low = bytes[offset + 1]
    if (high === undefined || low === undefined) throw malformedBundle(bytes.length)
    const end = offset + 2 + high * 256 + low
    if (end > bytes.length || entries.length === TILE_WIDTH) throw malformedBundle(bytes.length)
    entries.push(bytes.slice(offset + 2, end))
    offset = end
  }
  if (entries.length === 0) throw malformedBundle(bytes.length)
  return entries
}

function malformedPath(text: string): LedgerError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text
  return new LedgerError('TILE_MALFORMED', `expected a tile path as in C2SP tlog-tiles, found "${shown}"`)
}

function malformedBundle(bytes: number): LedgerError {
  return new LedgerError('TILE_MALFORMED', `${bytes} bytes are not a bundle of 1 to 256 whole entries`)
}
