import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBase64 } from '../../src/encoding/bytes.ts'
import { proveInclusion, rootFromInclusion, verifyInclusion } from '../../src/merkle/inclusion.ts'
import type { Hash } from '../../src/merkle/hash.ts'
import { codeOf, flipBit, sampleTree } from './sample-tree.ts'
import { hasVectors, listVectors, readVectorText } from './vectors.ts'

interface InclusionVector {
  readonly leafIdx: number
  readonly treeSize: number
  readonly root: string
  readonly leafHash: string
  readonly proof: readonly string[] | null
  readonly desc: string
  readonly wantErr: boolean
}

describe('inclusion proofs', () => {
  const { leafHashes, roots, reader } = sampleTree(256)
  const leaf = (index: number): Hash => leafHashes[index] ?? new Uint8Array()
  const root = (size: number): Hash => roots[size] ?? new Uint8Array()

  it('hold for every leaf of every tree up to 256 leaves', () => {
    let proofs = 0
    for (let size = 1; size <= 256; size++) {
      for (let index = 0; index < size; index++) {
        verifyInclusion(leaf(index), index, size, proveInclusion(reader, index, size), root(size))
        proofs++
      }
    }
    expect(proofs).toBe((256 * 257) / 2)
  })

  it('do not hold for any other leaf, any other index or any other size, in trees up to 24 leaves', () => {
    for (let size = 1; size <= 24; size++) {
      for (let index = 0; index < size; index++) {
        const path = proveInclusion(reader, index, size)
        for (let other = 0; other < size; other++) {
          if (other === index) continue
          expect(codeOf(() => verifyInclusion(leaf(other), index, size, path, root(size)))).toBe('PROOF_INVALID')
          expect(codeOf(() => verifyInclusion(leaf(index), other, size, path, root(size)))).toMatch(/^PROOF_/)
        }
        expect(codeOf(() => verifyInclusion(leaf(index), index, size, path, root(size + 1)))).toBe('PROOF_INVALID')
      }
    }
  })

  it('fail with one hash more or one hash less, wherever it is', () => {
    for (let size = 2; size <= 40; size++) {
      for (let index = 0; index < size; index++) {
        const path = proveInclusion(reader, index, size)
        for (let at = 0; at <= path.length; at++) {
          const longer = path.toSpliced(at, 0, root(size))
          expect(codeOf(() => rootFromInclusion(leaf(index), index, size, longer))).toBe('PROOF_LENGTH')
          if (at === path.length) continue
          const shorter = path.toSpliced(at, 1)
          expect(codeOf(() => rootFromInclusion(leaf(index), index, size, shorter))).toBe('PROOF_LENGTH')
        }
      }
    }
  })

  it('fail when any bit of the path, the leaf or the root is turned', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 256 }),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        (size, anyIndex, anyHash, bit) => {
          const index = anyIndex % size
          const path = proveInclusion(reader, index, size)
          const at = anyHash % (path.length + 2)
          const turned = (hash: Hash, isTurned: boolean): Hash => (isTurned ? flipBit(hash, bit) : hash)
          const badPath = path.map((hash, position) => turned(hash, position === at))
          const badLeaf = turned(leaf(index), at === path.length)
          const badRoot = turned(root(size), at === path.length + 1)
          expect(codeOf(() => verifyInclusion(badLeaf, index, size, badPath, badRoot))).toBe('PROOF_INVALID')
        },
      ),
    )
  })

  it('are refused for an index outside the tree', () => {
    for (const [index, size] of [
      [0, 0],
      [3, 3],
      [-1, 3],
      [0.5, 3],
      [Number.NaN, 3],
      [0, 2 ** 53],
    ] as const) {
      expect(codeOf(() => proveInclusion(reader, index, size))).toBe('TREE_RANGE')
      expect(codeOf(() => verifyInclusion(leaf(0), index, size, [], root(1)))).toBe('TREE_RANGE')
    }
  })

  it('are refused when a hash has not 32 bytes', () => {
    const path = proveInclusion(reader, 2, 5)
    const short = path.map((hash) => hash.subarray(1))
    expect(codeOf(() => rootFromInclusion(leaf(2), 2, 5, short))).toBe('PROOF_INVALID')
    expect(codeOf(() => rootFromInclusion(leaf(2).subarray(1), 2, 5, path))).toBe('PROOF_INVALID')
  })

  it('are followed beyond 2^32 leaves', () => {
    // The first leaf of a tree of 2^40 + 1: forty siblings in its own subtree and the lone last leaf.
    const path = Array.from({ length: 41 }, () => leaf(1))
    expect(rootFromInclusion(leaf(0), 0, 2 ** 40 + 1, path)).toHaveLength(32)
    expect(rootFromInclusion(leaf(0), 2 ** 40, 2 ** 40 + 1, path.slice(0, 1))).toHaveLength(32)
    expect(codeOf(() => rootFromInclusion(leaf(0), 2 ** 40, 2 ** 40 + 1, path))).toBe('PROOF_LENGTH')
  })
})

describe.runIf(hasVectors('rfc6962/inclusion'))('inclusion proofs and the published vectors', () => {
  it.each(listVectors('rfc6962/inclusion/**/*.json'))('agree on %s', (file) => {
    const vector = JSON.parse(readVectorText(file)) as InclusionVector
    const path = (vector.proof ?? []).map(fromBase64)
    const call = (): void => {
      verifyInclusion(fromBase64(vector.leafHash), vector.leafIdx, vector.treeSize, path, fromBase64(vector.root))
    }
    expect(codeOf(call)).toMatch(vector.wantErr ? /^(PROOF_|TREE_RANGE)/ : /^accepted$/)
  })
})
