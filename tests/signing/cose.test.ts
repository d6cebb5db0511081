import { describe, expect, it } from 'vitest'
import { concatBytes, fromHex, toHex } from '../../src/encoding/bytes.ts'
import { CborTag, type CborValue, encodeCbor } from '../../src/encoding/cbor.ts'
import { decodeSign1, encodeSign1, signatureInput } from '../../src/signing/cose.ts'
import { codeOf } from '../support/error-code.ts'

const signature = new Uint8Array(64).fill(9)
const protectedBytes = encodeCbor(new Map([[1, -8]]))
const payload = Uint8Array.of(1, 2, 3)

function item(fields: readonly CborValue[]): Uint8Array {
  return encodeCbor(new CborTag(18, fields))
}

describe('COSE_Sign1', () => {
  it('encodes what it decodes, tagged', () => {
    const bytes = encodeSign1({ protectedBytes, payload, signature })
    expect(bytes[0]).toBe(0xd2)
    const decoded = decodeSign1(bytes)
    expect(decoded).toEqual({
      protectedBytes,
      protectedHeader: new Map([[1, -8]]),
      unprotectedHeader: new Map(),
      payload,
      signature,
    })
    expect(encodeSign1(decoded)).toEqual(bytes)
  })

  it('keeps a detached payload and an unprotected header', () => {
    const bytes = encodeSign1({
      protectedBytes,
      unprotectedHeader: new Map([[394, [payload]]]),
      payload: null,
      signature,
    })
    expect(decodeSign1(bytes).payload).toBeNull()
    expect(decodeSign1(bytes).unprotectedHeader).toEqual(new Map([[394, [payload]]]))
  })

  it('reads an empty protected header only as no bytes', () => {
    expect(decodeSign1(item([new Uint8Array(), new Map(), payload, signature])).protectedHeader.size).toBe(0)
    expect(codeOf(() => decodeSign1(item([Uint8Array.of(0xa0), new Map(), payload, signature])))).toBe('COSE_MALFORMED')
  })

  it('signs over the Sig_structure of RFC 9052', () => {
    expect(toHex(signatureInput(protectedBytes, payload))).toBe(`846a5369676e61747572653143a101274043010203`)
  })

  it.each<[string, Uint8Array, string]>([
    ['no tag', encodeCbor([protectedBytes, new Map(), payload, signature]), 'COSE_MALFORMED'],
    ['three fields', item([protectedBytes, new Map(), payload]), 'COSE_MALFORMED'],
    ['five fields', item([protectedBytes, new Map(), payload, signature, null]), 'COSE_MALFORMED'],
    ['a header that is no byte string', item([new Map([[1, -8]]), new Map(), payload, signature]), 'COSE_MALFORMED'],
    ['a protected array', item([encodeCbor([1]), new Map(), payload, signature]), 'COSE_MALFORMED'],
    ['an unprotected array', item([protectedBytes, [], payload, signature]), 'COSE_MALFORMED'],
    ['a text payload', item([protectedBytes, new Map(), 'x', signature]), 'COSE_MALFORMED'],
    ['a short signature', item([protectedBytes, new Map(), payload, new Uint8Array(63)]), 'COSE_MALFORMED'],
    ['two algs', item([fromHex('a201270132'), new Map(), payload, signature]), 'CBOR_MALFORMED'],
    ['unsorted labels', item([fromHex('a204400127'), new Map(), payload, signature]), 'CBOR_NOT_DETERMINISTIC'],
    [
      'a trailing byte',
      concatBytes(encodeSign1({ protectedBytes, payload, signature }), Uint8Array.of(0)),
      'CBOR_MALFORMED',
    ],
  ])('refuses %s', (_, bytes, code) => {
    expect(codeOf(() => decodeSign1(bytes))).toBe(code)
  })

  it('has the signed bytes that the encoder writes, at every length of a head', () => {
    for (const length of [0, 1, 23, 24, 255, 256, 65_535, 65_536]) {
      const bytes = new Uint8Array(length).fill(5)
      for (const [header, body] of [
        [bytes, payload],
        [protectedBytes, bytes],
      ] as const) {
        expect(signatureInput(header, body)).toEqual(encodeCbor(['Signature1', header, new Uint8Array(0), body]))
      }
    }
  })
})
