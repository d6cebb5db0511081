/**
 * A question with a few answers: shown as a numbered list, answered by number, by word, or by the beginning of one.
 */
import { listed } from '../../terms/explain/words.ts'
import type { Answerable, Parsed } from './dialogue.ts'

/** Each word of the flag with what it means to a person. */
export type Choices<T extends string> = Readonly<Record<T, string>>

export interface Choice<T extends string> extends Answerable<T> {
  readonly choices: Choices<T>
}

export function choiceOf<T extends string>(flag: string, choices: Choices<T>): Choice<T> {
  const words = Object.keys(choices) as T[]
  return {
    flag,
    takes: listed(words, 'or'),
    choices,
    parse: (text) => parseChoice(text, choices, numbersOf(words)),
    parseFlag: (text) => {
      const word = words.find((each) => each === text.trim().toLowerCase())
      return word === undefined ? { problem: `the words are ${words.join(', ')}` } : { value: word }
    },
  }
}

export function yesOrNo(flag: string, takes: string): Answerable<'yes' | 'no'> {
  const choices = { yes: 'yes', no: 'no' } as const
  const parse = (text: string): Parsed<'yes' | 'no'> => parseChoice(text, choices, 'yes or no')
  return { flag, takes, parse }
}

/** The question with its list, and how to answer it. */
export function choiceQuestion<T extends string>({ choices }: Choice<T>, question: string): string {
  const words = Object.keys(choices) as T[]
  return `${question}\n${numberedList(words.map((word) => choices[word]))}\nType ${numbersOf(words)}:`
}

export function numberedList(lines: readonly string[]): string {
  return lines.map((line, i) => `${String(i + 1).padStart(4)}  ${line}`).join('\n')
}

export function parseChoice<T extends string>(text: string, choices: Choices<T>, please: string): Parsed<T> {
  const words = Object.keys(choices) as T[]
  const typed = plainAnswer(text)
  if (typed === '') return { problem: `Please type ${please}.` }
  const numbered = /^\d+$/u.test(typed) ? words[Number(typed) - 1] : undefined
  const namesOf = (word: T): readonly string[] => [word, choices[word].toLowerCase()]
  const same = words.filter((word) => namesOf(word).includes(typed))
  const begun = words.filter((word) => namesOf(word).some((name) => name.startsWith(typed)))
  const value = numbered ?? (same.length === 1 ? same[0] : begun.length === 1 ? begun[0] : undefined)
  if (value !== undefined) return { value, ...(namesOf(value)[1] === typed ? {} : { echo: choices[value] }) }
  return { problem: `I did not understand "${text.trim()}". Please type ${please}.` }
}

/** "2." and "(2)" and "Yes!" are 2 and yes. */
export function plainAnswer(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replaceAll(/^["'(]+|["').!]+$/gu, '')
}

function numbersOf(words: readonly string[]): string {
  return listed(
    words.map((_, i) => String(i + 1)),
    'or',
  )
}
