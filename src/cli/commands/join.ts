/** `tally join INVITATION`: adds the nodes of a network and prints the card to send back. */
import type { Command } from 'commander'
import type { Act } from '../context.ts'
import { readTextOrFile, writeIfNamed } from '../files.ts'
import { openOwnNode } from '../listing.ts'

export function configure(command: Command, act: Act): void {
  command.argument('<invitation>', 'the text of `tally peer invite`, or a file that holds it').action(
    act(async (context, [given = '']) => {
      const card = (await openOwnNode(context).join(await readTextOrFile(given, 'an invitation'))).trim()
      context.output.progress('joined; send this card back to whoever invited you, and they run: tally peer add CARD')
      context.output.result('join', { card }, await writeIfNamed(context, card))
    }),
  )
}
