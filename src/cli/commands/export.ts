/** `tally export --log ORIGIN --out DIR`: a log as a C2SP tlog-tiles folder, checked while it is written. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { equalBytes } from '../../encoding/bytes.ts'
import { LedgerError } from '../../errors.ts'
import { leafHash } from '../../merkle/hash.ts'
import { TILE_WIDTH, decodeEntryBundle, entryBundlePath, formatTilePath, tilesOfSize } from '../../merkle/tile.ts'
import { EMPTY_FRONTIER, appendLeaf, frontierRoot } from '../../merkle/tree.ts'
import { nativeSha256 } from '../../node/native-crypto.ts'
import { parseCheckpoint } from '../../note/checkpoint.ts'
import { parseNote } from '../../note/note.ts'
import { decodeStatement } from '../../statement/envelope.ts'
import type { Act, Context } from '../context.ts'
import { openOwnNode } from '../listing.ts'

export function configure(command: Command, act: Act): void {
  command.option('--log <origin>', 'the log (default: the own one)').action(act(exportLog))
}

async function exportLog(context: Context): Promise<void> {
  const { options, output } = context
  const folder = options.required('out')
  const node = openOwnNode(context)
  const origin = options.text('log') ?? (await node.status()).origin
  const note = await node.readLog(origin, 'checkpoint')
  const { size, root } = parseCheckpoint(parseNote(note).text)
  await mkdir(folder)
  let frontier = EMPTY_FRONTIER
  let logKey: string | undefined
  for (let start = 0; start < size; start += TILE_WIDTH) {
    const path = entryBundlePath(start / TILE_WIDTH, Math.min(TILE_WIDTH, size - start))
    const bundle = await node.readLog(origin, path)
    const entries = decodeEntryBundle(bundle)
    for (const entry of entries) frontier = appendLeaf(frontier, leafHash(entry, nativeSha256), nativeSha256)
    if (start === 0) logKey = genesisKey(entries[0])
    await write(folder, path, bundle)
    output.progress(`${Math.min(start + TILE_WIDTH, size)} of ${size} entries`)
  }
  if (!equalBytes(frontierRoot(frontier, nativeSha256), root)) {
    throw new LedgerError('PROOF_INVALID', `the entries of ${origin} do not lead to the root of its checkpoint`, {
      hint: 'run tally fsck on the node',
    })
  }
  for (const tile of tilesOfSize(size))
    await write(folder, formatTilePath(tile), await node.readLog(origin, formatTilePath(tile)))
  if (logKey !== undefined) await write(folder, 'log.vkey', new TextEncoder().encode(`${logKey}\n`))
  // Last: a folder with a checkpoint is complete.
  await write(folder, 'checkpoint', note)
  output.result('export', { origin, size, folder }, `${origin}: ${size} entries written to ${folder}`)
}

/** The log's verifier key, as its own genesis names it. */
function genesisKey(entry: Uint8Array | undefined): string | undefined {
  const statement = entry === undefined ? undefined : decodeStatement(entry)
  return statement?.kind === 1 ? statement.payload.logKey : undefined
}

async function write(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const target = join(folder, path)
  await mkdir(dirname(target), { recursive: true })
  await writeFile(target, bytes, { flag: 'wx' })
}
