/**
 * Which known words somebody may have meant: those that hold what was typed, those a slip of the keys away, or those that
 * begin with it.
 */
import { slipsBetween } from '../../encoding/nearest-word.ts'

export function similarWords(typed: string, words: readonly string[]): readonly string[] {
  const holding = words.filter((word) => word.split(/[\s-]/u).includes(typed))
  if (holding.length > 0) return holding
  const distances = words.map((word) => slipsBetween(typed, word))
  const least = Math.min(...distances)
  if (least <= (typed.length < 5 ? 1 : 2)) return words.filter((_, i) => distances[i] === least)
  return words.filter((word) => word.startsWith(typed))
}
