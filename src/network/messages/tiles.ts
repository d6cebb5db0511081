/** tiles/1: Merkle tiles of a log (C2SP tlog-tiles), so that a replica verifies from the root downwards. */
import { simpleExchange } from '../exchange.ts'
import { bytes, hash, list, record, size, uint } from '../fields.ts'
import { protocol } from '../protocol.ts'
import type { Exchange } from '../exchange.ts'
import type { Codec } from '../fields.ts'

export const MAX_TILES_PER_REQUEST = 16

export interface TileName {
  level: number
  index: number
  /** Hashes in the tile, 1 to 256. */
  width: number
}

export interface TilesRequest {
  logId: Uint8Array
  /** The tree size the tiles are asked for. */
  size: number
  tiles: readonly TileName[]
}

export interface TilesAnswer {
  /** In the order asked for, 32 bytes a hash. */
  tiles: readonly Uint8Array[]
}

const request: Codec<TilesRequest> = record<TilesRequest>({
  logId: hash,
  size,
  tiles: list(record<TileName>({ level: uint(7), index: size, width: uint(256) }), MAX_TILES_PER_REQUEST),
})

export const tilesExchange: Exchange<TilesRequest, TilesAnswer> = simpleExchange(
  protocol('tiles'),
  request,
  record<TilesAnswer>({ tiles: list(bytes(32, 256 * 32), MAX_TILES_PER_REQUEST) }),
)
