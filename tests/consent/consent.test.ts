/** A contributor's receipt proves its own record and no other; withdrawal tags say nothing without the key. */
import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/encoding/bytes.ts'
import { sealConsents, verifyConsentReceipt } from '../../src/consent/consent-receipt.ts'
import { commitTags, withdrawalTag } from '../../src/consent/withdrawal-tag.ts'
import { codeOf } from '../support/error-code.ts'

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('a consent receipt', () => {
  it('of every record leads to the one root, and of a changed one does not', () => {
    const records = fc.array(fc.record({ record: fc.string(), salt: bytes32 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(records, fc.nat(), (sealed, pick) => {
        const { root, receipts } = sealConsents(sealed)
        for (const [i, receipt] of receipts.entries()) {
          expect(verifyConsentReceipt(JSON.parse(JSON.stringify(receipt)))).toMatchObject({
            record: sealed[i]?.record,
            root: toHex(root),
          })
        }
        const one = receipts[pick % receipts.length]
        if (one === undefined) return
        const flipped = one.salt.startsWith('0') ? `1${one.salt.slice(1)}` : `0${one.salt.slice(1)}`
        for (const change of [
          { record: `${one.record}x` },
          { salt: flipped },
          { index: one.index + 1 },
          { count: 0 },
          { path: ['x'] },
        ])
          expect(codeOf(() => verifyConsentReceipt({ ...one, ...change }))).toBe('CONSENT_RECEIPT_INVALID')
      }),
      { numRuns: 100 },
    )
  })

  it.each([undefined, null, 'x', [], {}, { schema: 'tallystick/consent-receipt/1' }])('is refused as %j', (value) => {
    expect(codeOf(() => verifyConsentReceipt(value))).toBe('CONSENT_RECEIPT_INVALID')
  })
})

describe('a withdrawal tag', () => {
  it('is HMAC-SHA-256, and a batch commits to its tags whatever their order and repetition', () => {
    fc.assert(
      fc.property(bytes32, fc.array(fc.string(), { minLength: 1, maxLength: 10 }), (key, ids) => {
        const tags = ids.map((id) => withdrawalTag(key, id))
        expect(tags.map(toHex)).toEqual(ids.map((id) => createHmac('sha256', key).update(id, 'utf8').digest('hex')))
        const sorted = [...new Set(tags.map(toHex))].sort()
        const expected = createHash('sha256')
          .update(Buffer.from(sorted.join(''), 'hex'))
          .digest('hex')
        for (const batch of [tags, [...tags, ...tags].toReversed()])
          expect(commitTags(batch)).toEqual({
            count: sorted.length,
            commitment: new Uint8Array(Buffer.from(expected, 'hex')),
          })
      }),
      { numRuns: 100 },
    )
  })
})
