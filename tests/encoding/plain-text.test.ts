import { describe, expect, it } from 'vitest'
import { plainText } from '../../src/encoding/plain-text.ts'

describe('plain text', () => {
  it('keeps what is visible, in any script', () => {
    for (const text of ['Kisumu Voices', 'Ñandú', 'ߒߞߏ', 'ግዕዝ', 'ⵜⵉⴼⵉⵏⴰⵖ', 'עברית', '日本語', '👩🏾‍🌾', 'a\u200db'])
      expect(plainText(text)).toBe(text)
  })

  it('drops whatever steers a terminal or the direction of the line', () => {
    const hidden =
      '\u0000\u0007\b\t\n\r\u001b\u007f\u0085\u009b\u009d\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff\u{e0041}'
    for (const character of hidden) expect(plainText(`a${character}b`)).toBe('ab')
    expect(plainText('\u001b]8;;https://x.example\u0007link\u001b]8;;\u0007')).toBe(']8;;https://x.examplelink]8;;')
    expect(plainText('\ud800a\udfff')).toBe('a')
  })
})
