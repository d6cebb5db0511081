/** `tally import DIR`: hands the statements of an exported log to this node, after checking the folder by its own checkpoint. */
import type { Command } from 'commander'
import { decodeStatement } from '../../statement/envelope.ts'
import type { Act, Context } from '../context.ts'
import { RemoteError } from '../error-output.ts'
import { EXIT } from '../exit-codes.ts'
import { openExportedLog } from '../exported-log.ts'
import { openNode } from '../listing.ts'

/** Log genesis and index commitments belong to their own log and are never handed on. */
const BOUND_KINDS = new Set<number | undefined>([1, 2])

export function configure(command: Command, act: Act): void {
  command
    .argument('<folder>', 'as `tally export` writes it')
    .action(act((context, [folder = '']) => importLog(context, folder)))
}

async function importLog(context: Context, folder: string): Promise<number> {
  const { checkpoint, entries } = await openExportedLog(folder)
  const { origin, size } = checkpoint
  // All of them first: what does not lead to the signed root is not handed on.
  const statements: Uint8Array[] = []
  for await (const entry of entries) statements.push(entry)
  const { taken, reasons } = await submitAll(context, statements)
  const refused = [...reasons.values()].reduce((sum, count) => sum + count, 0)
  const exit = taken === 0 && refused > 0 ? EXIT.refused : EXIT.done
  const why = [...reasons].map(([code, count]) => `${count} ${code}`).join(', ')
  context.output.result(
    'import',
    { origin, size, taken, refused, reasons: Object.fromEntries(reasons) },
    `${origin}: ${taken} of ${size} statements taken, ${refused} refused by the rules of this node${refused === 0 ? '' : `: ${why}`}`,
    exit,
  )
  return exit
}

async function submitAll(
  context: Context,
  statements: readonly Uint8Array[],
): Promise<{ taken: number; reasons: Map<string, number> }> {
  const node = openNode(context)
  let taken = 0
  /** How many were refused, by code. */
  const reasons = new Map<string, number>()
  for (const bytes of statements) {
    if (BOUND_KINDS.has(decodeStatement(bytes).kind)) continue
    try {
      const { id } = await node.submit(bytes, { wait: 'logged', timeoutMs: context.options.timeoutMs })
      taken++
      context.output.progress(`${id} taken`)
    } catch (error) {
      // Refused by admission: the others may still pass. Anything else ends the import; it is safe to run again.
      if (!(error instanceof RemoteError) || !['NOT_ADMITTED', 'QUOTA', 'CONFLICT'].includes(error.code)) throw error
      reasons.set(error.code, (reasons.get(error.code) ?? 0) + 1)
    }
  }
  return { taken, reasons }
}
