import { expect, test } from 'vitest'
import { formatTable, printable, printableLines, safeJson } from '../../src/cli/terminal-text.ts'

const ATOMS = [
  '\u001B[31m',
  '\u001B]8;;https://example.org\u0007',
  '\u0007',
  '\u0008',
  '\u009B2J',
  '\u202E',
  '\u2066',
  '\u2069',
  '\u200F',
  '\u061C',
  '\u2028',
  '\r',
  '\u0000',
  '\u007F',
  '\uFEFF',
]
/** Over 200 strings: each control alone, around text, and each pair of them. */
const CORPUS = [
  ...ATOMS,
  ...ATOMS.map((atom) => `safe${atom}text`),
  ...ATOMS.flatMap((a) => ATOMS.map((b) => `${a}x${b}`)),
]

const STEERING = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/u // oxlint-disable-line eslint/no-control-regex

test('no control, escape or direction character of 200 hostile strings reaches the terminal', () => {
  expect(CORPUS.length).toBeGreaterThan(200)
  for (const text of CORPUS) {
    expect(STEERING.test(printableLines(text))).toBe(false)
    expect(STEERING.test(printable(text))).toBe(false)
    expect(STEERING.test(safeJson({ text }))).toBe(false)
  }
})

test('JSON keeps the hidden characters as escapes', () => {
  for (const text of CORPUS) expect(JSON.parse(safeJson({ text }))).toEqual({ text })
})

test('text of any script stays as it is', () => {
  for (const text of ['Dholuo', 'ቋንቋ', 'ߒߞߏ', 'اللغة', 'Ŋ́gɔ', '😀']) expect(printable(text)).toBe(text)
})

test('a title cannot forge a line or a column of a table', () => {
  expect(formatTable([['a\nb\tc', 'd']]).split('\n')).toHaveLength(1)
})
