/**
 * Which known words somebody may have meant: those that hold what was typed, those a slip of the keys away, or those that
 * begin with it.
 */
export function similarWords(typed: string, words: readonly string[]): readonly string[] {
  const holding = words.filter((word) => word.split(/[\s-]/u).includes(typed))
  if (holding.length > 0) return holding
  const distances = words.map((word) => slips(typed, word))
  const least = Math.min(...distances)
  if (least <= (typed.length < 5 ? 1 : 2)) return words.filter((_, i) => distances[i] === least)
  return words.filter((word) => word.startsWith(typed))
}

/** Letters to add, take away, change, or swap with their neighbour (optimal string alignment). */
function slips(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let k = 1; k <= b.length; k++) {
      const isSame = a[i - 1] === b[k - 1]
      const isSwap = i > 1 && k > 1 && a[i - 1] === b[k - 2] && a[i - 2] === b[k - 1]
      next[k] = Math.min(
        (row[k] ?? 0) + 1,
        (next[k - 1] ?? 0) + 1,
        (row[k - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap ? (before[k - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
