/**
 * Instants and durations as text. Inside the ledger an instant is whole Unix seconds and a duration whole seconds;
 * people read and write `2026-11-03T14:02:00Z` (RFC 3339, always UTC, always whole seconds) and `30d`, `12h`, `45m`,
 * `90s`.
 *
 * The calendar is computed here and no clock is read, so no time zone or locale can reach a verdict.
 */
import { LedgerError } from '../errors.ts'

const SECONDS_PER_DAY = 86_400
/** 9999-12-31T23:59:59Z: four-digit years are what RFC 3339 can spell. */
const LAST_INSTANT = 253_402_300_799

/**
 * @param seconds whole Unix seconds, 0 to 9999-12-31
 * @throws RangeError outside of that range
 */
export function formatTime(seconds: number): string {
  if (!Number.isSafeInteger(seconds) || seconds < 0 || seconds > LAST_INSTANT) {
    throw new RangeError(`not an instant in whole Unix seconds: ${seconds}`)
  }
  const { year, month, day } = dateOfDay(Math.floor(seconds / SECONDS_PER_DAY))
  const rest = seconds % SECONDS_PER_DAY
  const clock = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60].map(twoDigits).join(':')
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}T${clock}Z`
}

/** @throws LedgerError TIME_MALFORMED unless text is exactly what {@link formatTime} prints */
export function parseTime(text: string): number {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/.exec(text)
  if (parts === null) throw malformedTime(text)
  const [year, month, day, hours, minutes, seconds] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const isPossible =
    year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hours < 24 && minutes < 60 && seconds < 60
  if (!isPossible) throw malformedTime(text)
  const instant = dayOfDate(year, month, day) * SECONDS_PER_DAY + hours * 3600 + minutes * 60 + seconds
  // 30 February counts into March, and then prints otherwise.
  if (formatTime(instant) !== text) throw malformedTime(text)
  return instant
}

const UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ['d', SECONDS_PER_DAY],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
]

/** The largest unit that divides it: 86400 is `1d`, 5400 is `90m`, 0 is `0s`. */
export function formatDuration(seconds: number): string {
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw new RangeError(`not a duration in whole seconds: ${seconds}`)
  if (seconds === 0) return '0s'
  const [unit, unitSeconds] = UNITS.find(([, size]) => seconds % size === 0) ?? ['s', 1]
  return `${seconds / unitSeconds}${unit}`
}

/**
 * People write durations, so any unit is taken (`24h` as well as `1d`), but only one, without sign or leading zero.
 *
 * @returns seconds
 * @throws LedgerError TIME_MALFORMED
 */
export function parseDuration(text: string): number {
  const parts = /^(0|[1-9]\d{0,11})([dhms])$/.exec(text)
  const unit = UNITS.find(([name]) => name === parts?.[2])
  const seconds = Number(parts?.[1]) * (unit?.[1] ?? Number.NaN)
  if (!Number.isSafeInteger(seconds)) {
    throw new LedgerError(
      'TIME_MALFORMED',
      `expected a duration such as 30d, 12h, 45m or 90s, found "${text.slice(0, 40)}"`,
    )
  }
  return seconds
}

/**
 * A duration in a file that a person writes: with its unit, or 0. A bare 14 is refused, because who writes it means days
 * more often than seconds.
 *
 * @returns seconds
 * @throws LedgerError TIME_MALFORMED
 */
export function readDuration(value: unknown): number {
  if (value === 0 || value === '0') return 0
  if (typeof value === 'string' && !/^\d+$/.test(value)) return parseDuration(value)
  const found = typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 12) : 'something else'
  const isWhole = /^[1-9]\d*$/.test(found)
  throw new LedgerError(
    'TIME_MALFORMED',
    isWhole
      ? `write a unit: ${found}d for ${found} ${found === '1' ? 'day' : 'days'} (also h, m, s)`
      : `expected a duration such as 30d, 12h, 45m or 90s, found ${found}`,
  )
}

function malformedTime(text: string): LedgerError {
  return new LedgerError('TIME_MALFORMED', `expected a time such as 2026-11-03T14:02:00Z, found "${text.slice(0, 40)}"`)
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}

/** Days since 1970-01-01 of a Gregorian date. Years are counted from March, so that the leap day ends them. */
function dayOfDate(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return marchYear * 365 + leapDaysBefore(marchYear) + dayOfYear - 719_468
}

function dateOfDay(day: number): { year: number; month: number; day: number } {
  let year = 1970 + Math.floor(day / 366)
  while (dayOfDate(year + 1, 1, 1) <= day) year++
  let month = 1
  while (month < 12 && dayOfDate(year, month + 1, 1) <= day) month++
  return { year, month, day: day - dayOfDate(year, month, 1) + 1 }
}

function leapDaysBefore(year: number): number {
  return Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400)
}
