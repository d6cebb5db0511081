/** `tally key new|list|show`: the files of keys that sign for parties. */
import type { Command } from 'commander'
import { didKey, parseDidKey } from '../../signing/key.ts'
import type { Act } from '../context.ts'
import {
  assertAbsent,
  assertKeyName,
  chooseProtection,
  createKeyFile,
  keyPath,
  listKeyFiles,
  readKeyFile,
} from '../key-file.ts'
import { formatTable } from '../terminal-text.ts'

export function configure(command: Command, act: Act): void {
  command
    .command('new <name>')
    .description('draw a new key, protected by a passphrase')
    .option('--no-passphrase', 'do not protect the file; said aloud')
    .action(
      act(async (context, [name = '']) => {
        const path = keyPath(context.home, assertKeyName(name))
        await assertAbsent(path)
        const signer = await createKeyFile(path, await chooseProtection(context, `key "${name}"`))
        const publicKey = didKey(signer.publicKey)
        context.output.result(
          'key',
          { name, path, publicKey },
          `${publicKey}\nwritten to ${path}; keep a copy where fire and thieves do not come`,
        )
      }),
    )
  command
    .command('list')
    .description('the keys of this home')
    .action(
      act(async (context) => {
        const keys = await listKeyFiles(context)
        const rows = keys.map((key) => [key.name, key.isProtected ? 'passphrase' : 'UNPROTECTED', key.publicKey])
        const json = keys.map(({ name, path, publicKey, isProtected }) => ({ name, path, publicKey, isProtected }))
        context.output.result(
          'keys',
          { keys: json },
          rows.length === 0
            ? 'No keys yet; `tally key new NAME` makes one.'
            : formatTable(rows, ['name', 'protected by', 'public key']),
        )
      }),
    )
  command
    .command('show <name>')
    .description('the public part of a key')
    .action(
      act(async (context, [name = '']) => {
        const { path, publicKey, isProtected } = await readKeyFile(keyPath(context.home, name))
        parseDidKey(publicKey)
        context.output.result('key', { name, path, publicKey, isProtected }, publicKey)
      }),
    )
}
