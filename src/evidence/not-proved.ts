/**
 * What a verification does not prove, whatever it finds; the rest follows from what the verdict rests on.
 */
import { NOT_PROVED } from '../terms/sentences/en.ts'

const ALWAYS: readonly string[] = [
  'That the parties are who their names say.',
  'That the witnesses you trust are independent of each other.',
]

/** @param keys as the verdict lists them; one without a sentence is printed as it is */
export function describeNotProved(keys: readonly string[]): string[] {
  const sentences: ReadonlyMap<string, string> = new Map(Object.entries(NOT_PROVED))
  return [...keys.map((key) => sentences.get(key) ?? key), ...ALWAYS]
}
