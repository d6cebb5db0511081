/** `tally doctor`: looks for problems, each with its fix. Exit 1 where something must be done. */
import type { Command } from 'commander'
import type { Act, Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'

export function configure(command: Command, act: Act): void {
  command.action(
    act(async (context: Context) => {
      const { examine } = await import('../examination.ts')
      const findings = await examine(context)
      const bad = findings.filter(({ level }) => level === 'problem')
      const exit = bad.length === 0 ? EXIT.done : EXIT.failure
      const lines = findings.map(
        ({ level, what, fix }) => `${level.padEnd(8)} ${what}${fix === undefined ? '' : `\n         fix: ${fix}`}`,
      )
      const end =
        bad.length === 0 ? 'Nothing needs to be done.' : `${bad.length} ${bad.length === 1 ? 'problem' : 'problems'}.`
      context.output.result('doctor', { findings: findings }, [...lines, end].join('\n'), exit)
      return exit
    }),
  )
}
