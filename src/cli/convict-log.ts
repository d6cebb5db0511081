/**
 * `tally log convict`: whether a log committed to another index than its entries give. The file is the evidence that a node
 * keeps of it, signed by the log; the entries come from any copy of the log. Needs no node, and nobody has to be believed.
 */
import { equalBytes, toHex } from '../encoding/bytes.ts'
import { LedgerError } from '../errors.ts'
import { leafHash } from '../merkle/hash.ts'
import { appendLeaf, EMPTY_FRONTIER, frontierRoot } from '../merkle/tree.ts'
import { nativeSha256, nativeVerifier } from '../node/native-crypto.ts'
import { openCheckpoint } from '../note/checkpoint.ts'
import { parseNote } from '../note/note.ts'
import { readCommitment } from '../subject-index/commitment.ts'
import { decodeIndexEvidence } from '../subject-index/evidence.ts'
import { MemoryIndex } from '../subject-index/memory-index.ts'
import { MAP_ID } from '../subject-index/postings.ts'
import { verifyIndexEvidence } from '../subject-index/verify-evidence.ts'
import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { openExportedLog } from './exported-log.ts'
import { inFile, readInput } from './files.ts'
import { PROOF_FILE } from './log-index.ts'
import { printable } from './terminal-text.ts'

/** Exit 4: the log signed a wrong index; 0: it is the one that its entries give. */
export async function convict(context: Context, file: string, folder: string): Promise<number> {
  const bytes = await readInput(file)
  const evidence = await inFile(file, PROOF_FILE, () => decodeIndexEvidence(bytes))
  const log = await openExportedLog(folder)
  const checkpoint = await openCheckpoint(parseNote(evidence.note), log.key, nativeVerifier)
  verifyIndexEvidence(evidence, checkpoint, log.key.publicKey, nativeSha256)
  const { origin, size } = checkpoint
  if (size > log.checkpoint.size)
    throw new LedgerError(
      'PROOF_LENGTH',
      `${folder} holds ${log.checkpoint.size} entries, the evidence is about ${size}`,
      {
        hint: 'export the log again from a node that holds more of it',
      },
    )
  const index = new MemoryIndex(nativeSha256)
  let frontier = EMPTY_FRONTIER
  for await (const entry of log.entries) {
    if (frontier.size < size) frontier = appendLeaf(frontier, leafHash(entry, nativeSha256), nativeSha256)
    if (index.size < size - 1) index.append(entry)
  }
  if (!equalBytes(frontierRoot(frontier, nativeSha256), checkpoint.root))
    throw new LedgerError(
      'PROOF_INVALID',
      `the first ${size} entries in ${folder} are not those that the evidence is about`,
    )
  const committed = readCommitment(evidence.commitment, { origin, publicKey: log.key.publicKey }, nativeSha256)
  const map = committed?.maps.find(({ id }) => id === MAP_ID)
  const computed = { subjects: index.subjects, root: toHex(index.root()) }
  const signed = { subjects: map?.subjects ?? 0, root: toHex(map?.root ?? new Uint8Array(0)) }
  const isWrong = computed.subjects !== signed.subjects || computed.root !== signed.root
  const name = printable(origin)
  const text = isWrong
    ? `CONVICTED: ${name} signed under its checkpoint of ${size} entries an index of ${signed.subjects} subjects that its own entries do not give (${computed.subjects}).\n  signed    ${signed.root}\n  computed  ${computed.root}`
    : `${name} signed under its checkpoint of ${size} entries the index that its entries give.`
  const exit = isWrong ? EXIT.violation : EXIT.done
  context.output.result('convict', { origin, size, convicted: isWrong, signed, computed }, text, exit)
  return exit
}
