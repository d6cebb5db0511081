/**
 * Times and durations on the command line and in files: as everywhere in the ledger (`2026-11-03T14:02:05Z`, `30d`), and
 * also a date alone, Unix seconds, or seconds without a unit.
 */
import {
  formatTime as formatStrictTime,
  parseDuration as parseStrictDuration,
  parseTime as parseStrictTime,
} from '../encoding/time.ts'
import { LedgerError, isLedgerError } from '../errors.ts'

const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,11})$/u

/**
 * @param where names the flag or field in the message
 * @returns Unix seconds
 * @throws LedgerError TIME_MALFORMED
 */
export function parseTime(text: string, where: string): number {
  if (WHOLE_NUMBER.test(text)) return Number(text)
  return named(where, () => parseStrictTime(/^\d{4}-\d{2}-\d{2}$/u.test(text) ? `${text}T00:00:00Z` : text))
}

/** @returns seconds @throws LedgerError TIME_MALFORMED */
export function parseDuration(text: string, where: string): number {
  return named(where, () => parseStrictDuration(WHOLE_NUMBER.test(text) ? `${text}s` : text))
}

/** For display: a time that no calendar has, as a stranger may state it, is shown as its number. */
export function formatTime(seconds: number): string {
  try {
    return formatStrictTime(seconds)
  } catch {
    return String(seconds)
  }
}

/** The present, whole Unix seconds. */
export function now(): number {
  return Math.floor(Date.now() / 1000)
}

function named(where: string, parse: () => number): number {
  try {
    return parse()
  } catch (error) {
    if (!isLedgerError(error)) throw error
    throw new LedgerError(error.code, `${where}: ${error.message}`, { cause: error })
  }
}
