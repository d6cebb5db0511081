/**
 * JSON files that a pipeline keeps (lock files, model cards, receipts): read whole, with fields from a closed list.
 */
import { type ErrorCode, LedgerError } from '../errors.ts'
import { readInputText } from './files.ts'

/** How a file of one kind is wrong. */
export type Malformed = (path: string, what: string, cause?: unknown) => LedgerError

export function malformedAs(code: ErrorCode, hint: string): Malformed {
  return (path, what, cause) =>
    new LedgerError(code, `${path}: ${what}`, { ...(cause === undefined ? {} : { cause }), hint })
}

/** @throws LedgerError FILE_NOT_FOUND, and what `malformed` makes */
export async function readJson(path: string, maxBytes: number, malformed: Malformed): Promise<unknown> {
  const text = await readInputText(path, maxBytes, (_, cause) => malformed(path, 'it is not JSON', cause))
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw malformed(path, 'it is not JSON', cause)
  }
}

/** A map that has none but these fields. */
export function closedMap(
  value: unknown,
  path: string,
  keys: readonly string[],
  malformed: Malformed,
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(path, 'a map of fields was expected')
  const strange = Object.keys(value).find((key) => !keys.includes(key))
  if (strange !== undefined) throw malformed(path, `there is no field "${strange}"; there are ${keys.join(', ')}`)
  return value as Record<string, unknown>
}
