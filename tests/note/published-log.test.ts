/**
 * A log written by another implementation, read through our notes, tiles, bundles and proofs.
 */
import { describe, expect, it } from 'vitest'
import { equalBytes } from '../../src/encoding/bytes.ts'
import { proveConsistency, verifyConsistency } from '../../src/merkle/consistency.ts'
import { readRoot } from '../../src/merkle/hash-reader.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { proveInclusion, verifyInclusion } from '../../src/merkle/inclusion.ts'
import { createTileHashReader, decodeTile } from '../../src/merkle/tile-hash-reader.ts'
import {
  decodeEntryBundle,
  encodeEntryBundle,
  entryBundlePath,
  formatTilePath,
  parseEntryBundlePath,
  parseTilePath,
  tilesOfSize,
} from '../../src/merkle/tile.ts'
import { treeRoot } from '../../src/merkle/tree.ts'
import { type Checkpoint, openCheckpoint } from '../../src/note/checkpoint.ts'
import { formatNote, parseNote } from '../../src/note/note.ts'
import { parseVerifierKey } from '../../src/note/verifier-key.ts'
import { nobleVerifier } from '../../src/signing/ed25519-noble.ts'
import { codeOf, flipBit } from '../merkle/sample-tree.ts'
import { hasVectors, listVectors, readVector } from '../merkle/vectors.ts'
import { codeOfPromise } from './sample-keys.ts'

const LOG = 'tlog-tiles/log'
const KEY = parseVerifierKey('example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx')

async function readCheckpoint(file: string): Promise<Checkpoint> {
  const bytes = readVector(LOG, file)
  const note = parseNote(bytes)
  expect(formatNote(note)).toEqual(bytes)
  return openCheckpoint(note, KEY, nobleVerifier)
}

describe.runIf(hasVectors(LOG))('the log of another implementation', () => {
  const sizes = Array.from({ length: 16 }, (_, size) => size)

  it('has 16 checkpoints with valid signatures, and the newest is the largest', async () => {
    for (const size of sizes) {
      expect(await readCheckpoint(`checkpoint.${size}`)).toMatchObject({ origin: KEY.name, size })
    }
    expect(await readCheckpoint('checkpoint')).toEqual(await readCheckpoint('checkpoint.15'))
  })

  it('has no checkpoint that survives a turned bit', async () => {
    const bytes = readVector(LOG, 'checkpoint')
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const opened = async (): Promise<unknown> => openCheckpoint(parseNote(flipBit(bytes, bit)), KEY, nobleVerifier)
      expect(await codeOfPromise(opened())).not.toBe('accepted')
    }
  })

  it('has entries and tiles that lead to the root of each checkpoint', async () => {
    for (const size of sizes.slice(1)) {
      const { root } = await readCheckpoint(`checkpoint.${size}`)
      const bundle = readVector(LOG, entryBundlePath(0, size))
      const entries = decodeEntryBundle(bundle)
      expect(encodeEntryBundle(entries)).toEqual(bundle)
      const leaves = entries.map((entry) => leafHash(entry))
      expect(treeRoot(leaves)).toEqual(root)
      const [tile] = tilesOfSize(size)
      if (tile === undefined) throw new Error('a log of at least one entry has a tile')
      expect(decodeTile(tile, readVector(LOG, formatTilePath(tile)))).toEqual(leaves)
    }
  })

  it('includes every entry in every checkpoint', async () => {
    for (const size of sizes.slice(1)) {
      const { root } = await readCheckpoint(`checkpoint.${size}`)
      const reader = createTileHashReader(size, (tile) => readVector(LOG, formatTilePath(tile)))
      expect(equalBytes(readRoot(reader, size), root)).toBe(true)
      for (const [index, entry] of decodeEntryBundle(readVector(LOG, entryBundlePath(0, size))).entries()) {
        verifyInclusion(leafHash(entry), index, size, proveInclusion(reader, index, size), root)
      }
    }
  })

  it('is consistent between all its checkpoints', async () => {
    let proofs = 0
    const checkpoints = await Promise.all(sizes.map((size) => readCheckpoint(`checkpoint.${size}`)))
    const reader = createTileHashReader(15, (tile) => readVector(LOG, formatTilePath(tile)))
    for (const to of checkpoints.slice(1)) {
      for (const from of checkpoints.slice(1, to.size + 1)) {
        verifyConsistency(from.size, from.root, to.size, to.root, proveConsistency(reader, from.size, to.size))
        proofs++
      }
    }
    expect(proofs).toBe((15 * 16) / 2)
  })

  it('has files with the paths that we would give them', () => {
    const files = listVectors(`${LOG}/tile/**/*`).map((file) => file.slice(LOG.length + 1))
    const named = files.filter((file) => /\.p\/[0-9]+$/.test(file))
    expect(named).toHaveLength(30)
    for (const file of named) {
      const isBundle = codeOf(() => parseTilePath(file)) !== 'accepted'
      const bundle = isBundle ? parseEntryBundlePath(file) : undefined
      expect(bundle ? entryBundlePath(bundle.index, bundle.width) : formatTilePath(parseTilePath(file))).toBe(file)
    }
  })
})
