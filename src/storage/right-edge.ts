/**
 * The growing side of a tree: for each tile level the one tile that is not full yet. All that appending and the root
 * need, at most 255 hashes a level, and the trusted end of every check of a stored tile.
 */
import { type Frontier } from '../merkle/tree.ts'
import { type Hash, type Sha256 } from '../merkle/hash.ts'
import { TILE_WIDTH } from '../merkle/tile.ts'
import { TILE_HEIGHT, TileNodes } from './tile-nodes.ts'

/** A tile that an append completed; it never changes again. */
export interface FullTile {
  readonly level: number
  readonly index: number
  readonly nodes: TileNodes
}

/** Immutable for its readers: {@link extendEdge} makes a new one. */
export interface RightEdge {
  readonly size: number
  /** tiles[level] has floor(size / 256^level) mod 256 hashes. */
  readonly tiles: readonly TileNodes[]
}

export const EMPTY_EDGE: RightEdge = { size: 0, tiles: [] }

/** The edge after these leaves, and the tiles they completed, lowest level first among those of one leaf. */
export function extendEdge(
  edge: RightEdge,
  leafHashes: readonly Hash[],
  sha256: Sha256,
): { edge: RightEdge; completed: FullTile[] } {
  const tiles = [...edge.tiles]
  const own = new Set<number>()
  const completed: FullTile[] = []
  let size = edge.size
  for (const leafHash of leafHashes) {
    size++
    let hash = leafHash
    let hashesInLevel = size
    for (let level = 0; ; level++) {
      let tile = tiles[level] ?? new TileNodes()
      // The old edge keeps its tiles: a prepared append may never be committed.
      if (!own.has(level)) tile = tile.clone()
      own.add(level)
      tiles[level] = tile
      tile.append(hash, sha256)
      if (tile.width < TILE_WIDTH) break
      hash = tile.root()
      hashesInLevel /= TILE_WIDTH
      completed.push({ level, index: hashesInLevel - 1, nodes: tile })
      tiles[level] = new TileNodes()
    }
  }
  return { edge: { size, tiles }, completed }
}

/** The perfect subtrees of the edge's size, largest first: they all stand in the edge's tiles. */
export function edgeFrontier(edge: RightEdge): Frontier {
  const hashes: Hash[] = []
  for (const tile of edge.tiles.toReversed()) {
    let end = 0
    for (let height = TILE_HEIGHT - 1; height >= 0; height--) {
      if ((tile.width & (1 << height)) === 0) continue
      hashes.push(tile.read(height, end >> height))
      end += 1 << height
    }
  }
  return { size: edge.size, hashes }
}
