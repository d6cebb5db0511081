/** `tally dataset register|version|hash|import|export|show|list`. */
import type { Command } from 'commander'
import type { Act, Context } from '../context.ts'
import { LedgerError } from '../../errors.ts'
import { addListFlags, addSigningFlags, repeated } from '../flags.ts'
import type { JsonObject } from '../output.ts'
import { asText } from '../terminal-text.ts'

export function configure(command: Command, act: Act): void {
  addSigningFlags(command.command('register [file]'))
    .description('register a dataset; fields from a YAML file, from flags, or both')
    .option('--title <title>')
    .option('--locale <tag>', 'a language of the dataset, BCP 47; may be repeated', repeated)
    .option('--task <text>')
    .option('--steward <party>')
    .option('--legal-owner <party>')
    .option('--external-id <scheme=value>', 'where it is known elsewhere; may be repeated', repeated)
    .option('--log <origin>', 'home log; may be repeated (default: the log of this home)', repeated)
    .action(act((context, [file]) => register(context, file)))
  addSigningFlags(command.command('version [file]'))
    .description('publish a version of a dataset, bound to its archive by digest')
    .option('--dataset <id>', 'the dataset')
    .option('--label <text>', 'as its publisher writes it, such as "25.0"')
    .option('--prev <id>', 'the version before')
    .option('--archive <file>', 'compute digest and size from this file')
    .option('--archive-sha256 <hex>')
    .option('--archive-bytes <number>')
    .option('--manifest <hex>', 'root of the manifest of its files, from `tally dataset hash`')
    .action(act((context, [file]) => publishVersion(context, file)))
  command
    .command('hash <folder>')
    .description(
      'the manifest of a folder: every file by path, size and SHA-256, and one root; goes on where it stopped',
    )
    .action(act(async (context, [folder = '']) => (await import('../dataset-hash.ts')).hashDataset(context, folder)))
  command
    .command('import <file>')
    .description('read a Croissant description, or a dataset of the Mozilla Data Collective, into files for -o FOLDER')
    .option('--from <format>', 'croissant or mdc (default: what the file looks like)')
    .action(act(async (context, [file = '']) => (await import('../dataset-exchange.ts')).importDataset(context, file)))
  command
    .command('export <id>')
    .description('describe a dataset or version in Croissant, and say what that does not carry')
    .option('--to <format>', 'croissant')
    .option('--terms <id>', 'terms to write into it as usageInfo')
    .action(act(async (context, [id = '']) => (await import('../dataset-exchange.ts')).exportDataset(context, id)))
  command
    .command('show <id>')
    .description('a dataset or version, and what refers to it')
    .action(
      act(async (context, [id = '']) => (await import('../listing.ts')).printStatement(context, id, describe, [5, 6])),
    )
  addListFlags(command.command('list'))
    .description('datasets in the logs held here')
    .action(act(async (context) => (await import('../listing.ts')).printList(context, 5, describe)))
}

function describe(payload: JsonObject): string {
  const title = payload['title'] ?? payload['label']
  const locales = payload['locales']
  return `${typeof title === 'string' ? title : ''}${Array.isArray(locales) ? ` (${locales.join(', ')})` : ''}`
}

async function register(context: Context, file: string | undefined): Promise<number> {
  const { readPayloadFile } = await import('../yaml-payload.ts')
  const { resolveReference } = await import('../reference.ts')
  const { chooseKey, partyOf } = await import('../signing-key.ts')
  const { signAs } = await import('../sign.ts')
  const { ownLogs } = await import('../own-log.ts')
  const { options } = context
  const key = await chooseKey(context)
  const iss = await partyOf(context, key)
  const payload = file === undefined ? {} : await readPayloadFile(file)
  payload['owner'] ??= iss
  payload['title'] = options.text('title') ?? payload['title']
  if (options.list('locale').length > 0) payload['locales'] = options.list('locale')
  if (options.text('task') !== undefined) payload['task'] = options.text('task')
  for (const [flag, field] of [
    ['steward', 'steward'],
    ['legalOwner', 'legalOwner'],
  ] as const) {
    const value = options.text(flag)
    if (value !== undefined) payload[field] = await resolveReference(context, value)
  }
  if (options.list('externalId').length > 0) payload['externalIds'] = options.list('externalId').map(parseExternalId)
  if (options.list('log').length > 0 || payload['logs'] === undefined) payload['logs'] = await ownLogs(context)
  const sentence = `${key.name} registers the dataset "${asText(payload['title'])}" as owner in ${asText(payload['logs'])}.`
  return signAs(context, { kind: 5, payload, sentence, isIrreversible: true }, key, iss)
}

async function publishVersion(context: Context, file: string | undefined): Promise<number> {
  const { readPayloadFile } = await import('../yaml-payload.ts')
  const { resolveReference, parseDigest } = await import('../reference.ts')
  const { digestFile } = await import('../digest-file.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const { options } = context
  const payload = file === undefined ? {} : await readPayloadFile(file)
  const dataset = options.text('dataset')
  const prev = options.text('prev')
  const archive = options.text('archive')
  const sha256 = options.text('archiveSha256')
  if (dataset !== undefined) payload['lineage'] = await resolveReference(context, dataset)
  if (prev !== undefined) payload['prev'] = await resolveReference(context, prev)
  if (options.text('label') !== undefined) payload['label'] = options.text('label')
  if (archive !== undefined) payload['archive'] = await digestFile(archive)
  else if (sha256 !== undefined)
    payload['archive'] = { sha256: parseDigest(sha256, '--archive-sha256'), bytes: options.count('archiveBytes') ?? 0 }
  const manifest = options.text('manifest')
  if (manifest !== undefined) payload['manifest'] = parseDigest(manifest, '--manifest')
  const sentence = `Version "${asText(payload['label'])}" of dataset ${asText(payload['lineage'])} is published.`
  return signAndSubmit(context, { kind: 6, payload, sentence, isIrreversible: false })
}

function parseExternalId(text: string): { scheme: string; value: string } {
  const at = text.indexOf('=')
  if (at < 1) throw new LedgerError('USAGE', `--external-id takes SCHEME=VALUE, such as mdc=cml123, not "${text}"`)
  return { scheme: text.slice(0, at), value: text.slice(at + 1) }
}
