/** The word that somebody meant, for messages about one that does not exist. */

/** Longer ones are no slip of a finger; the bound also keeps hostile input cheap. */
const LONGEST = 40

/** The word with the fewest changed letters, if they are few; the first of equals. */
export function nearestWord(text: string, words: Iterable<string>): string | undefined {
  if (text.length > LONGEST) return undefined
  let nearest: string | undefined
  let least = Math.floor(text.length / 3) + 1
  for (const word of words) {
    const distance = slipsBetween(text.toLowerCase(), word.toLowerCase())
    if (distance >= least) continue
    least = distance
    nearest = word
  }
  return nearest
}

/** `; did you mean "train"?`, or nothing. */
export function didYouMean(text: unknown, words: Iterable<string>): string {
  const nearest = typeof text === 'string' ? nearestWord(text, words) : undefined
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`
}

/** Letters inserted, left out, replaced, or swapped with the next one (optimal string alignment). */
export function slipsBetween(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        (above[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (above[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = above
    above = row
  }
  return above[b.length] ?? 0
}
