/** `tally lock`: writes the lock file, which ties the datasets on disk to the grants a build relies on. */
import type { Command } from 'commander'
import type { Act } from '../context.ts'
import { repeated } from '../flags.ts'
import { addUseFlags } from '../intended-use.ts'

export function configure(command: Command, act: Act): void {
  addUseFlags(command)
    .requiredOption(
      '--dataset <version:grant[=path]>',
      'a version, the grant relied on, and where its archive or folder lies; may be repeated',
      repeated,
    )
    .option('--party <party>', 'who uses them (default: the party of the key)')
    .option('--policy <file>', 'the trust file that the gate uses, kept by its path')
    .option('--lock <file>', 'the file to write', 'lock.json')
    .action(act(async (context) => (await import('../lock-datasets.ts')).lock(context)))
}
