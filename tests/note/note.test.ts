import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import {
  MAX_NOTE_BYTES,
  type Note,
  type NoteSignature,
  findSignature,
  formatNote,
  formatSignatureLine,
  formatSignatureLines,
  parseNote,
  parseSignatureLine,
  parseSignatureLines,
  withSignatures,
} from '../../src/note/note.ts'
import { codeOf } from '../merkle/sample-tree.ts'

const LINE =
  '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'
const EXAMPLE = `This is an example message.\n\n${LINE}`

const anyName = fc.stringMatching(/^[a-zA-Z0-9./:_~é\u4e2d-]{1,30}$/)
const anySignature: fc.Arbitrary<NoteSignature> = fc.record({
  name: anyName,
  keyId: fc.integer({ min: 0, max: 0xffff_ffff }),
  signature: fc.uint8Array({ minLength: 1, maxLength: 100 }),
})
const anyNote: fc.Arbitrary<Note> = fc.record({
  text: fc
    .array(fc.stringMatching(/^[ -~é—\u{1f600}]{0,20}$/u), { maxLength: 6 })
    .map((lines) => `${lines.join('\n')}\n`),
  signatures: fc.array(anySignature, { minLength: 1, maxLength: 20 }),
})

function parseText(text: string): Note {
  return parseNote(encodeUtf8(text))
}

describe('signed notes', () => {
  it('are read as the example of the specification', () => {
    const note = parseText(EXAMPLE)
    expect(note.text).toBe('This is an example message.\n')
    expect(note.signatures).toHaveLength(1)
    expect(note.signatures[0]).toMatchObject({ name: 'example.com/foo', keyId: 0x530d903a })
    expect(note.signatures[0]?.signature).toHaveLength(64)
    expect(formatNote(note)).toEqual(encodeUtf8(EXAMPLE))
  })

  it('give back what they were made of', () => {
    fc.assert(
      fc.property(anyNote, (note) => {
        expect(parseNote(formatNote(note))).toEqual(note)
      }),
    )
  })

  it('have one spelling: whatever is accepted is printed again byte for byte', () => {
    const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), isInsert: fc.boolean() })
    fc.assert(
      fc.property(anyNote, fc.array(change, { minLength: 1, maxLength: 3 }), (note, changes) => {
        const bytes = Array.from(formatNote(note))
        for (const { at, byte, isInsert } of changes) bytes.splice(at % (bytes.length + 1), isInsert ? 0 : 1, byte)
        const mutated = Uint8Array.from(bytes)
        const code = codeOf(() => parseNote(mutated))
        expect(code).toMatch(/^(accepted|NOTE_MALFORMED)$/)
        expect(code === 'accepted' ? formatNote(parseNote(mutated)) : mutated).toEqual(mutated)
      }),
      { numRuns: 500 },
    )
  })

  it('are split at the last empty line', () => {
    const text = 'one\n\n— not a signature\n\n\n'
    expect(parseText(`${text}\n${LINE}`).text).toBe(text)
  })

  it('carry 16 signatures of 3.3 kB, and up to 256 lines', () => {
    const post = Array.from({ length: 16 }, (_, i) => ({ name: `w${i}`, keyId: i, signature: new Uint8Array(2428) }))
    expect(parseNote(formatNote({ text: 'x\n', signatures: post })).signatures).toHaveLength(16)
    const many = Array.from({ length: 257 }, (_, i) => ({ name: 'w', keyId: i, signature: new Uint8Array(1) }))
    expect(parseNote(formatNote({ text: 'x\n', signatures: many.slice(1) })).signatures).toHaveLength(256)
    expect(codeOf(() => parseNote(formatNote({ text: 'x\n', signatures: many })))).toBe('NOTE_MALFORMED')
  })

  it('are refused above 128 KiB before they are read', () => {
    expect(codeOf(() => parseNote(new Uint8Array(MAX_NOTE_BYTES + 1).fill(0x61)))).toBe('NOTE_MALFORMED')
    expect(codeOf(() => parseSignatureLines(new Uint8Array(MAX_NOTE_BYTES + 1).fill(0x61)))).toBe('NOTE_MALFORMED')
  })

  it.each([
    ['nothing', ''],
    ['no signature', 'text\n\n'],
    ['no empty line', `text\n${LINE}`],
    ['no last newline', EXAMPLE.slice(0, -1)],
    ['an empty line after the signatures', `${EXAMPLE}\n`],
    ['a line between the signatures', `${EXAMPLE}x\n${LINE}`],
    ['a carriage return', EXAMPLE.replaceAll('\n', '\r\n')],
    ['a tab', EXAMPLE.replace(' an ', '\tan ')],
    ['a NUL', EXAMPLE.replace(' an ', '\0an ')],
    ['a hyphen for the dash', EXAMPLE.replace('—', '-')],
    ['no space after the dash', EXAMPLE.replace('— ', '—')],
    ['two spaces', EXAMPLE.replace('foo ', 'foo  ')],
    ['a space at the end', EXAMPLE.replace('QM=\n', 'QM= \n')],
    ['no name', `text\n\n—  Uw2QOkn8\n`],
    ['a plus in the name', EXAMPLE.replace('com/foo', 'com+foo')],
    ['a no-break space in the name', EXAMPLE.replace('com/foo', 'com\u00a0foo')],
    ['an ideographic space in the name', EXAMPLE.replace('com/foo', 'com\u3000foo')],
    ['a NEL in the name', EXAMPLE.replace('com/foo', 'com\u0085foo')],
    ['no base64', EXAMPLE.replace('QM=', 'QM')],
    ['stray bits in the base64', EXAMPLE.replace('QM=', 'QN=')],
    ['base64url', EXAMPLE.replace('Uw2Q', '_w2Q')],
    ['a key id alone', `text\n\n— name AAAAAA==\n`],
    ['a name of 256 bytes', `text\n\n— ${'n'.repeat(256)} Uw2QOkn8\n`],
  ])('are refused with %s', (_, text) => {
    expect(codeOf(() => parseText(text))).toBe('NOTE_MALFORMED')
  })

  it('are refused when they are not UTF-8', () => {
    const bytes = encodeUtf8(EXAMPLE)
    expect(codeOf(() => parseNote(bytes.map((byte, at) => (at === 3 ? 0xff : byte))))).toBe('NOTE_MALFORMED')
  })

  it('are not made of what would not be read', () => {
    const signatures = [{ name: 'n', keyId: 1, signature: Uint8Array.of(1) }]
    const line = { name: 'n', keyId: 1, signature: Uint8Array.of(1) }
    expect(() => formatNote({ text: 'no newline', signatures })).toThrow(RangeError)
    expect(() => formatNote({ text: 'tab\t\n', signatures })).toThrow(RangeError)
    expect(() => formatNote({ text: 'x\n', signatures: [] })).toThrow(RangeError)
    expect(() => formatNote({ text: 'x\n', signatures: [{ ...line, name: 'a b' }] })).toThrow(RangeError)
    expect(() => formatNote({ text: 'x\n', signatures: [{ ...line, name: '\ud800' }] })).toThrow(RangeError)
    expect(() => formatNote({ text: 'x\n', signatures: [{ ...line, signature: new Uint8Array() }] })).toThrow(
      RangeError,
    )
  })
})

describe('signature lines', () => {
  it('travel alone in the answer of a witness', () => {
    fc.assert(
      fc.property(fc.array(anySignature, { minLength: 1, maxLength: 5 }), (signatures) => {
        expect(parseSignatureLines(formatSignatureLines(signatures))).toEqual(signatures)
      }),
    )
    const [first] = parseSignatureLines(encodeUtf8(LINE))
    expect(first === undefined ? '' : formatSignatureLine(first)).toEqual(encodeUtf8(LINE))
    expect(parseSignatureLine(encodeUtf8(LINE))).toEqual(first)
    expect(codeOf(() => parseSignatureLine(encodeUtf8(LINE + LINE)))).toBe('NOTE_MALFORMED')
    expect(codeOf(() => parseSignatureLines(new Uint8Array()))).toBe('NOTE_MALFORMED')
    expect(codeOf(() => parseSignatureLines(encodeUtf8(`\n${LINE}`)))).toBe('NOTE_MALFORMED')
  })

  it('replace the line of the same key, and leave the rest in place', () => {
    const line = (name: string, keyId: number, byte: number): NoteSignature => ({
      name,
      keyId,
      signature: Uint8Array.of(byte),
    })
    const note = { text: 'x\n', signatures: [line('a', 1, 1), line('b', 2, 1), line('b', 3, 1)] }
    const merged = withSignatures(note, [line('b', 2, 9), line('c', 2, 9)])
    expect(merged.signatures).toEqual([line('a', 1, 1), line('b', 3, 1), line('b', 2, 9), line('c', 2, 9)])
    expect(note.signatures).toHaveLength(3)
  })

  it('are found by name and key id together, and refused when a key has two', () => {
    const line = { name: 'a', keyId: 1, signature: Uint8Array.of(1) }
    const note = { text: 'x\n', signatures: [line, { ...line, keyId: 2 }, { ...line, name: 'b' }] }
    expect(findSignature(note, { name: 'a', keyId: 1 })).toEqual(line)
    expect(findSignature(note, { name: 'b', keyId: 2 })).toBeUndefined()
    const twice = { text: 'x\n', signatures: [line, line] }
    expect(codeOf(() => findSignature(twice, line))).toBe('NOTE_MALFORMED')
  })
})
