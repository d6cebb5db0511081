/**
 * What terms mean, in plain sentences. Nothing is decided here: the sentences follow the clauses one by one.
 */
import { toHex } from '../encoding/bytes.ts'
import { formatTime } from '../encoding/time.ts'
import type { Comparison, Constraint } from '../statement/constraint.ts'
import type { Benefit, Duty, Permission, Price, Prohibition, Sublicence, Terms } from '../statement/terms.ts'
import type { Operand } from '../statement/vocabulary.ts'
import { currencyExponent } from '../statement/tables/currencies.ts'
import {
  ACTION_WORDS,
  BENEFIT_WORDS,
  DUTY_WORDS,
  EVENT_WORDS,
  MOMENT_WORDS,
  OPERAND_WORDS,
  OPERATOR_WORDS,
  span,
} from './explain-words.ts'
import { platformFee } from './fee.ts'

/** Names for ids, as far as the reader knows them. */
export type NameOf = (id: string) => string

export function explainTerms(terms: Terms, nameOf: NameOf = (id) => id): readonly string[] {
  return [
    ...versionsText(terms.versions, nameOf),
    ...terms.permit.map((rule) => `Allowed${ruleText(rule, nameOf)}${owes(rule)} [${rule.id}]`),
    ...(terms.permit.length === 0 ? ['Nothing is allowed.'] : ['Whatever is not listed as allowed is not allowed.']),
    ...terms.prohibit.map(
      (rule) => `Never${ruleText(rule, nameOf)} This beats every permission.${remedies(rule)} [${rule.id}]`,
    ),
    ...generative(terms),
    ...(terms.obligations === undefined || terms.obligations.length === 0
      ? []
      : [`Owed for every use: ${terms.obligations.join(', ')}.`]),
    ...(terms.asOf === undefined ? [] : [`Facts about the user are looked at ${MOMENT_WORDS[terms.asOf]}.`]),
    ...[...terms.duties].map(([id, duty]) => `Duty ${id}: ${dutyText(duty, nameOf)}.`),
    ...(terms.prove ?? []).map(
      ({ fact, within }) =>
        `The user has to prove ${OPERAND_WORDS[fact]} within ${span(within)} of the start; keeping silent about it is a breach.`,
    ),
    ...(terms.price === undefined ? ['No price is asked.'] : [priceText(terms.price, nameOf)]),
    ...(terms.split ?? []).map(({ party, bp }) => `${percent(bp)} of the price goes to ${nameOf(party)}.`),
    ...benefitText(terms.benefit, nameOf),
    ...lifeOf(terms, nameOf),
    ...documentsOf(terms),
  ]
}

function versionsText(scope: Terms['versions'], nameOf: NameOf): readonly string[] {
  if (scope.mode === 'lineage') return ['These terms are for every version of the dataset, also later ones.']
  if (scope.mode === 'all-until')
    return [`These terms are for versions that were published before ${timeText(scope.until)}.`]
  return [`These terms are only for ${listed(scope.ids.map(nameOf), 'and')}.`]
}

function remedies(rule: Prohibition): string {
  return rule.remedy === undefined || rule.remedy.length === 0
    ? ''
    : ` Owed if it is broken: ${rule.remedy.join(', ')}.`
}

function benefitText(benefit: Benefit | undefined, nameOf: NameOf): readonly string[] {
  if (benefit === undefined) return []
  const to = benefit.to === undefined ? 'the community' : nameOf(benefit.to)
  const due = benefit.due === undefined ? '' : `, ${dueText(benefit.due)}`
  const text = benefit.text === undefined ? '' : ` The file ${benefit.text} says how.`
  return [`The user shares the benefit with ${to}: ${BENEFIT_WORDS[benefit.kind]}${due}.${text}`]
}

/** What stands beside the rules: texts for people, a licence, labels, tables. */
function documentsOf(terms: Terms): readonly string[] {
  const { text, authoritative, licence, labels, tables } = terms
  const named =
    licence === undefined ? [] : [licence.spdx, licence.name, licence.uri].filter((each) => each !== undefined)
  const digest = licence?.digest === undefined ? [] : [`SHA-256 ${toHex(licence.digest)}`]
  return [
    ...[...(text ?? [])].map(
      ([language, { cid, size, type }]) =>
        `The text for people in ${language} is the file ${cid} (${type}, ${size} bytes).`,
    ),
    ...(authoritative === undefined ? [] : [`The text in ${listed(authoritative, 'and')} is authoritative.`]),
    ...(licence === undefined ? [] : [`The licence is named: ${[...named, ...digest].join(', ')}.`]),
    ...(labels === undefined ? [] : [`Labels: ${labels.join(', ')}.`]),
    ...[...(tables ?? [])].map(([name, each]) => `Words of the table "${name}" are those of version ${toHex(each)}.`),
  ]
}

function timeText(seconds: number): string {
  try {
    return formatTime(seconds)
  } catch {
    // A time that no calendar has.
    return `second ${seconds}`
  }
}

function ruleText(rule: Permission | Prohibition, nameOf: NameOf): string {
  const actions = rule.actions.map((action) => ACTION_WORDS[action] ?? action)
  const conditions = (rule.if ?? []).map((constraint) => constraintText(constraint, nameOf))
  return `: ${listed(actions, 'and')}${conditions.length === 0 ? '' : `, if ${listed(conditions, 'and')}`}.`
}

function owes(rule: Permission): string {
  return rule.duties === undefined || rule.duties.length === 0 ? '' : ` Owed for it: ${rule.duties.join(', ')}.`
}

function constraintText(constraint: Constraint, nameOf: NameOf): string {
  if ('and' in constraint)
    return `(${listed(
      constraint.and.map((each) => constraintText(each, nameOf)),
      'and',
    )})`
  if ('or' in constraint)
    return `(${listed(
      constraint.or.map((each) => constraintText(each, nameOf)),
      'or',
    )})`
  return comparisonText(constraint, nameOf)
}

function comparisonText({ l, op, r }: Comparison, nameOf: NameOf): string {
  if (l === 'commercial') return (r === true) === (op === 'eq') ? 'the use is commercial' : 'the use is not commercial'
  const value = valueText(l, r, nameOf)
  if (l === 'org.affiliation')
    return `${OPERAND_WORDS[l]} ${op === 'isNoneOf' || op === 'neq' ? 'do not belong to' : 'belong to'} ${value}`
  if (l === 'capability') {
    const verb =
      op === 'isNoneOf' || op === 'neq'
        ? 'the model can do none of'
        : op === 'isAllOf'
          ? 'the model can do all of'
          : 'the model can do'
    return `${verb} ${value}`
  }
  return `${OPERAND_WORDS[l]} ${OPERATOR_WORDS[op]} ${value}`
}

function valueText(operand: Operand, value: Comparison['r'], nameOf: NameOf): string {
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number' && operand === 'time') return timeText(value)
  if (typeof value === 'number')
    return operand === 'elapsed' ? span(value) : operand === 'subset' ? `${value} %` : String(value)
  const words = typeof value === 'string' ? [value] : value
  const isId = operand === 'party' || operand === 'org.affiliation'
  return listed(
    words.map((word) => (isId ? nameOf(word) : word)),
    'or',
  )
}

/** Permitting `train` includes generative training unless it is prohibited: said aloud, because nobody expects it. */
function generative(terms: Terms): readonly string[] {
  const isTraining = terms.permit.some(({ actions }) =>
    actions.some((action) => ['use', 'mine', 'train'].includes(action)),
  )
  if (!isTraining) return []
  const ban = terms.prohibit.find(({ actions }) => actions.includes('train-generative'))
  if (ban === undefined) return ['Training of generative models is included in what is allowed.']
  return [
    `Training of generative models is not allowed${ban.if === undefined ? '' : ' in the cases that the prohibition names'}.`,
  ]
}

function dutyText(duty: Duty, nameOf: NameOf): string {
  const to = duty.to === undefined ? '' : `, to ${nameOf(duty.to)}`
  const evidence = duty.evidence === undefined ? '' : `, shown by a statement of kind ${duty.evidence}`
  const cure =
    duty.cure === undefined ? '' : `; late is a breach, which counts as made good within another ${span(duty.cure)}`
  return `${DUTY_WORDS[duty.action]}${to}, ${dueText(duty.due)}${evidence}${cure}`
}

function dueText({ event, within }: Duty['due']): string {
  return within === 0 ? `at once when ${EVENT_WORDS[event]}` : `within ${span(within)} after ${EVENT_WORDS[event]}`
}

function priceText(price: Price, nameOf: NameOf): string {
  const { amount, currency, platform } = price
  if (price.model === 'free') return 'It is free of charge.'
  const each: Readonly<Record<Exclude<Price['model'], 'free'>, string>> = {
    flat: 'once',
    'per-year': 'for every year that has begun',
    'per-version': 'for every version',
    'revenue-share': 'as a share of revenue, agreed when the grant is accepted',
    negotiated: 'as agreed when the grant is accepted',
  }
  const owner = amount === undefined ? 'The price is paid' : `The owner receives ${money(amount, currency)},`
  const fee =
    platform === undefined
      ? ''
      : amount === undefined
        ? ` ${percent(platform.bp)} on top goes to ${nameOf(platform.party)}.`
        : ` On top ${money(platformFee(amount, platform.bp), currency)} (${percent(platform.bp)}) goes to ${nameOf(platform.party)}; the buyer pays ${money(amount + platformFee(amount, platform.bp), currency)} together.`
  const share = price.bp === undefined ? '' : ` (${percent(price.bp)} of revenue)`
  return `${owner} ${each[price.model]}${share}.${fee}`
}

function lifeOf(terms: Terms, nameOf: NameOf): readonly string[] {
  const { revoke, amend, sublicense, reach, withdrawal, disputes } = terms
  const effect = revoke?.allowed === 'any' ? revoke.effect : undefined
  const after =
    effect === undefined
      ? ''
      : effect.mode === 'no-new-use'
        ? 'no new use may begin'
        : effect.mode === 'stop-running'
          ? `running uses have to stop within ${span(effect.grace)}`
          : effect.mode === 'delete-data'
            ? `the data has to be deleted within ${span(effect.within)}`
            : `models made with it have to be retired within ${span(effect.within)}`
  return [
    revoke?.allowed === 'any'
      ? `The owner can take a grant back; it ends ${revoke.notice === 0 ? 'as soon as that is witnessed' : `${span(revoke.notice)} later`}, and then ${after}.`
      : 'A grant can never be taken back.',
    terms.attach === 'continuous'
      ? 'A use has to end before its grant does.'
      : 'A use that began before the grant ended may finish.',
    amend?.mode === 'owner-may-change'
      ? `The owner may change these terms with ${span(amend.notice)} notice; uses that start later follow the new ones.`
      : 'Whoever accepted a grant keeps these terms; newer ones do not reach it.',
    sublicense?.allowed === true
      ? `Grantees may pass the permission on, ${sublicense.depth ?? 1} step(s) deep${sublicenceText(sublicense, nameOf)}.`
      : 'Grantees may not pass the permission on.',
    reach === 'none'
      ? 'A breach stays with its model and does not follow into models built on it.'
      : `A breach follows into ${reach === 'direct' ? 'models built directly on it' : 'every model built on it'}.`,
    withdrawal?.honour === false
      ? 'Withdrawals of contributors are not asked to be honoured.'
      : `Contributors who withdraw have to be removed, and left out of the next run${withdrawal?.within === undefined ? '' : `, within ${span(withdrawal.within)}`}.`,
    disputes === undefined || disputes.standing === 'anyone'
      ? 'Anyone may claim that these terms were broken.'
      : `Claims count only by ${{ owner: 'the owner', parties: 'the owner and the grantee', credentialed: 'credentialed auditors' }[disputes.standing]}.`,
    ...(disputes === undefined || disputes.arbiters.length === 0
      ? []
      : [`Arbiters: ${listed(disputes.arbiters.map(nameOf), 'and')}.`]),
    ...(terms.precedence === 'human'
      ? ['The text for people takes precedence: these rules are a draft, and no use is judged compliant by them.']
      : []),
  ]
}

function sublicenceText({ next, notify }: Sublicence, nameOf: NameOf): string {
  const under = next === undefined ? '' : next === 'same' ? ', under the same terms' : `, under ${nameOf(next)}`
  return `${under}${notify === true ? ', and have to tell the owner' : ''}`
}

function money(amount: number, currency: string | undefined): string {
  if (currency === undefined) return `${amount} minor units`
  const digits = currencyExponent(currency) ?? 2
  if (digits === 0) return `${currency} ${amount}`
  const text = String(amount).padStart(digits + 1, '0')
  return `${currency} ${text.slice(0, -digits)}.${text.slice(-digits)}`
}

function percent(bp: number): string {
  return `${bp / 100} %`
}

function listed(words: readonly string[], last: 'and' | 'or'): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}
