/** `tally blob put|get|list|erase`: files that statements name by digest, and that may be erased, unlike statements. */
import type { Command } from 'commander'
import { LedgerError } from '../../errors.ts'
import type { Act, Context } from '../context.ts'
import { addSigningFlags } from '../flags.ts'

export function configure(command: Command, act: Act): void {
  command
    .command('put <file>')
    .description('store a file and print the id by which statements name it')
    .option('--salted', 'for anything about a person: its digest then says nothing once it is erased')
    .action(act((context, [file = '']) => put(context, file)))
  command
    .command('get <id>')
    .description('the file, from this node or from whoever is connected; with --node from there')
    .option('--keep', 'store it here as well, and serve it to others')
    .action(act((context, [id = '']) => get(context, id)))
  command.command('list').description('what is stored here').action(act(list))
  addSigningFlags(command.command('erase <id>'))
    .description('erase a file here, and say so for ever; only its digest remains')
    .option('--reason <text>', 'a short public reason')
    .option('--scope <text>', 'where it was erased, such as "every node of ours"')
    .option('--local', 'only here, without a statement: for files that others control')
    .action(act((context, [id = '']) => erase(context, id)))
}

async function put(context: Context, file: string): Promise<void> {
  const { readInput } = await import('../files.ts')
  const { MAX_BLOB_BYTES } = await import('../../storage/blob-store.ts')
  const { saltBlob } = await import('../../statement/salted-blob.ts')
  const { randomBytes } = await import('node:crypto')
  const { openNode } = await import('../listing.ts')
  context.options.refuseDryRun('tally blob put')
  const bytes = await readInput(file, MAX_BLOB_BYTES)
  const isSalted = context.options.isSet('salted')
  const blob = isSalted ? saltBlob(bytes, new Uint8Array(randomBytes(32))) : bytes
  const id = await openNode(context).putBlob(blob)
  context.output.result('blob', { id, bytes: bytes.length, isSalted }, id)
}

async function get(context: Context, reference: string): Promise<void> {
  const { resolveReference } = await import('../reference.ts')
  const { fileOfBlob } = await import('../../statement/salted-blob.ts')
  const { writeResult } = await import('../files.ts')
  const { openNode } = await import('../listing.ts')
  const { options, output } = context
  const id = await resolveReference(context, reference)
  const address = options.text('node')
  const blob =
    address === undefined
      ? await openNode(context).readBlob(id)
      : await (
          await import('../../client/remote-node.ts')
        ).withRemoteNode(address, options.timeoutMs, (node) => node.readBlob(id))
  if (options.isSet('keep')) await openNode(context).putBlob(blob)
  const file = fileOfBlob(blob)
  const out = options.text('out')
  if (out === undefined) {
    output.raw(file)
    return
  }
  await writeResult(out, file)
  output.result('blob', { id, file: out, bytes: file.length }, `${out}: ${file.length} bytes`)
}

async function list(context: Context): Promise<void> {
  const { openNode } = await import('../listing.ts')
  const { formatTable } = await import('../terminal-text.ts')
  const blobs = await openNode(context).listBlobs()
  const rows = blobs.map(({ id, bytes }) => [id, `${bytes} bytes`])
  context.output.result(
    'blobs',
    { blobs: blobs.map(({ id, bytes }) => ({ id, bytes })) },
    rows.length === 0 ? 'No files are stored here.' : formatTable(rows),
  )
}

async function erase(context: Context, reference: string): Promise<number> {
  const { resolveReference } = await import('../reference.ts')
  const { openNode } = await import('../listing.ts')
  const { confirm, signAs } = await import('../sign.ts')
  const { chooseKey, partyOf } = await import('../signing-key.ts')
  const { options, output } = context
  const blob = await resolveReference(context, reference)
  if (options.isSet('local')) {
    options.refuseDryRun('tally blob erase --local')
    await confirm(context, `The file ${blob} is erased here.`, 'This cannot be taken back:')
    await openNode(context).eraseBlob(blob)
    output.result('blob-erased', { id: blob }, `${blob} is erased here`)
    return 0
  }
  const reason = options.text('reason')
  if (reason === undefined) throw new LedgerError('USAGE', 'the flag --reason is needed here')
  const scope = options.text('scope')
  const payload = { blob, reason, ...(scope === undefined ? {} : { scope }) }
  const sentence = `The file ${blob} is erased: ${reason}.`
  const key = await chooseKey(context)
  // Signed first: without the right passphrase nothing is erased. Told last: a statement before the erasure could be untrue.
  return signAs(
    context,
    { kind: 25, payload, sentence, isIrreversible: true },
    key,
    await partyOf(context, key),
    async () => {
      const wasHeld = await openNode(context).eraseBlob(blob)
      output.progress(wasHeld ? `${blob} is erased here` : `${blob} was not stored here`)
    },
  )
}
