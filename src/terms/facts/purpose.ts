/**
 * Operand `purpose`: one declared purpose of the use (docs/terms.md, "hierarchies" and "specificity").
 */
import { isPurposeWithin } from '../hierarchy.ts'
import { type OperandRule, answer, compareWord } from './operand.ts'

export const purpose: OperandRule = (comparison, _facts, combination, side) => {
  const declared = combination.purpose
  if (declared === undefined) return answer('U', 'PURPOSE_NOT_PERMITTED', 'the purpose')
  const value = compareWord(comparison, declared, isPurposeWithin, side)
  return value === 'broader'
    ? answer('U', 'PURPOSE_NOT_PERMITTED', `purpose ${declared}`, 'NOT_SPECIFIC_ENOUGH')
    : answer(value, 'PURPOSE_NOT_PERMITTED', `purpose ${declared}`)
}
