/**
 * `tally log snapshot` and `audit`: the whole index of a log as one file, and many questions answered from it offline. Neither
 * holds more than a record of it in memory.
 */
import { toHex } from '../encoding/bytes.ts'
import { checkSnapshot } from '../evidence/check-index.ts'
import { LedgerError } from '../errors.ts'
import { nativeSha256, nativeVerifier } from '../node/native-crypto.ts'
import { type KindNumber, kindName } from '../statement/kind.ts'
import { decodeRecord, type SubjectRecord } from '../subject-index/record.ts'
import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { inFile, readInputText, readPolicyText, readPieces, writeResultFrom } from './files.ts'
import { openNode } from './listing.ts'
import { checkpointJson, isProved, keysOf, logsOf, place } from './log-index.ts'
import type { JsonObject } from './output.ts'
import { formatTable, printable } from './terminal-text.ts'

export async function snapshot(context: Context): Promise<void> {
  const out = context.options.required('out')
  const [origin] = await logsOf(context, 'own')
  if (origin === undefined) throw new LedgerError('USAGE', 'name the log with --log')
  const bytes = await writeResultFrom(out, openNode(context).snapshotIndex(origin))
  context.output.result(
    'snapshot',
    { origin, bytes, file: out },
    `The index of ${printable(origin)}, ${bytes} bytes, is in ${out}; anyone asks it about many subjects with\ntally log audit ${out} --policy policy.txt --subject ID`,
  )
}

/** Exit 0 when the file is the whole index and mirrors vouch for it; 3 when it is not; 5 when nobody vouches. */
export async function audit(context: Context, file: string): Promise<number> {
  const policy = await readPolicyText(context.options.required('policy'))
  const subjects = await subjectsOf(context)
  const found = new Map<string, SubjectRecord>()
  const wanted = new Set(subjects.flatMap(({ keys }) => keys))
  const tools = { verifier: nativeVerifier, sha256: nativeSha256 }
  const checked = await inFile(file, 'a snapshot, as `tally log snapshot` writes it', () =>
    checkSnapshot(readPieces(file), policy, tools, ({ key, value }) => {
      const name = toHex(key)
      if (wanted.has(name)) found.set(name, decodeRecord(value))
    }),
  )
  const answers = subjects.map(({ subject, keys }) => ({ subject, lists: listsOf(keys, found) }))
  const rows = answers.map(({ subject, lists }) => [
    printable(subject),
    lists.length === 0 ? 'nothing refers to it' : lists.map(({ kind, count }) => `${count} ${kind}`).join(', '),
  ])
  const text = [
    `The whole index of ${place(checked)}: ${checked.subjects} subjects.`,
    ...(rows.length === 0 ? [] : [formatTable(rows)]),
  ].join('\n')
  const exit = isProved(checked) ? EXIT.done : EXIT.undetermined
  context.output.result('audit', { ...checkpointJson(checked), subjects: checked.subjects, answers }, text, exit)
  return exit
}

interface AskedSubject {
  readonly subject: string
  /** Hex. */
  readonly keys: readonly string[]
}

/** Named one by one, or one a line in a file. */
async function subjectsOf(context: Context): Promise<AskedSubject[]> {
  const named = context.options.list('subject')
  const list = context.options.text('subjects')
  const lines = list === undefined ? [] : (await readInputText(list, MAX_LIST_BYTES)).split('\n')
  const subjects = [...named, ...lines.map((line) => line.trim()).filter((line) => line !== '')]
  const asked: AskedSubject[] = []
  for (const subject of subjects) asked.push({ subject, keys: (await keysOf(context, subject)).map(toHex) })
  return asked
}

const MAX_LIST_BYTES = 64 << 20

function listsOf(
  keys: readonly string[],
  found: ReadonlyMap<string, SubjectRecord>,
): (JsonObject & { kind: string; count: number })[] {
  return keys.flatMap((key, i) =>
    [...(found.get(key) ?? [])].map(([relation, { count }]) => ({
      kind: kindName(relation as KindNumber) ?? `kind ${relation}`,
      isIssuer: i === 1,
      count,
    })),
  )
}
