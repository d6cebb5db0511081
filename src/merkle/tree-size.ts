/**
 * Arithmetic of tree sizes and leaf indices (RFC 9162 section 2.1): the split point, and what counts as a size at all.
 *
 * Sizes are numbers up to 2^53 - 1. JavaScript's bit operators stop at 32 bits, so halving is division here.
 */
import { LedgerError } from '../errors.ts'

/** @throws LedgerError TREE_RANGE unless size is an integer from 0 to 2^53 - 1 */
export function assertTreeSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new LedgerError('TREE_RANGE', `expected a tree size from 0 to 2^53 - 1, found ${size}`)
  }
}

/** @throws LedgerError TREE_RANGE unless 0 <= index < size */
export function assertLeafIndex(index: number, size: number): void {
  assertTreeSize(size)
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new LedgerError('TREE_RANGE', `leaf ${index} is not in a tree of size ${size}`)
  }
}

/** The largest power of two smaller than count, for count >= 2: where RFC 9162 section 2.1.1 splits a tree. */
export function splitPoint(count: number): number {
  let power = 1
  while (power * 2 < count) power *= 2
  return power
}

export function isPowerOfTwo(count: number): boolean {
  let rest = count
  while (rest > 1 && rest % 2 === 0) rest /= 2
  return rest === 1
}

/** One step towards the root: the parent's position in its level. */
export function half(position: number): number {
  return Math.floor(position / 2)
}

export interface PerfectSubtree {
  /** Its hash covers 2^level leaves. */
  readonly level: number
  /** Its position among the subtrees of its level. */
  readonly index: number
}

/** The perfect subtrees of the first `size` leaves, largest first: one for each bit set in size. */
export function perfectSubtrees(size: number): PerfectSubtree[] {
  const out: PerfectSubtree[] = []
  let rest = size
  for (let level = 0; rest > 0; level++, rest = half(rest)) if (rest % 2 === 1) out.push({ level, index: rest - 1 })
  return out.toReversed()
}
