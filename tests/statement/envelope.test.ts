import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, fromHex } from '../../src/encoding/bytes.ts'
import {
  type CborKey,
  type CborMap,
  type CborValue,
  CborTag,
  decodeCbor,
  encodeCbor,
  isCborMap,
} from '../../src/encoding/cbor.ts'
import { cidOf } from '../../src/encoding/cid.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { decodeSign1, encodeSign1 } from '../../src/signing/cose.ts'
import { nobleSigner } from '../../src/signing/ed25519-noble.ts'
import { didKey, keyThumbprint } from '../../src/signing/key.ts'
import { actId } from '../../src/statement/act-id.ts'
import {
  MAX_STATEMENT_BYTES,
  decodeStatement,
  prepareEnvelope,
  prepareStatement,
  signedBytesOf,
  signStatement,
  verifyStatementSignature,
} from '../../src/statement/envelope.ts'
import { codeOf } from '../support/error-code.ts'
import {
  SAMPLES,
  grants,
  issuerOf,
  otherKey,
  partyId,
  sampleCid,
  signed,
  signedSamples,
  signer,
  usages,
} from '../support/statement-samples.ts'

const grant = signed(9, SAMPLES[9].full)
const signature = new Uint8Array(64).fill(1)

/** A statement as `grant`, with changes to its parts. Its signature is no longer right, which decoding does not ask. */
function altered(change: {
  header?: (header: Map<CborKey, CborValue>) => void
  payload?: (payload: Map<CborKey, CborValue>) => void
  unprotected?: CborMap
}): Uint8Array {
  const sign1 = decodeSign1(grant)
  const header = new Map(sign1.protectedHeader)
  change.header?.(header)
  const decoded = decodeCbor(sign1.payload ?? new Uint8Array())
  if (!isCborMap(decoded)) throw new TypeError('not a map')
  const payload = new Map(decoded)
  change.payload?.(payload)
  return encodeSign1({
    protectedBytes: encodeCbor(header),
    unprotectedHeader: change.unprotected ?? new Map(),
    payload: encodeCbor(payload),
    signature,
  })
}

describe('a statement', () => {
  it.each(signedSamples())('decodes to what was signed: kind $name', async ({ name, kind, bytes }) => {
    const statement = decodeStatement(bytes)
    expect(statement.kind).toBe(kind)
    expect(statement.id).toBe(cidOf(bytes))
    expect(statement.iss).toBe(issuerOf(kind))
    expect(statement.payload).toEqual(SAMPLES[kind][name.endsWith('full') ? 'full' : 'minimal'])
    expect(await verifyStatementSignature(statement, signer.publicKey, nativeVerifier)).toBe(true)
    expect(await verifyStatementSignature(statement, otherKey, nativeVerifier)).toBe(false)
    // One spelling: whatever decodes, encodes to the same bytes again.
    expect(signed(kind, statement.payload as never)).toEqual(bytes)
  })

  it('comes back the same for arbitrary usages and grants', () => {
    fc.assert(
      fc.property(usages, (usage) => {
        expect(decodeStatement(signed(15, usage)).payload).toEqual(usage)
      }),
    )
    fc.assert(
      fc.property(grants, (payload) => {
        expect(decodeStatement(signed(9, payload)).payload).toEqual(payload)
      }),
    )
  })

  it('narrows to its payload by kind', () => {
    const statement = decodeStatement(grant)
    expect(statement.kind === 9 && statement.payload.terms).toBe(SAMPLES[9].full.terms)
  })

  it('is about the first thing it refers to', () => {
    const subjects = Object.fromEntries(signedSamples().map(({ name, bytes }) => [name, decodeStatement(bytes).sub]))
    expect(subjects).toMatchObject({
      '1 full': partyId,
      '3 full': didKey(signer.publicKey),
      '4 full': partyId,
      '5 full': partyId,
      '6 full': sampleCid(11),
      '7 full': sampleCid(11),
      '9 full': sampleCid(16),
      '10 full': sampleCid(33),
      '13 full': sampleCid(33),
      '14 full': sampleCid(33),
      '15 full': sampleCid(33),
      '15 minimal': partyId,
      '20 full': sampleCid(30),
    })
    const amendment = { ...SAMPLES[15].minimal, prev: sampleCid(36) }
    expect(decodeStatement(signed(15, amendment)).sub).toBe(sampleCid(36))
  })

  it('is one act however often it is signed', () => {
    const second = nobleSigner(new Uint8Array(32).fill(2))
    const again = signStatement(prepareStatement(9, SAMPLES[9].full, { iss: partyId }, second.publicKey), second)
    expect(again).not.toEqual(grant)
    expect(actId(decodeStatement(again))).toEqual(actId(decodeStatement(grant)))
    expect(actId(decodeStatement(signed(9, SAMPLES[9].minimal)))).not.toEqual(actId(decodeStatement(grant)))
  })

  it('accepts the algorithm number of RFC 9864 as well', () => {
    expect(decodeStatement(altered({ header: (header) => header.set(1, -19) })).kind).toBe(9)
  })

  it('is an opaque leaf when its kind is not read here, or not known at all', () => {
    const prepared = prepareEnvelope(2, encodeCbor(['anything']), { iss: partyId, sub: 'x' }, signer.publicKey)
    expect(decodeStatement(signStatement(prepared, signer))).toMatchObject({
      kind: 2,
      kindName: 'index-commitment',
      payload: undefined,
    })
    for (const contentType of ['application/vnd.tallystick.canary+cbor', 'application/json']) {
      const bytes = altered({
        header: (header) =>
          header.set(3, contentType).set(
            15,
            new Map([
              [1, 'who'],
              [2, 'what'],
            ]),
          ),
      })
      expect(decodeStatement(bytes)).toMatchObject({ kind: undefined, kindName: undefined, payload: undefined })
    }
  })

  const claims = (iss: CborValue, sub: CborValue): CborMap =>
    new Map([
      [1, iss],
      [2, sub],
    ])
  it.each<[string, Uint8Array, string]>([
    ['no alg', altered({ header: (header) => header.delete(1) }), 'STATEMENT_MALFORMED'],
    ['another alg', altered({ header: (header) => header.set(1, -7) }), 'STATEMENT_MALFORMED'],
    ['alg as text', altered({ header: (header) => header.set(1, 'EdDSA') }), 'STATEMENT_MALFORMED'],
    ['a critical header', altered({ header: (header) => header.set(2, [1]) }), 'STATEMENT_MALFORMED'],
    ['an unknown header', altered({ header: (header) => header.set(99, 1) }), 'STATEMENT_MALFORMED'],
    ['a text label', altered({ header: (header) => header.set('alg', -8) }), 'STATEMENT_MALFORMED'],
    ['no kid', altered({ header: (header) => header.delete(4) }), 'STATEMENT_MALFORMED'],
    ['an empty kid', altered({ header: (header) => header.set(4, new Uint8Array()) }), 'STATEMENT_MALFORMED'],
    ['no content type', altered({ header: (header) => header.delete(3) }), 'STATEMENT_MALFORMED'],
    ['a numeric content type', altered({ header: (header) => header.set(3, 60) }), 'STATEMENT_MALFORMED'],
    ['no typ', altered({ header: (header) => header.delete(16) }), 'STATEMENT_MALFORMED'],
    ['another typ', altered({ header: (header) => header.set(16, 'application/cose') }), 'STATEMENT_MALFORMED'],
    ['no claims', altered({ header: (header) => header.delete(15) }), 'STATEMENT_MALFORMED'],
    ['no iss', altered({ header: (header) => header.set(15, new Map([[2, 'x']])) }), 'STATEMENT_MALFORMED'],
    ['no sub', altered({ header: (header) => header.set(15, new Map([[1, partyId]])) }), 'STATEMENT_MALFORMED'],
    [
      'a third claim',
      altered({ header: (header) => header.set(15, new Map([...claims(partyId, sampleCid(16)), [6, 1]])) }),
      'STATEMENT_MALFORMED',
    ],
    [
      'another sub',
      altered({ header: (header) => header.set(15, claims(partyId, sampleCid(17))) }),
      'STATEMENT_MALFORMED',
    ],
    [
      'an iss that is no party id',
      altered({ header: (header) => header.set(15, claims('me', sampleCid(16))) }),
      'STATEMENT_MALFORMED',
    ],
    ['an unprotected header', altered({ unprotected: new Map([[4, new Uint8Array(32)]]) }), 'STATEMENT_MALFORMED'],
    ['an unknown key', altered({ payload: (payload) => payload.set('extra', 1) }), 'SCHEMA_INVALID'],
    [
      'a key named __proto__',
      altered({ payload: (payload) => payload.set('__proto__', new Map([['x', 1]])) }),
      'SCHEMA_INVALID',
    ],
    ['a key named constructor', altered({ payload: (payload) => payload.set('constructor', 1) }), 'SCHEMA_INVALID'],
    ['a key named toString', altered({ payload: (payload) => payload.set('toString', 1) }), 'SCHEMA_INVALID'],
    ['a numeric key', altered({ payload: (payload) => payload.set(1, 1) }), 'SCHEMA_INVALID'],
    ['no terms', altered({ payload: (payload) => payload.delete('terms') }), 'SCHEMA_INVALID'],
    ['a number as text', altered({ payload: (payload) => payload.set('from', '10') }), 'SCHEMA_INVALID'],
    ['a negative time', altered({ payload: (payload) => payload.set('from', -1) }), 'SCHEMA_INVALID'],
    ['a time above 2^53', altered({ payload: (payload) => payload.set('from', 2n ** 60n) }), 'SCHEMA_INVALID'],
    ['null for an absent field', altered({ payload: (payload) => payload.set('from', null) }), 'SCHEMA_INVALID'],
    ['an unknown right', altered({ payload: (payload) => payload.set('rights', ['everything']) }), 'SCHEMA_INVALID'],
    ['an empty list', altered({ payload: (payload) => payload.set('versions', []) }), 'SCHEMA_INVALID'],
    [
      'a CID in upper case',
      altered({ payload: (payload) => payload.set('terms', sampleCid(16).toUpperCase()) }),
      'SCHEMA_INVALID',
    ],
    [
      'a text of 201 characters',
      altered({ payload: (payload) => payload.set('project', 'x'.repeat(201)) }),
      'SCHEMA_INVALID',
    ],
    ['a control character', altered({ payload: (payload) => payload.set('project', 'a\u0007b') }), 'SCHEMA_INVALID'],
  ])('is refused with %s', (_, bytes, code) => {
    expect(codeOf(() => decodeStatement(bytes))).toBe(code)
  })

  it('counts the characters of a title, not its bytes or UTF-16 units', () => {
    expect(decodeStatement(altered({ payload: (payload) => payload.set('project', '𝄞'.repeat(200)) })).kind).toBe(9)
    expect(
      codeOf(() => decodeStatement(altered({ payload: (payload) => payload.set('project', '𝄞'.repeat(201)) }))),
    ).toBe('SCHEMA_INVALID')
  })

  /** The payload {terms: <text>} spelled by hand inside an otherwise good statement. */
  const withPayload = (payload: Uint8Array): Uint8Array =>
    encodeSign1({ protectedBytes: decodeSign1(grant).protectedBytes, payload, signature })
  it.each<[string, Uint8Array, string]>([
    ['keys out of order', withPayload(fromHex('a2616201616102')), 'CBOR_NOT_DETERMINISTIC'],
    ['a key twice', withPayload(fromHex('a2616101616102')), 'CBOR_MALFORMED'],
    ['an indefinite map', withPayload(fromHex('bf616101ff')), 'CBOR_MALFORMED'],
    ['an indefinite text', withPayload(fromHex('a161617f6178ff')), 'CBOR_MALFORMED'],
    ['a float', withPayload(fromHex('a16161fb3ff0000000000000')), 'CBOR_MALFORMED'],
    ['undefined', withPayload(fromHex('a16161f7')), 'CBOR_MALFORMED'],
    ['a longer integer than needed', withPayload(fromHex('a161611801')), 'CBOR_NOT_DETERMINISTIC'],
    ['text that is not NFC', withPayload(fromHex('a161616365cc81')), 'CBOR_NOT_DETERMINISTIC'],
    ['text that is not UTF-8', withPayload(fromHex('a1616161ff')), 'UTF8_MALFORMED'],
    ['another tag', withPayload(fromHex('a16161c101')), 'CBOR_MALFORMED'],
    ['a byte after the payload', withPayload(fromHex('a000')), 'CBOR_MALFORMED'],
    ['a byte after the statement', concatBytes(grant, Uint8Array.of(0)), 'CBOR_MALFORMED'],
    ['an empty payload', withPayload(new Uint8Array()), 'CBOR_MALFORMED'],
    ['a payload that is no map', withPayload(encodeCbor([1])), 'SCHEMA_INVALID'],
    ['nesting without end', withPayload(new Uint8Array(40_000).fill(0x81)), 'CBOR_LIMIT'],
    ['a detached payload', encodeSign1({ ...decodeSign1(grant), payload: null }), 'STATEMENT_MALFORMED'],
    ['no bytes', new Uint8Array(), 'CBOR_MALFORMED'],
    ['an untagged array', encodeCbor([new Uint8Array(), new Map(), new Uint8Array(), signature]), 'COSE_MALFORMED'],
    ['no tag inside', encodeCbor(new CborTag(18, 1)), 'COSE_MALFORMED'],
  ])('is refused with %s', (_, bytes, code) => {
    expect(codeOf(() => decodeStatement(bytes))).toBe(code)
  })

  it('has at most 65,535 bytes', () => {
    const length = (bytes: number): Uint8Array => {
      const prepared = prepareEnvelope(2, new Uint8Array(bytes), { iss: partyId, sub: 'x' }, signer.publicKey)
      return signStatement(prepared, signer)
    }
    const overhead = length(60_000).length - 60_000
    const largest = length(MAX_STATEMENT_BYTES - overhead)
    expect(largest.length).toBe(MAX_STATEMENT_BYTES)
    expect(decodeStatement(largest).kind).toBe(2)
    expect(codeOf(() => length(MAX_STATEMENT_BYTES - overhead + 1))).toBe('STATEMENT_TOO_LARGE')
    expect(codeOf(() => decodeStatement(new Uint8Array(MAX_STATEMENT_BYTES + 1)))).toBe('STATEMENT_TOO_LARGE')
  })

  it('refuses to be prepared from input that could not be decoded', () => {
    const prepare = (payload: unknown, iss: string = partyId) =>
      codeOf(() => prepareStatement(9, payload as never, { iss }, signer.publicKey))
    expect(prepare({ terms: sampleCid(1) })).toBeUndefined()
    expect(prepare({ terms: sampleCid(1) }, 'me')).toBe('STATEMENT_MALFORMED')
    expect(prepare({ terms: 'bafkrei' })).toBe('SCHEMA_INVALID')
    expect(prepare({})).toBe('SCHEMA_INVALID')
    expect(prepare(null)).toBe('SCHEMA_INVALID')
    expect(prepare([])).toBe('SCHEMA_INVALID')
    expect(prepare({ terms: sampleCid(1), project: 'e\u0301' })).toBe('SCHEMA_INVALID')
    expect(prepare({ terms: sampleCid(1), project: '\ud800' })).toBe('SCHEMA_INVALID')
    expect(prepare({ terms: sampleCid(1), from: 0.5 })).toBe('SCHEMA_INVALID')
    expect(prepare(JSON.parse(`{"terms":"${sampleCid(1)}","__proto__":{"from":1}}`))).toBe('SCHEMA_INVALID')
    expect(codeOf(() => prepareStatement(9, SAMPLES[9].full, { iss: partyId, sub: partyId }, signer.publicKey))).toBe(
      'STATEMENT_MALFORMED',
    )
  })

  it('is plain bytes on every runtime, never a Buffer', () => {
    const prepared = prepareStatement(9, SAMPLES[9].full, { iss: partyId }, signer.publicKey)
    const { protectedBytes, payloadBytes, signedBytes } = prepared
    for (const part of [
      protectedBytes,
      payloadBytes,
      signedBytes,
      signStatement(prepared, signer),
      signedBytesOf(decodeStatement(grant)),
    ]) {
      expect(Object.getPrototypeOf(part)).toBe(Uint8Array.prototype)
    }
  })

  it('is not signed with another key than it was prepared for', () => {
    const prepared = prepareStatement(9, SAMPLES[9].full, { iss: partyId }, otherKey)
    expect(() => signStatement(prepared, signer)).toThrow(TypeError)
  })
})

describe('a party', () => {
  const prepare = (payload: object, iss: string = didKey(signer.publicKey)) =>
    codeOf(() => prepareStatement(3, { ...SAMPLES[3].minimal, ...payload }, { iss }, signer.publicKey))

  it('begins with the key that signs it', () => {
    expect(prepare({})).toBeUndefined()
    expect(prepare({ keys: [otherKey, signer.publicKey] })).toBe('STATEMENT_MALFORMED')
    expect(prepare({}, didKey(otherKey))).toBe('STATEMENT_MALFORMED')
    expect(prepare({ keys: [otherKey] }, didKey(otherKey))).toBe('STATEMENT_MALFORMED')
  })

  it('has a threshold and a recovery set that can be met', () => {
    expect(prepare({ threshold: 0 })).toBe('SCHEMA_INVALID')
    expect(prepare({ threshold: 2 })).toBe('SCHEMA_INVALID')
    expect(prepare({ recovery: { of: [sampleCid(1)], k: 2 } })).toBe('SCHEMA_INVALID')
    expect(prepare({ recovery: { of: [sampleCid(1)], k: 0 } })).toBe('SCHEMA_INVALID')
  })

  it('registers no weak key', () => {
    const identity = new Uint8Array(32)
    identity[0] = 1
    expect(prepare({ keys: [signer.publicKey, identity] })).toBe('KEY_WEAK')
    expect(
      codeOf(() => prepareStatement(4, { prev: partyId, add: [identity] }, { iss: partyId }, signer.publicKey)),
    ).toBe('KEY_WEAK')
  })
})

describe('a log genesis', () => {
  const prepare = (payload: object, iss: string = partyId) =>
    codeOf(() => prepareStatement(1, { ...SAMPLES[1].minimal, ...payload }, { iss }, signer.publicKey))

  it('is issued by the operator it names', () => {
    expect(prepare({})).toBeUndefined()
    expect(prepare({}, sampleCid(77))).toBe('STATEMENT_MALFORMED')
  })

  it('names a log key of the origin, and keys of their own for witness and mirror', () => {
    const { logKey, witnessKey, mirrorKey } = SAMPLES[1].minimal
    expect(prepare({ origin: 'other.example/log' })).toBe('SCHEMA_INVALID')
    expect(prepare({ logKey: witnessKey })).toBe('SCHEMA_INVALID')
    expect(prepare({ witnessKey: logKey })).toBe('SCHEMA_INVALID')
    expect(prepare({ witnessKey: mirrorKey })).toBe('SCHEMA_INVALID')
    expect(prepare({ logKey: `${logKey}A` })).toBe('SCHEMA_INVALID')
  })
})

describe('hostile bytes', () => {
  it('fail only with our codes, wherever a statement is changed', () => {
    const samples = signedSamples().map(({ bytes }) => bytes)
    let accepted = 0
    for (const bytes of samples) {
      for (let at = 0; at < bytes.length; at += 3) {
        const mutated = bytes.slice()
        mutated[at] = (mutated[at] ?? 0) ^ (1 << (at % 8))
        if (codeOf(() => decodeStatement(mutated)) === undefined) accepted++
      }
    }
    expect(accepted).toBeGreaterThan(0)
  })

  it('fail only with our codes when spliced, cut and overwritten', () => {
    const samples = signedSamples().map(({ bytes }) => bytes)
    const sample = fc.constantFrom(...samples)
    fc.assert(
      fc.property(sample, sample, fc.nat(), fc.nat(), fc.uint8Array({ maxLength: 12 }), (a, b, from, to, insert) => {
        const mutated = concatBytes(a.subarray(0, from % a.length), insert, b.subarray(to % b.length))
        codeOf(() => decodeStatement(mutated))
      }),
      { numRuns: 3000 },
    )
  })

  it('inside a payload whose encoding is sound fail only with our codes', () => {
    const value: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<CborValue>(null, true, '__proto__', 'lineage', partyId, 0, -1, new Uint8Array(32)),
        fc.array(tie('value'), { maxLength: 3 }),
        fc
          .array(
            fc.tuple(fc.constantFrom('__proto__', 'mode', 'and', 'or', 'l', 'op', 'r', 'toString', 'id'), tie('value')),
            { maxLength: 4 },
          )
          .map((entries) => new Map<CborKey, CborValue>(entries)),
      ),
    })).value
    for (const { bytes, kind } of signedSamples()) {
      const { protectedBytes, payload } = decodeSign1(bytes)
      const original = decodeCbor(payload ?? new Uint8Array())
      if (!isCborMap(original)) throw new TypeError('not a map')
      fc.assert(
        fc.property(fc.constantFrom(...original.keys()), value, (key, replacement) => {
          const changed = new Map(original).set(key, replacement)
          codeOf(() => decodeStatement(encodeSign1({ protectedBytes, payload: encodeCbor(changed), signature })))
        }),
        { numRuns: 60 },
      )
      expect(kind).toBeGreaterThan(0)
    }
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it('name a key by its thumbprint only', () => {
    expect(decodeStatement(grant).kid).toEqual(keyThumbprint(signer.publicKey))
  })
})
