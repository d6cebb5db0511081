/**
 * Constraints of terms: a comparison of one fact with a value, or several constraints joined by `and` or `or`. There is
 * no negation other than the operators' own (neq, isNoneOf), as in ODRL.
 */
import type { CborValue } from '../encoding/cbor.ts'
import { isCborMap } from '../encoding/cbor.ts'
import { isCid } from '../encoding/cid.ts'
import { didYouMean } from '../encoding/nearest-word.ts'
import { code, region } from './common.ts'
import { type Schema, list, schemaError, struct, token } from './schema.ts'
import {
  CAPABILITIES,
  OPENNESS,
  OPERANDS,
  OPERATORS,
  ORGANISATION_KINDS,
  type Operand,
  type Operator,
  PURPOSES,
} from './vocabulary.ts'

export type Constraint = Comparison | { readonly and: readonly Constraint[] } | { readonly or: readonly Constraint[] }

export interface Comparison {
  readonly l: Operand
  readonly op: Operator
  readonly r: ConstraintValue
}

/** Lists go with isAnyOf, isAllOf and isNoneOf, single values with every other operator. */
export type ConstraintValue = boolean | number | string | readonly string[]

const MAX_VALUES = 256

export const constraintSchema: Schema<Constraint> = {
  decode(value, path) {
    if (!isCborMap(value)) throw schemaError(path, 'a constraint')
    if (value.has('and')) return conjunction.decode(value, path)
    if (value.has('or')) return disjunction.decode(value, path)
    return comparison.decode(value, path)
  },
  encode(value, path) {
    if (typeof value !== 'object' || value === null) throw schemaError(path, 'a constraint')
    if ('and' in value) return conjunction.encode(value, path)
    if ('or' in value) return disjunction.encode(value, path)
    return comparison.encode(value, path)
  },
}

const valueSchema: Schema<ConstraintValue> = {
  decode: (value, path) => checkValue(value, path),
  encode: (value, path) => checkValue(value, path),
}

function checkValue(value: unknown, path: string): ConstraintValue & CborValue {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  if (isWord(value)) return value
  if (Array.isArray(value) && value.length > 0 && value.length <= MAX_VALUES && value.every(isWord)) return value
  throw schemaError(path, 'true, false, an unsigned integer, a text, or a list of texts')
}

function isWord(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= 500 &&
    value.isWellFormed() &&
    value.normalize('NFC') === value
  )
}

const comparison = struct<Comparison>({ l: token(...OPERANDS), op: token(...OPERATORS), r: valueSchema })
const conjunction = struct<{ readonly and: readonly Constraint[] }>({ and: list(constraintSchema, 1, 64) })
const disjunction = struct<{ readonly or: readonly Constraint[] }>({ or: list(constraintSchema, 1, 64) })

/** Every comparison inside, in the order written. */
export function* comparisons(constraints: Iterable<Constraint>): Generator<Comparison> {
  for (const constraint of constraints) {
    if ('and' in constraint) yield* comparisons(constraint.and)
    else if ('or' in constraint) yield* comparisons(constraint.or)
    else yield constraint
  }
}

const SETS: ReadonlySet<Operator> = new Set<Operator>(['isAnyOf', 'isAllOf', 'isNoneOf'])
const ORDERS: ReadonlySet<Operator> = new Set<Operator>(['lt', 'lteq', 'gt', 'gteq'])
const NUMBERS: ReadonlySet<Operand> = new Set<Operand>(['time', 'elapsed', 'count'])

/**
 * What is wrong with a comparison: its operator does not go with its operand, or its value is no word of the operand.
 *
 * @param tables names of the tables that the terms pin: their words are not ours to judge
 * @returns what was expected, or undefined
 */
export function comparisonFault(comparison: Comparison, tables: ReadonlySet<string>): string | undefined {
  const { l, op, r } = comparison
  if (l === 'commercial') {
    return typeof r === 'boolean' && (op === 'eq' || op === 'neq')
      ? undefined
      : 'commercial compared with true or false by eq or neq'
  }
  if (typeof r === 'boolean') return `no truth value for ${l}`
  if (NUMBERS.has(l) || (l === 'subset' && typeof r === 'number')) {
    const isComparable = op === 'eq' || op === 'neq' || ORDERS.has(op)
    return typeof r === 'number' && isComparable
      ? undefined
      : `${l} compared with a number by eq, neq, lt, lteq, gt or gteq`
  }
  if (typeof r === 'number')
    return `words for ${l}, not the number ${r}: put it in quotes${l.startsWith('region.') ? `, as '${String(r).padStart(3, '0')}'` : ''}`
  if (ORDERS.has(op)) return `words for ${l}, which have no order: not ${op}`
  // A party set is itself a set: `org.affiliation isNoneOf <party set>` names it without a list.
  if (SETS.has(op) !== Array.isArray(r) && l !== 'org.affiliation')
    return `a list with isAnyOf, isAllOf, isNoneOf, else one value, for ${l}`
  for (const word of typeof r === 'string' ? [r] : r) {
    const expected = wordFault(l, word, tables)
    if (expected !== undefined) return expected
  }
  return undefined
}

function wordFault(operand: Operand, word: string, tables: ReadonlySet<string>): string | undefined {
  const known = WORDS.get(operand)
  if (known !== undefined)
    return tables.has(operand) || known.has(word)
      ? undefined
      : `${didYouMean(word, known) === '' ? `one of ${[...known].join(', ')}` : 'a known word'} for ${operand}, not "${word}"${didYouMean(word, known)}`
  if (operand === 'party' || operand === 'org.affiliation')
    return isCid(word) ? undefined : `ids for ${operand}, not "${word}"`
  if (operand.startsWith('region.'))
    return tables.has('region') || fits(region, word)
      ? undefined
      : `a region for ${operand} (ISO 3166 as KE or ZA-NW, UN M49 as '002', EU, EEA), not "${word}"`
  if (operand === 'language') return fits(code, word) ? undefined : 'language tags'
  return undefined
}

const WORDS: ReadonlyMap<Operand, ReadonlySet<string>> = new Map<Operand, ReadonlySet<string>>([
  ['purpose', new Set<string>(PURPOSES)],
  ['org.kind', new Set<string>(ORGANISATION_KINDS)],
  ['capability', new Set<string>(CAPABILITIES)],
  ['model.open', new Set<string>(OPENNESS)],
])

function fits(schema: Schema<string>, word: string): boolean {
  try {
    schema.decode(word, '')
    return true
  } catch {
    return false
  }
}
