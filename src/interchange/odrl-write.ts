/**
 * Terms as an ODRL 2.2 offer in JSON-LD, under our profile. Lossless for every valid terms payload: odrl-read.ts gives the
 * payload again. What ODRL has a term for is written with it; the rest in our namespace.
 *
 * ODRL has no trigger with a deadline; a duty's `due` is written as two constraints, on `event` and on `elapsedTime`.
 */
import { toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { currencyExponent } from '../statement/tables/currencies.ts'
import type { Comparison, Constraint, ConstraintValue } from '../statement/constraint.ts'
import type { Duty, Permission, Price, Prohibition, Terms } from '../statement/terms.ts'
import {
  type JsonObject,
  type JsonValue,
  PROFILE_IRI,
  clauseIri,
  dateTime,
  dropUndefined,
  duration,
  iriOfCid,
  optionalIri,
  typed,
} from './odrl-literals.ts'
import {
  NAMESPACES,
  OPERAND_VALUE_WORDS,
  actionWords,
  dutyWords,
  eventWords,
  operandWords,
  operatorWords,
} from './odrl-words.ts'

/** Stands in the document itself, so that nobody has to fetch anything to read it. */
const CONTEXT: JsonValue = {
  ...NAMESPACES,
  '@vocab': NAMESPACES['odrl'] ?? '',
  uid: '@id',
  type: '@type',
  profile: { '@id': 'odrl:profile', '@type': '@id' },
  conflict: { '@id': 'odrl:conflict', '@type': '@vocab' },
  target: { '@id': 'odrl:target', '@type': '@id' },
  assigner: { '@id': 'odrl:assigner', '@type': '@id' },
  permission: { '@id': 'odrl:permission' },
  prohibition: { '@id': 'odrl:prohibition' },
  action: { '@id': 'odrl:action', '@type': '@vocab' },
  constraint: { '@id': 'odrl:constraint' },
  leftOperand: { '@id': 'odrl:leftOperand', '@type': '@vocab' },
  operator: { '@id': 'odrl:operator', '@type': '@vocab' },
  rightOperand: { '@id': 'odrl:rightOperand' },
  and: { '@id': 'odrl:and', '@container': '@list' },
  or: { '@id': 'odrl:or', '@container': '@list' },
  duty: { '@id': 'odrl:duty', '@type': '@id' },
  remedy: { '@id': 'odrl:remedy', '@type': '@id' },
  'tt:obligation': { '@type': '@id' },
}

export interface OdrlExport {
  readonly document: JsonObject
  /** Sentences: what the document does not carry, or carries only in our own namespace. */
  readonly lost: readonly string[]
}

/** @param about ids that the payload itself does not hold */
export function formatOdrl(
  terms: Terms,
  about: { readonly id?: CidText; readonly assigner?: CidText } = {},
): OdrlExport {
  const rest: Record<string, JsonValue> = {}
  for (const key of ['asOf', 'attach', 'reach', 'precedence'] as const) {
    const value = terms[key]
    if (value !== undefined) rest[`tt:${key}`] = value
  }
  const document: JsonObject = dropUndefined({
    '@context': CONTEXT,
    '@type': 'Offer',
    uid: about.id === undefined ? undefined : iriOfCid(about.id),
    profile: PROFILE_IRI,
    conflict: 'odrl:prohibit',
    target: iriOfCid(terms.lineage),
    assigner: about.assigner === undefined ? undefined : iriOfCid(about.assigner),
    permission: terms.permit.map(formatRule),
    prohibition: terms.prohibit.map(formatRule),
    'tt:obligation': terms.obligations?.map(clauseIri),
    'tt:duties': [...terms.duties].map(([id, duty]) => formatDuty(id, duty)),
    'tt:versions': formatScope(terms.versions),
    'tt:prev': terms.prev === undefined ? undefined : iriOfCid(terms.prev),
    'tt:prove': terms.prove?.map(({ fact, within }) => ({
      'tt:fact': operandWords.iri(fact),
      'tt:within': duration(within),
    })),
    'tt:price': terms.price === undefined ? undefined : formatPrice(terms.price),
    'tt:split': terms.split?.map(({ party, bp }) => ({ 'tt:party': iriOfCid(party), 'tt:basisPoints': bp })),
    'tt:benefit':
      terms.benefit === undefined
        ? undefined
        : dropUndefined({
            'tt:kind': terms.benefit.kind,
            'tt:text': optionalIri(terms.benefit.text),
            'tt:to': optionalIri(terms.benefit.to),
            constraint: terms.benefit.due === undefined ? undefined : formatDue(terms.benefit.due),
          }),
    'tt:revoke':
      terms.revoke === undefined
        ? undefined
        : terms.revoke.allowed === 'never'
          ? { 'tt:allowed': 'never' }
          : {
              'tt:allowed': 'any',
              'tt:notice': duration(terms.revoke.notice),
              'tt:effect': Object.fromEntries(
                Object.entries(terms.revoke.effect).map(([key, value]) => [
                  `tt:${key}`,
                  typeof value === 'number' ? duration(value) : value,
                ]),
              ),
            },
    'tt:amend':
      terms.amend === undefined
        ? undefined
        : dropUndefined({
            'tt:mode': terms.amend.mode,
            'tt:notice': terms.amend.mode === 'pinned' ? undefined : duration(terms.amend.notice),
          }),
    'tt:sublicense':
      terms.sublicense === undefined
        ? undefined
        : dropUndefined({
            'tt:allowed': terms.sublicense.allowed,
            'tt:depth': terms.sublicense.depth,
            'tt:next':
              terms.sublicense.next === undefined || terms.sublicense.next === 'same'
                ? terms.sublicense.next
                : iriOfCid(terms.sublicense.next),
            'tt:notify': terms.sublicense.notify,
          }),
    'tt:withdrawal':
      terms.withdrawal === undefined
        ? undefined
        : dropUndefined({
            'tt:honour': terms.withdrawal.honour,
            'tt:within': terms.withdrawal.within === undefined ? undefined : duration(terms.withdrawal.within),
          }),
    'tt:disputes':
      terms.disputes === undefined
        ? undefined
        : { 'tt:standing': terms.disputes.standing, 'tt:arbiters': terms.disputes.arbiters.map(iriOfCid) },
    'tt:texts':
      terms.text === undefined
        ? undefined
        : [...terms.text].map(([language, { cid, size, type }]) => ({
            'tt:language': language,
            'tt:blob': iriOfCid(cid),
            'tt:size': size,
            'tt:mediaType': type,
          })),
    'tt:authoritative': terms.authoritative,
    'tt:licence':
      terms.licence === undefined
        ? undefined
        : dropUndefined({
            'tt:spdx': terms.licence.spdx,
            'tt:name': terms.licence.name,
            'tt:uri': terms.licence.uri,
            'tt:digest': terms.licence.digest === undefined ? undefined : toHex(terms.licence.digest),
          }),
    'tt:labels': terms.labels,
    'tt:tables':
      terms.tables === undefined
        ? undefined
        : [...terms.tables].map(([name, digest]) => ({ 'tt:name': name, 'tt:digest': toHex(digest) })),
    'tt:claimedAt': terms.iat,
    'tt:seen': terms.seen === undefined ? undefined : toHex(terms.seen),
    ...rest,
  })
  return { document, lost: lostIn(terms) }
}

/** What a reader that knows ODRL and not our profile does not see. */
function lostIn(terms: Terms): readonly string[] {
  const lost = ['when facts must hold, how terms change and end, and what is kept in our own namespace (tt:)']
  if (terms.duties.size > 0)
    lost.push('due dates of duties: ODRL has no trigger with a deadline, so they are two constraints')
  if (terms.price !== undefined) lost.push('the price with its platform fee: ODRL has one amount')
  return lost
}

function formatRule(rule: Permission | Prohibition): JsonObject {
  const duties = 'duties' in rule ? rule.duties : undefined
  const remedy = 'remedy' in rule ? rule.remedy : undefined
  return dropUndefined({
    uid: clauseIri(rule.id),
    action: rule.actions.map((action) => actionWords.iri(action)),
    constraint: rule.if?.map(formatConstraint),
    duty: duties?.map(clauseIri),
    remedy: remedy?.map(clauseIri),
  })
}

function formatConstraint(constraint: Constraint): JsonObject {
  if ('and' in constraint) return { and: constraint.and.map(formatConstraint) }
  if ('or' in constraint) return { or: constraint.or.map(formatConstraint) }
  const { l, op, r } = constraint
  return {
    leftOperand: operandWords.iri(l),
    operator: operatorWords.iri(op),
    rightOperand: formatValue(constraint, r),
  }
}

function formatValue({ l }: Comparison, value: ConstraintValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: string) => formatWord(l, item))
  if (typeof value === 'string') return formatWord(l, value)
  if (typeof value === 'number' && l === 'time') return typed('dateTime', dateTime(value))
  if (typeof value === 'number' && l === 'elapsed') return typed('duration', duration(value))
  return value
}

function formatWord(operand: string, word: string): JsonValue {
  if (operand === 'party' || operand === 'org.affiliation') return { '@id': iriOfCid(word as CidText) }
  if (operand.startsWith('region.')) return { '@id': /^\d/.test(word) ? `tt:m49-${word}` : `loc:${word}` }
  const words = OPERAND_VALUE_WORDS[operand]
  // A word of a pinned table of somebody else stays as it is.
  return words?.has(word) === true ? { '@id': words.iri(word) } : word
}

function formatDuty(id: string, duty: Duty): JsonObject {
  return dropUndefined({
    uid: clauseIri(id),
    action: dutyWords.iri(duty.action),
    'tt:to': optionalIri(duty.to),
    constraint: formatDue(duty.due),
    'tt:evidence': duty.evidence,
    'tt:cure': duty.cure === undefined ? undefined : duration(duty.cure),
  })
}

function formatDue(due: Duty['due']): JsonValue {
  return [
    { leftOperand: 'odrl:event', operator: 'odrl:gt', rightOperand: { '@id': eventWords.iri(due.event) } },
    { leftOperand: 'odrl:elapsedTime', operator: 'odrl:lteq', rightOperand: typed('duration', duration(due.within)) },
  ]
}

function formatPrice(price: Price): JsonObject {
  const { amount, currency, exp } = price
  const digits = exp ?? (currency === undefined ? undefined : currencyExponent(currency))
  return dropUndefined({
    'tt:model': price.model,
    'tt:amountMinor': amount,
    'tt:currency': currency,
    'tt:exponent': exp,
    'tt:basisPoints': price.bp,
    'tt:platform':
      price.platform === undefined
        ? undefined
        : {
            'tt:party': iriOfCid(price.platform.party),
            'tt:basisPoints': price.platform.bp,
            'tt:payer': price.platform.payer,
          },
    // For readers of plain ODRL: the owner's amount as a decimal.
    'odrl:payAmount':
      amount === undefined || digits === undefined ? undefined : typed('decimal', decimal(amount, digits)),
  })
}

function decimal(amount: number, digits: number): string {
  if (digits === 0) return String(amount)
  const text = String(amount).padStart(digits + 1, '0')
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

function formatScope(scope: Terms['versions']): JsonObject {
  return dropUndefined({
    'tt:mode': scope.mode,
    'tt:ids': scope.mode === 'listed' ? scope.ids.map(iriOfCid) : undefined,
    'tt:until': scope.mode === 'all-until' ? dateTime(scope.until) : undefined,
  })
}
