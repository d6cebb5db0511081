import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, toBase64 } from '../../src/encoding/bytes.ts'
import { formatVerifierKey, parseVerifierKey, verifierKey } from '../../src/note/verifier-key.ts'
import { codeOf } from '../merkle/sample-tree.ts'
import { logKey, witnessKey } from './sample-keys.ts'

const SPEC_EXAMPLE = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const LOG = 'log.example/ledger/1+f8ed3ea9+AYE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU'
const WITNESS = 'witness.example/w1+d9ed62c5+BO1JKMYo0cLG6ukDOJBZlWEpWSc6XGP5NjbBRhSshzfR'

describe('verifier keys', () => {
  it.each([SPEC_EXAMPLE, LOG, WITNESS])('%s is read and printed', (text) => {
    expect(formatVerifierKey(parseVerifierKey(text))).toBe(text)
  })

  it('have the key id of their name, type and key', () => {
    expect(formatVerifierKey(logKey)).toBe(LOG)
    expect(formatVerifierKey(witnessKey)).toBe(WITNESS)
    expect(logKey.keyId).toBe(0xf8ed3ea9)
  })

  it('give back what they were made of', () => {
    const name = fc.stringMatching(/^[a-z0-9./é-]{1,40}$/)
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(name, fc.constantFrom(1, 4), key, (keyName, type, publicKey) => {
        const made = verifierKey(keyName, type, publicKey)
        expect(parseVerifierKey(formatVerifierKey(made))).toEqual(made)
      }),
    )
  })

  it('are refused or printed again character for character', () => {
    fc.assert(
      fc.property(fc.nat({ max: LOG.length }), fc.string({ maxLength: 2 }), fc.nat({ max: 2 }), (at, text, count) => {
        const mutated = LOG.slice(0, at) + text + LOG.slice(at + count)
        const code = codeOf(() => parseVerifierKey(mutated))
        expect(code).toMatch(/^(accepted|VKEY_MALFORMED)$/)
        expect(code === 'accepted' ? formatVerifierKey(parseVerifierKey(mutated)) : mutated).toBe(mutated)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['nothing', ''],
    ['no name', LOG.slice(LOG.indexOf('+'))],
    ['a space in the name', LOG.replace('ledger', 'led ger')],
    ['an upper-case id', LOG.replace('f8ed3ea9', 'F8ED3EA9')],
    ['a short id', LOG.replace('f8ed3ea9', '8ed3ea9')],
    ['another id', LOG.replace('f8ed3ea9', 'f8ed3ea8')],
    ['the id of another name', LOG.replace('ledger/1', 'ledger/2')],
    ['no base64', LOG.slice(0, -1)],
    ['no key', LOG.slice(0, LOG.lastIndexOf('+') + 1)],
    ['a type and no key', `a+00000000+${toBase64(Uint8Array.of(1))}`],
    ['a key of 31 bytes', `a+00000000+${toBase64(new Uint8Array(32).fill(1))}`],
    ['a newline', `${LOG}\n`],
    ['more than 4,096 characters', `${LOG}${'A'.repeat(4096)}`],
  ])('are refused with %s', (_, text) => {
    expect(codeOf(() => parseVerifierKey(text))).toBe('VKEY_MALFORMED')
  })

  it('of types we do not verify are read and printed all the same', () => {
    const mlDsa = verifierKey('witness.example/w2', 6, new Uint8Array(1312).fill(5))
    expect(parseVerifierKey(formatVerifierKey(mlDsa))).toEqual(mlDsa)
    const ecdsa = `a.example+01020304+${toBase64(concatBytes(Uint8Array.of(2), new Uint8Array(91)))}`
    expect(parseVerifierKey(ecdsa)).toMatchObject({ type: 2, keyId: 0x01020304 })
    expect(formatVerifierKey(parseVerifierKey(ecdsa))).toBe(ecdsa)
  })

  it('are not made of what would not be read', () => {
    expect(() => verifierKey('a b', 1, new Uint8Array(32))).toThrow(RangeError)
    expect(() => verifierKey('', 1, new Uint8Array(32))).toThrow(RangeError)
    expect(() => verifierKey('a', 1, new Uint8Array(31))).toThrow(RangeError)
    expect(() => verifierKey('a', 2, new Uint8Array(32))).toThrow(RangeError)
  })
})
