import { describe, expect, it } from 'vitest'
import { cidOf, digestOf, isCid } from '../../src/encoding/cid.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { codeOf } from '../support/error-code.ts'

const cid = cidOf(encodeUtf8('a statement'))

describe('ids', () => {
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
