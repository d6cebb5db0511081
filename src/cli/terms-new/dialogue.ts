/**
 * One answer at a time: a flag of the command line gives it, or a person is asked until it is understood. At the terminal
 * nothing is said about flags, and on the command line nothing about numbers to type.
 */
import { LedgerError } from '../../errors.ts'
import type { Terminal } from '../terminal.ts'

/** What a text means, or what to say so that it can be said again. */
export type Parsed<T> =
  | {
      readonly value: T
      /** How it was understood, where that is not what was typed. */
      readonly echo?: string
    }
  | { readonly problem: string }

/** Something that can be answered; the question itself depends on what was answered before. */
export interface Answerable<T> {
  /** Without the dashes. */
  readonly flag: string
  /** What the flag takes, as in an error: `yes or no`. */
  readonly takes: string
  readonly parse: (text: string) => Parsed<T>
  /** Of the flag, where a script may write less than a person. */
  readonly parseFlag?: (text: string) => Parsed<T>
}

/** The person stopped: nothing more is asked, and nothing is written. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

/** @throws LedgerError USAGE, naming the flag and what it takes */
export function fromFlag<T>({ flag, takes, parse, parseFlag }: Answerable<T>, text: string | undefined): T | undefined {
  if (text === undefined) return undefined
  const parsed = (parseFlag ?? parse)(text)
  if ('value' in parsed) return parsed.value
  throw new LedgerError('USAGE', `--${flag} takes ${takes}, not "${text}"`, { hint: parsed.problem })
}

/**
 * Asks until the answer is understood.
 *
 * @throws LedgerError USAGE where there is no terminal, naming the flag
 * @throws Stopped
 */
export async function askUntilUnderstood<T>(
  terminal: Terminal | undefined,
  { flag, takes, parse }: Answerable<T>,
  question: string,
): Promise<T> {
  if (terminal === undefined) {
    throw new LedgerError('USAGE', `--${flag} is missing: ${takes}; and there is no terminal to ask at`, {
      hint: 'answer with flags: --who, --what, --generative, --purpose, --region, --region-fact, --price, --after; a --preset answers all but --generative, --region-fact and what it leaves open',
    })
  }
  // The list of answers still stands above the second time.
  for (let asked = question; ; asked = 'Your answer:') {
    const text = await terminal.ask(asked)
    if (text === undefined) throw new Stopped()
    const parsed = parse(text)
    if ('value' in parsed) {
      terminal.say(parsed.echo === undefined ? '' : `= ${parsed.echo}\n`)
      return parsed.value
    }
    terminal.say(parsed.problem)
  }
}
