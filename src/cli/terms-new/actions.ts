/**
 * What somebody may do with a dataset: the actions of the language in the words of people, numbered, most asked for first.
 */
import { ACTIONS, type Action } from '../../statement/vocabulary.ts'
import { numberedList, plainAnswer } from './choice.ts'
import type { Answerable, Parsed } from './dialogue.ts'
import { listed } from '../../terms/explain/words.ts'
import { similarWords } from './similar.ts'

export const ACTION_CHOICES: Readonly<Record<Action, string>> = {
  train: 'train models on it',
  evaluate: 'test models with it',
  augment: 'let a model look things up in it while it answers',
  derive: 'make another dataset from it',
  'publish-model': 'publish a model made with it',
  'serve-model': 'offer such a model as a service',
  distribute: 'pass copies on',
  sublicense: 'let others in: pass the permission on',
  'fine-tune': 'adapt a model that is there already (a part of 1)',
  'train-generative': 'train models that produce new text, voices or pictures (a part of 1)',
  distil: 'teach a small model what a large one learned from it (a part of 1)',
  synthesise: 'make artificial data that is like it',
  translate: 'translate it',
  index: 'index it for search',
  reproduce: 'copy it',
  extract: 'take parts of it (a part of 15)',
  mine: 'look for patterns in it (1 is a part of this)',
  // Whether others are let in is said by a clause of its own, which this word does not set.
  use: 'use it in any way (all of the above but 8)',
}

const WORDS = Object.keys(ACTION_CHOICES) as Action[]

export const WHAT: Answerable<readonly Action[]> = {
  flag: 'what',
  takes: `actions such as train,evaluate`,
  parse: parseActions,
  parseFlag(text) {
    const unknown = text.split(/[,\s]+/u).find((word) => /^\d+$/u.test(word))
    return unknown === undefined ? parseActions(text) : { problem: `the words are ${ACTIONS.join(', ')}` }
  },
}

export const WHAT_QUESTION: string = `What may they do?\n${numberedList(WORDS.map((word) => ACTION_CHOICES[word]))}\nType numbers, for example 1,2:`

/** What is a part of what stands beside it needs no number of its own, but may be named. */
function parseActions(text: string): Parsed<readonly Action[]> {
  const actions: Action[] = []
  for (const part of partsOf(text)) {
    const action = actionOf(part)
    if (action === undefined) return { problem: problemOf(part) }
    if (!actions.includes(action)) actions.push(action)
  }
  if (actions.length === 0) return { problem: 'Please type at least one number, for example 1,2.' }
  return {
    value: actions,
    echo: listed(
      actions.map((action) => withoutHint(ACTION_CHOICES[action])),
      'and',
    ),
  }
}

/** "1 2", "1, 2", "1 and 2", "fine tune, evaluate". */
function partsOf(text: string): readonly string[] {
  return text.split(/[,;+&]+|\band\b/u).flatMap((part) => {
    const typed = plainAnswer(part)
    return actionOf(typed) === undefined ? typed.split(/\s+/u).filter((each) => each !== '') : [typed]
  })
}

function actionOf(typed: string): Action | undefined {
  if (/^\d+$/u.test(typed)) return WORDS[Number(typed) - 1]
  const word = typed.replaceAll(/\s+/gu, '-')
  const begun = WORDS.filter((each) => word.length > 2 && each.startsWith(word))
  return WORDS.find((each) => each === word) ?? (begun.length === 1 ? begun[0] : undefined)
}

function problemOf(typed: string): string {
  const range = `Please type numbers from 1 to ${WORDS.length}, for example 1,2.`
  if (/^\d+$/u.test(typed)) return `There is no number ${typed}. ${range}`
  const meant = similarWords(typed, WORDS)
  return meant.length === 0
    ? `I did not understand "${typed}". ${range}`
    : `I did not understand "${typed}": did you mean ${listed(meant, 'or')}? ${range}`
}

export function withoutHint(words: string): string {
  return words.replace(/ \([^)]*\)$/u, '')
}
