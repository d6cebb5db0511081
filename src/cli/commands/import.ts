/** `tally import DIR`: hands the statements of an exported log to this node, after checking the folder by its own checkpoint. */
import { join } from 'node:path'
import type { Command } from 'commander'
import { equalBytes } from '../../encoding/bytes.ts'
import { LedgerError } from '../../errors.ts'
import { leafHash } from '../../merkle/hash.ts'
import { TILE_WIDTH, decodeEntryBundle, entryBundlePath } from '../../merkle/tile.ts'
import { EMPTY_FRONTIER, appendLeaf, frontierRoot } from '../../merkle/tree.ts'
import { nativeSha256, nativeVerifier } from '../../node/native-crypto.ts'
import { openCheckpoint } from '../../note/checkpoint.ts'
import { parseNote } from '../../note/note.ts'
import { parseVerifierKey } from '../../note/verifier-key.ts'
import { decodeStatement } from '../../statement/envelope.ts'
import type { Act, Context } from '../context.ts'
import { RemoteError } from '../error-output.ts'
import { readInput, readInputText } from '../files.ts'
import { openNode } from '../listing.ts'

/** Log genesis and index commitments belong to their own log and are never handed on. */
const BOUND_KINDS = new Set<number | undefined>([1, 2])

export function configure(command: Command, act: Act): void {
  command
    .argument('<folder>', 'as `tally export` writes it')
    .action(act((context, [folder = '']) => importLog(context, folder)))
}

async function importLog(context: Context, folder: string): Promise<void> {
  const note = parseNote(await readInput(join(folder, 'checkpoint'), 1 << 20))
  const key = parseVerifierKey((await readInputText(join(folder, 'log.vkey'))).trim())
  const { origin, size, root } = await openCheckpoint(note, key, nativeVerifier)
  const statements: Uint8Array[] = []
  let frontier = EMPTY_FRONTIER
  for (let start = 0; start < size; start += TILE_WIDTH) {
    const width = Math.min(TILE_WIDTH, size - start)
    const entries = decodeEntryBundle(
      await readInput(join(folder, entryBundlePath(start / TILE_WIDTH, width)), 1 << 25),
    )
    for (const entry of entries) {
      frontier = appendLeaf(frontier, leafHash(entry, nativeSha256), nativeSha256)
      statements.push(entry)
    }
  }
  if (!equalBytes(frontierRoot(frontier, nativeSha256), root)) {
    throw new LedgerError('PROOF_INVALID', `the entries in ${folder} do not lead to the root of its checkpoint`)
  }
  const counts = await submitAll(context, statements)
  context.output.result(
    'import',
    { origin, size, ...counts },
    `${origin}: ${counts.taken} of ${size} statements taken, ${counts.refused} refused by the rules of this node`,
  )
}

async function submitAll(
  context: Context,
  statements: readonly Uint8Array[],
): Promise<{ taken: number; refused: number }> {
  const node = openNode(context)
  let taken = 0
  let refused = 0
  for (const bytes of statements) {
    if (BOUND_KINDS.has(decodeStatement(bytes).kind)) continue
    try {
      const { id } = await node.submit(bytes, { wait: 'logged', timeoutMs: context.options.timeoutMs })
      taken++
      context.output.progress(`${id} taken`)
    } catch (error) {
      // Refused by admission: the others may still pass. Anything else ends the import; it is safe to run again.
      if (!(error instanceof RemoteError) || !['NOT_ADMITTED', 'QUOTA', 'CONFLICT'].includes(error.code)) throw error
      refused++
    }
  }
  return { taken, refused }
}
