/** `tally terms publish|show|list|test`. */
import type { Command } from 'commander'
import type { Act, Context } from '../context.ts'
import { addListFlags, addSigningFlags } from '../flags.ts'
import type { JsonObject } from '../output.ts'
import { asText } from '../terminal-text.ts'

export function configure(command: Command, act: Act): void {
  addSigningFlags(command.command('publish <file>'))
    .description('publish terms written in YAML; durations as 30d')
    .option('--dataset <id>', 'the dataset (else `lineage` in the file)')
    .option('--prev <id>', 'the terms these replace')
    .action(act((context, [file = '']) => publish(context, file)))
  command
    .command('show <id>')
    .description('terms, and what refers to them')
    .action(act(async (context, [id = '']) => (await import('../listing.ts')).printStatement(context, id, describe)))
  command
    .command('test <files...>')
    .description('play scenario files (YAML) and compare the verdicts with what they expect')
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

async function publish(context: Context, file: string): Promise<number> {
  const { readPayloadFile } = await import('../yaml-payload.ts')
  const { resolveReference } = await import('../reference.ts')
  const { TERMS_PROFILE } = await import('../../statement/vocabulary.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const dataset = context.options.text('dataset')
  const prev = context.options.text('prev')
  const payload = {
    v: 1,
    profile: TERMS_PROFILE,
    prohibit: [],
    duties: new Map(),
    ...(await readPayloadFile(file)),
  } as Record<string, unknown>
  if (dataset !== undefined) payload['lineage'] = await resolveReference(context, dataset)
  if (prev !== undefined) payload['prev'] = await resolveReference(context, prev)
  const sentence = `Terms from ${file} are published for dataset ${asText(payload['lineage'])}: they permit ${actionsOf(payload['permit'])} and prohibit ${actionsOf(payload['prohibit'])}.`
  return signAndSubmit(context, { kind: 7, payload, sentence, isIrreversible: false })
}
