/**
 * One tile with all the hashes above its own (C2SP tlog-tiles: 256 hashes a tile, so 8 levels of the tree): what is kept
 * in memory of a verified tile, and of the growing tiles at the right edge.
 *
 * Inner hashes are computed when their two children are there, one for each hash appended, so any subtree inside a tile
 * is read without hashing.
 */
import { type Hash, type Sha256, HASH_BYTES, nodeHash } from '../merkle/hash.ts'
import { TILE_WIDTH } from '../merkle/tile.ts'

/** Levels of the tree that one tile spans: a hash at height 8 is the tile's root, the hash one tile level up. */
export const TILE_HEIGHT = 8
export const FULL_TILE_BYTES: number = TILE_WIDTH * HASH_BYTES

export class TileNodes {
  private count = 0
  /** heights[h] holds the floor(width / 2^h) hashes of the perfect subtrees of 2^h hashes; buffers grow by doubling. */
  private heights: Uint8Array[] = []

  /** Hashes in the tile, 0 to 256. */
  get width(): number {
    return this.count
  }

  /** @param bytes whole hashes of 32 bytes, at most 256 */
  static from(bytes: Uint8Array, sha256: Sha256): TileNodes {
    const nodes = new TileNodes()
    for (let at = 0; at < bytes.length; at += HASH_BYTES) nodes.append(bytes.subarray(at, at + HASH_BYTES), sha256)
    return nodes
  }

  append(hash: Hash, sha256: Sha256): void {
    if (hash.length !== HASH_BYTES || this.count >= TILE_WIDTH)
      throw new RangeError('a tile takes 256 hashes of 32 bytes')
    let right = hash
    let position = this.count
    this.write(0, position, right)
    for (let height = 1; position % 2 === 1; height++) {
      right = nodeHash(this.view(height - 1, position - 1), right, sha256)
      position = (position - 1) / 2
      this.write(height, position, right)
    }
    this.count++
  }

  /** Hash of the perfect subtree number `index` of 2^height hashes of this tile. */
  read(height: number, index: number): Hash {
    if (height < 0 || height > TILE_HEIGHT || index < 0 || (index + 1) * 2 ** height > this.count) {
      throw new RangeError(`no subtree ${index} of height ${height} in a tile of ${this.count} hashes`)
    }
    return this.view(height, index).slice()
  }

  /** Root of a full tile. */
  root(): Hash {
    return this.read(TILE_HEIGHT, 0)
  }

  /** The first `width` hashes, as the tile is written. */
  bytes(width: number = this.count): Uint8Array {
    if (width > this.count) throw new RangeError(`a tile of ${this.count} hashes has no first ${width}`)
    return (this.heights[0] ?? new Uint8Array(0)).slice(0, width * HASH_BYTES)
  }

  clone(): TileNodes {
    const copy = new TileNodes()
    copy.count = this.count
    copy.heights = this.heights.map((buffer) => buffer.slice())
    return copy
  }

  private view(height: number, index: number): Uint8Array {
    const buffer = this.heights[height]
    if (buffer === undefined) throw new RangeError(`no hashes of height ${height} in a tile of ${this.count} hashes`)
    return buffer.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
  }

  private write(height: number, index: number, hash: Hash): void {
    let buffer = this.heights[height] ?? new Uint8Array(HASH_BYTES)
    if (buffer.length < (index + 1) * HASH_BYTES) {
      const grown = new Uint8Array(buffer.length * 2)
      grown.set(buffer)
      buffer = grown
    }
    buffer.set(hash, index * HASH_BYTES)
    this.heights[height] = buffer
  }
}
