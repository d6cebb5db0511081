/** notes/1: the first published notes of the sizes of a log, in their order, as many as fit. */
import { simpleExchange } from '../exchange.ts'
import { bytes, hash, list, noteBytes, optional, record, size } from '../fields.ts'
import { protocol } from '../protocol.ts'
import type { Exchange } from '../exchange.ts'
import type { Codec } from '../fields.ts'

export const MAX_NOTES_PER_ANSWER = 256

export interface NotesRequest {
  logId: Uint8Array
  /** Notes of sizes from <= size <= to. */
  from: number
  to: number
}

export interface PublishedNote {
  note: Uint8Array
  /** The log's COSE signature of that root. */
  rootSig?: Uint8Array
}

export interface NotesAnswer {
  notes: readonly PublishedNote[]
  /** Ask from here next; beyond `to` when there is no more. */
  next: number
}

const request: Codec<NotesRequest> = record<NotesRequest>({ logId: hash, from: size, to: size })
const published: Codec<PublishedNote> = record<PublishedNote>({ note: noteBytes, rootSig: optional(bytes(1, 256)) })

export const notesExchange: Exchange<NotesRequest, NotesAnswer> = simpleExchange(
  protocol('notes'),
  request,
  record<NotesAnswer>({ notes: list(published, MAX_NOTES_PER_ANSWER), next: size }),
)
