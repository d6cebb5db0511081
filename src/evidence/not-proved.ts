/**
 * What a verification does not prove, whatever it finds. The first four hold always; others follow from what the verdict
 * rests on.
 */
const ALWAYS: readonly string[] = [
  'that what a party declared about its own use is true',
  'that no use was left unattested',
  'that the parties are who their names say',
  'that the witnesses you trust are independent of each other',
]

const BY_KEY: ReadonlyMap<string, string> = new Map([
  ['declared-times', 'that the run was not earlier than declared, where later is better for the user'],
])

/** @param keys as the verdict lists them; one without a sentence is printed as it is */
export function describeNotProved(keys: readonly string[]): string[] {
  return [...new Set([...ALWAYS, ...keys.map((key) => BY_KEY.get(key) ?? key)])]
}
