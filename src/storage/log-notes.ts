/**
 * The signed notes of one log: the first quorum note of every published size, kept for ever, its COSE root signature,
 * and the newest note (the heartbeat), replaced each time. The last heartbeat of a size stays when the log grows: it says
 * until when the next entries were not there yet, which bounds from when on they count.
 */
import { concatBytes, equalBytes } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import {
  closingNoteKey,
  latestNoteKey,
  logRange,
  noteKey,
  numberOfKey,
  readU48,
  rootSignatureKey,
  TABLE,
  u48,
} from './keys.ts'
import type { Operation, Store } from './store.ts'

export interface SizedNote {
  readonly size: number
  readonly note: Uint8Array
}

/** Commit the operations, then give it to {@link LogNotes.applied}. */
export interface PreparedNote {
  readonly operations: readonly Operation[]
  readonly size: number
}

const SIZE_BYTES = 6

export class LogNotes {
  private readonly store: Store
  private readonly log: number
  /** Sizes that have a note, ascending: which note covers an entry is asked for every receipt. Changed by applied(). */
  private readonly noted: number[]

  private constructor(store: Store, log: number, noted: number[]) {
    this.store = store
    this.log = log
    this.noted = noted
  }

  static async open(store: Store, log: number): Promise<LogNotes> {
    const noted: number[] = []
    for await (const key of store.keys(logRange(TABLE.note, log))) noted.push(numberOfKey(key))
    return new LogNotes(store, log, noted)
  }

  /** Sizes that have a note, ascending. */
  get sizes(): readonly number[] {
    return this.noted
  }

  /** The first quorum note of a size, or undefined. */
  noteAt(size: number): Uint8Array | undefined {
    return this.store.get(noteKey(this.log, size))
  }

  rootSignatureAt(size: number): Uint8Array | undefined {
    return this.store.get(rootSignatureKey(this.log, size))
  }

  /** The smallest size with a note that covers the entry: the one its receipt is made for. */
  firstSizeCovering(index: number): number | undefined {
    return this.noted[this.position(index + 1)]
  }

  /** The largest size with a note. */
  newestSize(): number | undefined {
    return this.noted.at(-1)
  }

  /** First quorum notes with from <= size < to, ascending; one read each. */
  *notes(from: number = 0, to: number = Infinity): Iterable<SizedNote> {
    for (let at = this.position(from); at < this.noted.length; at++) {
      const size = this.noted[at]
      if (size === undefined || size >= to) return
      const note = this.noteAt(size)
      if (note === undefined) throw new LedgerError('STORE_CORRUPT', `the note of size ${size} is missing`)
      yield { size, note }
    }
  }

  /** The newest note, with whatever size it has. */
  latest(): SizedNote | undefined {
    const row = this.store.get(latestNoteKey(this.log))
    if (row === undefined) return undefined
    if (row.length < SIZE_BYTES) throw new LedgerError('STORE_CORRUPT', `the newest note has ${row.length} bytes`)
    return { size: readU48(row), note: row.slice(SIZE_BYTES) }
  }

  /**
   * Stores the first quorum note of a size; nothing to do where the same one is stored.
   *
   * @throws LedgerError CONFLICT when another note is stored for that size: it is never replaced
   */
  prepareNote(size: number, note: Uint8Array, rootSignature?: Uint8Array): PreparedNote {
    const operations: Operation[] = []
    put(operations, noteKey(this.log, size), this.noteAt(size), note, size)
    if (rootSignature !== undefined) {
      put(operations, rootSignatureKey(this.log, size), this.rootSignatureAt(size), rootSignature, size)
    }
    return { operations, size }
  }

  /** The last note of a size that was cosigned again; undefined where its first is its last. */
  closingNoteAt(size: number): Uint8Array | undefined {
    const latest = this.latest()
    const note = latest?.size === size ? latest.note : this.store.get(closingNoteKey(this.log, size))
    const first = this.noteAt(size)
    return note !== undefined && first !== undefined && equalBytes(note, first) ? undefined : note
  }

  prepareLatest(size: number, note: Uint8Array): Operation[] {
    const operations: Operation[] = [{ type: 'put', key: latestNoteKey(this.log), value: concatBytes(u48(size), note) }]
    const before = this.latest()
    const closing = before === undefined || before.size >= size ? undefined : this.closingNoteAt(before.size)
    if (before !== undefined && closing !== undefined)
      operations.push({ type: 'put', key: closingNoteKey(this.log, before.size), value: closing })
    return operations
  }

  applied(prepared: PreparedNote): void {
    const at = this.position(prepared.size)
    if (this.noted[at] !== prepared.size) this.noted.splice(at, 0, prepared.size)
  }

  /** Position of the first size >= size. */
  private position(size: number): number {
    let low = 0
    let high = this.noted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.noted[middle] ?? Infinity) < size) low = middle + 1
      else high = middle
    }
    return low
  }
}

function put(
  operations: Operation[],
  key: Uint8Array,
  stored: Uint8Array | undefined,
  value: Uint8Array,
  size: number,
): void {
  if (stored === undefined) operations.push({ type: 'put', key, value })
  else if (!equalBytes(stored, value))
    throw new LedgerError('CONFLICT', `another note of size ${size} is stored already`)
}
