/** `tally credential issue|show|list`: what a party attests about another; it counts for verifiers that trust the issuer. */
import type { Command } from 'commander'
import { LedgerError } from '../../errors.ts'
import type { Act, Context } from '../context.ts'
import { addFields, readFields } from '../fields.ts'
import type { Field } from '../fields.ts'
import { addListFlags, repeated } from '../flags.ts'
import type { JsonObject } from '../output.ts'
import { asText } from '../terminal-text.ts'

const FIELDS: readonly Field[] = [
  { flag: 'subject', as: 'id', says: 'the party it is about' },
  { flag: 'from', as: 'time', says: 'in force from' },
  { flag: 'until', as: 'time', says: 'in force until, exclusive' },
  { flag: 'basis', as: 'text', says: 'what you looked at' },
]

export function configure(command: Command, act: Act): void {
  addFields(command.command('issue [file]'), FIELDS)
    .description('attest one fact about a party; take it back with `tally grant revoke`')
    .option('--kind <word>', 'the fact: what kind of organisation, such as CommunityOrganisation')
    .option('--country <code>', 'the fact: where it is established, ISO 3166')
    .option('--independent', 'the fact: nobody controls it')
    .option('--controller <party>', 'the fact: who controls it; may be repeated', repeated)
    .option('--ultimate-parent <party>', 'the fact: the head of its group')
    .option('--ethics', 'the fact: a project of it passed an ethics review')
    .option('--auditor', 'the fact: it is an auditor')
    .option('--project <id>', 'with --ethics: which project')
    .option('--scope <text>', 'with --auditor: of what')
    .action(act((context, [file]) => issue(context, file)))
  command
    .command('show <id>')
    .description('a credential, and its revocation')
    .action(
      act(async (context, [id = '']) => (await import('../listing.ts')).printStatement(context, id, describe, [16])),
    )
  addListFlags(command.command('list'))
    .description('credentials in the logs held here')
    .action(act(async (context) => (await import('../listing.ts')).printList(context, 16, describe)))
}

function describe(payload: JsonObject): string {
  return `credential ${asText(payload['type'])} ${JSON.stringify(payload['value'])} for ${asText(payload['subject'])}`
}

async function issue(context: Context, file: string | undefined): Promise<number> {
  const { signAndSubmit } = await import('../sign.ts')
  const payload = await readFields(context, FIELDS, file)
  const facts = await factsFrom(context)
  const [fact, more] = facts
  if (more !== undefined) throw new LedgerError('USAGE', 'a credential attests one fact; issue one for each')
  if (fact !== undefined) Object.assign(payload, fact)
  const sentence = `It is attested: ${describe(payload as JsonObject)}.`
  return signAndSubmit(context, { kind: 16, payload, sentence, isIrreversible: false })
}

async function factsFrom(context: Context): Promise<readonly { type: string; value: object }[]> {
  const { resolveReference, resolveReferences } = await import('../reference.ts')
  const { options } = context
  const facts: { type: string; value: object }[] = []
  const kind = options.text('kind')
  const country = options.text('country')
  const controllers = options.list('controller')
  const parent = options.text('ultimateParent')
  const project = options.text('project')
  const scope = options.text('scope')
  if (kind !== undefined) facts.push({ type: 'org-kind', value: { kind } })
  if (country !== undefined) facts.push({ type: 'region', value: { country } })
  if (options.isSet('independent') && controllers.length + (parent === undefined ? 0 : 1) > 0)
    throw new LedgerError('USAGE', '--independent says that nobody controls the party: name no controller with it')
  if (options.isSet('independent')) facts.push({ type: 'affiliation', value: {} })
  if (controllers.length > 0 || parent !== undefined) {
    facts.push({
      type: 'affiliation',
      value: {
        ...(controllers.length === 0 ? {} : { controllers: await resolveReferences(context, controllers) }),
        ...(parent === undefined ? {} : { ultimateParent: await resolveReference(context, parent) }),
      },
    })
  }
  if (options.isSet('ethics')) facts.push({ type: 'ethics', value: project === undefined ? {} : { project } })
  if (options.isSet('auditor')) facts.push({ type: 'auditor', value: scope === undefined ? {} : { scope } })
  return facts
}
