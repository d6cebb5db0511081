/** `tally notice send|show|list`: proves that its addressee could have known. */
import type { Command } from 'commander'
import type { Act, Context } from '../context.ts'
import { addFields, readFields } from '../fields.ts'
import type { Field } from '../fields.ts'
import { addListFlags } from '../flags.ts'
import type { JsonObject } from '../output.ts'
import { asText } from '../terminal-text.ts'

const FIELDS: readonly Field[] = [
  { flag: 'to', field: 'addressee', as: 'id', says: 'the party it is for (default: everybody)' },
  { flag: 'subject', as: 'text', says: 'a short public title' },
  { flag: 'about', as: 'ids', says: 'a grant, use or claim' },
  { flag: 'model', as: 'digest', says: 'SHA-256 of the model it is about' },
  { flag: 'duty', as: 'text', says: 'the duty in the terms that it discharges' },
  { flag: 'event', as: 'text', says: 'what happened, such as model-release; with --at' },
  { flag: 'at', as: 'time', says: 'when it happened' },
  { flag: 'text', as: 'id', says: 'a file with the text: its id from `tally blob put`' },
]

export function configure(command: Command, act: Act): void {
  addFields(command.command('send [file]'), FIELDS)
    .description('a notice to a party, or to everybody')
    .action(act((context, [file]) => send(context, file)))
  command
    .command('show <id>')
    .description('a notice')
    .action(
      act(async (context, [id = '']) => (await import('../listing.ts')).printStatement(context, id, describe, [24])),
    )
  addListFlags(command.command('list'))
    .description('notices in the logs held here')
    .action(act(async (context) => (await import('../listing.ts')).printList(context, 24, describe)))
}

function describe(payload: JsonObject): string {
  const to = payload['addressee'] === undefined ? 'everybody' : asText(payload['addressee'])
  return `notice to ${to}: ${asText(payload['subject'])}`
}

async function send(context: Context, file: string | undefined): Promise<number> {
  const { signAndSubmit } = await import('../sign.ts')
  const payload = await readFields(context, FIELDS, file)
  return signAndSubmit(context, {
    kind: 24,
    payload,
    sentence: `A ${describe(payload as JsonObject)}.`,
    isIrreversible: false,
  })
}
