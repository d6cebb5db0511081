/**
 * Words of the terms profile and the IRIs they have in ODRL 2.2, DPV, CC and our own namespace (docs/terms.md). Each word
 * has one IRI and each IRI one word, so that a document can be read back.
 */
import { LedgerError } from '../errors.ts'
import {
  ACTIONS,
  CAPABILITIES,
  DUTY_ACTIONS,
  DUTY_EVENTS,
  OPERANDS,
  OPERATORS,
  ORGANISATION_KINDS,
  PURPOSES,
} from '../statement/vocabulary.ts'

export const NAMESPACES: Readonly<Record<string, string>> = {
  odrl: 'http://www.w3.org/ns/odrl/2/',
  tt: 'https://w3id.org/tallystick/terms/v1#',
  dpv: 'https://w3id.org/dpv#',
  ai: 'https://w3id.org/dpv/ai#',
  loc: 'https://w3id.org/dpv/loc#',
  cc: 'http://creativecommons.org/ns#',
  duo: 'http://purl.obolibrary.org/obo/DUO_',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
}

/** A table of words and compact IRIs, read in both directions. */
export class Words {
  readonly #what: string
  readonly #iris: ReadonlyMap<string, string>
  readonly #words: ReadonlyMap<string, string>

  constructor(what: string, words: readonly string[], known: Readonly<Record<string, string>>, prefix = 'tt:') {
    this.#what = what
    this.#iris = new Map(words.map((word) => [word, known[word] ?? `${prefix}${camel(word)}`]))
    this.#words = new Map([...this.#iris].map(([word, iri]) => [iri, word]))
  }

  iri(word: string): string {
    return this.#iris.get(word) ?? word
  }

  /** @throws LedgerError INTERCHANGE_UNSUPPORTED for an IRI that the profile has no word for */
  word(iri: unknown): string {
    const word = typeof iri === 'string' ? this.#words.get(iri) : undefined
    if (word !== undefined) return word
    throw new LedgerError('INTERCHANGE_UNSUPPORTED', `the profile has no ${this.#what} ${JSON.stringify(iri)}`)
  }

  has(word: string): boolean {
    return this.#iris.has(word)
  }
}

/** voice-clone -> VoiceClone, org.kind -> OrgKind, weights+code -> WeightsCode. */
function camel(word: string): string {
  return word
    .split(/[-.+]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
}

export const actionWords: Words = new Words('action', ACTIONS, {
  use: 'odrl:use',
  reproduce: 'odrl:reproduce',
  extract: 'odrl:extract',
  derive: 'odrl:derive',
  distribute: 'odrl:distribute',
  index: 'odrl:index',
  translate: 'odrl:translate',
  sublicense: 'odrl:grantUse',
})

const purposeWords: Words = new Words('purpose', PURPOSES, {
  research: 'dpv:ResearchAndDevelopment',
  'academic-research': 'dpv:AcademicResearch',
  'scientific-research': 'dpv:ScientificResearch',
  'commercial-research': 'dpv:CommercialResearch',
  'noncommercial-research': 'dpv:NonCommercialResearch',
  noncommercial: 'dpv:NonCommercialPurpose',
  commercial: 'dpv:CommercialPurpose',
  'public-services': 'dpv:ImprovePublicServices',
  healthcare: 'dpv:ImproveHealthcare',
  'data-altruism': 'dpv:DataAltruism',
  marketing: 'dpv:Marketing',
  personalisation: 'dpv:Personalisation',
  service: 'dpv:ServiceProvision',
})

export const operandWords: Words = new Words('left operand', OPERANDS, {
  purpose: 'odrl:purpose',
  commercial: 'tt:commerciality',
  party: 'odrl:recipient',
  'org.kind': 'tt:organisationKind',
  'org.affiliation': 'tt:affiliation',
  'region.establishment': 'tt:establishmentRegion',
  'region.parent': 'tt:parentRegion',
  'region.processing': 'odrl:spatial',
  'region.deployment': 'tt:deploymentRegion',
  'region.benefit': 'tt:benefitRegion',
  capability: 'tt:capability',
  'model.open': 'tt:modelOpenness',
  subset: 'tt:subset',
  time: 'odrl:dateTime',
  elapsed: 'odrl:elapsedTime',
  count: 'odrl:count',
  language: 'odrl:language',
  project: 'tt:project',
})

export const operatorWords: Words = new Words(
  'operator',
  OPERATORS,
  Object.fromEntries(OPERATORS.map((operator) => [operator, `odrl:${operator}`])),
)

const capabilityWords: Words = new Words('capability', CAPABILITIES, {
  asr: 'ai:SpeechRecognition',
  tts: 'ai:SpeechSynthesis',
  'audio-gen': 'ai:AudioGeneration',
  'speaker-id': 'tt:SpeakerIdentification',
})

const kindWords: Words = new Words(
  'kind of organisation',
  ORGANISATION_KINDS,
  { CommunityOrganisation: 'tt:CommunityOrganisation' },
  'dpv:',
)

export const dutyWords: Words = new Words('duty', DUTY_ACTIONS, {
  attribute: 'odrl:attribute',
  pay: 'odrl:compensate',
  notify: 'odrl:inform',
  'share-alike': 'odrl:shareAlike',
  delete: 'odrl:delete',
  'obtain-consent': 'odrl:obtainConsent',
  'ethics-approval': 'duo:0000021',
  'ensure-exclusivity': 'odrl:ensureExclusivity',
})

export const eventWords: Words = new Words('event', DUTY_EVENTS, {})

/** Operands whose values are words of a table; others keep their values. */
export const OPERAND_VALUE_WORDS: Readonly<Record<string, Words>> = {
  purpose: purposeWords,
  capability: capabilityWords,
  'org.kind': kindWords,
}
