/** The owner receives the whole price, however it is shared, and the platform its share on top. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type CidText, cidOf } from '../../src/encoding/cid.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { ownerShare, platformFee, splitPrice } from '../../src/terms/fee.ts'

const party = (name: string): CidText => cidOf(encodeUtf8(name))
const amount = fc.integer({ min: 0, max: 1e12 })

it('shares add up to the price, each within one unit and what is left of its own', () => {
  const cuts = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 0, maxLength: 6 })
  fc.assert(
    fc.property(amount, cuts, (price, at) => {
      const edges = [0, ...at.toSorted((a, b) => a - b), 10_000]
      const split = edges.slice(1).map((edge, i) => ({ party: party(String(i)), bp: edge - (edges[i] ?? 0) }))
      const shares = splitPrice(price, split, party('owner'))
      expect(shares.reduce((sum, share) => sum + share.amount, 0)).toBe(price)
      for (const [i, share] of shares.entries())
        expect(Math.abs(share.amount - (price * (split[i]?.bp ?? 0)) / 10_000)).toBeLessThan(split.length + 1)
    }),
  )
  expect(splitPrice(7, undefined, party('owner'))).toEqual([{ to: party('owner'), amount: 7 }])
})

it('the owner of an agreed total gets the least amount that reaches it with the fee', () => {
  fc.assert(
    fc.property(amount, fc.integer({ min: 0, max: 10_000 }), (total, bp) => {
      const share = ownerShare(total, bp)
      expect(share + platformFee(share, bp)).toBeGreaterThanOrEqual(total)
      if (share > 0) expect(share - 1 + platformFee(share - 1, bp)).toBeLessThan(total)
    }),
  )
})
