/** `tally consent seal|check`: contributors' own receipts for what they agreed to. */
import type { Command } from 'commander'
import type { Act } from '../context.ts'

export function configure(command: Command, act: Act): void {
  command
    .command('seal <records>')
    .description('one consent record a line: writes a receipt for each, and the root that the version names')
    .requiredOption(
      '--out-dir <folder>',
      'a new folder for the receipts: give each to its contributor, keep none public',
    )
    .action(act(async (context, [file = '']) => (await import('../consent.ts')).sealRecords(context, file)))
  command
    .command('check <receipt>')
    .description('whether a receipt holds, and which version of which dataset names it')
    .option('--version <id>', 'the version it should be of; needs a node')
    .action(act(async (context, [file = '']) => (await import('../consent.ts')).checkReceipt(context, file)))
}
