import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, toBase64 } from '../../src/encoding/bytes.ts'
import { decodeUtf8, encodeUtf8 } from '../../src/encoding/utf8.ts'
import { EMPTY_ROOT } from '../../src/merkle/hash.ts'
import { type AddCheckpoint, formatAddCheckpoint, parseAddCheckpoint } from '../../src/note/add-checkpoint.ts'
import { MAX_NOTE_BYTES } from '../../src/note/note.ts'
import { codeOf } from '../merkle/sample-tree.ts'
import { logNote } from './sample-keys.ts'

const note = logNote(41)
const REQUEST = decodeUtf8(formatAddCheckpoint({ old: 7, proof: [EMPTY_ROOT, EMPTY_ROOT], note }))
const HASH = toBase64(EMPTY_ROOT)

describe('add-checkpoint bodies', () => {
  it('give back what they were made of', () => {
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.array(hash, { maxLength: 63 }), (old, proof) => {
        const request: AddCheckpoint = { old, proof, note }
        expect(parseAddCheckpoint(formatAddCheckpoint(request))).toEqual(request)
      }),
      { numRuns: 50 },
    )
  })

  it('have one spelling', () => {
    const bytes = encodeUtf8(REQUEST)
    fc.assert(
      fc.property(fc.nat({ max: 120 }), fc.uint8Array({ maxLength: 2 }), fc.nat({ max: 2 }), (at, insert, count) => {
        const mutated = concatBytes(bytes.subarray(0, at), insert, bytes.subarray(at + count))
        const code = codeOf(() => parseAddCheckpoint(mutated))
        expect(code).toMatch(/^(accepted|ADD_CHECKPOINT_MALFORMED|NOTE_MALFORMED)$/)
        expect(code === 'accepted' ? formatAddCheckpoint(parseAddCheckpoint(mutated)) : mutated).toEqual(mutated)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['nothing', ''],
    ['no old line', REQUEST.slice(REQUEST.indexOf('\n') + 1)],
    ['no size', REQUEST.replace('old 7', 'old')],
    ['an empty size', REQUEST.replace('old 7', 'old ')],
    ['a leading zero', REQUEST.replace('old 7', 'old 07')],
    ['two spaces', REQUEST.replace('old 7', 'old  7')],
    ['a size of 2^53', REQUEST.replace('old 7', 'old 9007199254740992')],
    ['a hash of 31 bytes', REQUEST.replace(HASH, toBase64(EMPTY_ROOT.subarray(1)))],
    ['no base64', REQUEST.replace(HASH, HASH.slice(1))],
    ['a non-ASCII character', REQUEST.replace('old 7', 'old 7é')],
    ['64 hashes', REQUEST.replace(`${HASH}\n`, `${HASH}\n`.repeat(63))],
    ['no empty line', `old 7\n${HASH}\n`],
    ['Windows line ends', REQUEST.replaceAll('\n', '\r\n')],
    ['an endless header', 'o'.repeat(5000)],
  ])('are refused with %s', (_, text) => {
    expect(codeOf(() => parseAddCheckpoint(encodeUtf8(text)))).toBe('ADD_CHECKPOINT_MALFORMED')
  })

  it('are refused without a note', () => {
    expect(codeOf(() => parseAddCheckpoint(encodeUtf8('old 7\n\n')))).toBe('NOTE_MALFORMED')
    expect(codeOf(() => parseAddCheckpoint(encodeUtf8(`old 7\n\n\n${note.text}`)))).toBe('NOTE_MALFORMED')
  })

  it('are refused above the size of a note and 63 hashes, before they are read', () => {
    const code = codeOf(() => parseAddCheckpoint(new Uint8Array(MAX_NOTE_BYTES + 5000)))
    expect(code).toBe('ADD_CHECKPOINT_MALFORMED')
  })

  it('are not made of what would not be read', () => {
    expect(codeOf(() => formatAddCheckpoint({ old: -1, proof: [], note }))).toBe('TREE_RANGE')
    expect(() => formatAddCheckpoint({ old: 1, proof: [new Uint8Array(31)], note })).toThrow(RangeError)
    const long = Array.from({ length: 64 }, () => EMPTY_ROOT)
    expect(() => formatAddCheckpoint({ old: 1, proof: long, note })).toThrow(RangeError)
  })
})
