import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, formatTime, parseDuration, parseTime, readDuration } from '../../src/encoding/time.ts'

const instants = fc.integer({ min: 0, max: 253_402_300_799 })

describe('times', () => {
  it('print as RFC 3339 in UTC, as the platform prints them', () => {
    fc.assert(
      fc.property(instants, (seconds) => {
        expect(formatTime(seconds)).toBe(new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'))
      }),
    )
    for (const edge of [0, 68_169_599, 68_169_600, 951_782_400, 4_107_542_400, 253_402_300_799]) {
      expect(formatTime(edge)).toBe(new Date(edge * 1000).toISOString().replace('.000Z', 'Z'))
    }
  })

  it('come back from their text', () => {
    fc.assert(fc.property(instants, (seconds) => parseTime(formatTime(seconds)) === seconds))
    expect(parseTime('2026-11-03T14:02:00Z')).toBe(1_793_714_520)
  })

  it.each([
    '2026-11-03T14:02:00+00:00',
    '2026-11-03T14:02:00.0Z',
    '2026-11-03 14:02:00Z',
    '2026-11-03t14:02:00z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T23:60:00Z',
    '2026-12-31T23:59:60Z',
    '1969-12-31T23:59:59Z',
    '20261103T140200Z',
    ' 2026-11-03T14:02:00Z',
    '2026-11-03T14:02:00Z\n',
    '',
  ])('refuse %j', (text) => {
    expect(() => parseTime(text)).toThrow(expect.objectContaining({ code: 'TIME_MALFORMED' }))
  })

  it('outside of the four-digit years are a mistake of the caller', () => {
    for (const seconds of [-1, 1.5, Number.NaN, 253_402_300_800]) expect(() => formatTime(seconds)).toThrow(RangeError)
  })
})

describe('durations', () => {
  it('come back from their text', () => {
    expect(parseDuration('1s')).toBe(1)
    fc.assert(fc.property(fc.nat({ max: 10 ** 11 }), (seconds) => parseDuration(formatDuration(seconds)) === seconds))
  })

  it('print in the largest unit that divides them and read in any', () => {
    expect([0, 90, 2700, 43_200, 2_592_000].map(formatDuration)).toEqual(['0s', '90s', '45m', '12h', '30d'])
    expect(['24h', '1440m', '86400s', '1d'].map(parseDuration)).toEqual([86_400, 86_400, 86_400, 86_400])
  })

  it.each(['', 'd', '1', '-1d', '+1d', '01d', '1.5d', '1 d', '1D', '1w', '1d2h', '9999999999999d', '1d\n'])(
    'refuse %j',
    (text) => {
      expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'TIME_MALFORMED' }))
    },
  )

  it('in files need a unit, except for none at all', () => {
    expect([0, '0', '0d', '14d', '90s'].map(readDuration)).toEqual([0, 0, 0, 1_209_600, 90])
    for (const value of [14, '14', 1.5, -1, true, null, [], '', 'soon'])
      expect(() => readDuration(value)).toThrow(expect.objectContaining({ code: 'TIME_MALFORMED' }))
    expect(() => readDuration(14)).toThrow('write a unit: 14d for 14 days (also h, m, s)')
    expect(() => readDuration(1)).toThrow('write a unit: 1d for 1 day ')
  })
})
