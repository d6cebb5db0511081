/**
 * Values of a source that works while its reader does: so many are asked for before the reader wants them.
 *
 * @throws what the source throws, when its turn comes
 */
export async function* readAhead<T>(source: AsyncGenerator<T, void>, count: number): AsyncGenerator<T, void> {
  const asked: Promise<IteratorResult<T, void>>[] = []
  try {
    for (;;) {
      while (asked.length <= count) {
        const next = source.next()
        // Told when its turn comes, or never, where the reader left before.
        next.catch(() => undefined)
        asked.push(next)
      }
      const result = await asked.shift()
      if (result === undefined || result.done === true) return
      yield result.value
    }
  } finally {
    // Not awaited: it ends only after what was asked for is there.
    source.return().catch(() => undefined)
  }
}
