/** `tally policy`: the trust file this node would hand to a verifier. */
import type { Command } from 'commander'
import type { Act } from '../context.ts'
import { writeResult } from '../files.ts'
import { openOwnNode } from '../listing.ts'

export function configure(command: Command, act: Act): void {
  command.action(
    act(async (context) => {
      const policy = await openOwnNode(context).readText('policy')
      const out = context.options.text('out')
      if (out !== undefined) await writeResult(out, new TextEncoder().encode(policy))
      if (context.output.isJson) context.output.result('policy', { policy, file: out ?? null }, '')
      else if (out === undefined) context.output.raw(policy)
    }),
  )
}
