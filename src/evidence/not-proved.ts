/**
 * What a verification does not prove, whatever it finds; the rest follows from what the verdict rests on.
 */
import { type Language, sentence } from '../terms/sentences/messages.ts'

const ALWAYS: readonly string[] = ['parties-are-named-right', 'witnesses-independent']

/** Instead of all others, where no verdict is given. */
export const NOTHING_HOLDS = {
  /** The bytes are not what they were. */
  damaged: 'anything-damaged',
  /** The bytes are whole, and a signature or proof in them is bad. */
  unsound: 'anything-unsound',
  /** Nothing in it is vouched for by anyone the policy names. */
  untrusted: 'anything-untrusted',
} as const

/** @param keys as the verdict lists them */
export function notProvedBy(keys: readonly string[]): string[] {
  return [...keys, ...ALWAYS]
}

export function describeNotProved(keys: readonly string[], language: Language = 'en'): string[] {
  return keys.map((key) => sentence(`not-proved-${key}`, {}, language))
}
