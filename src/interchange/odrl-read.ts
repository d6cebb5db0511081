/**
 * An ODRL offer under our profile, read as terms. Whatever the terms could not carry is refused by its path, because a rule
 * that is dropped in silence changes what is allowed.
 */
import type { Comparison, Constraint } from '../statement/constraint.ts'
import type { Duty, Terms } from '../statement/terms.ts'
import { termsPayloadSchema } from '../statement/terms-schema.ts'
import { TERMS_PROFILE } from '../statement/vocabulary.ts'
import {
  type JsonObject,
  PROFILE_IRI,
  cidAt,
  clauseId,
  digestAt,
  dropUndefined,
  instant,
  isDuration,
  listAt,
  objectAt,
  optionalCid,
  optionalList,
  seconds,
  textAt,
  unsupported,
} from './odrl-literals.ts'
import { OPERAND_VALUE_WORDS, actionWords, dutyWords, eventWords, operandWords, operatorWords } from './odrl-words.ts'
import { formatOdrl } from './odrl-write.ts'

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
  assertCarried(payload, document)
  return payload
}

/** Says nothing about what is allowed: where the offer is found, and who makes it. */
const ABOUT: ReadonlySet<string> = new Set(['@context', '@type', 'type', 'uid', '@id', 'assigner', 'profile'])

/** Writes the terms again: everything in the document has to be there as well. */
function assertCarried(terms: Terms, document: JsonObject): void {
  const written = formatOdrl(terms).document
  for (const [key, value] of Object.entries(document)) if (!ABOUT.has(key)) assertSame(value, written[key], key)
}

function assertSame(given: unknown, written: unknown, path: string): void {
  if (written === undefined) throw unsupported(`${path}: the profile has no place for it`)
  if (Array.isArray(given) || Array.isArray(written)) {
    const [items, others] = [listAt(given), listAt(written)]
    if (items.length !== others.length)
      throw unsupported(`${path}: ${items.length} are given, and ${others.length} can be read`)
    for (const [i, item] of items.entries()) assertSame(item, others[i], `${path}[${i}]`)
  } else if (typeof given === 'object' && given !== null) {
    const other = objectAt(written, path)
    for (const [key, value] of Object.entries(given)) assertSame(value, other[key], `${path}.${key}`)
  } else if (given !== written && !(isDuration(given) && isDuration(written) && seconds(given) === seconds(written))) {
    throw unsupported(`${path}: ${JSON.stringify(given)} would be read as ${JSON.stringify(written)}`)
  }
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

function parseWord(operand: string, value: unknown): string {
  if (typeof value === 'string') return value
  const iri = textAt(objectAt(value, 'a right operand')['@id'])
  if (operand === 'party' || operand === 'org.affiliation') return cidAt(iri)
  if (operand.startsWith('region.')) return iri.replace(/^tt:m49-|^loc:/, '')
  return OPERAND_VALUE_WORDS[operand]?.word(iri) ?? iri
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

function parseDue(value: unknown): Duty['due'] {
  const [event, elapsed] = listAt(value).map((item) => objectAt(item, 'a due date')['rightOperand'])
  return {
    event: eventWords.word(objectAt(event, 'an event')['@id']) as Duty['due']['event'],
    within: seconds(objectAt(elapsed, 'a duration')['@value']),
  }
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

function parseScope(value: unknown): object {
  const scope = objectAt(value, 'tt:versions')
  return dropUndefined({
    mode: scope['tt:mode'],
    ids: optionalList(scope['tt:ids'])?.map(cidAt),
    until: scope['tt:until'] === undefined ? undefined : instant(scope['tt:until']),
  })
}

function mapped(value: unknown, read: (item: JsonObject) => Readonly<Record<string, unknown>>): object | undefined {
  return value === undefined ? undefined : dropUndefined(read(objectAt(value, 'a clause')))
}

function pairs(
  value: unknown,
  read: (item: JsonObject) => [string, unknown],
): ReadonlyMap<string, unknown> | undefined {
  if (value === undefined) return undefined
  const found = new Map<string, unknown>()
  for (const item of listAt(value)) {
    const [key, entry] = read(objectAt(item, 'an entry'))
    if (found.has(key)) throw unsupported(`"${key}" is there twice`)
    found.set(key, entry)
  }
  return found
}
