import { describe, expect, it } from 'vitest'
import { type CborKey, type CborValue, decodeCbor, encodeCbor, isCborMap } from '../../src/encoding/cbor.ts'
import { decodeSign1, encodeSign1 } from '../../src/signing/cose.ts'
import type { Constraint } from '../../src/statement/constraint.ts'
import { decodeStatement, prepareStatement } from '../../src/statement/envelope.ts'
import { type Terms, isReadable } from '../../src/statement/terms.ts'
import { codeOf } from '../support/error-code.ts'
import { SAMPLES, partyId, sampleCid, signed, signer } from '../support/statement-samples.ts'

const minimal = SAMPLES[7].minimal as Terms
const full = SAMPLES[7].full as Terms

function prepare(change: object, base: Terms = minimal): string | undefined {
  return codeOf(() => prepareStatement(7, { ...base, ...change }, { iss: partyId }, signer.publicKey))
}

function withConstraint(constraint: unknown, tables?: ReadonlyMap<string, Uint8Array>): string | undefined {
  const permit = [{ id: 'a', actions: ['train'], if: [constraint] }]
  return prepare({ permit, ...(tables === undefined ? {} : { tables }) })
}

/** Terms as another program might have made them: our encoder would refuse to. */
function altered(change: (payload: Map<CborKey, CborValue>) => void): Uint8Array {
  const sign1 = decodeSign1(signed(7, full))
  const decoded = decodeCbor(sign1.payload ?? new Uint8Array())
  if (!isCborMap(decoded)) throw new TypeError('not a map')
  const payload = new Map(decoded)
  change(payload)
  return encodeSign1({ ...sign1, payload: encodeCbor(payload) })
}

describe('terms', () => {
  it('accept every clause of the language', () => {
    expect(decodeStatement(signed(7, full)).payload).toEqual(full)
  })

  it.each([
    [{ mode: 'listed', ids: [sampleCid(1)] }, undefined],
    [{ mode: 'all-until', until: 5 }, undefined],
    [{ mode: 'lineage' }, undefined],
    [{ mode: 'listed', ids: [] }, 'SCHEMA_INVALID'],
    [{ mode: 'listed', until: 5 }, 'SCHEMA_INVALID'],
    [{ mode: 'lineage', until: 5 }, 'SCHEMA_INVALID'],
    [{ mode: 'latest' }, 'SCHEMA_INVALID'],
    [{ mode: '__proto__' }, 'SCHEMA_INVALID'],
    [{}, 'SCHEMA_INVALID'],
  ])('take the version scope %j: %s', (versions, code) => {
    expect(prepare({ versions })).toBe(code)
  })

  it.each([
    ['an unknown action', { permit: [{ id: 'a', actions: ['teach'] }] }],
    ['no action', { permit: [{ id: 'a', actions: [] }] }],
    ['an unknown key in a clause', { permit: [{ id: 'a', actions: ['train'], unless: [] }] }],
    ['a remedy on a permission', { permit: [{ id: 'a', actions: ['train'], remedy: ['d'] }] }],
    ['two clauses of one id', { permit: [{ id: 'a', actions: ['use'] }], prohibit: [{ id: 'a', actions: ['mine'] }] }],
    ['a duty that does not exist', { permit: [{ id: 'a', actions: ['train'], duties: ['d'] }] }],
    ['a remedy that does not exist', { prohibit: [{ id: 'a', actions: ['train'], remedy: ['toString'] }] }],
    ['an obligation that does not exist', { obligations: ['constructor'] }],
    ['an unknown duty', { duties: new Map([['d', { action: 'dance', due: { event: 'grant', within: 1 } }]]) }],
    ['an unknown event', { duties: new Map([['d', { action: 'pay', due: { event: 'never', within: 1 } }]]) }],
    [
      'evidence of no kind',
      { duties: new Map([['d', { action: 'pay', due: { event: 'grant', within: 1 }, evidence: 'x' }]]) },
    ],
    ['a duration that is no integer', { amend: { mode: 'owner-may-change', notice: 0.5 } }],
    ['an unknown effect', { revoke: { allowed: 'any', notice: 0, effect: { mode: 'shred' } } }],
    [
      'a grace without stop-running',
      { revoke: { allowed: 'any', notice: 0, effect: { mode: 'no-new-use', grace: 1 } } },
    ],
    ['a notice for never', { revoke: { allowed: 'never', notice: 0 } }],
    ['shares that do not add up', { split: [{ party: sampleCid(1), bp: 9999 }] }],
    ['an authoritative text that is missing', { authoritative: ['luo'] }],
    ['an unknown fact to prove', { prove: [{ fact: 'honour', within: 1 }] }],
    ['an unknown moment', { asOf: 'someday' }],
    ['another version', { v: 2 }],
  ])('are refused with %s', (_, change) => {
    expect(prepare(change)).toBe('SCHEMA_INVALID')
  })

  it.each<[Constraint]>([
    [{ l: 'purpose', op: 'eq', r: 'research' }],
    [{ l: 'commercial', op: 'neq', r: true }],
    [{ l: 'time', op: 'lt', r: 5 }],
    [{ l: 'subset', op: 'isAnyOf', r: ['train.tsv'] }],
    [{ l: 'region.benefit', op: 'isNoneOf', r: ['ZA-NW', '002'] }],
    [{ and: [{ or: [{ and: [{ l: 'count', op: 'eq', r: 0 }] }] }] }],
  ])('accept the constraint %j', (constraint) => {
    expect(withConstraint(constraint)).toBeUndefined()
  })

  it.each<[unknown]>([
    [{ l: 'purpose', op: 'isAnyOf', r: 'research' }],
    [{ l: 'purpose', op: 'eq', r: ['research'] }],
    [{ l: 'purpose', op: 'eq', r: 'world-peace' }],
    [{ l: 'purpose', op: 'lt', r: 'research' }],
    [{ l: 'purpose', op: 'eq', r: 1 }],
    [{ l: 'purpose', op: 'isAnyOf', r: [] }],
    [{ l: 'purpose', op: 'hasPart', r: 'research' }],
    [{ l: 'mood', op: 'eq', r: 'good' }],
    [{ l: 'commercial', op: 'eq', r: 'yes' }],
    [{ l: 'commercial', op: 'isAnyOf', r: ['yes'] }],
    [{ l: 'time', op: 'isAnyOf', r: ['now'] }],
    [{ l: 'time', op: 'lt', r: -1 }],
    [{ l: 'party', op: 'isAnyOf', r: ['us'] }],
    [{ l: 'org.kind', op: 'isA', r: true }],
    [{ l: 'region.processing', op: 'isPartOf', r: 'Africa' }],
    [{ l: 'language', op: 'eq', r: 'not a language' }],
    [{ l: 'purpose', op: 'eq', r: 'research', and: [] }],
    [{ and: [] }],
    [{ and: [{ l: 'count', op: 'eq', r: 0 }], or: [{ l: 'count', op: 'eq', r: 0 }] }],
    [{ not: [] }],
    [[]],
    ['purpose'],
    [null],
  ])('refuse the constraint %j', (constraint) => {
    expect(withConstraint(constraint)).toBe('SCHEMA_INVALID')
  })

  it('leave the words of a pinned table to whoever has the table', () => {
    const word = { l: 'purpose', op: 'eq', r: 'world-peace' }
    expect(withConstraint(word, new Map([['purpose', new Uint8Array(32)]]))).toBeUndefined()
    expect(withConstraint(word, new Map([['region', new Uint8Array(32)]]))).toBe('SCHEMA_INVALID')
    const place = { l: 'region.parent', op: 'isPartOf', r: 'east-africa' }
    expect(withConstraint(place, new Map([['region', new Uint8Array(32)]]))).toBeUndefined()
  })

  it('under another profile are kept, and known not to be readable', () => {
    const bytes = altered((payload) => {
      payload.set('profile', 'https://example.org/terms/v9').set('v', 9).set('whatever', [1, 'x']).delete('permit')
    })
    const statement = decodeStatement(bytes)
    expect(statement.kind).toBe(7)
    expect(statement.payload).toEqual({
      profile: 'https://example.org/terms/v9',
      lineage: full.lineage,
      prev: full.prev,
    })
    expect(statement.kind === 7 && isReadable(statement.payload)).toBe(false)
    expect(codeOf(() => prepareStatement(7, statement.payload as Terms, { iss: partyId }, signer.publicKey))).toBe(
      'SCHEMA_INVALID',
    )
  })

  it('under another profile still name their lineage', () => {
    expect(codeOf(() => decodeStatement(altered((payload) => payload.set('profile', 'x').delete('lineage'))))).toBe(
      'SCHEMA_INVALID',
    )
    expect(codeOf(() => decodeStatement(altered((payload) => payload.set('profile', 1))))).toBe('SCHEMA_INVALID')
    expect(codeOf(() => decodeStatement(altered((payload) => payload.delete('profile'))))).toBe('SCHEMA_INVALID')
  })

  it('keep hostile names as plain keys of a Map', () => {
    const duties = new Map([['constructor', { action: 'pay' as const, due: { event: 'grant' as const, within: 1 } }]])
    const statement = decodeStatement(signed(7, { ...minimal, duties, obligations: ['constructor'] }))
    expect(statement.kind === 7 && isReadable(statement.payload) && statement.payload.duties).toEqual(duties)
    expect(prepare({ duties: new Map([['__proto__', { action: 'pay', due: { event: 'grant', within: 1 } }]]) })).toBe(
      'SCHEMA_INVALID',
    )
  })
})
