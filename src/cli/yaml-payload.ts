/**
 * Payloads as people write them, in YAML or JSON: digests as 64 hex digits, times as 2026-11-03T14:02:05Z, durations as
 * 30d. The schema of the kind decides afterwards what is allowed; here only the spelling changes.
 *
 * In YAML a duration needs its unit. JSON is what programs write: a number there is seconds, as in the ledger.
 */
import { parse } from 'yaml'
import { fromHex } from '../encoding/bytes.ts'
import { readDuration } from '../encoding/time.ts'
import { LedgerError, isLedgerError } from '../errors.ts'
import { readInputText } from './files.ts'
import { parseTime } from './time-input.ts'

export type Payload = Record<string, unknown>

/** Keys whose value is a SHA-256 or another 32 bytes, in a list or alone. */
const DIGEST_KEYS = new Set([
  'sha256',
  'manifest',
  'parents',
  'model',
  'code',
  'environment',
  'digest',
  'notice',
  'root',
  'seen',
  'add',
  'revoke',
  'next',
  'keys',
  'tables',
])
const TIME_KEYS = new Set(['from', 'until', 'to', 'effective', 'compromisedSince', 'iat'])
const DURATION_KEYS = new Set(['within', 'notice', 'grace', 'cure'])
/** Keys that hold names of the writer's choice, which the schemas take as Maps. */
const DICTIONARY_KEYS = new Set(['tables', 'duties', 'text'])
const DIGEST = /^[0-9a-f]{64}$/u

/** @throws LedgerError FILE_NOT_FOUND, SCHEMA_INVALID when the file is not one YAML map */
export async function readPayloadFile(path: string): Promise<Payload> {
  const text = await readInputText(path, undefined, noYaml)
  let value: unknown
  try {
    // maxAliasCount 0: a file of a few lines cannot unfold into gigabytes.
    value = parse(text, { maxAliasCount: 0, uniqueKeys: true })
  } catch (cause) {
    throw new LedgerError(
      'SCHEMA_INVALID',
      `${path} is not YAML: ${cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : ''}`,
      { cause },
    )
  }
  if (!isRecord(value)) throw new LedgerError('SCHEMA_INVALID', `${path}: expected a map of fields`)
  return convertRecord(value, path, path.endsWith('.json'))
}

function noYaml(path: string, cause: unknown): LedgerError {
  return new LedgerError('SCHEMA_INVALID', `${path} is no text file: expected YAML or JSON`, { cause })
}

/** As {@link readPayloadFile}, of fields that were parsed already. */
export function convertPayload(value: Payload, path: string): Payload {
  return convertRecord(value, path, false)
}

function convertRecord(value: Payload, path: string, isJson: boolean): Payload {
  const isOnTime = value['l'] === 'time'
  const isOnElapsed = value['l'] === 'elapsed'
  const out: Payload = {}
  for (const [key, item] of Object.entries(value)) {
    const where = `${path}: ${key}`
    if (key === 'r' && typeof item === 'string' && isOnTime) out[key] = parseTime(item, where)
    else if (key === 'r' && isOnElapsed) out[key] = duration(item, where, isJson)
    else out[key] = convert(key, item, where, isJson)
  }
  return out
}

function convert(key: string, item: unknown, where: string, isJson: boolean): unknown {
  if (typeof item === 'string') {
    // `to` is a party in a duty and a time in a usage: what starts with a digit is a time.
    if (TIME_KEYS.has(key) && /^\d/u.test(item)) return parseTime(item, where)
    if (DURATION_KEYS.has(key) && /^\d/u.test(item))
      return DIGEST.test(item) ? fromHex(item) : duration(item, where, isJson)
    if (DIGEST_KEYS.has(key) && DIGEST.test(item)) return fromHex(item)
    return item
  }
  if (typeof item === 'number' && DURATION_KEYS.has(key)) return duration(item, where, isJson)
  if (Array.isArray(item)) return item.map((element: unknown) => convert(key, element, where, isJson))
  if (!isRecord(item)) return item
  if (!DICTIONARY_KEYS.has(key)) return convertRecord(item, where, isJson)
  return new Map(
    Object.entries(item).map(([name, element]) => [
      name,
      convert(key === 'tables' ? key : name, element, `${where}.${name}`, isJson),
    ]),
  )
}

/** @returns seconds; what is no duration at all is left to the schema @throws LedgerError TIME_MALFORMED */
function duration(item: unknown, where: string, isJson: boolean): unknown {
  if (typeof item !== 'string' && (typeof item !== 'number' || isJson)) return item
  try {
    return readDuration(item)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    throw new LedgerError(error.code, `${where}: ${error.message}`, { cause: error })
  }
}

function isRecord(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
