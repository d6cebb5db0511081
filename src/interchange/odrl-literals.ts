/**
 * What ODRL documents of ours are made of below their rules: ids, times and durations as JSON-LD writes them, and the
 * shapes of a parsed document. Reading throws INTERCHANGE_UNSUPPORTED.
 */
import { fromHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { formatTime, parseTime } from '../encoding/time.ts'
import { LedgerError, isLedgerError } from '../errors.ts'

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }
export type JsonObject = { readonly [key: string]: JsonValue }

export const PROFILE_IRI = 'https://w3id.org/tallystick/terms/v1'

const SECONDS_PER_DAY = 86_400

export function dropUndefined(value: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(Object.entries(value).filter((entry) => entry[1] !== undefined)) as JsonObject
}

export function typed(type: string, value: string): JsonObject {
  return { '@type': `xsd:${type}`, '@value': value }
}

export function duration(value: number): string {
  return value > 0 && value % SECONDS_PER_DAY === 0 ? `P${value / SECONDS_PER_DAY}D` : `PT${value}S`
}

/** Days alone or seconds alone. */
const DURATION = /^P(?:(\d{1,12})D|T(\d{1,16})S)$/

export function isDuration(value: unknown): boolean {
  return typeof value === 'string' && DURATION.test(value)
}

/** @throws LedgerError INTERCHANGE_UNSUPPORTED unless days alone or seconds alone */
export function seconds(value: unknown): number {
  const parts = typeof value === 'string' ? DURATION.exec(value) : null
  if (parts === null) throw unsupported(`expected a duration such as P30D, found ${JSON.stringify(value)}`)
  return parts[1] === undefined ? Number(parts[2]) : Number(parts[1]) * SECONDS_PER_DAY
}

/** A time that no calendar has keeps its number. */
export function dateTime(value: number): string {
  try {
    return formatTime(value)
  } catch {
    return String(value)
  }
}

export function instant(value: unknown): number {
  if (typeof value !== 'string') throw unsupported(`expected a time, found ${JSON.stringify(value)}`)
  if (/^\d{1,16}$/.test(value)) return Number(value)
  try {
    return parseTime(value)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    throw unsupported(error.message)
  }
}

export function clauseIri(id: string): string {
  return `#${id}`
}

export function clauseId(value: unknown): string {
  const text = textAt(value)
  if (!text.startsWith('#')) throw unsupported(`expected the id of a clause (#name), found "${text}"`)
  return text.slice(1)
}

export function iriOfCid(cid: CidText): string {
  return `ipfs://${cid}`
}

export function optionalIri(cid: CidText | undefined): string | undefined {
  return cid === undefined ? undefined : iriOfCid(cid)
}

export function cidAt(value: unknown): CidText {
  const text = textAt(value)
  if (!text.startsWith('ipfs://')) throw unsupported(`expected an id (ipfs://bafkrei...), found "${text}"`)
  return text.slice(7) as CidText
}

export function optionalCid(value: unknown): CidText | undefined {
  return value === undefined ? undefined : cidAt(value)
}

export function digestAt(value: unknown): Uint8Array | undefined {
  if (value === undefined) return undefined
  const text = textAt(value)
  if (!/^[0-9a-f]{64}$/.test(text)) throw unsupported(`expected 64 hex digits, found "${text}"`)
  return fromHex(text)
}

export function textAt(value: unknown): string {
  if (typeof value !== 'string') throw unsupported(`expected a text, found ${JSON.stringify(value)}`)
  return value
}

export function objectAt(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unsupported(`${what}: expected an object, found ${JSON.stringify(value)}`)
  return value as JsonObject
}

export function listAt(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

export function optionalList(value: unknown): readonly unknown[] | undefined {
  return value === undefined ? undefined : listAt(value)
}

export function unsupported(problem: string): LedgerError {
  return new LedgerError('INTERCHANGE_UNSUPPORTED', problem)
}
