/**
 * The JSON forms of what passes over the control socket: bytes as base64, hashes as lower-case hex, everything else as
 * it is. Server and client both use this file, so neither can drift from the other.
 */
import { fromBase64, fromHex, toBase64, toHex } from '../encoding/bytes.ts'
import { isCborArray, isCborMap } from '../encoding/cbor.ts'
import type { CborValue } from '../encoding/cbor.ts'
import { parseCid } from '../encoding/cid.ts'
import { LedgerError } from '../errors.ts'
import type { ListedStatement, StatementReceipt, SubmitResult } from '../node/api.ts'

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined }
export type JsonRecord = { readonly [key: string]: JsonValue | undefined }

export function receiptToJson(receipt: StatementReceipt): JsonRecord {
  return {
    id: receipt.id,
    origin: receipt.origin,
    index: receipt.index,
    size: receipt.size,
    receipt: toBase64(receipt.receipt),
    note: toBase64(receipt.note),
    path: receipt.path.map(toHex),
  }
}

/** @throws LedgerError SCHEMA_INVALID */
export function receiptFromJson(value: unknown): StatementReceipt {
  const fields = recordOf(value)
  const path = fields['path']
  if (!Array.isArray(path)) throw notFromNode('path')
  return {
    id: parseCid(textOf(fields, 'id')),
    origin: textOf(fields, 'origin'),
    index: countOf(fields, 'index'),
    size: countOf(fields, 'size'),
    receipt: fromBase64(textOf(fields, 'receipt')),
    note: fromBase64(textOf(fields, 'note')),
    path: path.map((hash) => fromHex(String(hash))),
  }
}

/** A result that was not refused; refusals travel as problems. */
export function submitResultToJson(result: Exclude<SubmitResult, { state: 'refused' }>): JsonRecord {
  if (result.state === 'logged') return { state: 'logged', id: result.id, origin: result.origin }
  return { state: 'witnessed', ...receiptToJson(result) }
}

/** @throws LedgerError SCHEMA_INVALID */
export function submitResultFromJson(value: unknown): Exclude<SubmitResult, { state: 'refused' }> {
  const fields = recordOf(value)
  if (fields['state'] === 'witnessed') return { state: 'witnessed', ...receiptFromJson(fields) }
  return { state: 'logged', id: parseCid(textOf(fields, 'id')), origin: textOf(fields, 'origin') }
}

/** @param payload the decoded payload, undefined for opaque leaves */
export function listedToJson(listed: ListedStatement, payload: CborValue | undefined): JsonRecord {
  return {
    id: listed.id,
    origin: listed.origin,
    index: listed.index,
    kind: listed.kind ?? null,
    kindName: listed.kindName,
    iss: listed.iss,
    isSignatureValid: listed.isSignatureValid ?? null,
    payload: payload === undefined ? null : cborToJson(payload),
    statement: toBase64(listed.bytes),
  }
}

/** For reading by people and programs; not reversible, since bytes and text both become text. */
export function cborToJson(value: CborValue): JsonValue {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return toHex(value)
  if (isCborArray(value)) return value.map(cborToJson)
  if (isCborMap(value)) return Object.fromEntries(Array.from(value, ([key, item]) => [String(key), cborToJson(item)]))
  if (typeof value === 'object' && value !== null) return null
  return value
}

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw notFromNode('an object')
}

export function textOf(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name]
  if (typeof value === 'string') return value
  throw notFromNode(name)
}

export function countOf(fields: Readonly<Record<string, unknown>>, name: string): number {
  const value = fields[name]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw notFromNode(name)
}

function notFromNode(name: string): LedgerError {
  return new LedgerError('SCHEMA_INVALID', `the answer on the control socket lacks ${name}`, {
    hint: 'the running node may be of another version than this program; restart it with `tally up`',
  })
}
