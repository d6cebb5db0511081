/**
 * What may reach a terminal: text of other people loses every character that could move the cursor, change a colour,
 * open a link, or reorder what is read. In JSON such characters are written as \uXXXX instead.
 */
import { plainText } from '../encoding/plain-text.ts'

/** Several lines: keeps line feeds, a tab becomes a space. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => plainText(line.replaceAll('\t', ' ')))
    .join('\n')
}

/** One line: a line feed or tab in someone's title must not forge a line or column of ours. */
export function printable(text: string): string {
  return plainText(text.replaceAll(/[\n\t]+/gu, ' ')).trim()
}

/** JSON on one line whose text form is safe to print. */
export function safeJson(value: unknown): string {
  const json = JSON.stringify(value)
  return /^[ -~]*$/u.test(json) ? json : Array.from(json, escapeHidden).join('')
}

function escapeHidden(character: string): string {
  if (plainText(character) !== '') return character
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}

/** Columns of text, each as wide as its widest cell; the last column is not padded. */
export function formatTable(rows: readonly (readonly string[])[], header?: readonly string[]): string {
  const lines = (header === undefined ? rows : [header, ...rows]).map((row) => row.map(printable))
  const widths: number[] = []
  for (const line of lines) {
    for (const [i, cell] of line.entries()) widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))
  }
  return lines
    .map((line) => line.map((cell, i) => (i === line.length - 1 ? cell : pad(cell, widths[i] ?? 0))).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - widthOf(cell)))
}

function widthOf(cell: string): number {
  return Array.from(cell).length
}

/** A field of a payload inside a sentence, whatever it holds. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(asText).join(', ')
  return value === undefined ? 'unknown' : JSON.stringify(value)
}
