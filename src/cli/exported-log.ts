/** A log as `tally export` writes it, a C2SP tlog-tiles folder: checked by its own checkpoint while it is read. */
import { join } from 'node:path'
import { equalBytes } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { leafHash } from '../merkle/hash.ts'
import { TILE_WIDTH, decodeEntryBundle, entryBundlePath } from '../merkle/tile.ts'
import { EMPTY_FRONTIER, appendLeaf, frontierRoot } from '../merkle/tree.ts'
import { nativeSha256, nativeVerifier } from '../node/native-crypto.ts'
import { type Checkpoint, openCheckpoint } from '../note/checkpoint.ts'
import { parseNote } from '../note/note.ts'
import { parseVerifierKey, type VerifierKey } from '../note/verifier-key.ts'
import { readInput, readInputText } from './files.ts'

export interface ExportedLog {
  readonly key: VerifierKey
  readonly checkpoint: Checkpoint
  /** All of them in order; nothing is proved before the last one has been taken. @throws LedgerError PROOF_INVALID */
  readonly entries: AsyncIterable<Uint8Array>
}

/** @throws LedgerError FILE_NOT_FOUND, NOTE_*, VKEY_MALFORMED, SIGNATURE_INVALID */
export async function openExportedLog(folder: string): Promise<ExportedLog> {
  const note = parseNote(await readInput(join(folder, 'checkpoint'), 1 << 20))
  const key = parseVerifierKey((await readInputText(join(folder, 'log.vkey'))).trim())
  const checkpoint = await openCheckpoint(note, key, nativeVerifier)
  return { key, checkpoint, entries: readEntries(folder, checkpoint) }
}

async function* readEntries(folder: string, { size, root }: Checkpoint): AsyncIterable<Uint8Array> {
  let frontier = EMPTY_FRONTIER
  for (let start = 0; start < size; start += TILE_WIDTH) {
    const width = Math.min(TILE_WIDTH, size - start)
    const path = join(folder, entryBundlePath(start / TILE_WIDTH, width))
    for (const entry of decodeEntryBundle(await readInput(path, 1 << 25))) {
      frontier = appendLeaf(frontier, leafHash(entry, nativeSha256), nativeSha256)
      yield entry
    }
  }
  if (!equalBytes(frontierRoot(frontier, nativeSha256), root))
    throw new LedgerError('PROOF_INVALID', `the entries in ${folder} do not lead to the root of its checkpoint`)
}
