/**
 * Constraints of a clause against one combination of declared facts, in three-valued logic.
 */
import type { Comparison, Constraint } from '../statement/constraint.ts'
import type { Operand } from '../statement/vocabulary.ts'
import { capability } from './facts/capability.ts'
import { commercial } from './facts/commercial.ts'
import { type Answer, type Combination, type OperandRule, type Side, answer } from './facts/operand.ts'
import { party } from './facts/party.ts'
import { purpose } from './facts/purpose.ts'
import { type Trilean, and, or } from './trilean.ts'
import type { UseFacts } from './use-facts.ts'

/** The operands that can be evaluated. One file per operand; what is not here is unknown. */
const RULES: Readonly<Partial<Record<Operand, OperandRule>>> = { purpose, commercial, party, capability }

export interface ConstraintAnswer {
  readonly value: Trilean
  /** The comparisons that decide the value. */
  readonly deciding: readonly Answer[]
}

/** All of the constraints. */
export function evaluateConstraints(
  constraints: readonly Constraint[],
  use: UseFacts,
  combination: Combination,
  side: Side,
): ConstraintAnswer {
  return join(
    and,
    constraints.map((constraint) => evaluateConstraint(constraint, use, combination, side)),
  )
}

function evaluateConstraint(
  constraint: Constraint,
  use: UseFacts,
  combination: Combination,
  side: Side,
): ConstraintAnswer {
  if ('and' in constraint) return evaluateConstraints(constraint.and, use, combination, side)
  if ('or' in constraint) {
    return join(
      or,
      constraint.or.map((part) => evaluateConstraint(part, use, combination, side)),
    )
  }
  const rule = RULES[constraint.l]
  const result = rule === undefined ? unsupplied(constraint) : rule(constraint, use, combination, side)
  return { value: result.value, deciding: [result] }
}

function unsupplied(comparison: Comparison): Answer {
  const code = comparison.l === 'org.affiliation' ? 'AFFILIATION_UNKNOWN' : 'FACT_UNKNOWN'
  return answer('U', code, comparison.l, code)
}

function join(operator: (values: Iterable<Trilean>) => Trilean, parts: readonly ConstraintAnswer[]): ConstraintAnswer {
  const value = operator(parts.map((part) => part.value))
  return { value, deciding: parts.filter((part) => part.value === value).flatMap((part) => part.deciding) }
}
