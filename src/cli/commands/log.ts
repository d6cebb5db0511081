/** `tally log show|head|proof|about|absent|prove|check|snapshot|audit|convict|follow|unfollow|unfreeze`. */
import type { Command } from 'commander'
import { LedgerError } from '../../errors.ts'
import type { Act, Context } from '../context.ts'
import { readTextOrFile, writeResult } from '../files.ts'
import { repeated } from '../flags.ts'
import { openOwnNode } from '../listing.ts'
import type { JsonObject } from '../output.ts'
import { resolveReference } from '../reference.ts'
import { formatTable, printableLines } from '../terminal-text.ts'

export function configure(command: Command, act: Act): void {
  command
    .command('show [origin]')
    .description('the logs held here, or one of them')
    .action(act((context, [origin]) => show(context, origin)))
  command
    .command('head [origin]')
    .description('the newest checkpoint with its cosignatures, as a signed note')
    .action(act((context, [origin]) => head(context, origin)))
  command
    .command('proof <id>')
    .description('the proof that a statement is recorded, as a C2SP tlog-proof')
    .option('--receipt <file>', 'save the COSE receipt here')
    .action(act((context, [id = '']) => proof(context, id)))
  command
    .command('about <subject>')
    .description('what a log says about a dataset, party, grant, statement or model digest, proved complete')
    .option('--kind <kind...>', 'only these kinds, as revocation or usage')
    .option('--log <origin...>', 'in these logs (default: every log held here)')
    .option('--as-of <size>', 'how many there were when the log had this size')
    .option('--policy <file>', 'whom you trust (default: the trust file of the own node)')
    .action(act(async (context, [subject = '']) => (await index()).about(context, subject)))
  command
    .command('absent <subject>')
    .description('prove that nothing of a kind refers to a subject: a grant not revoked, a model not used')
    .requiredOption('--kind <kind...>', 'the kinds, as revocation or usage')
    .option('--log <origin...>', 'in these logs (default: every log held here)')
    .option('--as-of <size>', 'when the log had this size')
    .option('--policy <file>', 'whom you trust (default: the trust file of the own node)')
    .action(act(async (context, [subject = '']) => (await index()).absent(context, subject)))
  command
    .command('prove <subject>')
    .description('save what a log says about a subject as a file that anyone can check (--out)')
    .option('--kind <kind...>', 'with the lists of these kinds (default: of all)')
    .option('--log <origin>', 'in this log (default: the own one)')
    .option('--as-of <size>', 'how many there were when the log had this size, in place of the lists')
    .action(act(async (context, [subject = '']) => (await index()).prove(context, subject)))
  command
    .command('check <file> <subject>')
    .description('check such a file offline, and say what it proves about the subject')
    .option('--kind <kind...>', 'only these kinds')
    .requiredOption('--policy <file>', 'the witnesses and mirrors you trust (C2SP tlog-policy)')
    .action(act(async (context, [file = '', subject = '']) => (await index()).check(context, file, subject)))
  command
    .command('snapshot')
    .description('save the whole index of a log as a file that answers about any subject (--out)')
    .option('--log <origin>', 'of this log (default: the own one)')
    .action(act(async (context) => (await import('../index-snapshot.ts')).snapshot(context)))
  command
    .command('audit <file>')
    .description('check such a file offline, and say what it lists about many subjects at once')
    .option('--subject <subject>', 'a dataset, party, grant, statement or model digest; may be repeated', repeated)
    .option('--subjects <file>', 'more of them, one a line')
    .requiredOption('--policy <file>', 'the witnesses and mirrors you trust (C2SP tlog-policy)')
    .action(act(async (context, [file = '']) => (await import('../index-snapshot.ts')).audit(context, file)))
  command
    .command('convict <evidence> <folder>')
    .description(
      'whether a log signed another index than its entries give, from the evidence a node kept and an exported log',
    )
    .action(
      act(async (context, [file = '', folder = '']) =>
        (await import('../convict-log.ts')).convict(context, file, folder),
      ),
    )
  command
    .command('follow <card...>')
    .description('follow the log of an operator, as `peer add` does')
    .action(
      act(async (context, parts) => {
        const peer = await openOwnNode(context).addPeer(await readTextOrFile(parts.join(' '), 'a card'))
        context.output.result('peer', { ...peer }, `following ${peer.origin}`)
      }),
    )
  command
    .command('unfollow <origin>')
    .description('stop following a log; what was fetched stays')
    .action(
      act(async (context, [origin = '']) => {
        await openOwnNode(context).removePeer(origin)
        context.output.result('peer', { removed: origin }, `no longer following ${origin}`)
      }),
    )
  command
    .command('unfreeze <origin>')
    .description('lift the freeze of a forked log after looking at both histories')
    .action(
      act(async (context, [origin = '']) => {
        const { confirm } = await import('../sign.ts')
        const { logs } = await openOwnNode(context).status()
        // Before anything is said of a freeze that may not exist.
        if (!logs.some((log) => log.origin === origin && log.fork !== undefined)) {
          throw new LedgerError('NOT_FOUND', `no log ${origin} is frozen here`, {
            hint: '`tally status` names those that are',
          })
        }
        await confirm(
          context,
          `The freeze of ${origin} is lifted although two histories of it exist; the proof is kept.`,
        )
        await openOwnNode(context).unfreeze(origin)
        context.output.result('log', { unfrozen: origin }, `${origin} is no longer frozen`)
      }),
    )
}

const index = (): Promise<typeof import('../log-index.ts')> => import('../log-index.ts')

async function show(context: Context, origin: string | undefined): Promise<void> {
  const { logs } = await openOwnNode(context).status()
  const chosen = logs.filter((log) => origin === undefined || log.origin === origin)
  if (origin !== undefined && chosen.length === 0) throw unknownLog(origin)
  const rows = chosen.map((log) => [
    log.origin,
    log.isOwn ? 'own' : log.name,
    `${log.size} of ${log.seenSize} entries`,
    `${log.cosigners.length} cosigners`,
    log.fork === undefined ? '' : 'FORKED, frozen',
  ])
  context.output.result('logs', { logs: chosen } as unknown as JsonObject, formatTable(rows))
}

async function head(context: Context, origin: string | undefined): Promise<void> {
  const node = openOwnNode(context)
  const log = origin ?? (await node.status()).origin
  const note = await node.readLog(log, 'checkpoint')
  const out = context.options.text('out')
  if (out !== undefined) await writeResult(out, note)
  const text = new TextDecoder().decode(note)
  if (context.output.isJson) context.output.result('checkpoint', { origin: log, note: text }, '')
  else if (out === undefined) context.output.raw(printableLines(text))
}

async function proof(context: Context, reference: string): Promise<void> {
  const { receiptSentence, receiptSummary } = await import('../receipt-sentence.ts')
  const { formatTlogProof } = await import('../../note/tlog-proof.ts')
  const { parseNote } = await import('../../note/note.ts')
  const { options, output } = context
  const found = await openOwnNode(context).readReceipt(await resolveReference(context, reference))
  const file = formatTlogProof({ index: found.index, path: found.path, note: parseNote(found.note) })
  const out = options.text('out')
  const receipt = options.text('receipt')
  if (out !== undefined) await writeResult(out, file)
  if (receipt !== undefined) await writeResult(receipt, found.receipt)
  if (output.isJson) output.result('proof', { ...receiptSummary(found), file: out ?? null }, '')
  else if (out === undefined) output.raw(printableLines(new TextDecoder().decode(file)))
  else output.result('proof', {}, `${receiptSentence(found)}\nwritten to ${out}`)
}

function unknownLog(origin: string): LedgerError {
  return new LedgerError('UNKNOWN_LOG', `no log ${origin} is held here`, {
    hint: '`tally log show` lists those that are',
  })
}
