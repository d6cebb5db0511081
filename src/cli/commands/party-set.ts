/** `tally party-set publish|show|list`: sets of parties that terms can name, such as "tech giants". */
import type { Command } from 'commander'
import type { Act, Context } from '../context.ts'
import { addFields, readFields } from '../fields.ts'
import type { Field } from '../fields.ts'
import { addListFlags } from '../flags.ts'
import type { JsonObject } from '../output.ts'
import { asText } from '../terminal-text.ts'

const FIELDS: readonly Field[] = [
  { flag: 'title', as: 'text', says: 'the name people and drafts of terms call it by, such as dma-gatekeeper' },
  { flag: 'member', field: 'members', as: 'ids', says: 'a party' },
  { flag: 'basis', as: 'text', says: 'the rule by which members were chosen, as a word' },
  { flag: 'prev', as: 'id', says: 'the version of the set before this one' },
  { flag: 'from', as: 'time', says: 'in force from' },
  { flag: 'until', as: 'time', says: 'in force until, exclusive' },
]

export function configure(command: Command, act: Act): void {
  addFields(command.command('publish [file]'), FIELDS)
    .description('a set, or a new version of one; terms pin the version that they name')
    .action(act((context, [file]) => publish(context, file)))
  command
    .command('show <id>')
    .description('a set and its members')
    .action(
      act(async (context, [id = '']) => (await import('../listing.ts')).printStatement(context, id, describe, [17])),
    )
  addListFlags(command.command('list'))
    .description('sets in the logs held here')
    .action(act(async (context) => (await import('../listing.ts')).printList(context, 17, describe)))
}

function describe(payload: JsonObject): string {
  const members = payload['members']
  return `${payload['title'] === undefined ? 'a set' : asText(payload['title'])} of ${Array.isArray(members) ? members.length : 0}`
}

async function publish(context: Context, file: string | undefined): Promise<number> {
  const { signAndSubmit } = await import('../sign.ts')
  const payload = await readFields(context, FIELDS, file)
  const sentence = `The party set ${describe(payload as JsonObject)} is published.`
  return signAndSubmit(context, { kind: 17, payload, sentence, isIrreversible: false })
}
