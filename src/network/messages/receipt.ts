/** receipt/1: the COSE receipt of a statement by its id, with the checkpoint it refers to. */
import { simpleExchange } from '../exchange.ts'
import { bytes, noteBytes, originText, record, size, text } from '../fields.ts'
import { protocol } from '../protocol.ts'
import type { Exchange } from '../exchange.ts'

export interface ReceiptRequest {
  /** CID text of the statement. */
  id: string
}

export interface ReceiptAnswer {
  receipt: Uint8Array
  note: Uint8Array
  index: number
  origin: string
}

/** Answers not-available while there is none. */
export const receiptExchange: Exchange<ReceiptRequest, ReceiptAnswer> = simpleExchange(
  protocol('receipt'),
  record<ReceiptRequest>({ id: text(128) }),
  record<ReceiptAnswer>({ receipt: bytes(1, 8_192), note: noteBytes, index: size, origin: originText }),
)
