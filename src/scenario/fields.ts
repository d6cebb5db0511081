/**
 * Reading closed maps of plain values, as a YAML parser gives them. A key nobody asked for is an error that names its
 * path and what would have been allowed there.
 */
import { readDuration } from '../encoding/time.ts'
import { LedgerError, isLedgerError } from '../errors.ts'

export function scenarioError(path: string, problem: string): LedgerError {
  return new LedgerError('SCENARIO_INVALID', `${path}: ${problem}`)
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A duration such as 30d, or 0, in seconds. */
export function durationOf(value: unknown, path: string): number {
  try {
    return readDuration(value)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    throw scenarioError(path, error.message)
  }
}

/** A whole number of days, counted from the start. */
export function dayOf(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > 100_000)
    throw scenarioError(path, 'expected a day: a whole number counted from the start')
  return value
}

/** One map: every key is asked for by name, and {@link Fields.close} refuses the rest. */
export class Fields {
  readonly path: string
  readonly #values: Readonly<Record<string, unknown>>
  readonly #asked = new Set<string>()

  constructor(value: unknown, path: string) {
    if (!isRecord(value)) throw scenarioError(path, 'expected a map')
    this.#values = value
    this.path = path
  }

  at(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`
  }

  has(key: string): boolean {
    this.#asked.add(key)
    return Object.hasOwn(this.#values, key) && this.#values[key] !== undefined && this.#values[key] !== null
  }

  /** The value as it stands; undefined where there is none. */
  raw(key: string): unknown {
    return this.has(key) ? this.#values[key] : undefined
  }

  optional<T>(key: string, read: (value: unknown, path: string) => T): T | undefined {
    return this.has(key) ? read(this.#values[key], this.at(key)) : undefined
  }

  required<T>(key: string, read: (value: unknown, path: string) => T): T {
    if (!this.has(key)) throw scenarioError(this.at(key), 'is missing')
    return read(this.#values[key], this.at(key))
  }

  list<T>(key: string, read: (value: unknown, path: string) => T): readonly T[] | undefined {
    return this.optional(key, (value, path) => listOf(value, path, read))
  }

  /** Names of the writer's choice, each with a value. */
  named<T>(key: string, read: (value: unknown, path: string, name: string) => T): ReadonlyMap<string, T> {
    const found = new Map<string, T>()
    if (!this.has(key)) return found
    const value = this.#values[key]
    if (!isRecord(value)) throw scenarioError(this.at(key), 'expected a map of names')
    for (const [name, item] of Object.entries(value)) found.set(name, read(item, `${this.at(key)}.${name}`, name))
    return found
  }

  /** @throws LedgerError SCENARIO_INVALID for a key that was never asked for */
  close(): void {
    for (const key of Object.keys(this.#values)) {
      if (!this.#asked.has(key))
        throw scenarioError(this.at(key), `unknown key; known here are ${[...this.#asked].sort().join(', ')}`)
    }
  }
}

export function listOf<T>(value: unknown, path: string, read: (value: unknown, path: string) => T): readonly T[] {
  if (!Array.isArray(value)) throw scenarioError(path, 'expected a list')
  return value.map((item: unknown, i) => read(item, `${path}[${i}]`))
}

/** One value, or a list of them. */
export function oneOrMore<T>(value: unknown, path: string, read: (value: unknown, path: string) => T): readonly T[] {
  return Array.isArray(value) ? listOf(value, path, read) : [read(value, path)]
}

export function textOf(value: unknown, path: string): string {
  // A name such as 9 or 2026 is a number to YAML and a name to its writer.
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string' || value === '') throw scenarioError(path, 'expected a text')
  return value
}

export function boolOf(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw scenarioError(path, 'expected true or false')
  return value
}

export function integerOf(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw scenarioError(path, 'expected a whole number')
  return value
}

export function wordOf<T extends string>(words: readonly T[]): (value: unknown, path: string) => T {
  return (value, path) => {
    const word = words.find((each) => each === value)
    if (word === undefined) throw scenarioError(path, `expected one of ${words.join(', ')}`)
    return word
  }
}
