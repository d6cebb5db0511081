/**
 * The subject index against a plain set of rows: roots, proofs, and everything that must be refused. Counts:
 * TALLYSTICK_PROOF_MUTATIONS, 10,000 of each sort here and 100,000 by night.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareBytes, concatBytes, toHex, u32 } from '../../src/encoding/bytes.ts'
import { type CborValue, encodeCbor } from '../../src/encoding/cbor.ts'
import { cidFromDigest } from '../../src/encoding/cid.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { isLedgerError } from '../../src/errors.ts'
import type { Hash } from '../../src/merkle/hash.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { createLeafHashReader } from '../../src/merkle/hash-reader.ts'
import { proveInclusion } from '../../src/merkle/inclusion.ts'
import { nativeSha256 as sha256 } from '../../src/storage/native-sha256.ts'
import { countBelow, itemHash, listRoot } from '../../src/subject-index/list.ts'
import { decodeProof, encodeProof, lookUp, proofRoot, proveKeys } from '../../src/subject-index/proof.ts'
import { encodeRecord } from '../../src/subject-index/record.ts'
import { subtreeOf } from '../../src/subject-index/rows.ts'
import { subjectKey, SubjectKeys } from '../../src/subject-index/subject-key.ts'
import { type IndexRow, indexRoot, IndexRootStream } from '../../src/subject-index/tree.ts'
import { codeOf } from '../support/error-code.ts'

const mutations = Number(process.env['TALLYSTICK_PROOF_MUTATIONS'] ?? 10_000)

/** Keys that differ early or late, so that long common prefixes are common. */
const key = fc
  .tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constantFrom(0, 1, 2, 15, 16, 31))
  .map(([bytes, zeros]) => concatBytes(new Uint8Array(zeros), bytes.subarray(zeros)))
const record = fc
  .tuple(fc.integer({ min: 1, max: 25 }), fc.integer({ min: 1, max: 2 ** 40 }))
  .map(([relation, count]) => encodeRecord(new Map([[relation, { count, root: sha256(u32(relation)) }]])))
const rows = fc
  .uniqueArray(fc.record({ key, value: record }), { selector: (row) => toHex(row.key), maxLength: 40 })
  .map((list) => list.toSorted((a, b) => compareBytes(a.key, b.key)))

const cids = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((digest) => cidFromDigest(digest))
const subject = fc.oneof(
  fc.record({ type: fc.constantFrom(1 as const, 3 as const), subject: cids }),
  fc.record({ type: fc.constant(2 as const), subject: fc.uint8Array({ minLength: 32, maxLength: 32 }) }),
)

test('keys and records are those of the general encoder', () => {
  const domain = encodeUtf8('tallystick/subject-index/v1\0')
  const keys = new SubjectKeys(sha256)
  fc.assert(
    fc.property(subject, (value) => {
      const expected = toHex(sha256(concatBytes(domain, encodeCbor([value.type, value.subject]))))
      expect(toHex(subjectKey(value, sha256))).toBe(expected)
      // Computed, and remembered.
      expect([toHex(keys.of(value)), toHex(keys.of(value))]).toEqual([expected, expected])
    }),
  )
  const count = fc.constantFrom(1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1)
  const lists = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 255 }), count), {
    selector: ([relation]) => relation,
    minLength: 1,
    maxLength: 26,
  })
  fc.assert(
    fc.property(lists, (pairs) => {
      const summaries = pairs.map(
        ([relation, size]) => [relation, { count: size, root: sha256(u32(relation)) }] as const,
      )
      const plain = new Map<number, CborValue>(
        summaries.map(([relation, { count: size, root }]) => [relation, [size, root]]),
      )
      expect(toHex(encodeRecord(new Map(summaries)))).toBe(toHex(encodeCbor(plain)))
    }),
  )
})

function rootOf(list: readonly IndexRow[]): string {
  return toHex(indexRoot(list, sha256))
}

test('a root depends on the set alone, and all ways to compute it agree', () => {
  fc.assert(
    fc.property(rows, (list) => {
      const stream = new IndexRootStream(sha256)
      for (const row of list) stream.add(row)
      expect(rootOf(list.toReversed())).toBe(rootOf(list))
      expect(toHex(stream.root())).toBe(rootOf(list))
      expect(toHex(subtreeOf(list, sha256)?.hash() ?? stream.root())).toBe(rootOf(list))
    }),
    { numRuns: 500 },
  )
})

test('every key is either proved present with its record or proved absent, alone and together', () => {
  fc.assert(
    fc.property(rows, fc.array(key, { maxLength: 5 }), (list, strangers) => {
      const queried = [...list.slice(0, 5).map((row) => row.key), ...strangers]
      const tree = subtreeOf(list, sha256)
      const together = decodeProof(encodeProof(proveKeys(tree, queried)), queried.length)
      for (const wanted of queried) {
        const single = decodeProof(encodeProof(proveKeys(tree, [wanted])), 1)
        const expected = list.find((row) => toHex(row.key) === toHex(wanted))?.value
        for (const proof of [single, together]) {
          expect(toHex(proofRoot(proof, sha256))).toBe(rootOf(list))
          const found = lookUp(proof, wanted)
          expect(found === undefined ? undefined : toHex(encodeRecord(found))).toBe(
            expected === undefined ? undefined : toHex(expected),
          )
        }
      }
    }),
    { numRuns: 300 },
  )
})

describe('a proof that was tampered with', () => {
  const list = Array.from({ length: 2000 }, (_, i) => ({
    key: sha256(concatBytes(Uint8Array.of(1), u32(i))),
    value: encodeRecord(new Map([[15, { count: 1, root: sha256(u32(i)) }]])),
  })).toSorted((a, b) => compareBytes(a.key, b.key))
  const tree = subtreeOf(list, sha256)
  const root = rootOf(list)
  const keyOf = (i: number): Hash => (i % 2 === 0 ? (list[i % 2000]?.key as Hash) : sha256(u32(i)))
  const random = randomNumbers(7)

  /** What a verifier concludes; undefined when it refuses. */
  const conclude = (proof: Uint8Array, wanted: Hash): string | undefined => {
    try {
      const decoded = decodeProof(proof, 1)
      if (toHex(proofRoot(decoded, sha256)) !== root) return undefined
      const found = lookUp(decoded, wanted)
      return found === undefined ? 'absent' : toHex(encodeRecord(found))
    } catch (error) {
      if (isLedgerError(error)) return undefined
      throw error
    }
  }

  test(`is refused, ${mutations} times`, () => {
    let accepted = 0
    for (let i = 0; i < mutations; i++) {
      const wanted = keyOf(i)
      const honest = encodeProof(proveKeys(tree, [wanted]))
      if (conclude(mutate(honest, random), wanted) !== undefined) accepted++
    }
    expect(accepted).toBe(0)
  })

  test(`never answers wrongly for another subject, ${mutations} times`, () => {
    let [wrong, refused] = [0, 0]
    for (let i = 0; i < mutations; i++) {
      const other = keyOf(random(1_000_000))
      const conclusion = conclude(encodeProof(proveKeys(tree, [keyOf(i)])), other)
      const row = list.find((each) => each.key === other)
      const truth = row === undefined ? 'absent' : toHex(row.value)
      if (conclusion === undefined) refused++
      else if (conclusion !== truth) wrong++
    }
    expect(wrong).toBe(0)
    // Two keys that end at the same leaf share a proof rightly; all others must be refused.
    expect(refused).toBeGreaterThan(mutations * 0.99)
  })
})

test('the count as of every older size follows from two list elements at most', () => {
  for (let count = 1; count <= 9; count++) {
    const items = Array.from({ length: count }, (_, i) => ({ index: 3 * i + 2, leafHash: leafHash(u32(i), sha256) }))
    const hashes = items.map((item) => itemHash(item, sha256))
    const list = { count, root: listRoot(items, sha256) }
    const elementAt = (position: number) => ({
      ...(items[position] as (typeof items)[number]),
      position,
      path: proveInclusion(createLeafHashReader(hashes, sha256), position, count, sha256),
    })
    for (let size = 0; size <= 3 * count + 3; size++) {
      const truth = items.filter(({ index }) => index < size).length
      const boundary = [truth - 1, truth].filter((position) => position >= 0 && position < count).map(elementAt)
      expect(countBelow(size, list, boundary, sha256)).toBe(truth)
      // No other pair of neighbours says the same, or anything else.
      for (let position = 0; position + 1 < count; position++) {
        if (position === truth - 1) continue
        const pair = [elementAt(position), elementAt(position + 1)]
        expect(codeOf(() => countBelow(size, list, pair, sha256))).toBe('PROOF_INVALID')
      }
      expect(codeOf(() => countBelow(size, list, [], sha256))).toBe('PROOF_INVALID')
    }
  }
})

/** One to three bytes changed, cut out or added; never the same bytes again. */
function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const at = random(bytes.length)
  const sort = random(4)
  if (sort === 0) return concatBytes(bytes.subarray(0, at), bytes.subarray(at + 1))
  if (sort === 1) return concatBytes(bytes.subarray(0, at), Uint8Array.of(random(256)), bytes.subarray(at))
  const out = Uint8Array.from(bytes)
  for (let i = 0; i <= random(3); i++) {
    const place = i === 0 ? at : random(bytes.length)
    out[place] = (out[place] ?? 0) ^ (1 + random(255))
  }
  return compareBytes(out, bytes) === 0 ? out.subarray(1) : out
}

/** Numerical Recipes' linear congruential generator: the same numbers every time. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
