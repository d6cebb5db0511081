import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/encoding/bytes.ts'
import { createTileHashReader, decodeTile } from '../../src/merkle/tile-hash-reader.ts'
import {
  MAX_ENTRY_BYTES,
  type TileId,
  TILE_WIDTH,
  decodeEntryBundle,
  encodeEntryBundle,
  entryBundlePath,
  formatTilePath,
  parseEntryBundlePath,
  parseTilePath,
  tilesOfSize,
} from '../../src/merkle/tile.ts'
import { proveInclusion, verifyInclusion } from '../../src/merkle/inclusion.ts'
import { readRoot } from '../../src/merkle/hash-reader.ts'
import { treeRoot } from '../../src/merkle/tree.ts'
import { codeOf, sampleTree } from './sample-tree.ts'

const anyTile = fc.record({
  level: fc.integer({ min: 0, max: 63 }),
  index: fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.maxSafeNat()),
  width: fc.integer({ min: 1, max: 256 }),
})

describe('tile paths', () => {
  it.each([
    [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 1, index: 0, width: 17 }, 'tile/1/000.p/17'],
    [{ level: 63, index: 1000, width: 1 }, 'tile/63/x001/000.p/1'],
    [{ level: 2, index: 999, width: 255 }, 'tile/2/999.p/255'],
  ])('of %j is %s', (tile, path) => {
    expect(formatTilePath(tile)).toBe(path)
    expect(parseTilePath(path)).toEqual(tile)
  })

  it('name every tile, and nothing else', () => {
    fc.assert(
      fc.property(anyTile, (tile) => {
        expect(parseTilePath(formatTilePath(tile))).toEqual(tile)
        const bundle = { index: tile.index, width: tile.width }
        expect(parseEntryBundlePath(entryBundlePath(tile.index, tile.width))).toEqual(bundle)
      }),
    )
    fc.assert(
      fc.property(fc.stringMatching(/^tile\/[0-9]{1,3}\/[x0-9/.p]{1,16}$/), (text) => {
        const path = codeOf(() => parseTilePath(text)) === 'accepted' ? formatTilePath(parseTilePath(text)) : text
        expect(path).toBe(text)
      }),
    )
  })

  it.each([
    '',
    'tile',
    'tile/0',
    'tile/0/',
    '/tile/0/000',
    'tile/0/0',
    'tile/0/00',
    'tile/0/0000',
    'tile/00/000',
    'tile/01/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/x000/000',
    'tile/0/x000/001',
    'tile/0/001/x234/067',
    'tile/0/x001/x234',
    'tile/0/x001/234/067',
    'tile/0/X001/234',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000.p/',
    'tile/0/000.p',
    'tile/0/000/p/1',
    'tile/0/000.p/1/',
    'tile/0/000 ',
    'tile/0/000\n',
    'tile/0/٠٠٠',
    'tile/data/000',
    'tile/entries/000',
    'tile/0/x009/x007/x199/x254/x740/992',
    'tile/0/x001/x000/x000/x000/x000/x000/000',
  ])('refuse %j', (path) => {
    expect(codeOf(() => parseTilePath(path))).toBe('TILE_MALFORMED')
  })

  it.each(['tile/entries/', 'tile/entries/0', 'tile/0/000', 'tile/entries/x000/001', 'tile/entries/000.p/256'])(
    'refuse %j as that of a bundle',
    (path) => {
      expect(codeOf(() => parseEntryBundlePath(path))).toBe('TILE_MALFORMED')
    },
  )

  it('are not made for tiles that cannot exist', () => {
    expect(() => formatTilePath({ level: 64, index: 0, width: 1 })).toThrow(RangeError)
    expect(() => formatTilePath({ level: 0, index: -1, width: 1 })).toThrow(RangeError)
    expect(() => formatTilePath({ level: 0, index: 0, width: 0 })).toThrow(RangeError)
    expect(() => entryBundlePath(0, 257)).toThrow(RangeError)
  })
})

describe('the tiles of a size', () => {
  it('are those of the example of C2SP tlog-tiles', () => {
    const tiles = tilesOfSize(70_000)
    expect(tiles.filter(({ level, width }) => level === 0 && width === TILE_WIDTH)).toHaveLength(273)
    expect(tiles.filter(({ level, width }) => level === 1 && width === TILE_WIDTH)).toHaveLength(1)
    expect(tiles.filter(({ width }) => width < TILE_WIDTH).map(formatTilePath)).toEqual([
      'tile/0/273.p/112',
      'tile/1/001.p/17',
      'tile/2/000.p/1',
    ])
    expect(tilesOfSize(256).map(formatTilePath)).toEqual(['tile/0/000', 'tile/1/000.p/1'])
    expect(tilesOfSize(0)).toEqual([])
  })

  it('hold exactly floor(size / 256^level) hashes on each level', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300_000 }), (size) => {
        const hashes = new Map<number, number>()
        for (const { level, width } of tilesOfSize(size)) hashes.set(level, (hashes.get(level) ?? 0) + width)
        for (let level = 0; level < 3; level++) {
          expect(hashes.get(level) ?? 0).toBe(Math.floor(size / TILE_WIDTH ** level))
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('a tree read through tiles', () => {
  /** Every tile of the first `size` leaves, by path. */
  function tilesOf(leafHashes: readonly Uint8Array[]): Map<string, Uint8Array> {
    const readHash = hashesByLevel(leafHashes)
    const out = new Map<string, Uint8Array>()
    for (const tile of tilesOfSize(leafHashes.length)) {
      const hashes = Array.from({ length: tile.width }, (_, i) => readHash(tile.level, tile.index * TILE_WIDTH + i))
      out.set(formatTilePath(tile), concatBytes(...hashes))
    }
    return out
  }

  function hashesByLevel(leafHashes: readonly Uint8Array[]): (level: number, index: number) => Uint8Array {
    return (level, index) => {
      const width = TILE_WIDTH ** level
      return treeRoot(leafHashes.slice(index * width, (index + 1) * width))
    }
  }

  it('has the same roots and proofs, with every tile asked for once at the width of the size', () => {
    const { leafHashes, roots } = sampleTree(600)
    for (const size of [1, 2, 255, 256, 257, 511, 512, 513, 600]) {
      const tiles = tilesOf(leafHashes.slice(0, size))
      const asked: string[] = []
      const reader = createTileHashReader(size, (tile) => {
        const path = formatTilePath(tile)
        asked.push(path)
        return tiles.get(path) ?? new Uint8Array()
      })
      const root = roots[size] ?? new Uint8Array()
      expect(readRoot(reader, size)).toEqual(root)
      for (const index of new Set([0, Math.floor(size / 2), size - 1])) {
        verifyInclusion(leafHashes[index] ?? new Uint8Array(), index, size, proveInclusion(reader, index, size), root)
      }
      expect(new Set(asked).size).toBe(asked.length)
    }
  })

  it('refuses a tile that has not the width it was asked for', () => {
    const tile: TileId = { level: 0, index: 0, width: 3 }
    expect(codeOf(() => decodeTile(tile, new Uint8Array(64)))).toBe('TILE_MALFORMED')
    expect(codeOf(() => decodeTile(tile, new Uint8Array(97)))).toBe('TILE_MALFORMED')
    expect(decodeTile(tile, new Uint8Array(96))).toHaveLength(3)
    const reader = createTileHashReader(3, () => new Uint8Array(32))
    expect(codeOf(() => reader.readHash(0, 0))).toBe('TILE_MALFORMED')
    expect(() => reader.readHash(0, 256)).toThrow(RangeError)
  })
})

describe('entry bundles', () => {
  it('give back the entries they were made of', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 256 }), (entries) => {
        expect(decodeEntryBundle(encodeEntryBundle(entries))).toEqual(entries)
      }),
    )
  })

  it('are refused unless they are whole: no accepted bytes have another spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const isWhole = codeOf(() => decodeEntryBundle(bytes)) === 'accepted'
        expect(isWhole ? encodeEntryBundle(decodeEntryBundle(bytes)) : bytes).toEqual(bytes)
      }),
    )
    expect(codeOf(() => decodeEntryBundle(new Uint8Array()))).toBe('TILE_MALFORMED')
    expect(codeOf(() => decodeEntryBundle(Uint8Array.of(0)))).toBe('TILE_MALFORMED')
    expect(codeOf(() => decodeEntryBundle(Uint8Array.of(0, 2, 1)))).toBe('TILE_MALFORMED')
  })

  it('hold 1 to 256 entries of at most 65,535 bytes', () => {
    const longest = new Uint8Array(MAX_ENTRY_BYTES).fill(7)
    expect(decodeEntryBundle(encodeEntryBundle([longest]))).toEqual([longest])
    expect(() => encodeEntryBundle([new Uint8Array(MAX_ENTRY_BYTES + 1)])).toThrow(RangeError)
    expect(() => encodeEntryBundle([])).toThrow(RangeError)
    expect(() => encodeEntryBundle(Array.from({ length: 257 }, () => new Uint8Array()))).toThrow(RangeError)
    expect(decodeEntryBundle(new Uint8Array(512))).toHaveLength(256)
    expect(codeOf(() => decodeEntryBundle(new Uint8Array(514)))).toBe('TILE_MALFORMED')
  })
})
