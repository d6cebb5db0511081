/** `tally terms new|explain|diff|try|test|publish|show|list|export|import`. */
import type { Command } from 'commander'
import type { Act, Context } from '../context.ts'
import { LedgerError } from '../../errors.ts'
import { addListFlags, addSigningFlags } from '../flags.ts'
import type { JsonObject } from '../output.ts'
import { asText } from '../terminal-text.ts'

export function configure(command: Command, act: Act): void {
  addSigningFlags(command.command('publish <file>'))
    .description('say what terms in YAML mean, and publish them once you confirm')
    .option('--dataset <id>', 'the dataset (else `lineage` in the file)')
    .option('--prev <id>', 'the terms these replace')
    .action(act((context, [file = '']) => publish(context, file)))
  command
    .command('show <id>')
    .description('terms, and what refers to them')
    .action(
      act(async (context, [id = '']) => (await import('../listing.ts')).printStatement(context, id, describe, [7])),
    )
  command
    .command('new <file>')
    .description('ask in plain words and write a commented terms file')
    .option(
      '--preset <name>',
      'begin with research-in-region, paid-commercial, ask-each-time, no-tech-giants or cc0-no-rehosting',
    )
    .option('--who <choice>', 'anyone, no-giants or communities')
    .option('--what <actions>', 'such as train,evaluate')
    .option(
      '--generative <yes|no>',
      'whether training includes generative models; always needed where training is allowed',
    )
    .option('--purpose <choice>', 'any, research or noncommercial')
    .option('--region <names>', 'only there: Kenya, KE, EU, 002, several with commas; or anywhere')
    .option('--region-fact <choice>', 'what "there" means: establishment, parent, processing, deployment or benefit')
    .option('--price <amount>', 'free, or an amount as "1000.00 USD"')
    .option('--platform <party>', 'the party id of who receives 5 % on top of a price')
    .option(
      '--after <choice>',
      'when you take a grant back: no-new-use, stop-running, delete-data, retire-models or never',
    )
    .action(act(async (context, [file = '']) => (await import('../terms-new.ts')).newTerms(context, file)))
  command
    .command('explain <file>')
    .description('say in sentences what terms mean; a file, or the id of published terms')
    .action(act(async (context, [file = '']) => (await import('../terms-read.ts')).explain(context, file)))
  command
    .command('diff <before> <after>')
    .description('what changed between two terms, and whom it hits')
    .action(act(async (context, [a = '', b = '']) => (await import('../terms-read.ts')).diff(context, a, b)))
  command
    .command('try <file>')
    .description('whether a use would be allowed: exit 0 yes, 4 no, 5 it depends')
    .requiredOption('--for <facts>', 'actions, purposes and facts, such as train,commercial,region=EU')
    .action(act(async (context, [file = '']) => (await import('../terms-read.ts')).tryOut(context, file)))
  command
    .command('export <file>')
    .description('write terms in a format of others, and say what it does not carry')
    .option('--to <format>', 'odrl (ODRL 2.2 JSON-LD)')
    .action(act(async (context, [file = '']) => (await import('../terms-exchange.ts')).exportTerms(context, file)))
  command
    .command('import <file>')
    .description('read an ODRL offer under our profile into a terms file')
    .action(act(async (context, [file = '']) => (await import('../terms-exchange.ts')).importTerms(context, file)))
  command
    .command('test <files...>')
    .description('play scenario files (YAML), or all of a folder, and compare the verdicts with what they expect')
    .action(act(async (context, files) => (await import('../terms-test.ts')).testScenarios(context, files.flat())))
  addListFlags(command.command('list'))
    .description('terms in the logs held here')
    .option('--dataset <id>', 'only of this dataset')
    .action(
      act(async (context) =>
        (await import('../listing.ts')).printList(context, 7, describe, context.options.text('dataset')),
      ),
    )
}

/** What is permitted and prohibited, by action. */
function describe(payload: JsonObject): string {
  return `permits ${actionsOf(payload['permit'])}; prohibits ${actionsOf(payload['prohibit'])}`
}

function actionsOf(clauses: unknown): string {
  if (!Array.isArray(clauses)) return 'nothing'
  const actions = clauses.flatMap((clause: unknown) => {
    const list = typeof clause === 'object' && clause !== null && 'actions' in clause ? clause.actions : []
    return Array.isArray(list) ? list.map(String) : []
  })
  return actions.length === 0 ? 'nothing' : [...new Set(actions)].join(', ')
}

/** Says what the terms mean before it asks whether to sign: published terms stay public for ever. */
async function publish(context: Context, file: string): Promise<number> {
  const { readPayloadFile } = await import('../yaml-payload.ts')
  const { resolveReference } = await import('../reference.ts')
  const { TERMS_PROFILE } = await import('../../statement/vocabulary.ts')
  const { draftIn } = await import('../terms-file.ts')
  const { explainTerms } = await import('../../terms/explain/explain.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const fields = await readPayloadFile(file)
  const { terms, nameOf } = draftIn(file, fields)
  const prev = context.options.text('prev')
  const payload = {
    v: 1,
    profile: TERMS_PROFILE,
    prohibit: [],
    duties: new Map(),
    ...fields,
    lineage: await datasetOf(context, fields['lineage']),
  } as Record<string, unknown>
  if (prev !== undefined) payload['prev'] = await resolveReference(context, prev)
  const sentence = `Terms from ${file} are published for dataset ${asText(payload['lineage'])}: they permit ${actionsOf(payload['permit'])} and prohibit ${actionsOf(payload['prohibit'])}.`
  const { pinSetNames } = await import('../set-names.ts')
  const pinned = await pinSetNames(context, payload)
  const sentences = explainTerms(terms, nameOf)
  context.output.progress([`${file} says:`, ...sentences.map((each) => `- ${each}`)].join('\n'))
  return signAndSubmit(context, { kind: 7, payload: pinned, sentence, isIrreversible: true })
}

/** @throws LedgerError USAGE where neither the flag nor the file names one */
async function datasetOf(context: Context, written: unknown): Promise<string> {
  const { isLedgerError } = await import('../../errors.ts')
  const { resolveReference } = await import('../reference.ts')
  const given = context.options.text('dataset') ?? written
  try {
    if (typeof given === 'string') return await resolveReference(context, given)
  } catch (error) {
    if (!isLedgerError(error) || error.code !== 'CID_MALFORMED') throw error
  }
  const found = typeof given === 'string' ? `; "${given}" is no id` : ''
  throw new LedgerError('USAGE', `say which dataset: --dataset ID${found}`, {
    hint: 'the ids of datasets: tally dataset list',
  })
}
