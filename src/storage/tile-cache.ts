/**
 * Verified tiles of all logs of a node, the least recently used dropped first. What is in here was checked against the
 * right edge in memory; a tile takes about 16 KiB with its inner hashes.
 */
import type { TileNodes } from './tile-nodes.ts'

/** 8 MiB. */
export const DEFAULT_MAX_CACHED_TILES = 512

export class TileCache {
  private readonly maxTiles: number
  /** In order of last use: a Map iterates in insertion order, and a hit is inserted again. */
  private readonly tiles = new Map<string, TileNodes>()

  constructor(maxTiles: number = DEFAULT_MAX_CACHED_TILES) {
    this.maxTiles = maxTiles
  }

  get(log: number, level: number, index: number): TileNodes | undefined {
    const key = `${log}/${level}/${index}`
    const tile = this.tiles.get(key)
    if (tile === undefined) return undefined
    this.tiles.delete(key)
    this.tiles.set(key, tile)
    return tile
  }

  put(log: number, level: number, index: number, tile: TileNodes): void {
    const key = `${log}/${level}/${index}`
    this.tiles.delete(key)
    this.tiles.set(key, tile)
    for (const oldest of this.tiles.keys()) {
      if (this.tiles.size <= this.maxTiles) return
      this.tiles.delete(oldest)
    }
  }

  /** Forgets the tiles of one log, as after a truncation. */
  forget(log: number): void {
    for (const key of this.tiles.keys()) if (key.startsWith(`${log}/`)) this.tiles.delete(key)
  }
}
