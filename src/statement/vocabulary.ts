/**
 * The words of the terms profile `https://w3id.org/tallystick/terms/v1`, also used by usages. A word that is not listed
 * makes a statement invalid. Which word is narrower than which is not decided here but where terms are evaluated.
 */

export const TERMS_PROFILE = 'https://w3id.org/tallystick/terms/v1'

export const ACTIONS = [
  'use',
  'reproduce',
  'extract',
  'derive',
  'distribute',
  'index',
  'translate',
  'mine',
  'train',
  'fine-tune',
  'train-generative',
  'distil',
  'synthesise',
  'evaluate',
  'augment',
  'publish-model',
  'serve-model',
  'sublicense',
] as const
export type Action = (typeof ACTIONS)[number]

export const PURPOSES = [
  'research',
  'academic-research',
  'scientific-research',
  'commercial-research',
  'noncommercial-research',
  'noncommercial',
  'commercial',
  'public-services',
  'healthcare',
  'data-altruism',
  'marketing',
  'personalisation',
  'service',
  'education',
  'language-revitalisation',
  'accessibility',
  'surveillance',
  'military',
  'biometric-identification',
] as const
export type Purpose = (typeof PURPOSES)[number]

export const ORGANISATION_KINDS = [
  'AcademicScientificOrganisation',
  'EducationalOrganisation',
  'NonProfitOrganisation',
  'NonGovernmentalOrganisation',
  'CharityOrganisation',
  'GovernmentalOrganisation',
  'ForProfitOrganisation',
  'SMEOrganisation',
  'StartupOrganisation',
  'HealthcareOrganisation',
  'IndustryConsortium',
  'CommunityOrganisation',
] as const
export type OrganisationKind = (typeof ORGANISATION_KINDS)[number]

export const CAPABILITIES = ['asr', 'tts', 'audio-gen', 'voice-clone', 'speaker-id', 'surveillance'] as const
export type Capability = (typeof CAPABILITIES)[number]

export const OPENNESS = ['closed', 'weights', 'weights+code', 'all'] as const
export type Openness = (typeof OPENNESS)[number]

export const OPERANDS = [
  'purpose',
  'commercial',
  'party',
  'org.kind',
  'org.affiliation',
  'region.establishment',
  'region.parent',
  'region.processing',
  'region.deployment',
  'region.benefit',
  'capability',
  'model.open',
  'subset',
  'time',
  'elapsed',
  'count',
  'language',
  'project',
] as const
export type Operand = (typeof OPERANDS)[number]

export const OPERATORS = [
  'eq',
  'neq',
  'lt',
  'lteq',
  'gt',
  'gteq',
  'isA',
  'isPartOf',
  'isAnyOf',
  'isAllOf',
  'isNoneOf',
] as const
export type Operator = (typeof OPERATORS)[number]

export const DUTY_ACTIONS = [
  'attribute',
  'pay',
  'notify',
  'attest-use',
  'share-alike',
  'share-model-alike',
  'delete',
  'retire-model',
  'honour-withdrawals',
  'share-benefit',
  'obtain-consent',
  'ethics-approval',
  'prove',
  'ensure-exclusivity',
  'allow-audit',
  'respond-to-claim',
] as const
export type DutyAction = (typeof DUTY_ACTIONS)[number]

export const DUTY_EVENTS = [
  'grant',
  'use-start',
  'use-end',
  'model-release',
  'deploy',
  'period-end',
  'revoked',
  'withdrawal',
  'claim',
] as const
export type DutyEvent = (typeof DUTY_EVENTS)[number]

/** When facts about a party are looked at. */
export const MOMENTS = ['grant', 'use-start', 'use-end', 'whole-use', 'continuous'] as const
export type Moment = (typeof MOMENTS)[number]

export const STANDINGS = ['owner', 'parties', 'anyone', 'credentialed'] as const
export type Standing = (typeof STANDINGS)[number]
