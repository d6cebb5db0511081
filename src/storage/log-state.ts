/**
 * Which logs a store holds: the number each got, and its size and root as of the last append (rows `o` and `L` of
 * keys.ts).
 */
import { concatBytes, readU32, u32 } from '../encoding/bytes.ts'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { type Hash, EMPTY_ROOT, HASH_BYTES } from '../merkle/hash.ts'
import { logStateKey, MAX_LOG_NUMBER, originKey, readU48, TABLE, tableRange, u48 } from './keys.ts'
import type { Store } from './store.ts'

export interface LogState {
  readonly size: number
  readonly root: Hash
  readonly origin: string
}

/** All logs of the store in order of their numbers. */
export async function* readLogs(store: Store): AsyncIterable<LogState & { log: number }> {
  for await (const [key, value] of store.range(tableRange(TABLE.logState))) {
    yield { log: readU32(key, 1), ...decodeLogState(value) }
  }
}

/** Assignments under way, one after another for each store: two logs opened at once must not get one number. */
const assigning = new WeakMap<Store, Promise<unknown>>()

/**
 * The number of a log, given out and stored with size 0 on first use.
 *
 * @throws LedgerError STORE_MISSING when mustExist is set and the store holds no such log
 * @throws LedgerError STORE_CORRUPT when the log has a state but lost its number
 */
export async function assignLogNumber(store: Store, origin: string, mustExist: boolean): Promise<number> {
  const turn = (assigning.get(store) ?? Promise.resolve()).then(() => findOrAssign(store, origin, mustExist))
  assigning.set(
    store,
    turn.catch(() => undefined),
  )
  return turn
}

async function findOrAssign(store: Store, origin: string, mustExist: boolean): Promise<number> {
  const row = store.get(originKey(origin))
  if (row !== undefined) {
    if (row.length !== 4) throw new LedgerError('STORE_CORRUPT', `the number of log ${origin} has ${row.length} bytes`)
    return readU32(row)
  }
  let next = 0
  for await (const state of readLogs(store)) {
    if (state.origin === origin)
      throw new LedgerError('STORE_CORRUPT', `log ${origin} has lost its number ${state.log}`)
    next = state.log + 1
  }
  if (mustExist) {
    throw new LedgerError('STORE_MISSING', `the store in ${store.location} holds no log ${origin}`, {
      hint: 'do not start it anew: restore the folder, or run tally repair --from-peers',
    })
  }
  if (next > MAX_LOG_NUMBER) throw new LedgerError('TREE_RANGE', 'a store holds at most 2^32 - 1 logs')
  await store.commit([
    { type: 'put', key: originKey(origin), value: u32(next) },
    { type: 'put', key: logStateKey(next), value: encodeLogState({ size: 0, root: EMPTY_ROOT, origin }) },
  ])
  return next
}

const ORIGIN_OFFSET = 6 + HASH_BYTES

export function encodeLogState(state: LogState): Uint8Array {
  return concatBytes(u48(state.size), state.root, encodeUtf8(state.origin))
}

/** @throws LedgerError STORE_CORRUPT */
export function decodeLogState(value: Uint8Array): LogState {
  if (value.length < ORIGIN_OFFSET)
    throw new LedgerError('STORE_CORRUPT', `a log's state row has ${value.length} bytes`)
  return {
    size: readU48(value),
    root: value.slice(6, ORIGIN_OFFSET),
    origin: decodeUtf8(value.subarray(ORIGIN_OFFSET)),
  }
}
