/**
 * The grammar of `tally <noun> <verb> [object]`, and how a command line becomes an exit code.
 *
 * Only the module of the command that was named is loaded, and it loads what it needs when it runs: `tally --help` and
 * `tally verify` start without the network or the database.
 */
import { Command, CommanderError } from 'commander'
import { LedgerError } from '../errors.ts'
import { createContext } from './context.ts'
import type { Act } from './context.ts'
import { errorStyle, printError } from './error-output.ts'
import { EXIT } from './exit-codes.ts'
import { Options } from './options.ts'

export type Configure = (command: Command, act: Act) => void

interface Entry {
  name: string
  summary: string
  /** Its acts are statements, so that `--dry-run` can show them; elsewhere the flag is refused rather than passed over. */
  signs?: true
  load: () => Promise<{ configure: Configure }>
}

const ENTRIES: readonly Entry[] = [
  {
    name: 'init',
    summary: 'create a home folder with keys, a party and an empty log',
    load: () => import('./commands/init.ts'),
  },
  { name: 'up', summary: 'run the node until Ctrl-C', load: () => import('./commands/up.ts') },
  { name: 'status', summary: 'how the node and its witnesses are', load: () => import('./commands/status.ts') },
  { name: 'join', summary: 'join a network from an invitation', load: () => import('./commands/join.ts') },
  {
    name: 'submit',
    summary: 'hand a signed statement to a node',
    signs: true,
    load: () => import('./commands/submit.ts'),
  },
  { name: 'verify', summary: 'check an evidence bundle offline', load: () => import('./commands/verify.ts') },
  { name: 'doctor', summary: 'look for problems, each with its fix', load: () => import('./commands/doctor.ts') },
  { name: 'key', summary: 'keys that sign for a party: new, list, show', load: () => import('./commands/key.ts') },
  {
    name: 'party',
    summary: 'organisations: new, show, update, rotate',
    signs: true,
    load: () => import('./commands/party.ts'),
  },
  {
    name: 'dataset',
    summary: 'datasets: register, version, hash, import, export, show, list',
    signs: true,
    load: () => import('./commands/dataset.ts'),
  },
  {
    name: 'terms',
    summary: 'terms of a dataset: new, explain, diff, try, test, publish, show',
    signs: true,
    load: () => import('./commands/terms.ts'),
  },
  {
    name: 'grant',
    summary: 'grants: request, issue, check, accept, show, list, revoke',
    signs: true,
    load: () => import('./commands/grant.ts'),
  },
  {
    name: 'usage',
    summary: 'uses of datasets: start, attest, show, list',
    signs: true,
    load: () => import('./commands/usage.ts'),
  },
  {
    name: 'lock',
    summary: 'tie the datasets of a build to the grants it relies on',
    load: () => import('./commands/lock.ts'),
  },
  { name: 'gate', summary: 'may this build use its datasets? for CI', load: () => import('./commands/gate.ts') },
  {
    name: 'payment',
    summary: 'payments: quote, record, receipt, refund, show, list',
    signs: true,
    load: () => import('./commands/payment.ts'),
  },
  {
    name: 'credential',
    summary: 'facts attested about parties: issue, show, list',
    signs: true,
    load: () => import('./commands/credential.ts'),
  },
  {
    name: 'party-set',
    summary: 'sets of parties that terms name: publish, show, list',
    signs: true,
    load: () => import('./commands/party-set.ts'),
  },
  {
    name: 'withdrawal',
    summary: 'contributors take consent back: key, tags, publish, match, acknowledge, show, list',
    signs: true,
    load: () => import('./commands/withdrawal.ts'),
  },
  {
    name: 'consent',
    summary: "contributors' own receipts: seal, check",
    load: () => import('./commands/consent.ts'),
  },
  { name: 'notice', summary: 'notices: send, show, list', signs: true, load: () => import('./commands/notice.ts') },
  {
    name: 'claim',
    summary: 'claims: file, answer, find, settle, show, list',
    signs: true,
    load: () => import('./commands/claim.ts'),
  },
  {
    name: 'watch',
    summary: 'tell what concerns you: uses of your datasets, claims, silent witnesses',
    load: () => import('./commands/watch.ts'),
  },
  {
    name: 'blob',
    summary: 'files that statements name: put, get, list, erase',
    signs: true,
    load: () => import('./commands/blob.ts'),
  },
  { name: 'bundle', summary: 'evidence bundles: make, inspect', load: () => import('./commands/bundle.ts') },
  {
    name: 'log',
    summary: 'logs: show, head, proof, about, absent, prove, check, follow, unfollow, unfreeze',
    load: () => import('./commands/log.ts'),
  },
  {
    name: 'peer',
    summary: 'other operators: add, list, remove, invite, card',
    load: () => import('./commands/peer.ts'),
  },
  { name: 'witness', summary: 'who cosigns this log: list, status', load: () => import('./commands/witness.ts') },
  { name: 'policy', summary: 'print the trust file for verifiers', load: () => import('./commands/policy.ts') },
  { name: 'export', summary: 'write a log as a C2SP tlog-tiles folder', load: () => import('./commands/export.ts') },
  { name: 'import', summary: 'read statements from an exported folder', load: () => import('./commands/import.ts') },
  {
    name: 'backup',
    summary: 'keys, head and settings in one encrypted file',
    load: () => import('./commands/backup.ts'),
  },
  { name: 'restore', summary: 'a home folder from a backup', load: () => import('./commands/restore.ts') },
  {
    name: 'fsck',
    summary: 're-derive everything in the store of a stopped node',
    load: () => import('./commands/fsck.ts'),
  },
  { name: 'repair', summary: 'rebuild a damaged store from its replicas', load: () => import('./commands/repair.ts') },
]

const VERSION = '0.1.0'

const VALUE_FLAGS = new Set([
  '-o',
  '--out',
  '--node',
  '--home',
  '--key',
  '--wait',
  '--timeout',
  '--passphrase-file',
  '--passphrase-fd',
])

/**
 * Runs one command line.
 *
 * @param args what follows `tally`
 * @param releaseInterrupt called by a command that handles Ctrl-C itself
 * @returns the exit code
 */
export async function runProgram(args: readonly string[], releaseInterrupt: () => void): Promise<number> {
  // Only in front: further on, --version is a flag of the commands that are about versions of datasets.
  if (args[0] === '--version') {
    process.stdout.write(`${VERSION}\n`)
    return EXIT.done
  }
  const style = errorStyle(args)
  let exit: number = EXIT.done
  const act: Act =
    (handler) =>
    async (...received) => {
      const command = received.at(-1) as Command
      const form = {
        flags: command.options.map((option) => option.attributeName()),
        takesFile: command.registeredArguments.some((argument) => argument.name() === 'file'),
      }
      const options = new Options(withComposedTexts(command), form)
      const context = createContext(options)
      const name = firstWord(args)
      if (ENTRIES.find((entry) => entry.name === name)?.signs !== true) options.refuseDryRun(`tally ${name ?? ''}`)
      if (command.name() === 'up') releaseInterrupt()
      exit = (await handler(context, command.args)) ?? EXIT.done
      const unwritten = options.unread('out')
      if (unwritten !== undefined) context.output.warn(`--out has no use here: nothing was written to ${unwritten}`)
    }
  try {
    const program = await buildProgram(args, act)
    await program.parseAsync(args, { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') return EXIT.done
      return printError(usageError(error), style)
    }
    return printError(error, style)
  }
}

async function buildProgram(args: readonly string[], act: Act): Promise<Command> {
  const program = new Command('tally')
    .description('A ledger of consent: who allowed which use of which dataset, and who used it.')
    .option('--json', 'print the result as JSON, errors as JSON on stderr')
    .option('-q, --quiet', 'say nothing while working')
    .option('-o, --out <path>', 'write the result to this file (export: folder)')
    .option('--home <folder>', 'home folder (default: $TALLYSTICK_HOME or ~/.tallystick)')
    .option('--node <address>', 'use this node over libp2p (/ip4/../tcp/../p2p/..) instead of the own one')
    .option('--key <name>', 'the key that signs: a name in the home folder, or a file')
    .option('--passphrase-file <file>', 'read the passphrase from the first line of a file')
    .option('--passphrase-fd <number>', 'read the passphrase from an open file descriptor')
    .option('--wait <state>', 'wait until "logged" or "witnessed" (default)')
    .option('--timeout <duration>', 'give up after this long, as 30s or 5m')
    .option('--dry-run', 'show what would be signed and stop')
    .option('--yes', 'do not ask before an irreversible act')
    .option('--no-color', 'no colours')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, outputError: () => undefined })
    .showSuggestionAfterError()
  const named = firstWord(args)
  for (const entry of ENTRIES) {
    const command = program.command(entry.name).description(entry.summary)
    if (entry.name === named) {
      const { configure } = await entry.load()
      configure(command, act)
    }
  }
  if (named !== undefined) {
    program.addHelpText(
      'afterAll',
      '\nFlags of every command, such as --home, --node, --json, --out, --yes: tally --help',
    )
  }
  program.addHelpText(
    'after',
    '\ntally --version prints the version.\nExit codes: 0 done, 1 failure, 2 usage, 3 verification failed, 4 violation, 5 undetermined, 6 unreachable,\n' +
      '7 in use, 8 needs repair, 9 refused, 10 not found, 11 not in your policy, 12 newer format (docs/errors.md).',
  )
  return program
}

/**
 * The flags, those of words (`<text>`) in NFC: keyboards and file managers give either form, statements hold one. Paths
 * stay as they are: a folder may hold both.
 */
function withComposedTexts(command: Command): Record<string, unknown> {
  const values: Record<string, unknown> = command.optsWithGlobals()
  for (const option of command.options.filter(({ flags }) => flags.includes('<text>'))) {
    const name = option.attributeName()
    const value = values[name]
    if (typeof value === 'string') values[name] = value.normalize('NFC')
    else if (Array.isArray(value)) values[name] = value.map((item) => String(item).normalize('NFC'))
  }
  return values
}

/** The command's name: the first argument that is neither a flag nor a flag's value. */
function firstWord(args: readonly string[]): string | undefined {
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? ''
    if (!word.startsWith('-')) return word
    if (VALUE_FLAGS.has(word)) i++
  }
  return undefined
}

function usageError(error: CommanderError): LedgerError {
  if (error.code === 'commander.help') {
    return new LedgerError('USAGE', 'expected a command', { hint: 'run `tally --help`, or `tally <command> --help`' })
  }
  const [message = '', suggestion] = error.message.replace(/^error: /u, '').split('\n')
  const hint =
    suggestion === undefined || suggestion === ''
      ? 'run with --help to see what is possible'
      : suggestion.replace(/^\((.*)\)$/u, '$1').toLowerCase()
  return new LedgerError('USAGE', message, { hint })
}
