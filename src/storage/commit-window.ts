/**
 * Which commits leave a row in the database, and when the rows found there are all of them: a window of the newest
 * commits, numbered from 0 without a gap. LevelDB drops what it cannot read of a damaged write-ahead log without an
 * error, and a missing number is how that is noticed.
 */

/**
 * The write-ahead logs hold at most two write buffers of 4 MiB, so fewer commits of 512 bytes or more than this are ever
 * at the mercy of a damaged log.
 */
export const COMMIT_ROWS_KEPT = 16_384

/** The commit whose row falls out of the window when commit `sequence` is written, or undefined. */
export function commitToDrop(sequence: number, kept: number = COMMIT_ROWS_KEPT): number | undefined {
  return sequence >= kept ? sequence - kept : undefined
}

/** The first commit of the window that ends with `last`. */
export function firstKeptCommit(last: number, kept: number = COMMIT_ROWS_KEPT): number {
  return Math.max(0, last - kept + 1)
}

/**
 * Whether the window that ends with the last number has no gap. Rows older than it do not count.
 *
 * @param numbers of the commit rows found, ascending; none is no whole window, since creation writes commit 0
 */
export function isWindowWhole(numbers: readonly number[], kept: number = COMMIT_ROWS_KEPT): boolean {
  const last = numbers.at(-1)
  if (last === undefined) return false
  const first = firstKeptCommit(last, kept)
  const inWindow = numbers.filter((number) => number >= first)
  return inWindow.length === last - first + 1 && inWindow.every((number, i) => number === first + i)
}
