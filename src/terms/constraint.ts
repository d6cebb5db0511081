/**
 * Constraints of a clause against one combination of declared facts, in three-valued logic.
 */
import type { Constraint } from '../statement/constraint.ts'
import type { Operand } from '../statement/vocabulary.ts'
import { capability } from './facts/capability.ts'
import { commercial } from './facts/commercial.ts'
import type { Answer, Combination, FactContext, OperandRule, Side } from './facts/operand.ts'
import { affiliation, organisationKind } from './facts/organisation.ts'
import { party } from './facts/party.ts'
import { purpose } from './facts/purpose.ts'
import { count, elapsed, language, openness, project, subset, time } from './facts/quantity.ts'
import { establishmentRegion, parentRegion, processingRegion, unsuppliedRegion } from './facts/region.ts'
import { type Trilean, and, or } from './trilean.ts'

const RULES: Readonly<Record<Operand, OperandRule>> = {
  purpose,
  commercial,
  party,
  'org.kind': organisationKind,
  'org.affiliation': affiliation,
  'region.establishment': establishmentRegion,
  'region.parent': parentRegion,
  'region.processing': processingRegion,
  'region.deployment': unsuppliedRegion,
  'region.benefit': unsuppliedRegion,
  capability,
  'model.open': openness,
  subset,
  time,
  elapsed,
  count,
  language,
  project,
}

export interface ConstraintAnswer {
  readonly value: Trilean
  /** The comparisons that decide the value. */
  readonly deciding: readonly Answer[]
}

/** All of the constraints. */
export function evaluateConstraints(
  constraints: readonly Constraint[],
  facts: FactContext,
  combination: Combination,
  side: Side,
): ConstraintAnswer {
  return join(
    and,
    constraints.map((constraint) => evaluateConstraint(constraint, facts, combination, side)),
  )
}

function evaluateConstraint(
  constraint: Constraint,
  facts: FactContext,
  combination: Combination,
  side: Side,
): ConstraintAnswer {
  if ('and' in constraint) return evaluateConstraints(constraint.and, facts, combination, side)
  if ('or' in constraint) {
    return join(
      or,
      constraint.or.map((part) => evaluateConstraint(part, facts, combination, side)),
    )
  }
  const result = RULES[constraint.l](constraint, facts, combination, side)
  return { value: result.value, deciding: [result] }
}

function join(operator: (values: Iterable<Trilean>) => Trilean, parts: readonly ConstraintAnswer[]): ConstraintAnswer {
  const value = operator(parts.map((part) => part.value))
  return { value, deciding: parts.filter((part) => part.value === value).flatMap((part) => part.deciding) }
}
