/** `tally init`: a home folder with a party, four node keys and a log that holds its genesis. Refused where one exists. */
import { join } from 'node:path'
import { createServer } from 'node:net'
import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { stringify } from 'yaml'
import { LedgerError, isLedgerError } from '../../errors.ts'
import type { Act, Context } from '../context.ts'
import { readInputText } from '../files.ts'
import { repeated } from '../flags.ts'
import { exists } from '../reference.ts'

export function configure(command: Command, act: Act): void {
  command
    .option('--name <text>', 'the organisation, as people read it')
    .option('--origin <url>', "the log's name for ever, as coast-voices.example/tally/1: a domain you control, no port")
    .option('--config <file>', 'take the settings from this node.yaml')
    .option('--listen <multiaddr>', 'where to listen, as /ip4/0.0.0.0/tcp/4001; may be repeated', repeated)
    .option('--announce <multiaddr>', 'what to tell others instead; may be repeated', repeated)
    .option('--admission <mode>', 'who may submit: members (default), counterparties or open')
    .option('--member <party>', 'a party that may always submit; may be repeated', repeated)
    .option('--per-issuer-daily <number>', 'with --admission open: statements per party and day')
    .option('--country <code>', 'of the party, ISO 3166-1')
    .option('--type <word>', 'of the party, such as CommunityOrganisation')
    .option('--no-passphrase', 'do not protect the party key file; said aloud')
    .action(act(init))
}

async function init(context: Context): Promise<void> {
  const { options, output, home } = context
  // Before anything is asked or drawn: an existing home is never touched.
  if (await exists(join(home, 'node.yaml'))) {
    throw new LedgerError('STORE_EXISTS', `${home} is already the home of a node`, {
      hint: 'run `tally up`, or choose another folder with --home',
    })
  }
  const { createNodeHome, homePaths, loadNodeHome } = await import('../../node/home.ts')
  const { assertSocketPath } = await import('../../http/control.ts')
  const { nativeVerifier } = await import('../../node/native-crypto.ts')
  const { newPartyStatement } = await import('../new-party.ts')
  assertSocketPath(homePaths(home).socket)
  const configText = await readConfig(context)
  const { name, origin } = await parseGiven(configText, options.text('config'))
  const party = await operatorKey(context, slugOf(name))
  const statement = newPartyStatement(
    { title: name, country: options.text('country'), type: options.text('type'), logs: [origin] },
    party.signer,
    party.next,
  )
  party.files.set(`parties/${party.name}.cose`, statement.statement)
  await createNodeHome(home, {
    configText,
    name,
    origin,
    partySigner: party.signer,
    partyStatement: statement.statement,
    files: party.files,
  })
  const { card } = await loadNodeHome(home, nativeVerifier)
  output.progress(`keep ${join(home, 'parties')} safe: its keys sign for ${name}`)
  const text = [`${name} is ready in ${home}.`, `party ${statement.id}`, `log   ${origin}`, 'Next: tally up']
  output.result(
    'init',
    { home, name, origin, party: statement.id, key: party.name, peerId: card.peerId },
    text.join('\n'),
  )
}

async function readConfig(context: Context): Promise<string> {
  const { options, output } = context
  const file = options.text('config')
  if (file !== undefined) return readInputText(file)
  const name = options.required('name')
  const given = options.text('origin')
  const origin = given ?? `${slugOf(name)}-${randomBytes(4).toString('hex')}.tally.internal/1`
  if (given === undefined)
    output.warn(`the log is named ${origin} for ever; better give --origin a domain that you control`)
  const admission = {
    mode: options.text('admission') ?? 'members',
    members: options.list('member'),
    ...(options.text('perIssuerDaily') === undefined ? {} : { perIssuerDaily: options.count('perIssuerDaily') }),
  }
  const wanted = options.list('listen')
  // A port that stays: peers look for the node where they met it, also after everybody has started anew.
  const listen = wanted.length > 0 ? wanted : [`/ip4/127.0.0.1/tcp/${await drawPort()}`]
  if (wanted.length === 0)
    output.progress(
      `it listens on ${listen[0]}, for this machine alone; others reach it with --listen /ip4/0.0.0.0/tcp/4001`,
    )
  const announce = options.list('announce')
  return stringify({
    name,
    origin,
    listen,
    ...(announce.length === 0 ? {} : { announce }),
    admission,
  })
}

/** Below the ports that systems hand out for outgoing connections, and free now. */
async function drawPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + (randomBytes(2).readUInt16BE() % 10_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    await new Promise((resolve) => server.close(resolve))
    if (isFree) return port
  }
}

/** There is no node.yaml yet that could be mended: what is wrong is a flag, or the file that was given. */
async function parseGiven(configText: string, file: string | undefined) {
  const { parseNodeConfig } = await import('../../node/config.ts')
  try {
    return parseNodeConfig(configText)
  } catch (cause) {
    if (!isLedgerError(cause)) throw cause
    const hint =
      file === undefined
        ? 'nothing was made; correct the flag: `tally init --help`'
        : `nothing was made; mend ${file}: nodes/README.md explains every setting`
    throw new LedgerError(cause.code, cause.message, { cause, hint })
  }
}

/** The operator's key: --key, else a new one with the key that follows it. */
async function operatorKey(context: Context, slug: string) {
  const { chooseProtection, drawKey, keyPath, openKeyFile } = await import('../key-file.ts')
  const { NEXT_KEY_SUFFIX } = await import('../signing-key.ts')
  const files = new Map<string, Uint8Array>()
  const given = context.options.text('key')
  if (given !== undefined) {
    const path = keyPath(context.home, given)
    return { name: slug, signer: await openKeyFile(context, path), next: undefined, files }
  }
  const passphrase = await chooseProtection(context, `the party key "${slug}"`)
  const own = await drawKey(slug, passphrase)
  const next = await drawKey(`${slug}${NEXT_KEY_SUFFIX}`, passphrase)
  files.set(`parties/${slug}.key`, own.file)
  files.set(`parties/${slug}${NEXT_KEY_SUFFIX}.key`, next.file)
  return { name: slug, signer: own.signer, next: next.signer.publicKey, files }
}

/** A file name from an organisation's name: letters and digits of ASCII, others left out. */
function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '-')
    .replace(/^-+|-+$/gu, '')
    .slice(0, 40)
  return slug === '' ? 'operator' : slug.replace(/-+$/u, '')
}
