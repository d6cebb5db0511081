/** `tally bundle make|inspect`. */
import type { Command } from 'commander'
import { LedgerError } from '../../errors.ts'
import type { Question } from '../../terms/view.ts'
import type { Act, Context } from '../context.ts'
import { repeated } from '../flags.ts'
import type { JsonObject } from '../output.ts'
import { asText } from '../terminal-text.ts'

export function configure(command: Command, act: Act): void {
  command
    .command('make')
    .description('collect the evidence for a question into one file')
    .option('--use <id>', 'was this usage allowed?')
    .option('--model <hex>', 'how was the model with this SHA-256 made?')
    .option('--claim <id>', 'what about this claim?')
    .option('--grant <id>', 'were the uses under this grant allowed? may be repeated', repeated)
    .option('--replay', 'whole logs, so that nobody has to be believed that nothing is left out')
    .action(act(make))
  command
    .command('inspect <file>')
    .description('what a bundle holds; nothing is verified')
    .action(act((context, [file = '']) => inspect(context, file)))
}

async function make(context: Context): Promise<void> {
  const { writeResult } = await import('../files.ts')
  const { collectEvidence } = await import('../collect-evidence.ts')
  const { options, output } = context
  const question = await readQuestion(context)
  const out = options.required('out')
  const bundle = await collectEvidence(context, {
    question,
    ...(options.isSet('replay') ? { form: 'whole' } : {}),
  })
  await writeResult(out, bundle)
  output.result(
    'bundle',
    { file: out, bytes: bundle.length, question: await shownQuestion(question) },
    `${out}: ${bundle.length} bytes; check it with: tally verify ${out} --policy FILE`,
  )
}

async function readQuestion(context: Context): Promise<Question> {
  const { parseDigest, resolveReference, resolveReferences } = await import('../reference.ts')
  const { assertNamedKind } = await import('../named-statements.ts')
  const { options } = context
  const asked = (['use', 'model', 'claim', 'grant'] as const).filter((name) => options.list(name).length > 0)
  const [name] = asked
  if (name === undefined || asked.length !== 1)
    throw new LedgerError('USAGE', 'a bundle answers exactly one question: --use, --model, --claim or --grant')
  if (name === 'grant') {
    const grants = await resolveReferences(context, options.list('grant'))
    await assertNamedKind(context, grants, [9])
    return { grants }
  }
  const text = options.required(name)
  if (name === 'model') return { model: parseDigest(text, '--model') }
  const id = await resolveReference(context, text)
  // Evidence about something else answers no question, and reads as if nothing were known.
  await assertNamedKind(context, [id], [name === 'use' ? 15 : 20])
  return name === 'use' ? { use: id } : { claim: id }
}

async function shownQuestion(question: Question): Promise<JsonObject> {
  const { toHex } = await import('../../encoding/bytes.ts')
  return 'model' in question ? { model: toHex(question.model) } : { ...question }
}

async function inspect(context: Context, file: string): Promise<void> {
  const { MAX_INPUT_BYTES, inFile, readInput } = await import('../files.ts')
  const { decodeBundle } = await import('../../evidence/bundle.ts')
  const { nativeSha256 } = await import('../../node/native-crypto.ts')
  const { originOfIndex } = await import('../../evidence/read-absences.ts')
  const { decodeStatement } = await import('../../statement/envelope.ts')
  const { formatTable } = await import('../terminal-text.ts')
  const bytes = await readInput(file, MAX_INPUT_BYTES, 'BUNDLE_LIMIT')
  const bundle = await inFile(file, 'an evidence bundle', () => decodeBundle(bytes, nativeSha256))
  const question = await shownQuestion(bundle.question)
  const indexed = new Set(bundle.absences.map(({ data }) => (data === undefined ? undefined : originOfIndex(data))))
  const logs = bundle.logs.map(({ origin, notes, forks, entries }) => ({
    origin,
    notes: notes.length,
    forks: forks.length,
    entries: entries?.length ?? null,
    index: indexed.has(origin),
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
      .map(([name, value]) => `${name} ${asText(value)}`)
      .join('')}`,
    formatTable(
      logs.map((log) => [
        log.origin,
        `${log.notes} checkpoints`,
        log.entries !== null ? `whole, ${log.entries} entries` : log.index ? 'in parts, with its index' : 'in parts',
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
