/**
 * What terms are made of, and the questions with few answers.
 */
import type { CidText } from '../../encoding/cid.ts'
import type { Action } from '../../statement/vocabulary.ts'
import { type Choice, choiceOf, yesOrNo } from './choice.ts'
import type { Answerable } from './dialogue.ts'
import type { AskedPrice } from './price.ts'
import type { RegionFact } from './regions.ts'

export interface Answers {
  readonly who: 'anyone' | 'no-giants' | 'communities'
  readonly uses: readonly Action[]
  readonly generative: 'included' | 'forbidden' | 'no training'
  readonly purpose: 'any' | 'research' | 'noncommercial'
  /** Empty: anywhere. */
  readonly regions: readonly string[]
  readonly regionFact: RegionFact
  /** Undefined: free. */
  readonly price: AskedPrice | undefined
  /** Who receives the fee on top of a price. */
  readonly platform: { readonly id: CidText; readonly name: string } | undefined
  readonly isAskedEachTime: boolean
  readonly isRehostingForbidden: boolean
  readonly after: 'no-new-use' | 'stop-running' | 'delete-data' | 'retire-models' | 'never'
  readonly licence: string | undefined
}

export const WHO: Choice<Answers['who']> = choiceOf<Answers['who']>('who', {
  anyone: 'anybody',
  'no-giants': 'anybody but tech giants',
  communities: 'community organisations only',
})

export const PURPOSE: Choice<Answers['purpose']> = choiceOf<Answers['purpose']>('purpose', {
  any: 'any purpose, also commercial',
  research: 'research that is not commercial',
  noncommercial: 'anything that is not commercial',
})

export const AFTER: Choice<Answers['after']> = choiceOf<Answers['after']>('after', {
  'no-new-use': 'no new use may begin',
  'stop-running': 'running uses stop within 30 days',
  'delete-data': 'the data is deleted within 30 days',
  'retire-models': 'models are retired within 90 days',
  never: 'grants can never be taken back',
})

export const GENERATIVE: Answerable<'yes' | 'no'> = yesOrNo(
  'generative',
  'yes or no, whether training includes generative models',
)
