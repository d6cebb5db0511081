import fc from 'fast-check'
import { decode as decodeCborg } from 'cborg'
import { describe, expect, it } from 'vitest'
import { equalBytes, fromHex } from '../../src/encoding/bytes.ts'
import { CborTag, type CborValue, decodeCbor, encodeCbor } from '../../src/encoding/cbor.ts'
import { isLedgerError } from '../../src/errors.ts'
import { codeOf } from '../support/error-code.ts'

const scalar: fc.Arbitrary<CborValue> = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.string().map((text) => text.normalize('NFC')),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 40 }),
)
const value = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    scalar,
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .array(
        fc.tuple(
          fc.oneof(
            fc.maxSafeInteger(),
            fc.string().map((text) => text.normalize('NFC')),
          ),
          tie('value'),
        ),
        { maxLength: 5 },
      )
      .map((pairs) => new Map(pairs)),
    fc.array(tie('value'), { maxLength: 2 }).map((items) => new CborTag(18, items)),
  ),
})).value

describe('deterministic CBOR', () => {
  it('decodes what it encodes, and encodes that to the same bytes', () => {
    fc.assert(
      fc.property(value, (item) => {
        const bytes = encodeCbor(item)
        expect(bytes.constructor).toBe(Uint8Array)
        expect(equalBytes(encodeCbor(decodeCbor(bytes)), bytes)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('decodes byte strings to plain views of the input, or to copies', () => {
    const input = Buffer.from(encodeCbor([Uint8Array.of(1, 2, 3), new Map([['k', new Uint8Array(70)]])]))
    const both = [false, true].map((views) => decodeCbor(input, { views }) as [Uint8Array, Map<string, Uint8Array>])
    expect(both[0]).toEqual(both[1])
    for (const [first, map] of both)
      expect([first.constructor, map.get('k')?.constructor]).toEqual([Uint8Array, Uint8Array])
    input.fill(9)
    expect(both.map(([first]) => [...first])).toEqual([
      [1, 2, 3],
      [9, 9, 9],
    ])
  })

  it('accepts no bytes but those it encodes to, and fails only with codes', () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.integer({ min: 1, max: 255 }), (item, position, flip) => {
        const bytes = encodeCbor(item)
        const at = position % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ flip
        try {
          expect(equalBytes(encodeCbor(decodeCbor(bytes)), bytes)).toBe(true)
        } catch (error) {
          expect(isLedgerError(error)).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('accepts nothing that a strict decoder of another maker refuses', () => {
    const options = {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      rejectDuplicateMapKeys: true,
      useMaps: true,
      tags: { 18: (decode: () => unknown) => decode() },
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 24 }), (bytes) => {
        let isAccepted = true
        try {
          decodeCbor(bytes)
        } catch {
          isAccepted = false
        }
        if (isAccepted) expect(() => decodeCborg(bytes, options)).not.toThrow()
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['an integer in two bytes that fits one', '1817', 'CBOR_NOT_DETERMINISTIC'],
    ['a length in two bytes that fits one', '580161', 'CBOR_NOT_DETERMINISTIC'],
    ['a wide integer that fits four bytes', '1b00000000ffffffff', 'CBOR_NOT_DETERMINISTIC'],
    ['map keys out of order', 'a2020001 00'.replace(' ', ''), 'CBOR_NOT_DETERMINISTIC'],
    ['text before a shorter integer key', 'a2616100 0100'.replace(' ', ''), 'CBOR_NOT_DETERMINISTIC'],
    ['a map key twice', 'a201000100', 'CBOR_MALFORMED'],
    ['an array as map key', 'a18000', 'CBOR_LIMIT'],
    ['a half float', 'f93c00', 'CBOR_MALFORMED'],
    ['a double', 'fb3ff0000000000000', 'CBOR_MALFORMED'],
    ['undefined', 'f7', 'CBOR_MALFORMED'],
    ['an indefinite array', '9fff', 'CBOR_MALFORMED'],
    ['an indefinite byte string', '5f4100ff', 'CBOR_MALFORMED'],
    ['a break', 'ff', 'CBOR_MALFORMED'],
    ['another tag', 'c100', 'CBOR_MALFORMED'],
    ['a second item', '0000', 'CBOR_MALFORMED'],
    ['nothing', '', 'CBOR_MALFORMED'],
    ['a string longer than the input', '5affffffff00', 'CBOR_MALFORMED'],
    ['an array longer than the input', '9b00000001000000 00'.replace(' ', ''), 'CBOR_MALFORMED'],
    ['malformed UTF-8', '61ff', 'UTF8_MALFORMED'],
    ['an overlong UTF-8 form', '62c080', 'UTF8_MALFORMED'],
    ['a surrogate in UTF-8', '63eda080', 'UTF8_MALFORMED'],
    ['text that is not in NFC', '6365cc81', 'CBOR_NOT_DETERMINISTIC'],
  ])('refuses %s', (_, hex, code) => {
    expect(codeOf(() => decodeCbor(fromHex(hex)))).toBe(code)
  })

  it('refuses deep nesting before it recurses', () => {
    const deep = new Uint8Array(100_000).fill(0x81)
    expect(codeOf(() => decodeCbor(deep))).toBe('CBOR_LIMIT')
  })

  it('refuses more items than its limit, and more bytes', () => {
    const many = encodeCbor(Array.from({ length: 5000 }, () => 0))
    expect(codeOf(() => decodeCbor(many))).toBe('CBOR_LIMIT')
    expect(codeOf(() => decodeCbor(new Uint8Array(100), { maxBytes: 99 }))).toBe('CBOR_LIMIT')
  })

  it('keeps keys such as __proto__ as plain keys', () => {
    const map = new Map<string, CborValue>([
      ['__proto__', 1],
      ['constructor', 2],
    ])
    expect(decodeCbor(encodeCbor(map))).toEqual(map)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})
