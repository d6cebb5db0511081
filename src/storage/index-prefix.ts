/**
 * The prefixes of keys that name the pages of a subject index: their first bits, in whole bytes, the rest zero.
 */
/** The first `depth` bits of a key, in whole bytes. */
export function prefixOf(key: Uint8Array, depth: number): Uint8Array {
  const prefix = key.slice(0, Math.ceil(depth / 8))
  const rest = depth & 7
  if (rest !== 0) prefix[prefix.length - 1] = (prefix.at(-1) ?? 0) & (0xff << (8 - rest))
  return prefix
}

/** With a bit of the prefix set to a value; it is 0 before. */
export function withBit(prefix: Uint8Array, bit: number, value: 0 | 1): Uint8Array {
  const out = Uint8Array.from(prefix)
  setBit(out, bit, value)
  return out
}

export function setBit(target: Uint8Array, bit: number, value: 0 | 1): void {
  const mask = 128 >> (bit & 7)
  const byte = target[bit >> 3] ?? 0
  target[bit >> 3] = value === 1 ? byte | mask : byte & ~mask
}

/** A checksum of a place (FNV-1a of its depth and prefix), to tell by their sum whether pages stand where they should. */
export function placeChecksum(depth: number, prefix: Uint8Array): number {
  let sum = Math.imul(FNV_BASIS ^ depth, FNV_PRIME)
  const bytes = Math.ceil(depth / 8)
  for (let i = 0; i < bytes; i++) sum = Math.imul(sum ^ (prefix[i] ?? 0), FNV_PRIME)
  return sum >>> 0
}

const FNV_BASIS = 0x811c9dc5
const FNV_PRIME = 0x01000193
