/**
 * Operand `purpose`: one declared purpose of the use (docs/terms.md, "hierarchies" and "specificity").
 */
import { isPurposeWithin } from '../hierarchy.ts'
import type { Comparison } from '../../statement/constraint.ts'
import type { Purpose } from '../../statement/vocabulary.ts'
import { type OperandRule, answer, compareWord, tooBroad, valuesOf } from './operand.ts'

export const purpose: OperandRule = (comparison, _facts, combination, side) => {
  const declared = combination.purpose
  if (declared === undefined) return answer('U', 'PURPOSE_NOT_PERMITTED', 'the purpose')
  const value = compareWord(comparison, declared, isPurposeWithin, side)
  return value === 'broader'
    ? tooBroad('PURPOSE_NOT_PERMITTED', declared, narrowerOf(comparison, declared))
    : answer(value, 'PURPOSE_NOT_PERMITTED', `purpose ${declared}`)
}

function narrowerOf(comparison: Comparison, declared: Purpose): readonly string[] {
  return valuesOf(comparison).filter((word) => isPurposeWithin(word as Purpose, declared))
}
