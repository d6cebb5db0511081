/**
 * Flags that several commands share, in one spelling.
 */
import type { Command } from 'commander'

/** A flag that may be given several times. */
export function repeated(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value]
}

/** What every command that signs a statement takes, beside the flags of the whole program. */
export function addSigningFlags(command: Command): Command {
  return command
    .option('--party <party>', 'the party to sign for (default: the one of the key)')
    .option('--receipt <file>', 'save the COSE receipt here')
    .option('--unchecked', 'sign without looking up what the ids name')
}

/** What commands that list statements take. */
export function addListFlags(command: Command): Command {
  return command
    .option('--about <id>', 'only those that refer to this statement, dataset or party')
    .option('--log <origin>', 'only from this log')
    .option('--limit <number>', 'at most this many')
}
