/** `tally bundle make|inspect`. */
import type { Command } from 'commander'
import { LedgerError } from '../../errors.ts'
import type { Act, Context } from '../context.ts'

export function configure(command: Command, act: Act): void {
  command
    .command('make')
    .description('collect the evidence for a question into one file')
    .option('--use <id>', 'was this usage allowed?')
    .option('--model <hex>', 'how was the model with this SHA-256 made?')
    .option('--claim <id>', 'what about this claim?')
    .action(act(make))
  command
    .command('inspect <file>')
    .description('what a bundle holds; nothing is verified')
    .action(act((context, [file = '']) => inspect(context, file)))
}

async function make(context: Context): Promise<void> {
  const { parseDigest, resolveReference } = await import('../reference.ts')
  const { writeResult } = await import('../files.ts')
  const { toHex } = await import('../../encoding/bytes.ts')
  const { options, output } = context
  const asked = (['use', 'model', 'claim'] as const).filter((name) => options.text(name) !== undefined)
  const [name] = asked
  if (name === undefined || asked.length !== 1)
    throw new LedgerError('USAGE', 'a bundle answers exactly one question: --use, --model or --claim')
  const text = options.required(name)
  const value = name === 'model' ? toHex(parseDigest(text, '--model')) : await resolveReference(context, text)
  const out = options.required('out')
  const address = options.text('node')
  const bundle =
    address === undefined ? await collectHere(context, name, value) : await collectThere(context, address, name, value)
  await writeResult(out, bundle)
  output.result(
    'bundle',
    { file: out, bytes: bundle.length, question: { [name]: value } },
    `${out}: ${bundle.length} bytes; check it with: tally verify ${out} --policy FILE`,
  )
}

async function collectHere(context: Context, name: string, value: string): Promise<Uint8Array> {
  const { openNode } = await import('../listing.ts')
  return openNode(context).collect({ [name]: value })
}

async function collectThere(
  context: Context,
  address: string,
  name: 'use' | 'model' | 'claim',
  value: string,
): Promise<Uint8Array> {
  const { withRemoteNode } = await import('../../client/remote-node.ts')
  const { fromHex } = await import('../../encoding/bytes.ts')
  const question = name === 'model' ? { model: fromHex(value) } : name === 'use' ? { use: value } : { claim: value }
  return withRemoteNode(address, context.options.timeoutMs, (node) => node.collect(question))
}

async function inspect(context: Context, file: string): Promise<void> {
  const { readInput } = await import('../files.ts')
  const { decodeBundle } = await import('../../evidence/bundle.ts')
  const { nativeSha256 } = await import('../../node/native-crypto.ts')
  const { decodeStatement } = await import('../../statement/envelope.ts')
  const { formatTable } = await import('../terminal-text.ts')
  const { toHex } = await import('../../encoding/bytes.ts')
  const bundle = decodeBundle(await readInput(file), nativeSha256)
  const question = 'model' in bundle.question ? { model: toHex(bundle.question.model) } : { ...bundle.question }
  const logs = bundle.logs.map(({ origin, notes, forks, entries }) => ({
    origin,
    notes: notes.length,
    forks: forks.length,
    entries: entries?.length ?? null,
  }))
  const placed = [
    ...bundle.statements.map(({ origin, index, entry }) => ({ origin, index, data: entry.data })),
    ...bundle.logs.flatMap(({ origin, entries }) =>
      (entries ?? []).map(({ data }, index) => ({ origin, index, data })),
    ),
  ]
  const statements = placed.map(({ origin, index, data }) => {
    const statement = data === undefined ? undefined : decodeStatement(data)
    return { origin, index, kind: statement?.kindName ?? null, id: statement?.id ?? null, iss: statement?.iss ?? null }
  })
  const text = [
    `asks: ${Object.entries(question)
      .map(([name, value]) => `${name} ${value}`)
      .join('')}`,
    formatTable(
      logs.map((log) => [
        log.origin,
        `${log.notes} checkpoints`,
        log.entries === null ? 'proofs' : `replayed, ${log.entries} entries`,
        log.forks > 0 ? 'FORK' : '',
      ]),
      ['log', '', '', ''],
    ),
    formatTable(statements.map((item) => [item.origin, String(item.index), item.kind ?? 'opaque', item.id ?? ''])),
    'Nothing was verified here: tally verify does that.',
  ]
  context.output.result(
    'bundle',
    { question, logs, statements, mismatched: bundle.mismatched, missing: bundle.missing },
    text.join('\n'),
  )
}
