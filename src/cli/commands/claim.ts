/** `tally claim file|show`. */
import type { Command } from 'commander'
import type { Act, Context } from '../context.ts'
import { addSigningFlags, repeated } from '../flags.ts'
import type { JsonObject } from '../output.ts'
import { asText } from '../terminal-text.ts'

export function configure(command: Command, act: Act): void {
  addSigningFlags(command.command('file [file]'))
    .description('say that a party broke terms')
    .option('--respondent <party>')
    .option('--allegation <code>', 'such as NO_PERMISSION')
    .option('--dataset <id>', 'a dataset or version')
    .option('--use <id>', 'the usage')
    .option('--model <hex>', 'SHA-256 of a model')
    .option('--clause <id>', 'a clause of the terms; may be repeated', repeated)
    .option('--evidence <id>', 'may be repeated', repeated)
    .option('--remedy <text>')
    .action(act((context, [file]) => fileClaim(context, file)))
  command
    .command('show <id>')
    .description('a claim, and what refers to it')
    .action(act(async (context, [id = '']) => (await import('../listing.ts')).printStatement(context, id, describe)))
}

function describe(payload: JsonObject): string {
  return `claim ${asText(payload['allegation'])} against ${asText(payload['respondent'])}`
}

async function fileClaim(context: Context, file: string | undefined): Promise<number> {
  const { readPayloadFile } = await import('../yaml-payload.ts')
  const { parseDigest, resolveReference, resolveReferences } = await import('../reference.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const { options } = context
  const payload = file === undefined ? {} : await readPayloadFile(file)
  for (const field of ['respondent', 'dataset', 'use'] as const) {
    const value = options.text(field)
    if (value !== undefined) payload[field] = await resolveReference(context, value)
  }
  for (const field of ['allegation', 'remedy'] as const) {
    if (options.text(field) !== undefined) payload[field] = options.text(field)
  }
  const model = options.text('model')
  if (model !== undefined) payload['model'] = parseDigest(model, '--model')
  if (options.list('clause').length > 0) payload['clauses'] = options.list('clause')
  if (options.list('evidence').length > 0)
    payload['evidence'] = await resolveReferences(context, options.list('evidence'))
  const sentence = `A claim is filed: ${asText(payload['allegation'])}, against ${asText(payload['respondent'])}. It stays public for ever.`
  return signAndSubmit(context, { kind: 20, payload, sentence, isIrreversible: true })
}
