/**
 * What a witness remembers of one log, as stored rows: the newest log-signed note, and at most one reservation with its
 * entries. Written in one synced batch before any answer leaves (C2SP tlog-witness: "MUST persist before answering").
 */
import { type CborValue, decodeCbor, encodeCbor, isCborArray } from '../encoding/cbor.ts'
import { LedgerError } from '../errors.ts'
import { decodeEntryBundle, encodeEntryBundle } from '../merkle/tile.ts'
import { type Checkpoint, parseCheckpoint } from '../note/checkpoint.ts'
import { parseNote } from '../note/note.ts'
import type { Operation, Store } from '../storage/store.ts'
import { putWitnessState, readWitnessState } from '../storage/node-rows.ts'
import { nodeRowKey } from './rows.ts'
import type { ReservationHead } from './witness-reply.ts'

export interface WitnessRecord {
  note?: Uint8Array
  checkpoint?: Checkpoint
  reservation?: ReservationHead
}

export function readWitnessRecord(store: Store, origin: string): WitnessRecord {
  const row = readWitnessState(store, origin)
  if (row === undefined) return {}
  const value = decodeCbor(row)
  if (!isCborArray(value) || value.length !== 2) throw corrupt(origin)
  const [note, reservation] = value
  const record: WitnessRecord = {}
  if (note instanceof Uint8Array) {
    record.note = note
    record.checkpoint = parseCheckpoint(parseNote(note).text)
  }
  if (isCborArray(reservation)) {
    const [size, root, start] = reservation
    if (typeof size !== 'number' || !(root instanceof Uint8Array) || typeof start !== 'number') throw corrupt(origin)
    record.reservation = { size, root, start }
  }
  return record
}

export function prepareWitnessRecord(origin: string, record: WitnessRecord): Operation {
  const reservation: CborValue =
    record.reservation === undefined
      ? null
      : [record.reservation.size, record.reservation.root, record.reservation.start]
  return putWitnessState(origin, encodeCbor([record.note ?? null, reservation]))
}

/** The reserved entries stand in a row of their own, so that renewing a note does not rewrite them. */
export function prepareReservedEntries(origin: string, entries: readonly Uint8Array[]): Operation {
  return { type: 'put', key: nodeRowKey('reserved', origin), value: encodeEntryBundle(entries) }
}

export function prepareReservedEntriesRemoval(origin: string): Operation {
  return { type: 'del', key: nodeRowKey('reserved', origin) }
}

export function readReservedEntries(store: Store, origin: string): readonly Uint8Array[] {
  const row = store.get(nodeRowKey('reserved', origin))
  return row === undefined ? [] : decodeEntryBundle(row)
}

function corrupt(origin: string): LedgerError {
  return new LedgerError('STORE_CORRUPT', `the witness record of ${origin} is not in a known form`)
}
