/**
 * `tally restore FILE`: a home from a backup, with an empty store: its entries come back from the other operators. Never
 * over a home that is there, and never beside a living copy.
 */
import { join } from 'node:path'
import type { Command } from 'commander'
import { LedgerError } from '../../errors.ts'
import { EMPTY_ROOT } from '../../merkle/hash.ts'
import type { Operation } from '../../storage/store.ts'
import type { Act, Context } from '../context.ts'

const HEAD_FILE = 'head'

export function configure(command: Command, act: Act): void {
  command.argument('<file>', 'as `tally backup` wrote it').action(act((context, [file = '']) => restore(context, file)))
}

async function restore(context: Context, file: string): Promise<void> {
  const { options, output, home } = context
  const { readInput } = await import('../files.ts')
  const { decodeArchive, MAX_BACKUP_BYTES, writeHomeFiles } = await import('../archive.ts')
  const { decodeAgeText, decryptAge } = await import('../age-text.ts')
  const { readPassphrase } = await import('../passphrase.ts')
  const { confirm } = await import('../sign.ts')
  const { formatTime } = await import('../time-input.ts')
  const { createHome } = await import('../../storage/home.ts')
  const { createLevelStore } = await import('../../storage/level-store.ts')
  const { replaceHead } = await import('../../storage/head-file.ts')
  const { parseNodeConfig } = await import('../../node/config.ts')
  const { exists } = await import('../reference.ts')
  if (await exists(join(home, 'node.yaml'))) {
    throw new LedgerError(
      'STORE_EXISTS',
      `${home} is already the home of a node; a backup is never restored over one`,
      {
        hint: 'what a witness has seen since the backup would be forgotten; choose another folder with --home',
      },
    )
  }
  const text = new TextDecoder().decode(await readInput(file, MAX_BACKUP_BYTES))
  // Before anything is asked: no passphrase opens what is no backup.
  decodeAgeText(text, 'the backup')
  const archive = decodeArchive(await decryptAge(text, await readPassphrase(options, 'the backup'), 'the backup'))
  const made = formatTime(archive.createdAt)
  await confirm(
    context,
    `The node is restored as of ${made}. Its old folder must be gone: two living copies of one log are never allowed, the second one is refused.`,
  )
  await createHome(home, async (folder) => {
    // The head names entries that an empty store does not hold; the others remember at least as much of what was published.
    await writeHomeFiles(folder, new Map([...archive.files].filter(([name]) => name !== HEAD_FILE)))
    const { origin } = parseNodeConfig(new TextDecoder().decode(archive.files.get('node.yaml')))
    await replaceHead(join(folder, HEAD_FILE), undefined, { origin, size: 0, root: EMPTY_ROOT, state: 'published' })
    const store = await createLevelStore(join(folder, 'db'))
    try {
      // Every known operator counts for the quorum from the first moment: a restored node that believed itself alone
      // would sign without asking whether a newer history of its log exists.
      await store.commit(await countedRows(archive.files))
    } finally {
      await store.close()
    }
  })
  output.warn(
    'what this node saw as a witness after the backup is only known to the others now; start it while they are up',
  )
  output.result(
    'restore',
    { home, createdAt: archive.createdAt, files: archive.files.size },
    `${home} restored as of ${made}. Next: tally up   (it fetches its entries from the other operators, checks each)`,
  )
}

async function countedRows(files: ReadonlyMap<string, Uint8Array>): Promise<Operation[]> {
  const { parseCardLine } = await import('../../node/card-line.ts')
  const { nativeVerifier } = await import('../../node/native-crypto.ts')
  const { nodeRowKey } = await import('../../node/rows.ts')
  const cards = [...files]
    .filter(([name]) => name.startsWith('peers/'))
    .map(([, content]) => new TextDecoder().decode(content))
  const peers = await Promise.all(cards.map(async (card) => parseCardLine(card, nativeVerifier)))
  return peers.map(({ card: { origin } }) => ({
    type: 'put',
    key: nodeRowKey('counted', origin),
    value: Uint8Array.of(1),
  }))
}
