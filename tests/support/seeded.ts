/** Numbers that look random and are the same in every run: a failure can be played again. */

/** xorshift32. @param seed from 1 on; neighbours give nothing alike */
export function seeded(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1)
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}
