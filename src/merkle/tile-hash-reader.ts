/**
 * Reads a tree through its tiles (C2SP tlog-tiles): hashes on a level that is a multiple of 8 stand in a tile, the ones
 * between are recomputed from it.
 */
import { LedgerError } from '../errors.ts'
import { type HashReader, createLeafHashReader } from './hash-reader.ts'
import { type Hash, type Sha256, HASH_BYTES } from './hash.ts'
import { type TileId, TILE_WIDTH } from './tile.ts'
import { assertTreeSize } from './tree-size.ts'

const LEVELS_PER_TILE = 8

/**
 * The hashes in the tile, from its bytes.
 *
 * @throws LedgerError TILE_MALFORMED unless there are exactly width hashes of 32 bytes
 */
export function decodeTile(tile: TileId, bytes: Uint8Array): Hash[] {
  if (bytes.length !== tile.width * HASH_BYTES) {
    throw new LedgerError('TILE_MALFORMED', `expected ${tile.width * HASH_BYTES} bytes of tile, found ${bytes.length}`)
  }
  const hashes: Hash[] = []
  for (let i = 0; i < tile.width; i++) hashes.push(bytes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES))
  return hashes
}

/**
 * A reader for the tree of `treeSize` leaves that asks for each tile at most once, in the width it has at that size. It
 * does not know the root: whoever reads from an untrusted source compares with one.
 */
export function createTileHashReader(
  treeSize: number,
  readTile: (tile: TileId) => Uint8Array,
  sha256?: Sha256,
): HashReader {
  assertTreeSize(treeSize)
  const tiles = new Map<string, HashReader>()
  return {
    readHash(level, index) {
      const tileLevel = Math.floor(level / LEVELS_PER_TILE)
      const levelInTile = level % LEVELS_PER_TILE
      const hashesPerNode = 2 ** levelInTile
      const tileIndex = Math.floor((index * hashesPerNode) / TILE_WIDTH)
      const key = `${tileLevel}/${tileIndex}`
      let reader = tiles.get(key)
      if (reader === undefined) {
        const hashesInLevel = Math.floor(treeSize / TILE_WIDTH ** tileLevel)
        const width = Math.min(hashesInLevel - tileIndex * TILE_WIDTH, TILE_WIDTH)
        if (width < 1) throw new RangeError(`no subtree ${index} of level ${level} in ${treeSize} leaves`)
        const tile = { level: tileLevel, index: tileIndex, width }
        reader = createLeafHashReader(decodeTile(tile, readTile(tile)), sha256)
        tiles.set(key, reader)
      }
      return reader.readHash(levelInTile, index - (tileIndex * TILE_WIDTH) / hashesPerNode)
    },
  }
}
