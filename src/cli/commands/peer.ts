/** `tally peer add|list|remove|invite|card`: the operators this node knows. */
import type { Command } from 'commander'
import type { Act, Context } from '../context.ts'
import { readTextOrFile, writeIfNamed } from '../files.ts'
import { openOwnNode } from '../listing.ts'
import type { JsonObject } from '../output.ts'
import { formatTable, printable } from '../terminal-text.ts'

export function configure(command: Command, act: Act): void {
  command
    .command('add <card...>')
    .description('follow an operator and let it witness this log; a card, or a file with one')
    .action(
      act(async (context, parts) => {
        // A card is followed by addresses: unquoted, the shell hands over several words.
        const card = await readTextOrFile(parts.join(' '), 'a card')
        const peer = await openOwnNode(context).addPeer(card)
        const reserve = peer.lastError === undefined ? '' : `\n${peer.lastError}`
        context.output.result(
          'peer',
          { ...peer },
          `${peer.name} (${peer.origin}) added; it counts as a witness once it holds this log${reserve}`,
        )
      }),
    )
  command.command('list').description('known operators').action(act(list))
  command
    .command('remove <origin>')
    .description('stop following an operator')
    .action(act((context, [origin = '']) => remove(context, origin)))
  command.command('invite').description('one text, and a QR code, that lets another node join').action(act(invite))
  command
    .command('card')
    .description("this node's card")
    .action(
      act(async (context) => {
        const card = (await openOwnNode(context).readText('card')).trim()
        context.output.result('card', { card }, await writeIfNamed(context, card))
      }),
    )
}

/** One that witnesses this log is not let go by a slip: what is published from then on is vouched for by fewer. */
async function remove(context: Context, origin: string): Promise<void> {
  const node = openOwnNode(context)
  const { peers } = await node.status()
  const peer = peers.find((each) => each.origin === origin)
  if (peer?.isCounted === true) {
    const { confirm } = await import('../sign.ts')
    const left = peers.filter((each) => each.isCounted).length - 1
    const rest =
      left === 0
        ? 'nobody witnesses it then, and new statements get no proof that others hold them'
        : `${left} ${left === 1 ? 'operator witnesses' : 'operators witness'} it then`
    await confirm(
      context,
      `${peer.name} (${origin}) no longer witnesses this log: ${rest}.`,
      'This takes protection from your log, until it is added again:',
    )
  }
  await node.removePeer(origin)
  context.output.result('peer', { removed: origin }, `${printable(origin)} removed; what was fetched from it stays`)
}

async function list(context: Context): Promise<void> {
  const { peers } = await openOwnNode(context).status()
  const rows = peers.map((peer) => [
    peer.name,
    peer.origin,
    peer.isConnected ? 'connected' : 'away',
    peer.isCounted ? 'counts' : 'does not count yet',
    peer.lastError ?? '',
  ])
  const text =
    rows.length === 0
      ? 'No other operators yet: nothing witnesses this log. Next: tally peer invite'
      : formatTable(rows)
  context.output.result('peers', { peers } as unknown as JsonObject, text)
}

async function invite(context: Context): Promise<void> {
  const invitation = (await openOwnNode(context).readText('invitation')).trim()
  // For a person at a terminal: a code that does not fit its width could not be scanned.
  if (process.stderr.isTTY && !context.output.isJson && !context.output.isQuiet) {
    const code = await qrCode(invitation, process.stderr.columns)
    if (code === undefined) context.output.progress('too long for a QR code at this width; send the text')
    else process.stderr.write(`${code}\n`)
  }
  context.output.result('invitation', { invitation }, await writeIfNamed(context, invitation))
}

async function qrCode(text: string, columns: number): Promise<string | undefined> {
  const { renderUnicodeCompact } = await import('uqr')
  try {
    const code = renderUnicodeCompact(text, { ecc: 'L', border: 2 })
    return code.indexOf('\n') <= columns ? code : undefined
  } catch {
    return undefined
  }
}
