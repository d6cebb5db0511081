import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/encoding/bytes.ts'
import { nobleSigner } from '../../src/signing/ed25519-noble.ts'
import { didKey, keyThumbprint, parseDidKey } from '../../src/signing/key.ts'
import { codeOf } from '../support/error-code.ts'

const key32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('key names', () => {
  it('forms the thumbprint of RFC 9679', () => {
    expect(toHex(keyThumbprint(nobleSigner(new Uint8Array(32).fill(1)).publicKey))).toBe(
      'dd2fb4e18b5e1ce30c4633aaa5f681da79c3b32998cc5aa21b1149c37231a6ac',
    )
  })

  it('forms the did:key of the method specification', () => {
    // Example of the did:key specification, "Ed25519 with X25519".
    expect(didKey(fromHex('2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6'))).toBe(
      'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
    )
  })

  it('parses exactly what it prints', () => {
    fc.assert(
      fc.property(key32, (key) => {
        expect(parseDidKey(didKey(key))).toEqual(key)
      }),
    )
    fc.assert(
      fc.property(fc.string({ maxLength: 70 }), (text) => {
        expect(codeOf(() => parseDidKey(`did:key:z${text}`))).toBe('KEY_MALFORMED')
      }),
    )
  })

  it('refuses keys of another length, other key types and over-long text', () => {
    expect(codeOf(() => keyThumbprint(new Uint8Array(31)))).toBe('KEY_MALFORMED')
    expect(codeOf(() => didKey(new Uint8Array(33)))).toBe('KEY_MALFORMED')
    // A P-256 key, and a leading character that base58 would read as zeros.
    expect(codeOf(() => parseDidKey('did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169'))).toBe('KEY_MALFORMED')
    expect(codeOf(() => parseDidKey(`did:key:z1${didKey(new Uint8Array(32)).slice(9)}`))).toBe('KEY_MALFORMED')
    expect(codeOf(() => parseDidKey(`did:key:z${'6'.repeat(1_000_000)}`))).toBe('KEY_MALFORMED')
  })
})
