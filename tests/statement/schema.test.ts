import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCbor, encodeCbor } from '../../src/encoding/cbor.ts'
import {
  type Schema,
  asMap,
  bool,
  bytes,
  cid,
  dictionary,
  exactly,
  list,
  optional,
  pattern,
  struct,
  text,
  token,
  uint,
  variant,
} from '../../src/statement/schema.ts'
import { codeOf } from '../support/error-code.ts'
import { sampleCid } from '../support/statement-samples.ts'

interface Sample {
  readonly name: string
  readonly count?: number
  readonly marks: ReadonlyMap<string, readonly boolean[]>
  readonly shape?: Shape
}
type Shape = { readonly is: 'round'; readonly radius: number } | { readonly is: 'square'; readonly side: number }

const shape = variant<Shape>('is', {
  round: struct<Extract<Shape, { is: 'round' }>>({ is: token('round'), radius: uint() }),
  square: struct<Extract<Shape, { is: 'square' }>>({ is: token('square'), side: uint(9) }),
})
const sample: Schema<Sample> = struct<Sample>(
  {
    name: text(5),
    count: optional(uint()),
    marks: dictionary(text(20, 0), list(bool, 0, 2), 3),
    shape: optional(shape),
  },
  (value) => (value.count === 13 ? 'another count' : undefined),
)

const samples: fc.Arbitrary<Sample> = fc.record(
  {
    name: fc.stringMatching(/^[a-zé]{1,5}$/u),
    count: fc.maxSafeNat().filter((count) => count !== 13),
    marks: fc
      .array(fc.tuple(fc.constantFrom('', 'a', '__proto__', 'constructor'), fc.array(fc.boolean(), { maxLength: 2 })), {
        maxLength: 3,
      })
      .map((entries) => new Map(entries)),
    shape: fc.oneof(
      fc.record({ is: fc.constant('round' as const), radius: fc.maxSafeNat() }),
      fc.record({ is: fc.constant('square' as const), side: fc.nat(9) }),
    ),
  },
  { requiredKeys: ['name', 'marks'] },
)

const encodes = (schema: Schema<unknown>, value: unknown) => codeOf(() => schema.encode(value, 'sample'))
const decodes = (schema: Schema<unknown>, value: unknown) => codeOf(() => schema.decode(value as never, 'sample'))

describe('a closed schema', () => {
  it('decodes what it encodes, through bytes', () => {
    fc.assert(
      fc.property(samples, (value) => {
        const encoded = encodeCbor(asMap(sample.encode(value, 'sample')))
        expect(sample.decode(decodeCbor(encoded), 'sample')).toEqual(value)
      }),
    )
  })

  it('leaves an absent field absent, and writes none for undefined', () => {
    const decoded = sample.decode(
      new Map<string, never>([
        ['name', 'a' as never],
        ['marks', new Map() as never],
      ]),
      'sample',
    )
    expect(Object.keys(decoded)).toEqual(['name', 'marks'])
    expect(
      asMap(sample.encode({ name: 'a', marks: new Map(), count: undefined } as never, 'sample')).has('count'),
    ).toBe(false)
  })

  it('checks what must hold between fields in both directions', () => {
    expect(encodes(sample, { name: 'a', marks: new Map(), count: 13 })).toBe('SCHEMA_INVALID')
    expect(
      decodes(
        sample,
        new Map<string, unknown>([
          ['name', 'a'],
          ['marks', new Map()],
          ['count', 13],
        ]),
      ),
    ).toBe('SCHEMA_INVALID')
  })

  it('says where the fault is', () => {
    expect(() => sample.encode({ name: 'a', marks: new Map([['x', [true, 1]]]) } as never, 'sample')).toThrow(
      'sample.marks.x[1]',
    )
    expect(() => sample.decode(new Map([['name', 'toolong']]), 'sample')).toThrow('sample.name')
  })

  it('gives encoder and decoder one opinion of every plain value', () => {
    const schemas: Schema<unknown>[] = [
      text(3),
      uint(5),
      bool,
      bytes(2),
      cid,
      exactly(1),
      token('a', 'b'),
      pattern('x', /^x+$/),
    ]
    const words: unknown[] = [
      '',
      'a',
      'abc',
      'abcd',
      'x',
      'xx',
      'e\u0301',
      '\ud800',
      '\u0000',
      'toString',
      sampleCid(1),
    ]
    const numbers: unknown[] = [0, 1, 5, 6, -1, 0.5, Number.NaN, 2 ** 53, 1n]
    const others: unknown[] = [true, false, null, undefined, new Uint8Array(2), new Uint8Array(3), [], new Map(), {}]
    const values = words.concat(numbers, others, 'x'.repeat(2000))
    const accepted = schemas.map((schema) =>
      values.filter((value) => {
        expect(encodes(schema, value)).toBe(decodes(schema, value))
        return encodes(schema, value) === undefined
      }),
    )
    expect(accepted).toEqual([
      ['a', 'abc', 'x', 'xx'],
      [0, 1, 5],
      [true, false],
      [new Uint8Array(2)],
      [sampleCid(1)],
      [1],
      ['a'],
      ['x', 'xx'],
    ])
  })

  it('bounds lists and maps before it looks inside', () => {
    expect(encodes(list(uint(), 1, 2), [])).toBe('SCHEMA_INVALID')
    expect(encodes(list(uint(), 1, 2), [1, 2, 3])).toBe('SCHEMA_INVALID')
    expect(decodes(list(uint(), 1, 2), [1, 2, 3])).toBe('SCHEMA_INVALID')
    expect(decodes(list(uint(), 1, 2), new Map())).toBe('SCHEMA_INVALID')
    const four = new Map(['a', 'b', 'c', 'd'].map((key) => [key, []]))
    expect(encodes(sample, { name: 'a', marks: four })).toBe('SCHEMA_INVALID')
    expect(encodes(sample, { name: 'a', marks: { a: [] } })).toBe('SCHEMA_INVALID')
    expect(
      decodes(
        sample,
        new Map<string, unknown>([
          ['name', 'a'],
          ['marks', four],
        ]),
      ),
    ).toBe('SCHEMA_INVALID')
  })

  it('knows a variant by its own words only', () => {
    for (const is of ['toString', '__proto__', 'constructor', '', 1, null, undefined]) {
      expect(encodes(shape, { is, radius: 1 })).toBe('SCHEMA_INVALID')
      expect(
        decodes(
          shape,
          new Map<string, unknown>([
            ['is', is],
            ['radius', 1],
          ]),
        ),
      ).toBe('SCHEMA_INVALID')
    }
    expect(decodes(shape, 'round')).toBe('SCHEMA_INVALID')
    expect(encodes(shape, { is: 'round', side: 1 })).toBe('SCHEMA_INVALID')
  })
})
