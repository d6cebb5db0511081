/** Chance from a seed (xorshift128+): the same numbers on every machine. */
export class Chance {
  private a: bigint
  private b: bigint

  constructor(seed: number) {
    // splitmix64: neighbouring seeds give unlike runs.
    let state = BigInt(seed)
    const next = (): bigint => {
      state = (state + 0x9e3779b97f4a7c15n) & MASK
      let z = state
      z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK
      z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK
      return z ^ (z >> 31n)
    }
    this.a = next()
    this.b = next()
  }

  /** Uniform in [0, 1). */
  readonly next = (): number => {
    let x = this.a
    const y = this.b
    this.a = y
    x = (x ^ (x << 23n)) & MASK
    this.b = x ^ y ^ (x >> 17n) ^ (y >> 26n)
    return Number(((this.b + y) & MASK) >> 11n) / 2 ** 53
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low)
  }

  /** A whole number from low to high, both included. */
  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1))
  }

  isTrue(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[this.whole(0, items.length - 1)] as T
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.whole(0, 255))
  }
}

const MASK = (1n << 64n) - 1n
