import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, toBase64 } from '../../src/encoding/bytes.ts'
import { decodeUtf8, encodeUtf8 } from '../../src/encoding/utf8.ts'
import { EMPTY_ROOT } from '../../src/merkle/hash.ts'
import { proveInclusion } from '../../src/merkle/inclusion.ts'
import { type TlogProof, formatTlogProof, parseTlogProof, verifyTlogProof } from '../../src/note/tlog-proof.ts'
import { verifierKey } from '../../src/note/verifier-key.ts'
import { nobleVerifier } from '../../src/signing/ed25519-noble.ts'
import { codeOf, sampleEntry, sampleTree } from '../merkle/sample-tree.ts'
import { LOG_ORIGIN, codeOfPromise, cosignedNote, logKey, signerOf } from './sample-keys.ts'

const tree = sampleTree(20)
const note = cosignedNote(20, tree.roots[20])

function proofOf(index: number): TlogProof {
  return { index, path: proveInclusion(tree.reader, index, 20), note }
}

const FILE = decodeUtf8(formatTlogProof({ ...proofOf(7), extra: Uint8Array.of(1, 2, 3) }))
const HASH = toBase64(proofOf(7).path[0] ?? EMPTY_ROOT)

describe('proof files', () => {
  it('show every entry of a log to be in it', async () => {
    for (let index = 0; index < 20; index++) {
      const proof = parseTlogProof(formatTlogProof(proofOf(index)))
      const checkpoint = await verifyTlogProof(proof, sampleEntry(index), logKey, nobleVerifier)
      expect(checkpoint).toMatchObject({ origin: LOG_ORIGIN, size: 20 })
    }
  })

  it('do not show another entry, nor one of another log', async () => {
    const check = (key = logKey, entry = sampleEntry(8)): Promise<string> =>
      codeOfPromise(verifyTlogProof(proofOf(7), entry, key, nobleVerifier))
    expect(await check()).toBe('PROOF_INVALID')
    const otherKey = verifierKey(LOG_ORIGIN, 1, signerOf(9).publicKey)
    expect(await check(otherKey, sampleEntry(7))).toBe('NOTE_UNSIGNED')
  })

  it('have no path in a log of one entry', async () => {
    const one = { index: 0, path: [], note: cosignedNote(1, tree.roots[1]) }
    const proof = parseTlogProof(formatTlogProof(one))
    expect(proof).toEqual(one)
    expect(await codeOfPromise(verifyTlogProof(proof, sampleEntry(0), logKey, nobleVerifier))).toBe('accepted')
  })

  it('give back what they were made of, with extra data or without', () => {
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const extra = fc.option(fc.uint8Array({ minLength: 1, maxLength: 200 }), { nil: undefined })
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.array(hash, { maxLength: 63 }), extra, (index, path, data) => {
        const proof: TlogProof = { index, path, note, ...(data === undefined ? {} : { extra: data }) }
        expect(parseTlogProof(formatTlogProof(proof))).toEqual(proof)
      }),
      { numRuns: 50 },
    )
  })

  it('have one spelling', () => {
    const bytes = encodeUtf8(FILE)
    fc.assert(
      fc.property(fc.nat({ max: 200 }), fc.uint8Array({ maxLength: 2 }), fc.nat({ max: 2 }), (at, insert, count) => {
        const mutated = concatBytes(bytes.subarray(0, at), insert, bytes.subarray(at + count))
        const code = codeOf(() => parseTlogProof(mutated))
        expect(code).toMatch(/^(accepted|TLOG_PROOF_MALFORMED|NOTE_MALFORMED)$/)
        expect(code === 'accepted' ? formatTlogProof(parseTlogProof(mutated)) : mutated).toEqual(mutated)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['nothing', ''],
    ['another version', FILE.replace('@v1', '@v2')],
    ['no index', FILE.replace('index 7\n', '')],
    ['a leading zero', FILE.replace('index 7', 'index 07')],
    ['an index of 2^53', FILE.replace('index 7', 'index 9007199254740992')],
    ['extra data after the index', FILE.replace('extra AQID\nindex 7\n', 'index 7\nextra AQID\n')],
    ['extra data twice', FILE.replace('extra AQID\n', 'extra AQID\nextra AQID\n')],
    ['empty extra data', FILE.replace('extra AQID', 'extra ')],
    ['no base64', FILE.replace('AQID', 'AQI')],
    ['a hash of 31 bytes', FILE.replace(HASH, toBase64(EMPTY_ROOT.subarray(1)))],
    ['64 hashes', FILE.replace(`${HASH}\n`, `${HASH}\n`.repeat(60))],
    ['no empty line', FILE.slice(0, FILE.indexOf('\n\n') + 1)],
    ['Windows line ends', FILE.replaceAll('\n', '\r\n')],
  ])('are refused with %s', (_, text) => {
    expect(codeOf(() => parseTlogProof(encodeUtf8(text)))).toBe('TLOG_PROOF_MALFORMED')
  })

  it('are refused without a note', () => {
    expect(codeOf(() => parseTlogProof(encodeUtf8(FILE.slice(0, FILE.indexOf('\n\n') + 2))))).toBe('NOTE_MALFORMED')
  })

  it('are refused above 256 KiB before they are read', () => {
    expect(codeOf(() => parseTlogProof(new Uint8Array(300_000)))).toBe('TLOG_PROOF_MALFORMED')
  })

  it('are not made of what would not be read', () => {
    expect(() => formatTlogProof({ ...proofOf(1), extra: new Uint8Array(100_000) })).toThrow(RangeError)
    expect(() => formatTlogProof({ ...proofOf(1), path: [new Uint8Array(3)] })).toThrow(RangeError)
    const long = Array.from({ length: 64 }, () => EMPTY_ROOT)
    expect(() => formatTlogProof({ ...proofOf(1), path: long })).toThrow(RangeError)
    expect(codeOf(() => formatTlogProof({ ...proofOf(1), index: -1 }))).toBe('TREE_RANGE')
  })
})
