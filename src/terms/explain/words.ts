/** Words of the language of terms as people say them: the tables behind the sentences of explain.ts. */
import { formatDuration, formatTime } from '../../encoding/time.ts'
import { currencyExponent } from '../../statement/tables/currencies.ts'
import type { Benefit, Duty, Price, Terms } from '../../statement/terms.ts'
import type {
  Action,
  Capability,
  Moment,
  Openness,
  Operand,
  OrganisationKind,
  Purpose,
} from '../../statement/vocabulary.ts'

/** Names for ids, as far as the reader knows them; the id itself where it does not. */
export type NameOf = (id: string) => string

/** A party set as its curator describes it; undefined where the reader does not have it. */
export type SetOf = (id: string) => { readonly title: string; readonly members: number } | undefined

/** What a sentence needs beside the clause. */
export interface Telling {
  readonly terms: Terms
  readonly nameOf: NameOf
  readonly setOf: SetOf
}

export const ACTION_WORDS: Readonly<Record<Action, string>> = {
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

/** After "the purpose is". */
export const PURPOSE_WORDS: Readonly<Record<Purpose, string>> = {
  research: 'research',
  'academic-research': 'academic research',
  'scientific-research': 'scientific research',
  'commercial-research': 'commercial research',
  'noncommercial-research': 'non-commercial research',
  noncommercial: 'a non-commercial purpose',
  commercial: 'a commercial purpose',
  'public-services': 'better public services',
  healthcare: 'better health care',
  'data-altruism': 'data altruism (data given for the common good)',
  marketing: 'marketing',
  personalisation: 'personalisation',
  service: 'providing a service',
  education: 'education',
  'language-revitalisation': 'keeping a language alive',
  accessibility: 'accessibility',
  surveillance: 'surveillance',
  military: 'military use',
  'biometric-identification': 'recognising people by body or voice',
}

/** After "the user is". */
export const KIND_WORDS: Readonly<Record<OrganisationKind, string>> = {
  AcademicScientificOrganisation: 'an academic or scientific organisation',
  EducationalOrganisation: 'an educational organisation',
  NonProfitOrganisation: 'a non-profit organisation',
  NonGovernmentalOrganisation: 'a non-governmental organisation',
  CharityOrganisation: 'a charity',
  GovernmentalOrganisation: 'a governmental organisation',
  ForProfitOrganisation: 'a for-profit organisation',
  SMEOrganisation: 'a small or medium-sized enterprise',
  StartupOrganisation: 'a start-up',
  HealthcareOrganisation: 'a health care organisation',
  IndustryConsortium: 'an industry consortium',
  CommunityOrganisation: 'a community organisation',
}

/** After "the model can". */
export const CAPABILITY_WORDS: Readonly<Record<Capability, string>> = {
  asr: 'recognise speech',
  tts: 'make synthetic speech',
  'audio-gen': 'generate audio',
  'voice-clone': 'clone voices',
  'speaker-id': 'tell who is speaking',
  surveillance: 'watch over people',
}

/** Exactly this much, no more: openness has no hierarchy. */
export const OPENNESS_WORDS: Readonly<Record<Openness, string>> = {
  closed: 'the model is closed',
  weights: "only the model's weights are open",
  'weights+code': "only the model's weights and code are open",
  all: 'all of the model is open',
}

/** What has to be shown: after "show by a credential" or "declare". */
export const FACT_WORDS: Readonly<Record<Operand, string>> = {
  purpose: 'for what purpose it is used',
  commercial: 'whether the use is commercial',
  party: 'who the user is',
  'org.kind': 'what kind of organisation the user is',
  'org.affiliation': 'who controls the user',
  'region.establishment': 'where the user is established',
  'region.parent': "where the user's parent company is established",
  'region.processing': 'where the data is processed',
  'region.deployment': 'where the model is used',
  'region.benefit': 'where the people live who benefit',
  capability: 'what the model can do',
  'model.open': 'how open the model is',
  subset: 'how much of the dataset is used',
  time: 'when it is used',
  elapsed: 'how long after the grant it is used',
  count: 'how often it is used',
  language: "the language of the model's output",
  project: 'for which project it is used',
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
  continuous: 'throughout the use, again and again',
}

export const EVENT_WORDS: Readonly<Record<Duty['due']['event'], string>> = {
  grant: 'the grant is accepted',
  'use-start': 'the use starts',
  'use-end': 'the use ends',
  'model-release': 'the model is released',
  deploy: 'the model is put to use',
  'period-end': 'the period ends',
  revoked: 'the grant has been taken back and has ended',
  withdrawal: 'a withdrawal is announced',
  claim: 'a claim is made',
}

const SPANS: readonly (readonly [string, string])[] = [
  ['d', 'day'],
  ['h', 'hour'],
  ['m', 'minute'],
  ['s', 'second'],
]

/** `30 days`, `1 hour`. */
export function span(seconds: number): string {
  const { number, unit } = spanParts(seconds)
  return counted(number, unit)
}

/** As in "with 1 day's notice", "with 60 days' notice". */
export function spanOf(seconds: number): string {
  const { number, unit } = spanParts(seconds)
  return number === 1 ? `1 ${unit}'s` : `${number} ${unit}s'`
}

/** As in "within another 60 days", "within one more day". */
export function furtherSpan(seconds: number): string {
  const { number, unit } = spanParts(seconds)
  return number === 1 ? `one more ${unit}` : `another ${number} ${unit}s`
}

function spanParts(seconds: number): { readonly number: number; readonly unit: string } {
  const text = formatDuration(seconds)
  const unit = SPANS.find(([letter]) => text.endsWith(letter))?.[1] ?? 'second'
  return { number: Number(text.slice(0, -1)), unit }
}

export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** `within 30 days after the use ends`, `at once when the use ends`. */
export function dueText({ event, within }: Duty['due']): string {
  return within === 0 ? `at once when ${EVENT_WORDS[event]}` : `within ${span(within)} after ${EVENT_WORDS[event]}`
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

/** `1 January 2027, 00:00 UTC`; seconds only where there are some. */
export function timeText(seconds: number): string {
  let text: string
  try {
    text = formatTime(seconds)
  } catch {
    // A time that no calendar has.
    return `second ${seconds} after 1 January 1970, 00:00 UTC`
  }
  const [date = '', clock = ''] = text.slice(0, -1).split('T')
  const [year = '', month = '', day = ''] = date.split('-')
  return `${Number(day)} ${MONTHS[Number(month) - 1]} ${year}, ${clock.endsWith(':00') ? clock.slice(0, 5) : clock} UTC`
}

export function money(amount: number, { currency, exp }: Pick<Price, 'currency' | 'exp'>): string {
  if (currency === undefined) return `${amount} minor units`
  const digits = exp ?? currencyExponent(currency)
  // A currency of a table that is not ours: how small its unit is, only the table says.
  if (digits === undefined) return `${currency} ${amount} (in the smallest unit)`
  if (digits === 0) return `${currency} ${amount}`
  const text = String(amount).padStart(digits + 1, '0')
  return `${currency} ${text.slice(0, -digits)}.${text.slice(-digits)}`
}

export function percent(bp: number): string {
  return `${bp / 100} %`
}

export function listed(words: readonly string[], last: 'and' | 'or' | 'nor'): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

/** Rules as verdicts cite them: `rule [a]`, `rules [a] and [b]`. */
export function rulesText(ids: readonly string[], last: 'and' | 'or' = 'and'): string {
  return `${ids.length === 1 ? 'rule' : 'rules'} ${listed(
    ids.map((id) => `[${id}]`),
    last,
  )}`
}
