/** Pinned tables: terms name them by digest, so a change of any row makes another table. */
import { expect, test } from 'vitest'
import { fromHex } from '../../src/encoding/bytes.ts'
import { isKnownTable, tableDigest } from '../../src/statement/tables/pinned.ts'
import { PURPOSE_TABLE } from '../../src/statement/tables/purposes.ts'

/** Written down here, so that a table cannot change without somebody deciding so. */
const DIGESTS = {
  currency: 'd56fd7605b71e0da289493ef1c5619575dd6467759c01c40be9d7485e530dbb8',
  licence: '3fce3e4aa48802aed5878a2173426934f115d783890ab61176d0172955e74d07',
  purpose: '96eb4a9d10af21e50ca3b99b51d90fe606a243482c0246a30e356e28249c9f29',
  region: '4620e75a51586e923e4c10df8aab65ad82f417df2330fa24aa272ee1ea65f4a6',
}

test.each(Object.entries(DIGESTS))('the %s table is the one that terms pin', (name, digest) => {
  expect(tableDigest(name)).toBe(digest)
  expect(isKnownTable(name, fromHex(digest))).toBe(true)
})

test('another digest, or a table that the profile has not, is unknown', () => {
  for (const [name, digest] of Object.entries(DIGESTS)) {
    const other = fromHex(digest)
    other[0] = (other[0] ?? 0) ^ 1
    expect(isKnownTable(name, other)).toBe(false)
  }
  for (const name of ['purposes', '', 'constructor', '__proto__']) {
    expect(tableDigest(name)).toBeUndefined()
    expect(isKnownTable(name, fromHex(DIGESTS.purpose))).toBe(false)
  }
})

test('what a purpose lies under is part of its table', () => {
  expect(PURPOSE_TABLE).toContain('commercial-research research commercial\n')
  expect(PURPOSE_TABLE).toContain('\nmarketing\n')
})
