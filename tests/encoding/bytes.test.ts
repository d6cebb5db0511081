import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareBytes,
  concatBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  readU64,
  toBase64,
  toBase64Url,
  toHex,
  u64,
} from '../../src/encoding/bytes.ts'
import { decodeUtf8, encodeUtf8 } from '../../src/encoding/utf8.ts'
import { codeOf } from '../support/error-code.ts'

const bytes = fc.uint8Array({ maxLength: 100 })

describe('text forms of bytes', () => {
  it('are those of the platform', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        expect(toBase64(input)).toBe(Buffer.from(input).toString('base64'))
        expect(toBase64Url(input)).toBe(Buffer.from(input).toString('base64url'))
        expect(toHex(input)).toBe(Buffer.from(input).toString('hex'))
      }),
    )
  })

  it('are those of the platform where they are long: they are written in pieces', () => {
    for (const length of [1023, 1024, 1025, 3000]) {
      const input = Uint8Array.from({ length }, (_, i) => i * 7)
      expect(toHex(input)).toBe(Buffer.from(input).toString('hex'))
    }
  })

  it('are read back, and no other text is', () => {
    fc.assert(
      fc.property(bytes, fc.string(), (input, text) => {
        expect(fromBase64(toBase64(input))).toEqual(input)
        expect(fromBase64Url(toBase64Url(input))).toEqual(input)
        expect(fromHex(toHex(input))).toEqual(input)
        for (const [read, print] of [
          [fromBase64, toBase64],
          [fromBase64Url, toBase64Url],
          [fromHex, toHex],
        ] as const) {
          try {
            expect(print(read(text))).toBe(text)
          } catch (error) {
            expect(String(error)).toContain('LedgerError')
          }
        }
      }),
    )
  })

  it.each(['AB=', 'AB==CD==', 'AAB=', 'A', 'AA=A', 'AA==\n', 'A A='])('refuse base64 %j', (text) => {
    expect(codeOf(() => fromBase64(text))).toBe('BASE64_MALFORMED')
  })

  it.each(['a', 'abc', 'AB', '0g', ' 0', '0x', 'é0'])('refuse hex %j', (text) => {
    expect(codeOf(() => fromHex(text))).toBe('HEX_MALFORMED')
  })

  it('order bytes as a database does, and count in big-endian', () => {
    fc.assert(fc.property(bytes, bytes, (a, b) => Math.sign(compareBytes(a, b)) === Buffer.compare(a, b)))
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (n) => readU64(u64(n)) === n))
  })
})

describe('UTF-8', () => {
  it('is that of the platform, both ways', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(encodeUtf8(text)).toEqual(new TextEncoder().encode(text))
        expect(decodeUtf8(encodeUtf8(text))).toBe(text)
      }),
    )
  })

  it('refuses exactly what a fatal decoder refuses', () => {
    const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), (input) => {
        let expected: string | undefined
        try {
          expected = fatal.decode(input)
        } catch {
          expected = undefined
        }
        if (expected === undefined) expect(codeOf(() => decodeUtf8(input))).toBe('UTF8_MALFORMED')
        else expect(decodeUtf8(input)).toBe(expected)
      }),
      { numRuns: 5000 },
    )
  })

  it('is read anywhere in other bytes, and again and again', () => {
    const part = fc.uint8Array({ maxLength: 8 })
    // Few letters, so that texts of the same length, beginning, middle and end come one after the other.
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\u{1f600}'), maxLength: 70 })
    fc.assert(
      fc.property(fc.array(fc.tuple(part, word, part), { maxLength: 8 }), (texts) => {
        for (const [before, text, after] of texts) {
          const encoded = encodeUtf8(text)
          const bytes = concatBytes(before, encoded, after)
          expect(decodeUtf8(bytes, before.length, before.length + encoded.length)).toBe(text)
        }
      }),
    )
    // Not the character of that code, though it was read just now.
    expect(decodeUtf8(encodeUtf8('é'))).toBe('é')
    expect(codeOf(() => decodeUtf8(Uint8Array.of(0xe9)))).toBe('UTF8_MALFORMED')
  })

  it('reads long text, of ASCII and with other characters at its end', () => {
    for (const length of [4095, 4096, 4097, 9000]) {
      for (const text of ['x'.repeat(length), `${'x'.repeat(length - 1)}é`, `${'x'.repeat(length - 2)}😀`])
        expect(decodeUtf8(encodeUtf8(text))).toBe(text)
    }
  })

  it('refuses a lone surrogate', () => {
    expect(codeOf(() => encodeUtf8('\ud800'))).toBe('UTF8_MALFORMED')
  })
})
