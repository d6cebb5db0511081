/**
 * Operand `party`: the user, by party id.
 */
import { type OperandRule, answer, compareSet } from './operand.ts'

export const party: OperandRule = (comparison, { use, supposed }) => {
  const isNobody = supposed !== undefined && supposed.party === undefined
  return answer(isNobody ? 'U' : compareSet(comparison, [use.user]), 'PARTY_NOT_PERMITTED', 'the user')
}
