/** Words of the language of terms as people say them: the tables behind the sentences of explain.ts. */
import { formatDuration } from '../encoding/time.ts'
import type { Benefit, Duty } from '../statement/terms.ts'
import type { Action, Moment, Operand, Operator } from '../statement/vocabulary.ts'

export const ACTION_WORDS: Readonly<Partial<Record<Action, string>>> = {
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

export const OPERAND_WORDS: Readonly<Record<Operand, string>> = {
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

export const OPERATOR_WORDS: Readonly<Record<Operator, string>> = {
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

export const BENEFIT_WORDS: Readonly<Record<Benefit['kind'], string>> = {
  money: 'money',
  access: 'access to what is made',
  training: 'training for the community',
  cocreation: 'a part in making it',
  'results-back': 'the results, brought back',
}

export const MOMENT_WORDS: Readonly<Record<Moment, string>> = {
  grant: 'when the grant is accepted',
  'use-start': 'when the use starts',
  'use-end': 'when the use ends',
  'whole-use': 'throughout the use',
  continuous: 'throughout the use',
}

export const DUTY_WORDS: Readonly<Record<Duty['action'], string>> = {
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

export const EVENT_WORDS: Readonly<Record<Duty['due']['event'], string>> = {
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

const SPANS: readonly (readonly [string, string])[] = [
  ['d', 'day'],
  ['h', 'hour'],
  ['m', 'minute'],
  ['s', 'second'],
]

export function span(seconds: number): string {
  const text = formatDuration(seconds)
  const number = text.slice(0, -1)
  const unit = SPANS.find(([letter]) => text.endsWith(letter))?.[1] ?? 'second'
  return `${number} ${unit}${number === '1' ? '' : 's'}`
}
