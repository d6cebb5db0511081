/** entries/1: a run of whole entries of a log, at most one tile's worth and one MiB. */
import { simpleExchange } from '../exchange.ts'
import { entryBytes, hash, list, record, size, uint } from '../fields.ts'
import { MAX_ENTRIES_PER_PAGE, MAX_PAGE_BYTES } from '../limits.ts'
import { protocol } from '../protocol.ts'
import type { Exchange } from '../exchange.ts'
import type { Codec } from '../fields.ts'

export interface EntriesRequest {
  logId: Uint8Array
  size: number
  start: number
  count: number
  maxBytes: number
}

export interface EntriesAnswer {
  /** Entries from `start` on, as many as fit. */
  entries: readonly Uint8Array[]
  /** First entry not sent. */
  next: number
}

const request: Codec<EntriesRequest> = record<EntriesRequest>({
  logId: hash,
  size,
  start: size,
  count: uint(MAX_ENTRIES_PER_PAGE),
  maxBytes: uint(MAX_PAGE_BYTES),
})

export const entriesExchange: Exchange<EntriesRequest, EntriesAnswer> = simpleExchange(
  protocol('entries'),
  request,
  record<EntriesAnswer>({ entries: list(entryBytes, MAX_ENTRIES_PER_PAGE), next: size }),
)
