import { describe, expect, it } from 'vitest'
import { CLAIM_LEASE_MS, ClaimTable } from '../../src/node/claim-table.ts'

const one = new Uint8Array(16).fill(1)
const two = new Uint8Array(16).fill(2)
const log = 'log.example/1'

function table(): { claims: ClaimTable; pass: (ms: number) => void } {
  let now = 0
  return { claims: new ClaimTable({ nowSeconds: () => 0, monotonicMs: () => now }), pass: (ms) => (now += ms) }
}

describe('a claim', () => {
  it('is granted to one living copy, and refused to another with the age of the last renewal', () => {
    const { claims, pass } = table()
    expect(claims.claim(log, one, 'c1')).toEqual({ granted: true })
    pass(700)
    expect(claims.claim(log, two, 'c2')).toEqual({ granted: false, renewedAgoMs: 700 })
    expect(claims.claim('other.example/1', two, 'c2')).toEqual({ granted: true })
  })

  it('is held on its own connection only', () => {
    const { claims } = table()
    claims.claim(log, one, 'c1')
    expect(claims.holds(log, one, 'c1')).toBe(true)
    expect(claims.holds(log, one, 'c2')).toBe(false)
    expect(claims.holds(log, two, 'c1')).toBe(false)
  })

  it('ends a minute after its last renewal', () => {
    const { claims, pass } = table()
    claims.claim(log, one, 'c1')
    pass(CLAIM_LEASE_MS)
    claims.claim(log, one, 'c1')
    pass(CLAIM_LEASE_MS)
    expect(claims.holds(log, one, 'c1')).toBe(true)
    pass(1)
    expect(claims.holds(log, one, 'c1')).toBe(false)
    expect(claims.claim(log, two, 'c2')).toEqual({ granted: true })
  })

  it('ends with its connection, and when it is given back by its holder', () => {
    const { claims } = table()
    claims.claim(log, one, 'c1')
    claims.dropConnection('c2')
    expect(claims.holds(log, one, 'c1')).toBe(true)
    claims.dropConnection('c1')
    expect(claims.claim(log, two, 'c2')).toEqual({ granted: true })
    claims.release(log, one)
    expect(claims.holds(log, two, 'c2')).toBe(true)
    claims.release(log, two)
    expect(claims.claim(log, one, 'c1')).toEqual({ granted: true })
  })
})
