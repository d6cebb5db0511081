/** `tally backup -o FILE`: what replicas cannot give back, in one file under a passphrase. Also while the node runs. */
import { join } from 'node:path'
import type { Command } from 'commander'
import { LedgerError } from '../../errors.ts'
import type { Act, Context } from '../context.ts'

/** In the home: when the last backup was made, for `doctor`. */
export const BACKUP_MARK = 'backup.txt'

export function configure(command: Command, act: Act): void {
  command.option('--no-passphrase', 'refused: a backup travels').action(act(backup))
}

async function backup(context: Context): Promise<void> {
  const { options, output, home } = context
  if (options.isOff('passphrase')) {
    throw new LedgerError('USAGE', 'a backup without a passphrase is refused: it holds every key of the node', {
      hint: 'use --passphrase-file for unattended backups',
    })
  }
  const out = options.required('out')
  const { assertNodeHome } = await import('../node-home.ts')
  const { encodeArchive, readHomeFiles } = await import('../archive.ts')
  const { encryptAge } = await import('../age-text.ts')
  const { readNewPassphrase } = await import('../passphrase.ts')
  const { writeSecret } = await import('../files.ts')
  const { formatTime, now } = await import('../time-input.ts')
  const { writeFileDurably } = await import('../../storage/durable-file.ts')
  await assertNodeHome(join(home, 'node.yaml'))
  const passphrase = await readNewPassphrase(options, 'the backup')
  const files = await readHomeFiles(home)
  const createdAt = now()
  await writeSecret(out, new TextEncoder().encode(await encryptAge(encodeArchive({ createdAt, files }), passphrase)))
  await writeFileDurably(join(home, BACKUP_MARK), new TextEncoder().encode(`${formatTime(createdAt)}\n`))
  output.progress('keep it elsewhere; entries are not in it, they come back from the other operators')
  output.result(
    'backup',
    { file: out, files: files.size, createdAt },
    `${out}: ${files.size} files, ${formatTime(createdAt)}`,
  )
}
