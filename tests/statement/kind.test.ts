import { describe, expect, it } from 'vitest'
import { ALL_KIND_NAMES, kindMediaType, kindName, kindNumber, kindOfMediaType } from '../../src/statement/kind.ts'
import { isReadKind } from '../../src/statement/payload.ts'
import { READ_KINDS } from '../support/statement-samples.ts'

describe('statement kinds', () => {
  it('are 25, each with a name and a media type of its own', () => {
    expect(ALL_KIND_NAMES).toHaveLength(25)
    for (const name of ALL_KIND_NAMES) {
      const kind = kindNumber(name)
      expect(kind !== undefined && kindName(kind)).toBe(name)
      expect(kind !== undefined && kindMediaType(kind)).toBe(`application/vnd.tallystick.${name}+cbor`)
      expect(kindOfMediaType(`application/vnd.tallystick.${name}+cbor`)).toBe(kind)
    }
  })

  it('have no other spelling of their media type', () => {
    for (const mediaType of [
      'application/vnd.tallystick.grant',
      'application/vnd.tallystick.Grant+cbor',
      'application/vnd.tallystick.grant+cbor; v=1',
      'application/vnd.tallystick.toString+cbor',
      'application/vnd.tallystick.+cbor',
      'application/vnd.tallystick+cbor',
      '',
    ]) {
      expect(kindOfMediaType(mediaType)).toBeUndefined()
    }
  })

  it('are read where there is a schema', () => {
    const kinds = ALL_KIND_NAMES.map(kindNumber).filter((kind) => isReadKind(kind))
    expect(kinds).toEqual(READ_KINDS)
  })
})
