/**
 * The file of a party key: text with a comment header, mode 0600, protected by a passphrase with age unless its owner
 * said otherwise. Permissions are checked before anything is read, and a file is never written over.
 *
 *     # Tallystick party key "acme-ml". Whoever has this file and its passphrase signs for the party.
 *     # public: did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp
 *     -----BEGIN AGE ENCRYPTED FILE-----
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fromHex, toHex } from '../encoding/bytes.ts'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError, isLedgerError } from '../errors.ts'
import { nativeSigner } from '../node/native-crypto.ts'
import { didKey } from '../signing/key.ts'
import type { Signer } from '../signing/signer.ts'
import type { Context } from './context.ts'
import { readSecret, writeSecret } from './files.ts'
import { readNewPassphrase, readPassphrase } from './passphrase.ts'

const MAX_KEY_FILE_BYTES = 4096
const PLAIN_PREFIX = 'tallystick-party-key-1:'
const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/u

export interface KeyFile {
  name: string
  path: string
  /** As the header says; proved only when the key is opened. */
  publicKey: string
  isProtected: boolean
}

/** Where the named key lives: a name in the home's parties folder, or a path as given. */
export function keyPath(home: string, nameOrPath: string): string {
  return nameOrPath.includes('/') || nameOrPath.endsWith('.key')
    ? nameOrPath
    : join(partiesFolder(home), `${nameOrPath}.key`)
}

export function partiesFolder(home: string): string {
  return join(home, 'parties')
}

/** The party statement beside a key, as `party new` writes it. */
export function partyStatementPath(keyFilePath: string): string {
  return join(dirname(keyFilePath), `${basename(keyFilePath, '.key')}.cose`)
}

/** @throws LedgerError USAGE for a name that could not be a file name everywhere */
export function assertKeyName(name: string): string {
  if (NAME.test(name)) return name
  throw new LedgerError('USAGE', `"${name}" is no name for a key; use lower-case letters, digits, dots, dashes`)
}

/** @throws LedgerError FILE_EXISTS, before anything is asked or drawn */
export async function assertAbsent(
  path: string,
  hint: string = 'choose another name, or move the file away first',
): Promise<void> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  if (!isThere) return
  throw new LedgerError('FILE_EXISTS', `${path} is already there; a key or party is never written over`, { hint })
}

/** Asks for what protects new keys: a passphrase, or undefined where --no-passphrase was said, which is said aloud. */
export async function chooseProtection(context: Context, what: string): Promise<string | undefined> {
  if (!context.options.isOff('passphrase')) return readNewPassphrase(context.options, what)
  context.output.warn(`no passphrase for ${what}: whoever can read the file can sign for the party`)
  return undefined
}

/**
 * Draws a new key.
 *
 * @param passphrase undefined leaves the key unprotected
 * @returns the signer, and the content of its file
 */
export async function drawKey(
  name: string,
  passphrase: string | undefined,
): Promise<{ signer: Signer; file: Uint8Array }> {
  const seed = new Uint8Array(randomBytes(32))
  const signer = nativeSigner(seed)
  const plain = PLAIN_PREFIX + toHex(seed)
  const body =
    passphrase === undefined ? plain : await (await import('./age-text.ts')).encryptAge(encodeUtf8(plain), passphrase)
  const needs = passphrase === undefined ? 'this file (it has no passphrase)' : 'this file and its passphrase'
  const header = `# Tallystick party key "${name}". Whoever has ${needs} signs for the party: keep a copy offline.\n# public: ${didKey(signer.publicKey)}\n`
  return { signer, file: encodeUtf8(`${header}${body.trimEnd()}\n`) }
}

/**
 * Draws a new key and writes its file, 0600, into a folder that nobody else can write.
 *
 * @throws LedgerError FILE_EXISTS, UNSAFE_PERMISSIONS
 */
export async function createKeyFile(path: string, passphrase: string | undefined): Promise<Signer> {
  await makePrivateFolder(dirname(path))
  const { signer, file } = await drawKey(basename(path, '.key'), passphrase)
  await writeSecret(path, file)
  return signer
}

/** @throws LedgerError FILE_NOT_FOUND, UNSAFE_PERMISSIONS, KEY_MALFORMED */
export async function readKeyFile(path: string): Promise<KeyFile & { body: string }> {
  let text: string
  try {
    text = decodeUtf8(await readSecret(path, MAX_KEY_FILE_BYTES))
  } catch (error) {
    if (isLedgerError(error, 'FILE_NOT_FOUND')) {
      throw new LedgerError('FILE_NOT_FOUND', `no key at ${path}`, {
        hint: '`tally key list` shows the keys of this home, `tally key new NAME` makes one',
      })
    }
    throw error
  }
  const publicKey = /^# public: (did:key:z[1-9A-HJ-NP-Za-km-z]+)$/mu.exec(text)?.[1]
  const body = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .trim()
  const isProtected = body.startsWith('-----BEGIN AGE')
  if (publicKey === undefined || !(isProtected || body.startsWith(PLAIN_PREFIX))) {
    throw new LedgerError('KEY_MALFORMED', `${path} is no party key file`)
  }
  return { name: basename(path, '.key'), path, publicKey, isProtected, body }
}

/** Opens a key for signing; asks for its passphrase where it has one. @throws LedgerError PASSPHRASE, KEY_MALFORMED */
export async function openKeyFile(context: Context, path: string): Promise<Signer> {
  const file = await readKeyFile(path)
  let plain = file.body
  if (file.isProtected) {
    const passphrase = await readPassphrase(context.options, `key "${file.name}"`)
    plain = decodeUtf8(await (await import('./age-text.ts')).decryptAge(file.body, passphrase, `key "${file.name}"`))
  }
  const seed = plain.startsWith(PLAIN_PREFIX) ? fromHex(plain.slice(PLAIN_PREFIX.length)) : new Uint8Array()
  if (seed.length !== 32) throw new LedgerError('KEY_MALFORMED', `${path} does not hold a key of 32 bytes`)
  const signer = nativeSigner(seed)
  if (didKey(signer.publicKey) !== file.publicKey) {
    throw new LedgerError('KEY_MALFORMED', `${path} holds another key than its header says`)
  }
  return signer
}

/**
 * The keys in the home's parties folder, by name. A file that cannot be read is left out with a warning.
 *
 * @param leftOut is told why
 */
export async function listKeyFiles(context: Context, leftOut?: (error: unknown) => void): Promise<KeyFile[]> {
  const folder = partiesFolder(context.home)
  const names = await readdir(folder).catch(() => [])
  const files: KeyFile[] = []
  for (const name of names.filter((name) => name.endsWith('.key')).sort()) {
    try {
      const { body: _, ...file } = await readKeyFile(join(folder, name))
      files.push(file)
    } catch (error) {
      context.output.warn(`${name} is left out: ${error instanceof Error ? error.message : String(error)}`)
      leftOut?.(error)
    }
  }
  return files
}

/** A folder only its owner may enter. @throws LedgerError UNSAFE_PERMISSIONS before anything is written into another's */
async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { mode } = await stat(folder)
  if ((mode & 0o022) === 0) return
  throw new LedgerError(
    'UNSAFE_PERMISSIONS',
    `other users can write into ${folder} (mode ${(mode & 0o777).toString(8)})`,
    {
      hint: `run: chmod 700 ${folder}`,
    },
  )
}
