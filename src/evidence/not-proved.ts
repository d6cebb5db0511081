/**
 * What a verification does not prove, whatever it finds; the rest follows from what the verdict rests on.
 */
import { type Language, sentence } from '../terms/sentences/messages.ts'

const ALWAYS: readonly string[] = ['parties-are-named-right', 'witnesses-independent']

/** @param keys as the verdict lists them */
export function describeNotProved(keys: readonly string[], language: Language = 'en'): string[] {
  return [...keys, ...ALWAYS].map((key) => sentence(`not-proved-${key}`, {}, language))
}
