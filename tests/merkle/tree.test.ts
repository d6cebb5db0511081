import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/encoding/bytes.ts'
import { createLeafHashReader, readFrontier, readRange, readRoot } from '../../src/merkle/hash-reader.ts'
import { EMPTY_ROOT, type Hash, leafHash, nodeHash } from '../../src/merkle/hash.ts'
import { EMPTY_FRONTIER, appendLeaf, appendLeaves, frontierRoot, treeRoot } from '../../src/merkle/tree.ts'
import { codeOf, sampleTree } from './sample-tree.ts'

/** Leaves and roots of the tree that RFC 6962 implementations have shared since the first Certificate Transparency log. */
const SHARED_LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const SHARED_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

describe('the Merkle tree', () => {
  it('has the roots that RFC 6962 implementations share', () => {
    const leaves = SHARED_LEAVES.map((hex) => leafHash(fromHex(hex)))
    const roots = SHARED_ROOTS.map((_, size) => toHex(treeRoot(leaves.slice(0, size))))
    expect(roots).toEqual(SHARED_ROOTS)
  })

  it('has the same root recursively, by its frontier and by its subtrees, at every size up to 300', () => {
    const { leafHashes, roots, reader } = sampleTree(300)
    let frontier = EMPTY_FRONTIER
    for (let size = 0; size <= 300; size++) {
      expect(frontier.size).toBe(size)
      expect(frontierRoot(frontier)).toEqual(roots[size])
      expect(readRoot(reader, size)).toEqual(roots[size])
      expect(readFrontier(reader, size)).toEqual(frontier)
      const next = leafHashes[size]
      if (next !== undefined) frontier = appendLeaf(frontier, next)
    }
  })

  it('does not care in how many steps its leaves are appended', () => {
    const { leafHashes, roots } = sampleTree(120)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 }), (steps) => {
        let frontier = EMPTY_FRONTIER
        for (const step of steps) {
          frontier = appendLeaves(frontier, leafHashes.slice(frontier.size, frontier.size + step))
        }
        expect(frontierRoot(frontier)).toEqual(roots[frontier.size])
      }),
    )
  })

  it('leaves the frontier it was given as it was', () => {
    const { leafHashes } = sampleTree(8)
    const three = appendLeaves(EMPTY_FRONTIER, leafHashes.slice(0, 3))
    const root = frontierRoot(three)
    appendLeaves(three, leafHashes.slice(3))
    expect(three.size).toBe(3)
    expect(frontierRoot(three)).toEqual(root)
    expect(EMPTY_FRONTIER).toEqual({ size: 0, hashes: [] })
  })

  it('hashes every aligned range like the recursive definition', () => {
    const { leafHashes, reader } = sampleTree(40)
    for (let start = 0; start < 40; start += 8) {
      for (let end = start + 1; end <= Math.min(start + 8, 40); end++) {
        expect(readRange(reader, start, end)).toEqual(treeRoot(leafHashes.slice(start, end)))
      }
    }
  })

  it('appends beyond 2^32 leaves, where bit operators would be wrong', () => {
    const hash: Hash = leafHash(new Uint8Array())
    const frontier = { size: 2 ** 40 + 3, hashes: [hash, hash, hash] }
    const next = appendLeaf(frontier, hash)
    expect(next.size).toBe(2 ** 40 + 4)
    expect(next.hashes).toEqual([hash, nodeHash(hash, nodeHash(hash, hash))])
  })

  it('refuses sizes that a number cannot hold exactly', () => {
    const reader = createLeafHashReader([])
    const full = { size: Number.MAX_SAFE_INTEGER, hashes: Array.from({ length: 53 }, () => EMPTY_ROOT) }
    expect(codeOf(() => appendLeaf(full, EMPTY_ROOT))).toBe('TREE_RANGE')
    for (const size of [-1, 0.5, Number.NaN, Infinity, 2 ** 53]) {
      expect(codeOf(() => readFrontier(reader, size))).toBe('TREE_RANGE')
    }
  })

  it('never gives a leaf the hash of a node', () => {
    const [left, right] = sampleTree(2).leafHashes
    if (left === undefined || right === undefined) throw new Error('the sample tree has two leaves')
    const concatenation = new Uint8Array([...left, ...right])
    expect(leafHash(concatenation)).not.toEqual(nodeHash(left, right))
    expect(() => nodeHash(left, right.subarray(1))).toThrow(RangeError)
  })

  it('refuses to read a subtree it does not have', () => {
    const { reader } = sampleTree(5)
    expect(() => reader.readHash(0, 5)).toThrow(RangeError)
    expect(() => reader.readHash(2, 1)).toThrow(RangeError)
    expect(() => reader.readHash(4, 0)).toThrow(RangeError)
  })
})
