/** `tally gate --lock lock.json`: may this build use its datasets? */
import type { Command } from 'commander'
import { LedgerError } from '../../errors.ts'
import type { Act, Context } from '../context.ts'
import type { Lock, ReadLock } from '../lock-file.ts'

export function configure(command: Command, act: Act): void {
  command
    .option('--lock <file>', 'the lock file', 'lock.json')
    .option('--policy <file>', 'the logs and witnesses you trust (default: the one the lock file names)')
    .option('--no-files', 'do not compare the datasets on disk with the lock')
    .option('--max-age <duration>', 'how old the record may be (default: 1d)')
    .option('--explain', 'show every step')
    .action(act(gate))
}

async function gate(context: Context): Promise<number> {
  const { readLock, usageOf } = await import('../lock-file.ts')
  const { judgeIntended } = await import('../judge-intended.ts')
  const found = await readLock(context.options.required('lock'))
  const { lock } = found
  if (!context.options.isOff('files')) await compareFiles(context, found)
  const node = context.options.text('node') ?? lock.node
  const asked = node === undefined ? context : { ...context, options: context.options.with({ node }) }
  const policy = lock.policy === undefined ? undefined : found.resolve(lock.policy)
  return judgeIntended(asked, { user: lock.user, usage: usageOf(lock) }, policy)
}

/** @throws LedgerError DATASET_MISMATCH when a file on disk is not what the lock says */
async function compareFiles(context: Context, { lock, resolve }: ReadLock): Promise<void> {
  for (const dataset of lock.datasets) {
    const { archive, manifest } = dataset
    if (archive?.path !== undefined) await compareArchive(resolve(archive.path), archive, nameOf(dataset))
    if (manifest?.path !== undefined) await compareFolder(resolve(manifest.path), manifest.root, nameOf(dataset))
    context.output.progress(
      archive?.path === undefined && manifest?.path === undefined
        ? `${nameOf(dataset)}: the lock names no file to compare`
        : `${nameOf(dataset)}: the files are those of the lock`,
    )
  }
}

async function compareArchive(path: string, expected: { sha256: string; bytes: number }, name: string): Promise<void> {
  const { digestFile } = await import('../digest-file.ts')
  const { toHex } = await import('../../encoding/bytes.ts')
  const found = await digestFile(path)
  if (found.bytes === expected.bytes && toHex(found.sha256) === expected.sha256) return
  throw mismatch(
    path,
    name,
    found.bytes === expected.bytes
      ? 'its SHA-256 is another'
      : `it holds ${found.bytes} bytes instead of ${expected.bytes}`,
  )
}

async function compareFolder(path: string, root: string, name: string): Promise<void> {
  const { hashFolder } = await import('../../manifest/hash-folder.ts')
  const { nativeSha256 } = await import('../../node/native-crypto.ts')
  const found = await hashFolder(path, { sha256: nativeSha256 })
  if (found.root !== root) throw mismatch(path, name, 'the root of its manifest is another')
}

function mismatch(path: string, name: string, what: string): LedgerError {
  return new LedgerError('DATASET_MISMATCH', `${path} is not what the lock says about ${name}: ${what}`, {
    hint: 'fetch the dataset again, or lock the one you have: tally lock',
  })
}

function nameOf({ title, label, version }: Lock['datasets'][number]): string {
  return title === undefined ? version : `${title}${label === undefined ? '' : ` ${label}`}`
}
