import { describe, expect, test } from 'vitest'
import { commitToDrop, firstKeptCommit, isWindowWhole } from '../../src/storage/commit-window.ts'

/** The rows a store holds after commits 0 to last, written as level-store.ts writes them. */
function rowsAfter(last: number, kept: number): number[] {
  const rows = new Set<number>()
  for (let sequence = 0; sequence <= last; sequence++) {
    rows.add(sequence)
    const dropped = commitToDrop(sequence, kept)
    if (dropped !== undefined) rows.delete(dropped)
  }
  return [...rows]
}

describe('the window of commit rows', () => {
  test('is whole after any number of commits, before and after it starts to slide', () => {
    for (const kept of [1, 2, 5, 16]) {
      for (let last = 0; last <= 50; last++) {
        const rows = rowsAfter(last, kept)
        expect(rows.length).toBe(Math.min(last + 1, kept))
        expect(rows[0]).toBe(firstKeptCommit(last, kept))
        expect(isWindowWhole(rows, kept), `${last} of ${kept}`).toBe(true)
      }
    }
  })

  test('is not whole without any one of its rows but the last, whose loss the commit file shows', () => {
    for (let last = 1; last <= 50; last++) {
      const rows = rowsAfter(last, 16)
      for (const lost of rows.slice(0, -1)) {
        expect(
          isWindowWhole(
            rows.filter((row) => row !== lost),
            16,
          ),
        ).toBe(false)
      }
    }
    expect(isWindowWhole([], 16)).toBe(false)
  })

  test('does not mind rows older than it, which stores made before the window slid exactly still hold', () => {
    expect(isWindowWhole([0, ...rowsAfter(50, 16)], 16)).toBe(true)
  })
})
