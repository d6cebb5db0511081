/**
 * Three-valued logic: T true, F false, U unknown (strong Kleene tables).
 *
 * A conclusion drawn with U never changes between T and F when the unknown becomes known.
 */
export type Trilean = 'T' | 'F' | 'U'

export function not(value: Trilean): Trilean {
  return value === 'T' ? 'F' : value === 'F' ? 'T' : 'U'
}

/** T for an empty list. */
export function and(values: Iterable<Trilean>): Trilean {
  let result: Trilean = 'T'
  for (const value of values) {
    if (value === 'F') return 'F'
    if (value === 'U') result = 'U'
  }
  return result
}

/** F for an empty list. */
export function or(values: Iterable<Trilean>): Trilean {
  let result: Trilean = 'F'
  for (const value of values) {
    if (value === 'T') return 'T'
    if (value === 'U') result = 'U'
  }
  return result
}

export function trilean(value: boolean): Trilean {
  return value ? 'T' : 'F'
}
