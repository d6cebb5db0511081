/**
 * Where to begin: five sets of answers for five intentions. What a preset leaves out is asked; whether training includes
 * generative models is left out of every one, because nobody expects the answer.
 */
import { LedgerError } from '../../errors.ts'
import type { Answers } from './answers.ts'
import { numberedList, parseChoice } from './choice.ts'
import type { Answerable, Parsed } from './dialogue.ts'

export interface Preset extends Partial<Omit<Answers, 'price' | 'generative'>> {
  /** A price is named by whoever asks for one, never by a preset. */
  readonly isFree?: boolean
  /** The preset is about the region: no answer is not "anywhere". */
  readonly isRegionNeeded?: boolean
}

const SAYS = {
  'research-in-region': 'free for research in a region that you name',
  'paid-commercial': 'any purpose, for a price',
  'ask-each-time': 'only for projects you said yes to',
  'no-tech-giants': 'anybody but the gatekeepers of the EU Digital Markets Act',
  'cc0-no-rehosting': 'CC0, but nobody may pass copies on',
} as const

type PresetName = keyof typeof SAYS

const PRESETS: Readonly<Record<PresetName, Preset>> = {
  'research-in-region': {
    who: 'anyone',
    uses: ['train', 'evaluate'],
    purpose: 'research',
    isRegionNeeded: true,
    isFree: true,
    after: 'no-new-use',
  },
  'paid-commercial': {
    who: 'anyone',
    uses: ['train', 'evaluate', 'publish-model'],
    purpose: 'any',
    regions: [],
    after: 'no-new-use',
  },
  'ask-each-time': {
    who: 'anyone',
    uses: ['train', 'evaluate'],
    purpose: 'any',
    regions: [],
    isAskedEachTime: true,
    isFree: true,
    after: 'stop-running',
  },
  'no-tech-giants': {
    who: 'no-giants',
    uses: ['train', 'evaluate'],
    purpose: 'any',
    regions: [],
    isFree: true,
    after: 'no-new-use',
  },
  'cc0-no-rehosting': {
    who: 'anyone',
    uses: ['use'],
    purpose: 'any',
    regions: [],
    isFree: true,
    isRehostingForbidden: true,
    after: 'never',
    licence: 'CC0-1.0',
  },
}

/** @throws LedgerError USAGE, with every preset and what it is for */
export function presetNamed(name: string): Preset {
  if (Object.hasOwn(PRESETS, name)) return PRESETS[name as PresetName]
  const known = Object.entries(SAYS).map(([key, says]) => `${key} (${says})`)
  throw new LedgerError('USAGE', `there is no preset "${name}"; there are ${known.join(', ')}`)
}

/** What the flag --preset gives, asked: nothing is an answer too, and means questions. */
export const PRESET: Answerable<Preset> = {
  flag: 'preset',
  takes: Object.keys(SAYS).join(', '),
  parse(text): Parsed<Preset> {
    if (text.trim() === '') return { value: {} }
    const parsed = parseChoice(text, SAYS, `a number from 1 to ${Object.keys(SAYS).length}, or press Enter`)
    return 'value' in parsed ? { value: PRESETS[parsed.value], echo: `${parsed.value}: ${SAYS[parsed.value]}` } : parsed
  },
}

export const PRESET_QUESTION: string = `Here are terms to begin with. You can change the file afterwards.\n${numberedList(Object.entries(SAYS).map(([name, says]) => `${name}: ${says}`))}\nType a number, or press Enter to answer a few questions instead:`
