/**
 * What terms mean, in plain sentences, and what changed between two versions of them and whom it hits. Nothing is decided
 * here: the sentences follow the clauses one by one.
 */
import { toHex } from '../encoding/bytes.ts'
import { formatDuration, formatTime } from '../encoding/time.ts'
import type { Comparison, Constraint } from '../statement/constraint.ts'
import type { Benefit, Duty, Permission, Price, Prohibition, Sublicence, Terms } from '../statement/terms.ts'
import type { Action, Moment, Operand, Operator } from '../statement/vocabulary.ts'
import { currencyExponent } from '../statement/tables/currencies.ts'
import { platformFee } from './fee.ts'

/** Names for ids, as far as the reader knows them. */
export type NameOf = (id: string) => string

const ACTION_WORDS: Readonly<Partial<Record<Action, string>>> = {
  use: 'use it in any way',
  mine: 'mine it for patterns and train on it',
  train: 'train models on it',
  'fine-tune': 'fine-tune models on it',
  'train-generative': 'train generative models on it',
  distil: 'distil a model trained on it into another',
  synthesise: 'make synthetic data from it',
  evaluate: 'test models with it',
  augment: "use it to enrich a model's answers",
  derive: 'make another dataset from it',
  distribute: 'pass it on',
  reproduce: 'copy it',
  extract: 'take parts of it',
  index: 'index it for search',
  translate: 'translate it',
  'publish-model': 'publish a model made with it',
  'serve-model': 'offer a model made with it as a service',
  sublicense: 'pass the permission on',
}

const OPERAND_WORDS: Readonly<Record<Operand, string>> = {
  purpose: 'the purpose',
  commercial: 'the use',
  party: 'the user',
  'org.kind': 'the kind of organisation',
  'org.affiliation': 'the user, and whoever controls it,',
  'region.establishment': 'the place where the user is established',
  'region.parent': "the place where the user's parent company is established",
  'region.processing': 'the place where the data is processed',
  'region.deployment': 'the place where the model is used',
  'region.benefit': 'the place whose people benefit',
  capability: 'what the model can do',
  'model.open': 'how open the model is',
  subset: 'the part of the dataset used (in percent, or as files)',
  time: 'the time of the run',
  elapsed: 'the time since the grant',
  count: 'the number of runs',
  language: 'the language of the output',
  project: 'the project',
}

const OPERATOR_WORDS: Readonly<Record<Operator, string>> = {
  eq: 'is',
  neq: 'is not',
  lt: 'is less than',
  lteq: 'is at most',
  gt: 'is more than',
  gteq: 'is at least',
  isA: 'is',
  isPartOf: 'is in',
  isAnyOf: 'is one of',
  isAllOf: 'is all of',
  isNoneOf: 'is none of',
}

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

const BENEFIT_WORDS: Readonly<Record<Benefit['kind'], string>> = {
  money: 'money',
  access: 'access to what is made',
  training: 'training for the community',
  cocreation: 'a part in making it',
  'results-back': 'the results, brought back',
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

const MOMENT_WORDS: Readonly<Record<Moment, string>> = {
  grant: 'when the grant is accepted',
  'use-start': 'when the use starts',
  'use-end': 'when the use ends',
  'whole-use': 'throughout the use',
  continuous: 'throughout the use',
}

function ruleText(rule: Permission | Prohibition, nameOf: NameOf): string {
  const actions = rule.actions.map((action) => ACTION_WORDS[action] ?? action)
  const conditions = (rule.if ?? []).map((constraint) => constraintText(constraint, nameOf))
  return `: ${listed(actions, 'and')}${conditions.length === 0 ? '' : `, if ${listed(conditions, 'and')}`}.`
}

function owes(rule: Permission): string {
  return rule.duties === undefined || rule.duties.length === 0 ? '' : ` Owed for it: ${rule.duties.join(', ')}.`
}

export function constraintText(constraint: Constraint, nameOf: NameOf): string {
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

const DUTY_WORDS: Readonly<Record<Duty['action'], string>> = {
  attribute: 'name the source',
  pay: 'pay the price and the platform fee',
  notify: 'tell the owner',
  'attest-use': 'say publicly what was done with the dataset',
  'share-alike': 'put datasets made from it under the same terms',
  'share-model-alike': 'publish models only under a licence that asks for the same',
  delete: 'delete the data',
  'retire-model': 'take the models out of use',
  'honour-withdrawals': 'remove contributors who take their consent back',
  'share-benefit': 'share the benefit that was agreed',
  'obtain-consent': 'ask again for every project',
  'ethics-approval': 'have an ethics approval',
  prove: 'prove what was asked for',
  'ensure-exclusivity': 'keep it exclusive',
  'allow-audit': 'let the owner check',
  'respond-to-claim': 'answer claims',
}

const EVENT_WORDS: Readonly<Record<Duty['due']['event'], string>> = {
  grant: 'the grant was accepted',
  'use-start': 'the use starts',
  'use-end': 'the use ends',
  'model-release': 'the model is released',
  deploy: 'the model is put to use',
  'period-end': 'the period ends',
  revoked: 'a revocation takes effect',
  withdrawal: 'a withdrawal is announced',
  claim: 'a claim is made',
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

export function priceText(price: Price, nameOf: NameOf): string {
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

/** What is in one list of sentences and not in the other, by clause. */
export interface TermsChange {
  readonly kind: 'added' | 'removed'
  readonly sentence: string
}

/** What changed, and whom it hits: those with grants under the old terms, or only those who accept from now on. */
export function compareTerms(
  before: Terms,
  after: Terms,
  nameOf: NameOf = (id) => id,
): { readonly changes: readonly TermsChange[]; readonly hits: string } {
  const [old, now] = [explainTerms(before, nameOf), explainTerms(after, nameOf)]
  const changes: TermsChange[] = [
    ...old.filter((sentence) => !now.includes(sentence)).map((sentence) => ({ kind: 'removed' as const, sentence })),
    ...now.filter((sentence) => !old.includes(sentence)).map((sentence) => ({ kind: 'added' as const, sentence })),
  ]
  const { amend } = before
  const hits =
    changes.length === 0
      ? 'Nothing changes for anybody.'
      : amend?.mode === 'owner-may-change'
        ? `The old terms allow changes with ${span(amend.notice)} notice: published as their successor (--prev), what is allowed and forbidden changes for every grant under them, for uses that start after the notice. Price and duties stay as they were accepted.`
        : 'The old terms are fixed for whoever accepted them: only grants given from now on follow the new ones.'
  return { changes, hits }
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

const SPANS: readonly (readonly [string, string])[] = [
  ['d', 'day'],
  ['h', 'hour'],
  ['m', 'minute'],
  ['s', 'second'],
]

function span(seconds: number): string {
  const text = formatDuration(seconds)
  const number = text.slice(0, -1)
  const unit = SPANS.find(([letter]) => text.endsWith(letter))?.[1] ?? 'second'
  return `${number} ${unit}${number === '1' ? '' : 's'}`
}

function listed(words: readonly string[], last: 'and' | 'or'): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}
