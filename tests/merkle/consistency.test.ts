import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBase64 } from '../../src/encoding/bytes.ts'
import { proveConsistency, rootsFromConsistency, verifyConsistency } from '../../src/merkle/consistency.ts'
import { EMPTY_ROOT, type Hash } from '../../src/merkle/hash.ts'
import { codeOf, flipBit, sampleTree } from './sample-tree.ts'
import { hasVectors, listVectors, readVectorText } from './vectors.ts'

interface ConsistencyVector {
  readonly size1: number
  readonly size2: number
  readonly root1: string
  readonly root2: string
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}

const LARGEST = 130

describe('consistency proofs', () => {
  const { roots, reader } = sampleTree(LARGEST + 1)
  const root = (size: number): Hash => roots[size] ?? new Uint8Array()

  it(`hold between all sizes up to ${LARGEST}`, () => {
    let proofs = 0
    for (let to = 1; to <= LARGEST; to++) {
      for (let from = 1; from <= to; from++) {
        verifyConsistency(from, root(from), to, root(to), proveConsistency(reader, from, to))
        proofs++
      }
    }
    expect(proofs).toBe((LARGEST * (LARGEST + 1)) / 2)
  })

  it(`imply both roots between all sizes up to ${LARGEST}, where the path can say them`, () => {
    for (let to = 2; to <= LARGEST; to++) {
      for (let from = 1; from < to; from++) {
        const implied = rootsFromConsistency(from, root(from), to, proveConsistency(reader, from, to))
        expect(implied).toEqual({ from: root(from), to: root(to) })
      }
    }
  })

  it('do not hold between branches, wherever they part', () => {
    for (let forkAt = 0; forkAt < 12; forkAt++) {
      const other = sampleTree(24, forkAt)
      for (let to = forkAt + 1; to <= 24; to++) {
        for (let from = forkAt + 1; from <= to; from++) {
          const path = proveConsistency(other.reader, from, to)
          const otherRoot = other.roots[to] ?? EMPTY_ROOT
          expect(codeOf(() => verifyConsistency(from, root(from), to, otherRoot, path))).toBe('PROOF_INVALID')
        }
      }
    }
  })

  it('fail with one hash more or one hash less, wherever it is', () => {
    for (let to = 2; to <= 40; to++) {
      for (let from = 1; from < to; from++) {
        const path = proveConsistency(reader, from, to)
        for (let at = 0; at <= path.length; at++) {
          const longer = path.toSpliced(at, 0, root(from))
          expect(codeOf(() => verifyConsistency(from, root(from), to, root(to), longer))).toBe('PROOF_LENGTH')
          if (at === path.length) continue
          const shorter = path.toSpliced(at, 1)
          expect(codeOf(() => verifyConsistency(from, root(from), to, root(to), shorter))).toBe('PROOF_LENGTH')
        }
      }
    }
  })

  it('fail when any bit of the path or of a root is turned', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: LARGEST }),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        (to, anyFrom, anyHash, bit) => {
          const from = 1 + (anyFrom % (to - 1))
          const path = proveConsistency(reader, from, to)
          const at = anyHash % (path.length + 2)
          const turned = (hash: Hash, isTurned: boolean): Hash => (isTurned ? flipBit(hash, bit) : hash)
          const badPath = path.map((hash, position) => turned(hash, position === at))
          const badFrom = turned(root(from), at === path.length)
          const badTo = turned(root(to), at === path.length + 1)
          expect(codeOf(() => verifyConsistency(from, badFrom, to, badTo, badPath))).toBe('PROOF_INVALID')
        },
      ),
    )
  })

  it('between equal sizes are empty, and ask for equal roots', () => {
    expect(proveConsistency(reader, 7, 7)).toEqual([])
    expect(codeOf(() => verifyConsistency(7, root(7), 7, root(7), []))).toBe('accepted')
    expect(codeOf(() => verifyConsistency(7, root(7), 7, root(8), []))).toBe('PROOF_INVALID')
    expect(codeOf(() => verifyConsistency(7, root(7), 7, root(7), [root(7)]))).toBe('PROOF_LENGTH')
  })

  it('from size 0 are empty to make and refused to verify, since they prove nothing', () => {
    expect(proveConsistency(reader, 0, 9)).toEqual([])
    expect(codeOf(() => verifyConsistency(0, EMPTY_ROOT, 9, root(9), []))).toBe('TREE_RANGE')
    expect(codeOf(() => verifyConsistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, []))).toBe('TREE_RANGE')
  })

  it('never lead back to a smaller size', () => {
    expect(codeOf(() => proveConsistency(reader, 5, 4))).toBe('TREE_RANGE')
    expect(codeOf(() => verifyConsistency(5, root(5), 4, root(4), []))).toBe('TREE_RANGE')
    expect(codeOf(() => verifyConsistency(1, root(1), 2 ** 53, root(4), [root(1)]))).toBe('TREE_RANGE')
  })

  it('are refused when a hash has not 32 bytes', () => {
    const short = proveConsistency(reader, 5, 9).map((hash) => hash.subarray(1))
    expect(codeOf(() => verifyConsistency(5, root(5), 9, root(9), short))).toBe('PROOF_INVALID')
  })
})

describe.runIf(hasVectors('rfc6962/consistency'))('consistency proofs and the published vectors', () => {
  it.each(listVectors('rfc6962/consistency/**/*.json'))('agree on %s', (file) => {
    const vector = JSON.parse(readVectorText(file)) as ConsistencyVector
    const path = (vector.proof ?? []).map(fromBase64)
    const call = (): void => {
      verifyConsistency(vector.size1, fromBase64(vector.root1), vector.size2, fromBase64(vector.root2), path)
    }
    expect(codeOf(call)).toMatch(vector.wantErr ? /^(PROOF_|TREE_RANGE)/ : /^accepted$/)
  })
})
