/**
 * Which key signs, and for which party: the flags --key and --party, else the only party of the home.
 */
import { join } from 'node:path'
import { cidOf } from '../encoding/cid.ts'
import type { CidText } from '../encoding/cid.ts'
import { LedgerError, isLedgerError } from '../errors.ts'
import { parseDidKey } from '../signing/key.ts'
import type { Signer } from '../signing/signer.ts'
import type { Context } from './context.ts'
import { readInput } from './files.ts'
import { keyPath, listKeyFiles, openKeyFile, partiesFolder, partyStatementPath, readKeyFile } from './key-file.ts'
import { resolveReference } from './reference.ts'

/** The suffix of keys that wait for a rotation; they never sign before. */
export const NEXT_KEY_SUFFIX = '.next'

export interface SigningKey {
  name: string
  path: string
  publicKey: Uint8Array
  /** Asks for the passphrase where there is one. */
  open(): Promise<Signer>
}

/** @throws LedgerError FILE_NOT_FOUND, UNSAFE_PERMISSIONS, USAGE when it is not clear which key is meant */
export async function chooseKey(context: Context): Promise<SigningKey> {
  const named = context.options.text('key')
  const path = named === undefined ? await onlyKey(context) : keyPath(context.home, named)
  const file = await readKeyFile(path)
  return { name: file.name, path, publicKey: parseDidKey(file.publicKey), open: () => openKeyFile(context, path) }
}

async function onlyKey(context: Context): Promise<string> {
  let unreadable: unknown
  const files = await listKeyFiles(context, (error) => (unreadable ??= error))
  const names = files.map(({ name }) => name).filter((name) => !isSetAside(name))
  const [first] = names
  // A second identity is not what helps somebody whose key only has to be made private again.
  if (names.length === 0 && unreadable !== undefined) throw unreadable
  if (names.length === 1 && first !== undefined) return join(partiesFolder(context.home), `${first}.key`)
  throw new LedgerError(
    'USAGE',
    names.length === 0
      ? 'there is no key to sign with in this home'
      : `this home has several keys: ${names.join(', ')}`,
    {
      hint:
        names.length === 0
          ? 'make one with `tally party new NAME`, or name a file with --key'
          : 'name the one that signs with --key NAME',
    },
  )
}

function isSetAside(name: string): boolean {
  return name.endsWith(NEXT_KEY_SUFFIX) || /\.retired(?:-\d+)?$/u.test(name)
}

/** The party that is meant where nothing is signed: --party, else that of the key, which need not be opened. */
export async function userOf(context: Context): Promise<CidText> {
  const named = context.options.text('party')
  return named === undefined ? partyOf(context, await chooseKey(context)) : resolveReference(context, named)
}

/** The party the key signs for: --party, else the party statement beside the key. @throws LedgerError USAGE */
export async function partyOf(context: Context, key: SigningKey): Promise<CidText> {
  const named = context.options.text('party')
  if (named !== undefined) return resolveReference(context, named)
  try {
    return cidOf(await readInput(partyStatementPath(key.path)))
  } catch (error) {
    if (!isLedgerError(error, 'FILE_NOT_FOUND')) throw error
    throw new LedgerError(
      'USAGE',
      `which party does key "${key.name}" sign for? There is no ${partyStatementPath(key.path)}`,
      {
        hint: 'name it with --party ID, or make a party with `tally party new`',
      },
    )
  }
}
