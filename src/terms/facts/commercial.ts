/**
 * Operand `commercial`: the second axis beside the purpose. A use with a purpose under `commercial` is commercial whatever
 * it declares; while its purposes are unknown, its word that it is not commercial settles nothing.
 */
import { isPurposeWithin } from '../hierarchy.ts'
import { type Trilean, not } from '../trilean.ts'
import type { UseFacts } from '../use-facts.ts'
import { type OperandRule, answer } from './operand.ts'

export function isCommercial(use: UseFacts): Trilean {
  if (use.commercial === true) return 'T'
  if (use.purposes?.some((word) => isPurposeWithin(word, 'commercial')) === true) return 'T'
  return use.commercial === false && use.purposes !== undefined ? 'F' : 'U'
}

export const commercial: OperandRule = (comparison, { use, supposed }) => {
  const declared = isCommercial(use)
  // Tried out, the word is taken also without a purpose.
  const known = declared === 'U' && supposed?.commercial === false ? 'F' : declared
  const equal = comparison.r === true ? known : not(known)
  const value: Trilean = comparison.op === 'eq' ? equal : comparison.op === 'neq' ? not(equal) : 'U'
  return answer(value, 'PURPOSE_NOT_PERMITTED', 'whether the use is commercial')
}
