/**
 * Keys of the node's own small rows. They stand beside the logs in one database so that a batch can change both at once.
 */
import { concatBytes } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { TABLE } from '../storage/keys.ts'

export type NodeRow =
  /** witness-record.ts: the reserved entries */
  | 'reserved'
  /** key-directory.ts: a party's public key by thumbprint */
  | 'key'
  /** statement-checker.ts: a leaf whose signature is bad or cannot be checked */
  | 'flag'
  /** membership.ts: an operator that stores our newest published note */
  | 'counted'
  /** own-log.ts: entries behind the head are being fetched, which were signed */
  | 'recovery'
  /** admission.ts: a party named by a statement of the own log */
  | 'counterparty'
  /** index-faults.ts: a log whose commitment is not the root of its index */
  | 'index-fault'

/** @param suffix text, or bytes where rows of a kind must sort by number */
export function nodeRowKey(row: NodeRow, suffix: string | Uint8Array): Uint8Array {
  return prefixed(`${row}/`, typeof suffix === 'string' ? encodeUtf8(suffix) : suffix)
}

/** The range of all rows of a kind. */
export function nodeRowRange(row: NodeRow): { gte: Uint8Array; lt: Uint8Array } {
  // '0' is the byte after '/'.
  return { gte: prefixed(`${row}/`), lt: prefixed(`${row}0`) }
}

/** The part of a row's key after its kind. */
export function nodeRowSuffix(row: NodeRow, key: Uint8Array): Uint8Array {
  return key.slice(1 + row.length + 1)
}

function prefixed(text: string, suffix: Uint8Array = new Uint8Array(0)): Uint8Array {
  return concatBytes(Uint8Array.of(TABLE.meta), encodeUtf8(text), suffix)
}
