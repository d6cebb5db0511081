/** Lines of a report for people, broken to the width of a terminal. */
import { plainText } from '../encoding/plain-text.ts'

export interface TextLine {
  readonly text: string
  /** Columns by which what goes on below it is set in. */
  readonly hang: number
}

/** Under a bullet, a number or another mark. */
export function item(mark: string, text: string): TextLine {
  return { text: `${mark}${text}`, hang: mark.length }
}

/** Narrower than this nothing can be set in and still be read. */
const LEAST_COLUMNS = 40

/**
 * @param columns undefined: lines are as long as they are, as for a file or another program
 * @returns one string for each line that is printed, safe for a terminal
 */
export function breakLine({ text, hang }: TextLine, columns: number | undefined): string[] {
  const safe = plainText(text).trimEnd()
  if (columns === undefined || columns < LEAST_COLUMNS || length(safe) <= columns) return [safe]
  const indent = safe.slice(0, hang)
  const lines: string[] = []
  let line = indent
  let isBare = true
  for (const word of safe.slice(hang).split(' ')) {
    // An id or an origin that is longer than a line is never broken: it is there to be copied.
    if (!isBare && length(line) + 1 + length(word) > columns) {
      lines.push(line)
      line = ' '.repeat(hang)
      isBare = true
    }
    line += isBare ? word : ` ${word}`
    isBare = false
  }
  return [...lines, line].map((each) => each.trimEnd())
}

/** In code points: near enough to columns for the scripts of names and titles. */
function length(text: string): number {
  return Array.from(text).length
}
