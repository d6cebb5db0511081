/**
 * "No generative models", as prohibitions. One on the action alone would not keep them out: a fine-tuned or distilled model
 * may be generative or not, and its user may say fine-tune. So a second one asks what the model can do: while the user does
 * not say, no use is judged allowed.
 */
import type { Action, Capability } from '../../statement/vocabulary.ts'
import type { Answers } from './answers.ts'

/** What a model that makes voices or sound can do. */
export const GENERATIVE_CAPABILITIES: readonly Capability[] = ['tts', 'audio-gen', 'voice-clone']

export function generativeProhibitions({ generative, uses }: Answers): readonly string[] {
  if (generative !== 'forbidden') return []
  const actions = actionsThatGenerate(uses)
  const onAction = [
    '  # Nobody may train models that produce new text, voices or pictures.',
    '  - { id: no-generative, actions: [train-generative] }',
  ]
  if (actions.length === 0) return onAction
  return [
    ...onAction,
    '  # The same for a model that came about in another way, such as fine-tuning, if it can speak, clone a voice or make',
    '  # sounds. Users should declare what their model can do (asr, or none of the words); while they do not, no verdict says',
    '  # that the use is allowed. There is no word here for text and pictures: whoever makes a model that produces those has to',
    '  # declare train-generative, beside fine-tune or distil; leaving it out is a false statement.',
    `  - { id: no-generative-model, actions: [${actions.join(', ')}], if: [{ l: capability, op: isAnyOf, r: [${GENERATIVE_CAPABILITIES.join(', ')}] }] }`,
  ]
}

/** The widest actions permitted that give a model or are done with one: a prohibition covers the narrower ones. */
function actionsThatGenerate(uses: readonly Action[]): readonly Action[] {
  const isTraining = uses.some((use) => use === 'use' || use === 'mine' || use === 'train')
  return [
    ...(isTraining ? (['train'] as const) : uses.filter((use) => use === 'fine-tune' || use === 'distil')),
    ...(uses.some((use) => use === 'use' || use === 'synthesise') ? (['synthesise'] as const) : []),
  ]
}
