import { describe, expect, it } from 'vitest'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { cidFromDigest, cidOf, digestOf, isCid } from '../../src/encoding/cid.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { codeOf } from '../support/error-code.ts'

const cid = cidOf(encodeUtf8('a statement'))

/** Printed again it must be the same text. */
function isCidOfMultiformats(text: string): boolean {
  try {
    const { version, code, multihash } = CID.parse(text)
    const isOurs = version === 1 && code === 0x55 && multihash.code === 0x12 && multihash.size === 32
    return isOurs && CID.createV1(code, createDigest(0x12, multihash.digest)).toString() === text
  } catch {
    return false
  }
}

describe('ids', () => {
  it('are spelled as multiformats spells them', () => {
    for (let i = 0; i < 300; i++) {
      const digest = Uint8Array.from({ length: 32 }, (_, at) => (i * 31 + at * 97 + ((i * at) % 251)) & 255)
      const text = CID.createV1(0x55, createDigest(0x12, digest)).toString()
      expect(cidFromDigest(digest)).toBe(text)
      expect(digestOf(text)).toEqual(digest)
    }
  })

  it('leave no bits over: a last letter that says more than the digest is refused', () => {
    const last = 'abcdefghijklmnopqrstuvwxyz234567'
    expect(last.split('').filter((letter) => isCid(cid.slice(0, -1) + letter))).toHaveLength(8)
  })

  it('are recognised as multiformats recognises them, whichever letter is changed', () => {
    for (let i = 0; i < cid.length; i++) {
      for (const letter of 'abcdefghijklmnopqrstuvwxyz234567189 ='.split('')) {
        const text = cid.slice(0, i) + letter + cid.slice(i + 1)
        expect(isCid(text), text).toBe(isCidOfMultiformats(text))
      }
    }
  })

  it('name the digest of their content', () => {
    expect(cidOf(encodeUtf8('a statement'))).toBe(cid)
    expect(digestOf(cid)).toHaveLength(32)
    expect(cidOf(encodeUtf8('another'))).not.toBe(cid)
  })

  it('have one spelling: a capital letter anywhere is refused', () => {
    for (let i = 0; i < cid.length; i++) {
      const spelled = cid.slice(0, i) + cid.charAt(i).toUpperCase() + cid.slice(i + 1)
      expect(isCid(spelled)).toBe(spelled === cid)
    }
  })

  it.each([
    '',
    'bafkrei',
    `${cid}a`,
    cid.slice(0, -1),
    `z${cid.slice(1)}`,
    `${cid.slice(0, -1)}1`,
    cid.replace('bafkrei', 'bafyrei'),
  ])('refuse %j', (text) => {
    expect(codeOf(() => digestOf(text))).toBe('CID_MALFORMED')
  })
})
