/** Bytes as a careless or hostile hand would leave them, drawn from a seed (seeded.ts). */
import { concatBytes } from '../../src/encoding/bytes.ts'

/** One of the samples after one to three changes. */
export function mutate(samples: readonly Uint8Array[], random: () => number): Uint8Array {
  let bytes = oneOf(samples, random)
  for (let changes = 1 + (random() % 3); changes > 0; changes--) bytes = oneOf(WAYS, random)(bytes, samples, random)
  return bytes
}

type Way = (bytes: Uint8Array, samples: readonly Uint8Array[], random: () => number) => Uint8Array

const MOST_BYTES_AT_ONCE = 9

const WAYS: readonly Way[] = [
  function flip(bytes, _, random) {
    const out = bytes.slice()
    const at = random() % Math.max(1, out.length)
    if (out.length > 0) out[at] = (out[at] ?? 0) ^ (1 << (random() % 8))
    return out
  },
  // Lengths and counts are where much is promised.
  function promiseMuch(bytes, _, random) {
    const out = bytes.slice()
    const at = random() % (out.length + 1)
    return out.fill(255, at, at + 1 + (random() % MOST_BYTES_AT_ONCE))
  },
  function insert(bytes, _, random) {
    const at = random() % (bytes.length + 1)
    const added = Uint8Array.from({ length: 1 + (random() % MOST_BYTES_AT_ONCE) }, () => random() & 255)
    return concatBytes(bytes.subarray(0, at), added, bytes.subarray(at))
  },
  function remove(bytes, _, random) {
    const at = random() % (bytes.length + 1)
    return concatBytes(bytes.subarray(0, at), bytes.subarray(at + 1 + (random() % MOST_BYTES_AT_ONCE)))
  },
  function splice(bytes, samples, random) {
    const other = oneOf(samples, random)
    return concatBytes(bytes.subarray(0, random() % (bytes.length + 1)), other.subarray(random() % (other.length + 1)))
  },
  function truncate(bytes, _, random) {
    return bytes.slice(0, random() % (bytes.length + 1))
  },
]

export function oneOf<T>(items: readonly T[], random: () => number): T {
  const item = items[random() % items.length]
  if (item === undefined) throw new RangeError('nothing to choose from')
  return item
}
