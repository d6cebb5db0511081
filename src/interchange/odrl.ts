/**
 * Terms as an ODRL 2.2 offer in JSON-LD, under our profile, and back. Lossless for every valid terms payload: reading
 * what was written gives the payload again. What ODRL has a term for is written with it; the rest in our namespace.
 *
 * ODRL has no trigger with a deadline; a duty's `due` is written as two constraints, on `event` and on `elapsedTime`.
 */
import { fromHex, toHex } from '../encoding/bytes.ts'
import type { CidText } from '../encoding/cid.ts'
import { formatTime, parseTime } from '../encoding/time.ts'
import { LedgerError, isLedgerError } from '../errors.ts'
import { currencyExponent } from '../statement/tables/currencies.ts'
import type { Comparison, Constraint, ConstraintValue } from '../statement/constraint.ts'
import type { Duty, Permission, Price, Prohibition, Terms } from '../statement/terms.ts'
import { termsPayloadSchema } from '../statement/terms-schema.ts'
import { TERMS_PROFILE } from '../statement/vocabulary.ts'
import {
  NAMESPACES,
  type Words,
  actionWords,
  capabilityWords,
  dutyWords,
  eventWords,
  kindWords,
  operandWords,
  operatorWords,
  purposeWords,
} from './odrl-words.ts'

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }
export type JsonObject = { readonly [key: string]: JsonValue }

const PROFILE_IRI = 'https://w3id.org/tallystick/terms/v1'

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

/**
 * @throws LedgerError INTERCHANGE_UNSUPPORTED for what the profile has no word for; SCHEMA_INVALID where the result is no
 *   valid terms payload
 */
export function parseOdrl(value: unknown): Terms {
  const document = objectAt(value, 'the document')
  if (document['profile'] !== PROFILE_IRI && document['profile'] !== TERMS_PROFILE)
    throw unsupported(`expected an offer under the profile ${PROFILE_IRI}`)
  const scalar = (key: string): unknown => document[`tt:${key}`]
  const payload = dropUndefined({
    v: 1,
    profile: TERMS_PROFILE,
    iat: document['tt:claimedAt'],
    seen: digestAt(document['tt:seen']),
    lineage: cidAt(document['target']),
    prev: optionalCid(document['tt:prev']),
    versions: parseScope(document['tt:versions']),
    tables: pairs(document['tt:tables'], (item) => [textAt(item['tt:name']), digestAt(item['tt:digest'])]),
    permit: listAt(document['permission']).map((rule) => parseRule(rule, 'duties', 'duty')),
    prohibit: listAt(document['prohibition']).map((rule) => parseRule(rule, 'remedy', 'remedy')),
    obligations: optionalList(document['tt:obligation'])?.map(clauseId),
    duties: pairs(document['tt:duties'] ?? [], parseDuty),
    prove: optionalList(document['tt:prove'])?.map((item) => {
      const { 'tt:fact': fact, 'tt:within': within } = objectAt(item, 'tt:prove')
      return { fact: operandWords.word(fact), within: seconds(within) }
    }),
    price: document['tt:price'] === undefined ? undefined : parsePrice(objectAt(document['tt:price'], 'tt:price')),
    split: optionalList(document['tt:split'])?.map((item) => {
      const share = objectAt(item, 'tt:split')
      return { party: cidAt(share['tt:party']), bp: share['tt:basisPoints'] }
    }),
    benefit: mapped(document['tt:benefit'], (benefit) => ({
      kind: benefit['tt:kind'],
      text: optionalCid(benefit['tt:text']),
      to: optionalCid(benefit['tt:to']),
      due: benefit['constraint'] === undefined ? undefined : parseDue(benefit['constraint']),
    })),
    asOf: scalar('asOf'),
    attach: scalar('attach'),
    revoke: mapped(document['tt:revoke'], (revoke) =>
      revoke['tt:allowed'] === 'never'
        ? { allowed: 'never' }
        : {
            allowed: revoke['tt:allowed'],
            notice: seconds(revoke['tt:notice']),
            effect: Object.fromEntries(
              Object.entries(objectAt(revoke['tt:effect'], 'tt:effect')).map(([key, item]) => [
                key.slice(3),
                key === 'tt:mode' ? item : seconds(item),
              ]),
            ),
          },
    ),
    amend: mapped(document['tt:amend'], (amend) => ({
      mode: amend['tt:mode'],
      notice: amend['tt:notice'] === undefined ? undefined : seconds(amend['tt:notice']),
    })),
    sublicense: mapped(document['tt:sublicense'], (clause) => ({
      allowed: clause['tt:allowed'],
      depth: clause['tt:depth'],
      next:
        clause['tt:next'] === undefined || clause['tt:next'] === 'same' ? clause['tt:next'] : cidAt(clause['tt:next']),
      notify: clause['tt:notify'],
    })),
    reach: scalar('reach'),
    withdrawal: mapped(document['tt:withdrawal'], (clause) => ({
      honour: clause['tt:honour'],
      within: clause['tt:within'] === undefined ? undefined : seconds(clause['tt:within']),
    })),
    disputes: mapped(document['tt:disputes'], (clause) => ({
      standing: clause['tt:standing'],
      arbiters: listAt(clause['tt:arbiters']).map(cidAt),
    })),
    text: pairs(document['tt:texts'], (item) => [
      textAt(item['tt:language']),
      { cid: cidAt(item['tt:blob']), size: item['tt:size'], type: item['tt:mediaType'] },
    ]),
    authoritative: scalar('authoritative'),
    precedence: scalar('precedence'),
    licence: mapped(document['tt:licence'], (licence) => ({
      spdx: licence['tt:spdx'],
      name: licence['tt:name'],
      uri: licence['tt:uri'],
      digest: digestAt(licence['tt:digest']),
    })),
    labels: scalar('labels'),
  }) as unknown as Terms
  // The schema has the last word: whatever it refuses is no terms of ours.
  termsPayloadSchema.encode(payload, 'terms')
  return payload
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

function parseRule(value: unknown, field: 'duties' | 'remedy', key: 'duty' | 'remedy'): object {
  const rule = objectAt(value, 'a rule')
  return dropUndefined({
    id: clauseId(rule['uid']),
    actions: listAt(rule['action']).map((iri) => actionWords.word(iri)),
    if: optionalList(rule['constraint'])?.map(parseConstraint),
    [field]: optionalList(rule[key])?.map(clauseId),
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

function parseConstraint(value: unknown): Constraint {
  const constraint = objectAt(value, 'a constraint')
  if (constraint['and'] !== undefined) return { and: listAt(constraint['and']).map(parseConstraint) }
  if (constraint['or'] !== undefined) return { or: listAt(constraint['or']).map(parseConstraint) }
  const l = operandWords.word(constraint['leftOperand'])
  const r = constraint['rightOperand']
  const parsed = Array.isArray(r) ? r.map((item: unknown) => parseWord(l, item)) : parseValue(l, r)
  return { l, op: operatorWords.word(constraint['operator']), r: parsed } as Comparison
}

function parseValue(l: string, value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  const literal = typeof value === 'object' && value !== null ? (value as JsonObject)['@value'] : undefined
  if (literal === undefined) return parseWord(l, value)
  return l === 'time' ? instant(literal) : seconds(literal)
}

const WORDS: Readonly<Record<string, Words>> = {
  purpose: purposeWords,
  capability: capabilityWords,
  'org.kind': kindWords,
}

function formatWord(operand: string, word: string): JsonValue {
  if (operand === 'party' || operand === 'org.affiliation') return { '@id': iriOfCid(word as CidText) }
  if (operand.startsWith('region.')) return { '@id': /^\d/.test(word) ? `tt:m49-${word}` : `loc:${word}` }
  const words = WORDS[operand]
  // A word of a pinned table of somebody else stays as it is.
  return words?.has(word) === true ? { '@id': words.iri(word) } : word
}

function parseWord(operand: string, value: unknown): string {
  if (typeof value === 'string') return value
  const iri = textAt(objectAt(value, 'a right operand')['@id'])
  if (operand === 'party' || operand === 'org.affiliation') return cidAt(iri)
  if (operand.startsWith('region.')) return iri.replace(/^tt:m49-|^loc:/, '')
  return WORDS[operand]?.word(iri) ?? iri
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

function parseDuty(item: JsonObject): [string, unknown] {
  return [
    clauseId(item['uid']),
    dropUndefined({
      action: dutyWords.word(item['action']),
      to: optionalCid(item['tt:to']),
      due: parseDue(item['constraint']),
      evidence: item['tt:evidence'],
      cure: item['tt:cure'] === undefined ? undefined : seconds(item['tt:cure']),
    }),
  ]
}

function formatDue(due: Duty['due']): JsonValue {
  return [
    { leftOperand: 'odrl:event', operator: 'odrl:gt', rightOperand: { '@id': eventWords.iri(due.event) } },
    { leftOperand: 'odrl:elapsedTime', operator: 'odrl:lteq', rightOperand: typed('duration', duration(due.within)) },
  ]
}

function parseDue(value: unknown): Duty['due'] {
  const [event, elapsed] = listAt(value).map((item) => objectAt(item, 'a due date')['rightOperand'])
  return {
    event: eventWords.word(objectAt(event, 'an event')['@id']) as Duty['due']['event'],
    within: seconds(objectAt(elapsed, 'a duration')['@value']),
  }
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

function parsePrice(price: JsonObject): object {
  return dropUndefined({
    model: price['tt:model'],
    amount: price['tt:amountMinor'],
    currency: price['tt:currency'],
    exp: price['tt:exponent'],
    bp: price['tt:basisPoints'],
    platform: mapped(price['tt:platform'], (platform) => ({
      party: cidAt(platform['tt:party']),
      bp: platform['tt:basisPoints'],
      payer: platform['tt:payer'],
    })),
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

function parseScope(value: unknown): object {
  const scope = objectAt(value, 'tt:versions')
  return dropUndefined({
    mode: scope['tt:mode'],
    ids: optionalList(scope['tt:ids'])?.map(cidAt),
    until: scope['tt:until'] === undefined ? undefined : instant(scope['tt:until']),
  })
}

function typed(type: string, value: string): JsonObject {
  return { '@type': `xsd:${type}`, '@value': value }
}

const SECONDS_PER_DAY = 86_400

function duration(value: number): string {
  return value > 0 && value % SECONDS_PER_DAY === 0 ? `P${value / SECONDS_PER_DAY}D` : `PT${value}S`
}

/** @throws LedgerError INTERCHANGE_UNSUPPORTED unless days alone or seconds alone */
function seconds(value: unknown): number {
  const parts = typeof value === 'string' ? /^P(?:(\d{1,12})D|T(\d{1,16})S)$/.exec(value) : null
  if (parts === null) throw unsupported(`expected a duration such as P30D, found ${JSON.stringify(value)}`)
  return parts[1] === undefined ? Number(parts[2]) : Number(parts[1]) * SECONDS_PER_DAY
}

/** A time that no calendar has keeps its number. */
function dateTime(value: number): string {
  try {
    return formatTime(value)
  } catch {
    return String(value)
  }
}

function instant(value: unknown): number {
  if (typeof value !== 'string') throw unsupported(`expected a time, found ${JSON.stringify(value)}`)
  if (/^\d{1,16}$/.test(value)) return Number(value)
  try {
    return parseTime(value)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    throw unsupported(error.message)
  }
}

function clauseIri(id: string): string {
  return `#${id}`
}

function clauseId(value: unknown): string {
  const text = textAt(value)
  if (!text.startsWith('#')) throw unsupported(`expected the id of a clause (#name), found "${text}"`)
  return text.slice(1)
}

function iriOfCid(cid: CidText): string {
  return `ipfs://${cid}`
}

function optionalIri(cid: CidText | undefined): string | undefined {
  return cid === undefined ? undefined : iriOfCid(cid)
}

function cidAt(value: unknown): CidText {
  const text = textAt(value)
  if (!text.startsWith('ipfs://')) throw unsupported(`expected an id (ipfs://bafkrei...), found "${text}"`)
  return text.slice(7) as CidText
}

function optionalCid(value: unknown): CidText | undefined {
  return value === undefined ? undefined : cidAt(value)
}

function digestAt(value: unknown): Uint8Array | undefined {
  if (value === undefined) return undefined
  const text = textAt(value)
  if (!/^[0-9a-f]{64}$/.test(text)) throw unsupported(`expected 64 hex digits, found "${text}"`)
  return fromHex(text)
}

function textAt(value: unknown): string {
  if (typeof value !== 'string') throw unsupported(`expected a text, found ${JSON.stringify(value)}`)
  return value
}

function objectAt(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unsupported(`${what}: expected an object, found ${JSON.stringify(value)}`)
  return value as JsonObject
}

function mapped(value: unknown, read: (item: JsonObject) => Readonly<Record<string, unknown>>): object | undefined {
  return value === undefined ? undefined : dropUndefined(read(objectAt(value, 'a clause')))
}

function listAt(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

function optionalList(value: unknown): readonly unknown[] | undefined {
  return value === undefined ? undefined : listAt(value)
}

function pairs(
  value: unknown,
  read: (item: JsonObject) => [string, unknown],
): ReadonlyMap<string, unknown> | undefined {
  return value === undefined ? undefined : new Map(listAt(value).map((item) => read(objectAt(item, 'an entry'))))
}

function unsupported(problem: string): LedgerError {
  return new LedgerError('INTERCHANGE_UNSUPPORTED', problem)
}

export function dropUndefined(value: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(Object.entries(value).filter((entry) => entry[1] !== undefined)) as JsonObject
}
