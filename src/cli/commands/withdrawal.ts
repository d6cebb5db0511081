/** `tally withdrawal key|tags|publish|match|acknowledge|show|list`: contributors take their consent back. */
import type { Command } from 'commander'
import type { Act, Context } from '../context.ts'
import { addFields, readFields } from '../fields.ts'
import type { Field } from '../fields.ts'
import { addListFlags, repeated } from '../flags.ts'
import type { JsonObject } from '../output.ts'
import { asText } from '../terminal-text.ts'

const PUBLISH: readonly Field[] = [
  { flag: 'dataset', field: 'lineage', as: 'id', says: 'the dataset' },
  { flag: 'version', field: 'versions', as: 'ids', says: 'a version they contributed to (default: every one so far)' },
  { flag: 'sequence', as: 'count', says: 'number of this batch, from 1 (default: the next)' },
]

export function configure(command: Command, act: Act): void {
  command
    .command('key')
    .description('a new key for a version: put it into its archive, so that holders can match tags')
    .action(act(async (context) => (await import('../withdrawal.ts')).newKey(context)))
  command
    .command('tags <ids>')
    .description('the tags of contributors, one id a line: what may be shown to holders')
    .requiredOption('--tag-key <file>', 'the key of the version')
    .action(act(async (context, [ids = '']) => (await import('../withdrawal.ts')).makeTags(context, ids)))
  addFields(command.command('publish'), PUBLISH)
    .description('say that contributors withdrew: how many, and a commitment to their tags, never who')
    .requiredOption('--tags <file>', 'the tags, from `tally withdrawal tags`')
    .requiredOption('--due <duration>', 'time that holders have, as 30d')
    .action(act((context) => publish(context)))
  command
    .command('match <ids>')
    .description('as a holder: which of my contributors, one id a line, are in a batch')
    .requiredOption('--tag-key <file>', 'the key from the archive')
    .requiredOption('--tags <file>', 'the tags of the batch, from the owner')
    .option('--withdrawal <id>', 'check that the tags are those that this withdrawal commits to; needs a node')
    .action(act(async (context, [ids = '']) => (await import('../withdrawal.ts')).matchTags(context, ids)))
  addFields(command.command('acknowledge <target>'), [])
    .description('as a holder: say what you did about a withdrawal, or about a revocation that ends in deletion')
    .requiredOption('--version <id>', 'a version you hold or held; may be repeated', repeated)
    .requiredOption(
      '--done <word>',
      'removed, deleted, never-held, excluded-next-run, retrained or retired; may be repeated',
      repeated,
    )
    .action(act((context, [target = '']) => acknowledge(context, target)))
  command
    .command('show <id>')
    .description('a withdrawal, and who acknowledged it')
    .action(
      act(async (context, [id = '']) =>
        (await import('../listing.ts')).printStatement(context, id, describe, [18, 19]),
      ),
    )
  addListFlags(command.command('list'))
    .description('withdrawals in the logs held here')
    .action(act(async (context) => (await import('../listing.ts')).printList(context, 18, describe)))
}

function describe(payload: JsonObject): string {
  return `withdrawal no. ${asText(payload['sequence'])} of ${asText(payload['count'])} contributors from ${asText(payload['lineage'])}`
}

async function publish(context: Context): Promise<number> {
  const { commitmentOf, nextSequence } = await import('../withdrawal.ts')
  const { parseDuration } = await import('../time-input.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const payload = await readFields(context, PUBLISH, undefined)
  Object.assign(payload, await commitmentOf(context.options.required('tags')))
  payload['due'] = Math.floor(Date.now() / 1000) + parseDuration(context.options.required('due'), '--due')
  payload['sequence'] ??= await nextSequence(context, asText(payload['lineage']))
  return signAndSubmit(context, {
    kind: 18,
    payload,
    sentence: `A ${describe(payload as JsonObject)}, to be honoured within ${context.options.required('due')}.`,
    isIrreversible: true,
  })
}

async function acknowledge(context: Context, reference: string): Promise<number> {
  const { resolveReference, resolveReferences } = await import('../reference.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const { options } = context
  const target = await resolveReference(context, reference)
  const done = options.list('done')
  const versions = (await resolveReferences(context, options.list('version'))).map((version) => ({ version, done }))
  const sentence = `About ${target}: ${done.join(', ')}, for ${versions.length === 1 ? 'one version' : `${versions.length} versions`}.`
  return signAndSubmit(context, { kind: 19, payload: { target, versions }, sentence, isIrreversible: false })
}
