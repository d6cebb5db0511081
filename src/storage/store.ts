/**
 * The port between the ledger and its disk: an ordered map of byte rows with one way to write, an atomic and durable
 * commit. Everything a node must not forget goes through it (docs/guarantees.md, "storage contract").
 */

/** One change of a commit. Keys are at most 1,024 bytes and start with a byte of the table in keys.ts (0x20 and up). */
export type Operation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

export type Row = readonly [key: Uint8Array, value: Uint8Array]

/** Keys k with gte <= k < lt. Both ends are required: a scan without an end is a mistake in a store of many logs. */
export interface Range {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
  readonly reverse?: boolean
  /** Most rows returned; unlimited when absent. */
  readonly limit?: number
}

export interface Store {
  /** Where the store is, for messages: a directory, or `memory`. */
  readonly location: string

  /** The first failure, after which every call rejects with STORE_FAILED; undefined while the store is healthy. */
  readonly failure: Error | undefined

  /**
   * The committed value of a key, or undefined.
   *
   * @throws LedgerError STORE_CORRUPT when the row does not match its checksum (other rows stay readable)
   * @throws LedgerError STORE_FAILED after a failure
   */
  get(key: Uint8Array): Uint8Array | undefined

  /**
   * Rows of a range in bytewise key order, as they were when the iteration began. Errors as {@link get}.
   */
  range(range: Range): AsyncIterable<Row>

  /** The keys of a range, in order, without reading (hence without checking) their values. */
  keys(range: Range): AsyncIterable<Uint8Array>

  /**
   * Applies all operations or none. Resolves only when they survive a power loss; commits take effect in call order.
   * After a rejection it is unknown whether the operations are on disk: the store is then failed for good, must be
   * closed, and what it holds is learnt by opening it again. A later operation on the same key wins.
   *
   * @throws LedgerError STORE_FAILED; its cause has the code DISK_FULL when the device had no space left
   */
  commit(operations: readonly Operation[]): Promise<void>

  /** Waits for commits under way, then releases the store. May be called twice. */
  close(): Promise<void>
}

export const MAX_KEY_BYTES = 1024
/** Keys below this byte belong to the store implementation itself. */
export const MIN_KEY_BYTE = 0x20

/** Refuses operations no caller should make; a RangeError is a mistake of the calling code, found before any write. */
export function assertOperations(operations: readonly Operation[]): void {
  for (const { key } of operations) {
    const first = key[0]
    if (first === undefined || first < MIN_KEY_BYTE || key.length > MAX_KEY_BYTES) {
      throw new RangeError(`a store key has 1 to ${MAX_KEY_BYTES} bytes and starts at 0x20, found ${key.length} bytes`)
    }
  }
}
