/**
 * Operand `capability`: what the resulting model can do, as the user declares it. An empty list declares none; a list
 * left out is unknown.
 */
import { type OperandRule, answer, compareSet } from './operand.ts'

export const capability: OperandRule = (comparison, { use }) => {
  const known = use.capabilities
  return answer(known === undefined ? 'U' : compareSet(comparison, known), 'CAPABILITY_PROHIBITED', 'the capabilities')
}
