/**
 * The five region facts. Where data is processed is declared by the user; where the user and its parent are established
 * is shown by credentials; where the model is deployed and who benefits nobody supplies yet.
 */
import type { CidText } from '../../encoding/cid.ts'
import type { Comparison } from '../../statement/constraint.ts'
import { doRegionsOverlap, isRegionWithin } from '../../statement/tables/regions.ts'
import type { Act } from '../ledger.ts'
import type { Trilean } from '../trilean.ts'
import { askCredentials } from './credential.ts'
import { type FactContext, type OperandRule, type Side, answer, compareWord, tooBroad, valuesOf } from './operand.ts'

export const processingRegion: OperandRule = (comparison, _facts, combination, side) => {
  const { place } = combination
  const what = place === undefined ? 'where the data was processed' : `processing in ${place}`
  if (place === undefined) return answer('U', 'REGION_NOT_PERMITTED', what)
  const value = compareWord(comparison, place, isRegionWithin, side, doRegionsOverlap)
  return value === 'broader'
    ? tooBroad('REGION_NOT_PERMITTED', place, overlapping(comparison, place))
    : answer(value, 'REGION_NOT_PERMITTED', what)
}

function overlapping(comparison: Comparison, place: string): readonly string[] {
  return valuesOf(comparison).filter((region) => doRegionsOverlap(region, place))
}

export const establishmentRegion: OperandRule = (comparison, facts, _combination, side) => {
  const { user } = facts.use
  const { supposed } = facts
  if (supposed?.established !== undefined)
    return answer(
      place(comparison, supposed.established, side),
      'REGION_NOT_PERMITTED',
      'where the user is established',
    )
  const country = facts.ledger.find(3, user)?.payload.country
  return askCredentials(facts, {
    subject: user,
    type: 'region',
    evaluate: (credential) => regionValue(comparison, credential, side),
    ...(country === undefined ? {} : { ownWord: place(comparison, country, side) }),
    side,
    against: 'REGION_NOT_PERMITTED',
    unknown: 'FACT_UNKNOWN',
    what: 'where the user is established',
  })
}

/** The region of the ultimate parent that a credential names; of the user itself where it is independent. */
export const parentRegion: OperandRule = (comparison, facts, combination, side) => {
  const what = "where the user's parent is established"
  const { supposed } = facts
  if (supposed?.parent !== undefined)
    return answer(place(comparison, supposed.parent, side), 'REGION_NOT_PERMITTED', what)
  return askCredentials(facts, {
    subject: facts.use.user,
    type: 'affiliation',
    evaluate: (credential) => {
      if (credential.payload.type !== 'affiliation') return 'U'
      const { controllers, ultimateParent } = credential.payload.value
      if (ultimateParent !== undefined) return parentValue(comparison, facts, ultimateParent, side)
      return controllers === undefined ? establishmentRegion(comparison, facts, combination, side).value : 'U'
    },
    side,
    against: 'REGION_NOT_PERMITTED',
    unknown: 'FACT_UNKNOWN',
    what,
  })
}

function parentValue(comparison: Comparison, facts: FactContext, parent: CidText, side: Side): Trilean {
  return askCredentials(facts, {
    subject: parent,
    type: 'region',
    evaluate: (credential) => regionValue(comparison, credential, side),
    side,
    against: 'REGION_NOT_PERMITTED',
    unknown: 'FACT_UNKNOWN',
    what: "where the user's parent is established",
  }).value
}

/** A fact that no field and no credential supplies. */
export const unsuppliedRegion: OperandRule = (comparison, { supposed }, _combination, side) => {
  const known = comparison.l === 'region.deployment' ? supposed?.deployed : supposed?.benefit
  return answer(known === undefined ? 'U' : place(comparison, known, side), 'REGION_NOT_PERMITTED', comparison.l)
}

function regionValue(comparison: Comparison, { payload }: Act<16>, side: Side): Trilean {
  return payload.type === 'region' ? place(comparison, payload.value.country, side) : 'U'
}

function place(comparison: Comparison, region: string, side: Side): Trilean {
  const value = compareWord(comparison, region, isRegionWithin, side, doRegionsOverlap)
  return value === 'broader' ? 'U' : value
}
