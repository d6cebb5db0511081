/** `tally grant request|issue|check|accept|show|list|revoke`. */
import type { Command } from 'commander'
import type { CidText } from '../../encoding/cid.ts'
import { LedgerError } from '../../errors.ts'
import type { Act, Context } from '../context.ts'
import { addListFlags, addSigningFlags, repeated } from '../flags.ts'
import { addRequestFlags, addUseFlags } from '../intended-use.ts'
import type { JsonObject } from '../output.ts'
import { asText } from '../terminal-text.ts'

export function configure(command: Command, act: Act): void {
  addRequestFlags(addSigningFlags(command.command('request [file]')))
    .description('ask the owner for a grant; it has no effect by itself')
    .option('--terms <id>', 'the terms you would accept')
    .option('--version <id>', 'the version you would like to use')
    .action(act((context, [file]) => request(context, file)))
  addUseFlags(command.command('check <grant>'))
    .description('may I, under this grant, as the record stands? exit 0 yes, 4 no, 5 not settled')
    .option('--version <id>', 'the dataset version (default: the one the grant names)')
    .option('--party <party>', 'who would use it (default: the party of the key)')
    .option('--policy <file>', 'the logs and witnesses you trust (default: those of the own node)')
    .option('--max-age <duration>', 'how old the record may be (default: 1d)')
    .option('--explain', 'show every step')
    .action(act((context, [grant = '']) => check(context, grant)))
  addSigningFlags(command.command('issue [file]'))
    .description('grant the use of a dataset under terms')
    .option('--terms <id>')
    .option('--to <party>', 'the assignee; left out: open, any party may accept')
    .option('--version <id>', 'only this version; may be repeated', repeated)
    .option('--project <text>')
    .option('--from <time>')
    .option('--until <time>')
    .option('--request <id>', 'the request it answers')
    .option('--parent <grant>', 'the grant this one is a sublicence of')
    .option('--log <origin>', 'a further log for its revocation; may be repeated', repeated)
    .action(act((context, [file]) => issue(context, file)))
  addSigningFlags(command.command('accept <grant>'))
    .description('accept a grant, as its assignee')
    .option('--terms <id>', 'the terms of the grant (default: asked from the node)')
    .option('--total <number>', 'the price agreed, in minor units')
    .option('--authority <text>', 'the role of who signs')
    .option('--log <origin>', 'a further log, of your choice')
    .action(act((context, [grant = '']) => accept(context, grant)))
  command
    .command('show <id>')
    .description('a grant, and its acceptance, uses and revocation')
    .action(
      act(async (context, [id = '']) =>
        (await import('../listing.ts')).printStatement(context, id, describe, [9, 8, 10, 13]),
      ),
    )
  addListFlags(command.command('list'))
    .description('grants in the logs held here')
    .action(act(async (context) => (await import('../listing.ts')).printList(context, 9, describe)))
  addSigningFlags(command.command('revoke <id>'))
    .description('revoke a grant, terms, a version or a credential')
    .option('--effective <time>', 'from when on, never earlier than the terms allow')
    .option('--cause <text>')
    .option('--effect <mode>', 'no-new-use, stop-running, delete-data or retire-models')
    .option('--within <duration>', 'time left for --effect, as 30d')
    .action(act((context, [id = '']) => revoke(context, id)))
}

function describe(payload: JsonObject): string {
  const assignee = payload['assignee']
  return `grant under terms ${asText(payload['terms'])} to ${typeof assignee === 'string' ? assignee : 'any party'}`
}

async function request(context: Context, file: string | undefined): Promise<number> {
  const { readPayloadFile } = await import('../yaml-payload.ts')
  const { resolveReference } = await import('../reference.ts')
  const { useFromFlags } = await import('../intended-use.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const { options } = context
  const payload: Record<string, unknown> = {
    ...(file === undefined ? {} : await readPayloadFile(file)),
    ...useFromFlags(options),
  }
  for (const field of ['terms', 'version'] as const) {
    const value = options.text(field)
    if (value !== undefined) payload[field] = await resolveReference(context, value)
  }
  const about = asText(payload['terms'] ?? payload['version'])
  const sentence = `A grant is asked for, to ${asText(payload['actions'])}, under ${about}.`
  return signAndSubmit(context, { kind: 8, payload, sentence, isIrreversible: false })
}

async function check(context: Context, reference: string): Promise<number> {
  const { resolveReference } = await import('../reference.ts')
  const { useFromFlags } = await import('../intended-use.ts')
  const { userOf } = await import('../signing-key.ts')
  const { judgeIntended } = await import('../judge-intended.ts')
  const grant = await resolveReference(context, reference)
  const named = context.options.text('version')
  const version = named === undefined ? await versionOf(context, grant) : await resolveReference(context, named)
  const usage = { ...useFromFlags(context.options), datasets: [{ version, grants: [grant] }] }
  return judgeIntended(context, { user: await userOf(context), usage })
}

/** The version a grant is for, where it names exactly one. */
async function versionOf(context: Context, grant: CidText): Promise<CidText> {
  const { openNode, payloadOf } = await import('../listing.ts')
  const hint = 'name it with --version'
  if (context.options.text('node') !== undefined)
    throw new LedgerError('USAGE', 'the flag --version is needed with --node', { hint })
  const { versions } = payloadOf(await openNode(context).readStatement(grant))
  const [only, more] = Array.isArray(versions) ? versions : []
  if (typeof only === 'string' && more === undefined) return only as CidText
  throw new LedgerError('USAGE', `the grant ${grant} does not name exactly one version`, { hint })
}

async function issue(context: Context, file: string | undefined): Promise<number> {
  const { readPayloadFile } = await import('../yaml-payload.ts')
  const { resolveReference, resolveReferences } = await import('../reference.ts')
  const { parseTime } = await import('../time-input.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const { options } = context
  const payload = file === undefined ? {} : await readPayloadFile(file)
  for (const [flag, field] of [
    ['terms', 'terms'],
    ['to', 'assignee'],
    ['parent', 'parent'],
    ['request', 'request'],
  ] as const) {
    const value = options.text(flag)
    if (value !== undefined) payload[field] = await resolveReference(context, value)
  }
  for (const flag of ['from', 'until'] as const) {
    const value = options.text(flag)
    if (value !== undefined) payload[flag] = parseTime(value, `--${flag}`)
  }
  if (options.list('version').length > 0)
    payload['versions'] = await resolveReferences(context, options.list('version'))
  if (options.text('project') !== undefined) payload['project'] = options.text('project')
  if (options.list('log').length > 0) payload['logs'] = options.list('log')
  const to = payload['assignee'] === undefined ? 'any party that accepts' : asText(payload['assignee'])
  const sentence = `A grant under terms ${asText(payload['terms'])} is issued to ${to}.`
  return signAndSubmit(context, { kind: 9, payload, sentence, isIrreversible: false })
}

async function accept(context: Context, reference: string): Promise<number> {
  const { resolveReference } = await import('../reference.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const { options } = context
  const grant = await resolveReference(context, reference)
  const named = options.text('terms')
  const terms = named === undefined ? await termsOf(context, grant) : await resolveReference(context, named)
  const payload: Record<string, unknown> = { grant, terms }
  if (options.count('total') !== undefined) payload['total'] = options.count('total')
  for (const field of ['authority', 'log'] as const) {
    if (options.text(field) !== undefined) payload[field] = options.text(field)
  }
  return signAndSubmit(context, {
    kind: 10,
    payload,
    sentence: `The grant ${grant} under terms ${terms} is accepted.`,
    isIrreversible: false,
  })
}

async function termsOf(context: Context, grant: string): Promise<string> {
  const { openNode, payloadOf } = await import('../listing.ts')
  if (context.options.text('node') !== undefined)
    throw new LedgerError('USAGE', 'the flag --terms is needed with --node')
  const { terms } = payloadOf(await openNode(context).readStatement(grant))
  if (typeof terms === 'string') return terms
  throw new LedgerError('USAGE', `${grant} is no grant: it names no terms`)
}

async function revoke(context: Context, reference: string): Promise<number> {
  const { resolveReference } = await import('../reference.ts')
  const { parseDuration, parseTime } = await import('../time-input.ts')
  const { signAndSubmit } = await import('../sign.ts')
  const { options } = context
  const target = await resolveReference(context, reference)
  const payload: Record<string, unknown> = { target }
  const effective = options.text('effective')
  const effect = options.text('effect')
  if (effective !== undefined) payload['effective'] = parseTime(effective, '--effective')
  if (options.text('cause') !== undefined) payload['cause'] = options.text('cause')
  if (effect === 'no-new-use') payload['effect'] = { mode: effect }
  else if (effect !== undefined) {
    const seconds = parseDuration(options.required('within'), '--within')
    payload['effect'] = { mode: effect, [effect === 'stop-running' ? 'grace' : 'within']: seconds }
  }
  const when =
    effective === undefined ? 'as soon as it is witnessed and any notice in the terms has passed' : `from ${effective}`
  return signAndSubmit(context, {
    kind: 13,
    payload,
    sentence: `This revokes ${target}, ${when}.`,
    isIrreversible: true,
  })
}
