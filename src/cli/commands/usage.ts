/** `tally usage start|attest|show|list`. */
import type { Command } from 'commander'
import { LedgerError } from '../../errors.ts'
import type { Act, Context } from '../context.ts'
import { addListFlags, addSigningFlags, repeated } from '../flags.ts'
import type { JsonObject } from '../output.ts'
import { asText } from '../terminal-text.ts'

export function configure(command: Command, act: Act): void {
  addSigningFlags(command.command('start'))
    .description('say that a run begins: proves that it began no later than this')
    .requiredOption('--run <id>', 'your own id of the run')
    .requiredOption('--grant <id>', 'a grant it relies on; may be repeated', repeated)
    .requiredOption('--action <action>', 'what is planned, such as train; may be repeated', repeated)
    .option('--manifest <hex>', 'Merkle root of the inputs')
    .action(act(start))
  addSigningFlags(command.command('attest [file]'))
    .description('attest what a run was; fields from a YAML file, from flags, or both')
    .option('--run <id>')
    .option('--action <action>', 'may be repeated', repeated)
    .option('--purpose <purpose>', 'may be repeated', repeated)
    .option('--commercial', 'the use is commercial')
    .option('--no-commercial', 'the use is not commercial')
    .option('--from <time>')
    .option('--to <time>')
    .option('--place <region>', 'where data was processed; may be repeated', repeated)
    .option('--dataset <version[:grant]>', 'a dataset version and the grant relied on; may be repeated', repeated)
    .option('--output <[name=]hex>', 'SHA-256 of a model that came out; may be repeated', repeated)
    .option('--model-parent <hex>', 'SHA-256 of a model it started from; may be repeated', repeated)
    .option('--model <file>', 'the model that came out: its file, or a JSON card about it (docs/how-to/ci.md)')
    .option('--datasets <lock>', 'what it was made from: a lock file')
    .option('--submit <address>', 'hand it to this node; -o then takes the receipt')
    .option('--complete', 'every dataset used is named')
    .action(act((context, [file]) => attest(context, file)))
  command
    .command('show <id>')
    .description('a usage, and what refers to it')
    .action(
      act(async (context, [id = '']) =>
        (await import('../listing.ts')).printStatement(context, id, describe, [15, 14]),
      ),
    )
  addListFlags(command.command('list'))
    .description('attested uses in the logs held here')
    .action(act(async (context) => (await import('../listing.ts')).printList(context, 15, describe)))
}

function describe(payload: JsonObject): string {
  const actions = payload['actions']
  const datasets = payload['datasets']
  const count = Array.isArray(datasets) ? datasets.length : 0
  return `run ${asText(payload['run'])}: ${Array.isArray(actions) ? actions.join(', ') : 'unknown actions'} on ${count} ${count === 1 ? 'dataset' : 'datasets'}`
}

async function start(context: Context): Promise<number> {
  const { parseDigest, resolveReferences } = await import('../reference.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const { options } = context
  const run = options.required('run')
  const payload: Record<string, unknown> = {
    run,
    grants: await resolveReferences(context, options.list('grant')),
    actions: options.list('action'),
  }
  const manifest = options.text('manifest')
  if (manifest !== undefined) payload['manifest'] = parseDigest(manifest, '--manifest')
  return signAndSubmit(context, {
    kind: 14,
    payload,
    sentence: `Run ${run} begins: ${options.list('action').join(', ')}.`,
    isIrreversible: false,
  })
}

async function attest(context: Context, file: string | undefined): Promise<number> {
  const { readPayloadFile } = await import('../yaml-payload.ts')
  const { parseDigest } = await import('../reference.ts')
  const { parseTime } = await import('../time-input.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const { options } = context
  const payload = {
    ...(await fromLock(context)),
    ...(await fromModel(context)),
    ...(file === undefined ? {} : await readPayloadFile(file)),
  }
  if (options.text('run') !== undefined) payload['run'] = options.text('run')
  for (const [flag, field] of [
    ['action', 'actions'],
    ['purpose', 'purposes'],
    ['place', 'places'],
  ] as const) {
    if (options.list(flag).length > 0) payload[field] = options.list(flag)
  }
  for (const flag of ['from', 'to'] as const) {
    const value = options.text(flag)
    if (value !== undefined) payload[flag] = parseTime(value, `--${flag}`)
  }
  if (options.isSet('commercial')) payload['commercial'] = true
  if (options.isOff('commercial')) payload['commercial'] = false
  if (options.isSet('complete')) payload['complete'] = true
  if (options.list('dataset').length > 0) payload['datasets'] = await usedDatasets(context)
  if (options.list('output').length > 0)
    payload['outputs'] = options.list('output').map((text) => parseOutput(text, parseDigest))
  if (options.list('modelParent').length > 0)
    payload['parents'] = options.list('modelParent').map((text) => parseDigest(text, '--model-parent'))
  payload['datasets'] ??= []
  const sentence = `Run ${asText(payload['run'])} is attested: ${asText(payload['actions'])} on ${(payload['datasets'] as unknown[]).length} dataset(s).`
  const node = options.text('submit')
  const sent =
    node === undefined
      ? options
      : options.with({ node, receipt: options.text('out') ?? options.text('receipt'), out: undefined })
  return signAndSubmit({ ...context, options: sent }, { kind: 15, payload, sentence, isIrreversible: false })
}

/** Datasets, grants and facts of the use, as the gate checked them before the run. */
async function fromLock({ options }: Context): Promise<Record<string, unknown>> {
  const path = options.text('datasets')
  if (path === undefined) return {}
  const { readLock, usageOf } = await import('../lock-file.ts')
  const { lock } = await readLock(path)
  return { ...usageOf(lock) }
}

async function fromModel({ options }: Context): Promise<Record<string, unknown>> {
  const path = options.text('model')
  return path === undefined ? {} : (await import('../model-card.ts')).readModel(path)
}

/** VERSION or VERSION:GRANT; the same version twice gives its grants as alternatives. */
async function usedDatasets(context: Context): Promise<{ version: string; grants: string[] }[]> {
  const { resolveReference } = await import('../reference.ts')
  const used = new Map<string, string[]>()
  for (const text of context.options.list('dataset')) {
    const [version = '', grant, extra] = text.split(':')
    if (extra !== undefined) throw new LedgerError('USAGE', `--dataset takes VERSION or VERSION:GRANT, not "${text}"`)
    const id = await resolveReference(context, version)
    const grants = used.get(id) ?? []
    if (grant !== undefined) grants.push(await resolveReference(context, grant))
    used.set(id, grants)
  }
  return Array.from(used, ([version, grants]) => ({ version, grants }))
}

function parseOutput(
  text: string,
  parseDigest: (text: string, where: string) => Uint8Array,
): { name?: string; sha256: Uint8Array } {
  const at = text.lastIndexOf('=')
  const sha256 = parseDigest(text.slice(at + 1), '--output')
  return at > 0 ? { name: text.slice(0, at), sha256 } : { sha256 }
}
