/**
 * Whole numbers in the text formats of C2SP: ASCII decimal without leading zeros, `0` for zero.
 */

/** The number, or undefined unless text is a decimal from 0 to 2^53 - 1 in its only spelling. */
export function parseDecimal(text: string): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : undefined
}
