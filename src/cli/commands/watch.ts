/** `tally watch`: tells an owner what happened since the last time, and goes on until Ctrl-C. */
import type { Command } from 'commander'
import type { Act } from '../context.ts'

export function configure(command: Command, act: Act): void {
  command
    .option('--once', 'look once and stop: exit 4 when a use broke terms or somebody filed a claim against you')
    .option('--every <duration>', 'how often to look (default: 1m)')
    .option('--policy <file>', 'the logs and witnesses you trust (default: those of this node)')
    .action(act(async (context) => (await import('../watch.ts')).watch(context)))
}
