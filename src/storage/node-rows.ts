/**
 * Small rows of a node: by name, queued statements in order, witness state and freezes by origin (keys.ts). Values are
 * the caller's bytes; operations go into the caller's batch.
 */
import { readU64 } from '../encoding/bytes.ts'
import { decodeUtf8 } from '../encoding/utf8.ts'
import { freezeKey, metaKey, queueKey, TABLE, tableRange, witnessKey } from './keys.ts'
import type { Operation, Store } from './store.ts'

export function putMeta(name: string, value: Uint8Array): Operation {
  return { type: 'put', key: metaKey(name), value }
}

export interface QueueRow {
  readonly sequence: number
  readonly bytes: Uint8Array
}

/** Queued statements in order of their numbers. */
export async function* readQueue(store: Store): AsyncIterable<QueueRow> {
  for await (const [key, bytes] of store.range(tableRange(TABLE.queue))) {
    yield { sequence: Number(readU64(key, 1)), bytes }
  }
}

export function putQueued(sequence: number, bytes: Uint8Array): Operation {
  return { type: 'put', key: queueKey(sequence), value: bytes }
}

export function deleteQueued(sequence: number): Operation {
  return { type: 'del', key: queueKey(sequence) }
}

export function readWitnessState(store: Store, origin: string): Uint8Array | undefined {
  return store.get(witnessKey(origin))
}

export function putWitnessState(origin: string, value: Uint8Array): Operation {
  return { type: 'put', key: witnessKey(origin), value }
}

/** A freeze is committed before anything else that follows from the fork it records. */
export function putFreeze(origin: string, value: Uint8Array): Operation {
  return { type: 'put', key: freezeKey(origin), value }
}

export async function* readFreezes(store: Store): AsyncIterable<{ origin: string; value: Uint8Array }> {
  yield* readByOrigin(store, TABLE.freeze)
}

async function* readByOrigin(store: Store, table: number): AsyncIterable<{ origin: string; value: Uint8Array }> {
  for await (const [key, value] of store.range(tableRange(table))) yield { origin: decodeUtf8(key.subarray(1)), value }
}
