/**
 * Operands `org.kind` and `org.affiliation`: what kind of organisation the user is, and to which groups it belongs.
 */
import type { CidText } from '../../encoding/cid.ts'
import type { Comparison } from '../../statement/constraint.ts'
import { ORGANISATION_KINDS } from '../../statement/vocabulary.ts'
import type { Act } from '../ledger.ts'
import { signedAct } from '../signer.ts'
import { type Trilean, not } from '../trilean.ts'
import { askCredentials, unknownAnswer } from './credential.ts'
import { type FactContext, type OperandRule, answer, compareSet, valuesOf } from './operand.ts'

export const organisationKind: OperandRule = (comparison, facts, _combination, side) => {
  if (facts.supposed?.kind !== undefined)
    return answer(compareSet(comparison, [facts.supposed.kind]), 'PARTY_NOT_PERMITTED', 'the kind of organisation')
  const own = facts.ledger.find(3, facts.use.user)?.payload.type
  const isKnown = ORGANISATION_KINDS.some((kind) => kind === own)
  return askCredentials(facts, {
    subject: facts.use.user,
    type: 'org-kind',
    // A party has one kind and kinds have no hierarchy, so another known kind makes it false.
    evaluate: ({ payload }) => (payload.type === 'org-kind' ? compareSet(comparison, [payload.value.kind]) : 'U'),
    ...(own !== undefined && isKnown ? { ownWord: compareSet(comparison, [own]) } : {}),
    side,
    against: 'PARTY_NOT_PERMITTED',
    unknown: 'FACT_UNKNOWN',
    what: 'what kind of organisation the user is',
  })
}

/** Tested on the user, its controllers and its ultimate parent, and on theirs. */
export const affiliation: OperandRule = (comparison, facts, _combination, side) => {
  const { user } = facts.use
  const what = 'to which group the user belongs'
  const groups = facts.supposed?.groups
  if (facts.supposed !== undefined && groups === undefined) return unknownAnswer({ what }, 'AFFILIATION_UNKNOWN')
  if (groups !== undefined) return answer(compareSet(comparison, groups), 'EXCLUDED_PARTY_GROUP', what)
  const sets = pinnedSets(facts, comparison)
  if (sets === undefined) return { value: 'U', code: 'EVIDENCE_MISSING', what: 'the party set that the terms pin' }
  const isIn = (party: CidText): boolean => sets.some((members) => members.has(facts.ledger.canonical(party)))
  const isNegative = comparison.op === 'isNoneOf' || comparison.op === 'neq'
  const valueOf = (isMember: boolean): Trilean => (isNegative ? not(isMember ? 'T' : 'F') : isMember ? 'T' : 'F')
  // Membership of the user itself needs no credential.
  if (isIn(user)) return { value: valueOf(true), code: 'EXCLUDED_PARTY_GROUP', what }
  if (comparison.op === 'isAllOf') return unknownAnswer({ what }, 'AFFILIATION_UNKNOWN')
  return askCredentials(facts, {
    subject: user,
    type: 'affiliation',
    evaluate: (credential, moment) => valueOf(groupOf(facts, credential, moment).some(isIn)),
    side,
    against: 'EXCLUDED_PARTY_GROUP',
    unknown: 'AFFILIATION_UNKNOWN',
    what,
  })
}

/** Members of the sets that the comparison names; undefined when one is not in evidence, or not its curator's word. */
function pinnedSets({ ledger }: FactContext, comparison: Comparison): readonly ReadonlySet<CidText>[] | undefined {
  const sets: ReadonlySet<CidText>[] = []
  for (const id of valuesOf(comparison)) {
    const set = ledger.find(17, id)
    if (set !== undefined && signedAct(ledger, set).judgement.value === 'T')
      sets.push(new Set(set.payload.members.map((member) => ledger.canonical(member))))
    else if (ledger.find(3, id) !== undefined) sets.push(new Set([id as CidText]))
    else return undefined
  }
  return sets
}

/** Everybody above the subject of the credential, as far as credentials in force at the moment say. */
function groupOf(facts: FactContext, credential: Act<16>, moment: number): readonly CidText[] {
  const group = new Set<CidText>()
  const open = [credential]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.payload.type !== 'affiliation') continue
    const { controllers, ultimateParent } = next.payload.value
    for (const party of [...(controllers ?? []), ...(ultimateParent === undefined ? [] : [ultimateParent])]) {
      if (group.has(party)) continue
      group.add(party)
      open.push(...affiliationsOf(facts, party, moment))
    }
  }
  return [...group]
}

/** Trusted affiliation credentials of a party at a moment. */
export function affiliationsOf({ ledger, trust }: FactContext, party: CidText, moment: number): readonly Act<16>[] {
  return ledger.linked(16, party).filter(({ iss, payload }) => {
    const isInForce = (payload.from ?? 0) <= moment && moment < (payload.until ?? Number.POSITIVE_INFINITY)
    return payload.type === 'affiliation' && isInForce && trust.endorsers.some((endorser) => endorser === iss)
  })
}
