/**
 * A use to try terms with, whose answer is clear: "it depends" would say more about the example than about the terms.
 */
import { ACTIONS } from '../../statement/vocabulary.ts'
import { type Tried, tryTerms } from '../../terms/try.ts'
import type { NamedTerms } from '../terms-file.ts'
import { parseFacts } from '../try-facts.ts'
import type { Answers } from './answers.ts'

export interface Example {
  /** What stands behind --for. */
  readonly facts: string
  readonly answer: Tried['answer']
}

export function chooseExample(answers: Answers, named: NamedTerms): Example {
  const allowed = [allowedAction(answers), ...allowedFacts(answers)].join(',')
  // Of a region that nobody can show, only a use that is never allowed is clear.
  const others = ACTIONS.filter((action) => action !== 'use').map((action) => `${action},commercial`)
  const examples = [allowed, ...others].map((facts) => ({
    facts,
    answer: tryTerms(named.terms, parseFacts(facts, named)).answer,
  }))
  return examples.find(({ answer }) => answer !== 'depends') ?? { facts: allowed, answer: 'depends' }
}

function allowedAction({ uses, generative }: Answers): string {
  const [first = 'evaluate'] = uses
  const isTraining = first === 'use' || first === 'mine' || first === 'train'
  if (generative !== 'forbidden') return isTraining ? 'train' : first
  if (isTraining) return 'fine-tune,capability=asr'
  if (first === 'fine-tune' || first === 'distil') return `${first},capability=asr`
  return first === 'synthesise' ? 'synthesise,capability=none' : first
}

const FACT_KEYS: Partial<Record<Answers['regionFact'], string>> = {
  processing: 'region',
  establishment: 'established',
  parent: 'parent',
}

function allowedFacts({ purpose, regions, regionFact, who }: Answers): readonly string[] {
  const [region] = regions
  const key = FACT_KEYS[regionFact]
  return [
    ...(purpose === 'any'
      ? ['commercial']
      : purpose === 'research'
        ? ['research', 'noncommercial']
        : ['noncommercial']),
    ...(region === undefined || key === undefined ? [] : [`${key}=${region}`]),
    ...(who === 'communities' ? ['kind=CommunityOrganisation'] : []),
    ...(who === 'no-giants' ? [`group=none`] : []),
  ]
}
