import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { concatBytes, fromHex, toHex } from '../../src/encoding/bytes.ts'
import type { CarBlock } from '../../src/encoding/car.ts'
import { decodeCar, encodeCar } from '../../src/encoding/car.ts'
import { cidOf } from '../../src/encoding/cid.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { isLedgerError } from '../../src/errors.ts'

function block(data: Uint8Array): CarBlock {
  return { digest: sha256(data), data }
}

const small = [block(encodeUtf8('root')), block(encodeUtf8('second')), block(new Uint8Array(0))]
const smallCar = encodeCar(small)
/** 0x3a and 58 bytes of header. */
const FIRST_SECTION = 59

function codeOf(bytes: Uint8Array, options: Parameters<typeof decodeCar>[1] = {}): string {
  try {
    decodeCar(bytes, options)
    return 'accepted'
  } catch (error) {
    if (isLedgerError(error)) return error.code
    throw error
  }
}

function splice(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  return concatBytes(bytes.subarray(0, at), insert, bytes.subarray(at + remove))
}

describe('archives', () => {
  it('have the header that dag-cbor gives one raw root', () => {
    const cid = CID.parse(cidOf(encodeUtf8('root'))).bytes
    const header = concatBytes(fromHex('a265726f6f747381d82a582500'), cid, fromHex('6776657273696f6e01'))
    expect(toHex(smallCar.subarray(0, FIRST_SECTION))).toBe(toHex(concatBytes(Uint8Array.of(header.length), header)))
    expect(toHex(smallCar.subarray(FIRST_SECTION, FIRST_SECTION + 41))).toBe(
      toHex(concatBytes(Uint8Array.of(40), cid, encodeUtf8('root'))),
    )
  })

  it('come back as the blocks that went in', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.uint8Array({ maxLength: 400 }), { minLength: 1, selector: toHex }), (contents) => {
        const blocks = decodeCar(encodeCar(contents.map(block)))
        expect(blocks.map(({ data }) => toHex(data))).toEqual(contents.map(toHex))
      }),
    )
  })

  it('accept only their own spelling: whatever is accepted encodes to the same bytes', () => {
    expect(toHex(encodeCar(decodeCar(smallCar)))).toBe(toHex(smallCar))
    fc.assert(
      fc.property(fc.nat(smallCar.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const changed = smallCar.slice()
        changed[at] = value
        return codeOf(changed) !== 'accepted' || toHex(encodeCar(decodeCar(changed))) === toHex(changed)
      }),
    )
  })

  it('refuse every single changed byte', () => {
    for (let at = 0; at < smallCar.length; at++) {
      const changed = smallCar.slice()
      changed[at] = (changed[at] as number) ^ 0x01
      expect(['CAR_MALFORMED', 'CID_MISMATCH']).toContain(codeOf(changed))
    }
  })

  it('refuse every shorter file', () => {
    const sections = new Set([FIRST_SECTION + 41, FIRST_SECTION + 41 + 43])
    for (let length = 0; length < smallCar.length; length++) {
      // Cut between two sections, what is left is an archive: the bundle that names the lost block notices.
      const expected = sections.has(length) ? 'accepted' : 'CAR_MALFORMED'
      expect(codeOf(smallCar.subarray(0, length))).toBe(expected)
    }
  })

  it('refuse trailing bytes, a second spelling of a length, a block twice and a root that is not first', () => {
    expect(codeOf(concatBytes(smallCar, Uint8Array.of(0)))).toBe('CAR_MALFORMED')
    expect(codeOf(splice(smallCar, FIRST_SECTION, 1, fromHex('a800')))).toBe('CAR_MALFORMED')
    expect(codeOf(splice(smallCar, 0, 1, fromHex('ba00')))).toBe('CAR_MALFORMED')
    expect(codeOf(concatBytes(smallCar, smallCar.subarray(FIRST_SECTION)))).toBe('CAR_MALFORMED')
    const swapped = encodeCar([small[1] as CarBlock, small[0] as CarBlock])
    expect(codeOf(concatBytes(smallCar.subarray(0, FIRST_SECTION), swapped.subarray(FIRST_SECTION)))).toBe(
      'CAR_MALFORMED',
    )
  })

  it('refuse other CIDs than CIDv1, raw, sha2-256', () => {
    const cidStart = FIRST_SECTION + 1
    for (const prefix of ['01711220', '00551220', '01551320', '01551120', '0155121f']) {
      expect(codeOf(splice(smallCar, cidStart, 4, fromHex(prefix)))).toBe('CAR_MALFORMED')
      expect(codeOf(splice(smallCar, 14, 4, fromHex(prefix)))).toBe('CAR_MALFORMED')
    }
  })

  it('refuse a length beyond the file before any memory is taken for it', () => {
    expect(codeOf(splice(smallCar, FIRST_SECTION, 1, fromHex('ffffff7f')))).toBe('CAR_MALFORMED')
    expect(codeOf(splice(smallCar, FIRST_SECTION, 1, fromHex('ffffffffffffffff7f')))).toBe('CAR_MALFORMED')
    expect(codeOf(splice(smallCar, FIRST_SECTION, 1, fromHex('23')))).toBe('CAR_MALFORMED')
  })

  it('hold their limits', () => {
    expect(codeOf(smallCar, { maxBytes: smallCar.length })).toBe('accepted')
    expect(codeOf(smallCar, { maxBytes: smallCar.length - 1 })).toBe('CAR_MALFORMED')
    expect(codeOf(smallCar, { maxBlocks: 3 })).toBe('accepted')
    expect(codeOf(smallCar, { maxBlocks: 2 })).toBe('CAR_MALFORMED')
    expect(codeOf(smallCar, { maxBlockBytes: 6 })).toBe('accepted')
    expect(codeOf(smallCar, { maxBlockBytes: 5 })).toBe('CAR_MALFORMED')
  })

  it('leave a block out when the caller wants to hear of a mismatch, but never the root', () => {
    const changed = smallCar.slice()
    changed[FIRST_SECTION + 41 + 37] = 0
    const reported: string[] = []
    const blocks = decodeCar(changed, { onMismatch: (digest) => reported.push(toHex(digest)) })
    expect(blocks.map(({ data }) => data.length)).toEqual([4, 0])
    expect(reported).toEqual([toHex(sha256(encodeUtf8('second')))])
    const changedRoot = smallCar.slice()
    changedRoot[FIRST_SECTION + 37] = 0
    expect(codeOf(changedRoot, { onMismatch: () => undefined })).toBe('CID_MISMATCH')
  })

  it('read as plain arrays also out of a Buffer', () => {
    for (const { digest, data } of decodeCar(Buffer.from(smallCar))) {
      expect(Object.getPrototypeOf(digest)).toBe(Uint8Array.prototype)
      expect(Object.getPrototypeOf(data)).toBe(Uint8Array.prototype)
    }
  })
})
