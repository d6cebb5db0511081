/** Long lists in an answer: cut into frames of about half a MiB, so that none exceeds the limit of a response frame. */
import type { CborValue } from '../../encoding/cbor.ts'
import type { Codec } from '../fields.ts'

export const PAGE_BYTES: number = 512 << 10

export function* pages<T>(
  items: readonly T[],
  page: Codec<readonly T[]>,
  mostItems: number,
  sizeOf: (item: T) => number,
): Generator<CborValue, void, undefined> {
  let batch: T[] = []
  let used = 0
  for (const item of items) {
    const itemSize = sizeOf(item)
    if (batch.length === mostItems || (used + itemSize > PAGE_BYTES && batch.length > 0)) {
      yield page.encode(batch)
      batch = []
      used = 0
    }
    batch.push(item)
    used += itemSize
  }
  if (batch.length > 0) yield page.encode(batch)
}
