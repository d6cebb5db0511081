/** `tally party new|show|update|rotate`. */
import type { Command } from 'commander'
import type { Act, Context } from '../context.ts'
import { addSigningFlags, repeated } from '../flags.ts'
import type { JsonObject } from '../output.ts'
import { asText } from '../terminal-text.ts'

export function configure(command: Command, act: Act): void {
  addSigningFlags(command.command('new <name>'))
    .description('a new party; NAME names its key file, which is made unless `key new` made it')
    .option('--title <text>', 'the name people read (default: NAME)')
    .option('--country <code>', 'ISO 3166-1, two capitals')
    .option('--type <word>', 'sort of organisation, such as CommunityOrganisation')
    .option(
      '--log <origin>',
      'log in which key changes count; may be repeated (default: the log of this home)',
      repeated,
    )
    .option('--no-next', 'draw no next key: a stolen key could then choose its successor')
    .option('--no-passphrase', 'do not protect the key files; said aloud')
    .option('--submit', 'hand the statement to a node at once')
    .action(act((context, [name = '']) => create(context, name)))
  command
    .command('show <party>')
    .description('a party: its id, the name of its key, or a statement file')
    .action(act((context, [party = '']) => show(context, party)))
  addSigningFlags(command.command('update'))
    .description('change name, country, type, delegates or keys of a party')
    .option('--name <text>')
    .option('--country <code>')
    .option('--type <word>')
    .option('--add-key <did:key>', 'matching a digest announced before; may be repeated', repeated)
    .option('--revoke-key <did:key>', 'may be repeated', repeated)
    .option('--delegate <party:rights>', 'a party that may sign, and the kinds, as ID:grant,revocation', repeated)
    .option('--prev <id>', 'the newest update, or the party (default: asked from the node)')
    .action(act(async (context) => (await import('../party-change.ts')).updateParty(context)))
  addSigningFlags(command.command('rotate'))
    .description('replace the key by the one announced before, and announce the next')
    .option('--prev <id>', 'the newest update, or the party (default: asked from the node)')
    .option('--no-passphrase', 'do not protect the new key file; said aloud')
    .action(act(async (context) => (await import('../party-change.ts')).rotateParty(context)))
}

async function create(context: Context, name: string): Promise<number> {
  const { assertAbsent, assertKeyName, chooseProtection, createKeyFile, keyPath, openKeyFile, partyStatementPath } =
    await import('../key-file.ts')
  const { assertParty, newPartyStatement } = await import('../new-party.ts')
  const { ownLogs } = await import('../own-log.ts')
  const { NEXT_KEY_SUFFIX } = await import('../signing-key.ts')
  const { exists } = await import('../reference.ts')
  const { writeResult } = await import('../files.ts')
  const { options, output } = context
  const path = keyPath(context.home, assertKeyName(name))
  const statementPath = partyStatementPath(path)
  // Mostly it is there because a node refused it or did not answer: it is submitted again, not made again.
  const node = options.text('node')
  const again = `tally submit ${statementPath}${node === undefined ? '' : ` --node ${node}`}`
  await assertAbsent(
    statementPath,
    `to record the party that is there: ${again}; for another party choose another name`,
  )
  const party = {
    title: options.text('title') ?? name,
    country: options.text('country'),
    type: options.text('type'),
    logs: await ownLogs(context),
  }
  assertParty(party)
  const passphrase = await chooseProtection(context, `the keys of "${name}"`)
  const signer = (await exists(path)) ? await openKeyFile(context, path) : await createKeyFile(path, passphrase)
  const nextPath = keyPath(context.home, `${name}${NEXT_KEY_SUFFIX}`)
  const next = options.isOff('next') ? undefined : await createKeyFile(nextPath, passphrase)
  const { statement, id } = newPartyStatement(party, signer, next?.publicKey)
  await writeResult(statementPath, statement)
  if (next !== undefined)
    output.progress(`move ${nextPath} to another place, offline: it is what a rotation needs when this key is lost`)
  if (options.isSet('submit') || options.text('node') !== undefined)
    return (await import('../submission.ts')).submitAndReport(context, statement)
  output.result(
    'party',
    { id, name, key: path, statement: statementPath },
    `${id}\nparty "${name}" written to ${statementPath}; record it with: tally submit ${statementPath}`,
  )
  return 0
}

async function show(context: Context, party: string): Promise<void> {
  const { exists, resolveReference } = await import('../reference.ts')
  const { printStatement } = await import('../listing.ts')
  const { keyPath, partyStatementPath } = await import('../key-file.ts')
  const { inFile, readInput } = await import('../files.ts')
  const { decodeStatement } = await import('../../statement/envelope.ts')
  const { decodeCbor } = await import('../../encoding/cbor.ts')
  const { cborToJson } = await import('../../http/control-json.ts')
  const local = party.endsWith('.cose') ? party : partyStatementPath(keyPath(context.home, party))
  if (!(await exists(local))) return printStatement(context, await resolveReference(context, party), describe, [3, 4])
  // Also without a node: what the party's own file says.
  const bytes = await readInput(local)
  const statement = await inFile(local, 'a signed statement', () => decodeStatement(bytes))
  const payload = cborToJson(decodeCbor(statement.payloadBytes)) as JsonObject
  context.output.result('party', { id: statement.id, payload }, `${describe(payload)}\n${statement.id}`)
}

function describe(payload: JsonObject): string {
  const keys = payload['keys']
  const country = payload['country']
  return `${asText(payload['name'])}${typeof country === 'string' ? `, ${country}` : ''}, ${Array.isArray(keys) ? keys.length : 0} key(s), logs ${asText(payload['logs'])}`
}
