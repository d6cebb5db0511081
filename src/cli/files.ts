/**
 * Files a person names: read whole and bounded, `-` for standard input; results are never written over a file that is
 * there.
 */
import { constants, createReadStream, fstatSync, readFileSync } from 'node:fs'
import { access, open, stat, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { LedgerError, isLedgerError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import type { Context } from './context.ts'

/** Larger than any bundle the verifier reads. */
export const MAX_INPUT_BYTES: number = 1 << 30

/**
 * @param tooLarge the code for more than `maxBytes`, where it says something about the file
 * @throws LedgerError FILE_NOT_FOUND, USAGE when it is a folder
 */
export async function readInput(
  path: string,
  maxBytes: number = MAX_INPUT_BYTES,
  tooLarge: ErrorCode = 'USAGE',
): Promise<Uint8Array> {
  if (path === '-') return readStandardInput(maxBytes, tooLarge)
  if (path === '') throw new LedgerError('USAGE', 'expected the name of a file, found an empty one')
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new LedgerError('FILE_NOT_FOUND', `no such file: ${path}`, { cause })
    }
    throw cause
  }
  try {
    const stats = await file.stat()
    // Reading it would fail too, with an error that does not name it.
    if (stats.isDirectory()) throw new LedgerError('USAGE', `expected a file, found a folder: ${path}`)
    const { size } = stats
    if (size > maxBytes) throw new LedgerError(tooLarge, `${path} holds ${size} bytes; at most ${maxBytes} are read`)
    return new Uint8Array(await file.readFile())
  } finally {
    await file.close()
  }
}

/**
 * @param malformed what to say of bytes that are no text: a file that somebody names is their slip, not a failed proof
 * @throws LedgerError USAGE or what `malformed` makes, and as {@link readInput}
 */
export async function readInputText(
  path: string,
  maxBytes: number = 1 << 20,
  malformed: (path: string, cause: unknown) => LedgerError = noText,
): Promise<string> {
  const { decodeUtf8 } = await import('../encoding/utf8.ts')
  const bytes = await readInput(path, maxBytes)
  try {
    return decodeUtf8(bytes)
  } catch (cause) {
    throw malformed(path, cause)
  }
}

/**
 * Does what reads the content of a file; what it finds wrong there is said with the file's name, since a command takes several.
 *
 * @param expected what the file should be, with its article: the hint where it is something else
 */
export async function inFile<T>(path: string, expected: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    // Errors of the file itself name it already.
    if (!isLedgerError(error) || error.code === 'FILE_NOT_FOUND' || error.code === 'USAGE') throw error
    const name = path === '-' ? 'standard input' : path
    const isSomethingElse = /^CBOR_|_MALFORMED$/u.test(error.code)
    const hint = error.hint ?? (isSomethingElse ? `the file should be ${expected}` : undefined)
    const options = hint === undefined ? { cause: error } : { cause: error, hint }
    throw new LedgerError(error.code, `${name}: ${error.message}`, options)
  }
}

/** The text of a policy that can be parsed. @throws LedgerError POLICY_MALFORMED, VKEY_MALFORMED, KEY_*, and as {@link readInput} */
export async function readPolicyText(path: string): Promise<string> {
  const { parsePolicy } = await import('../note/tlog-policy.ts')
  const text = await readInputText(path, undefined, (_, cause) => {
    return new LedgerError('POLICY_MALFORMED', `${path} is no policy: its bytes are not text (UTF-8)`, {
      cause,
      hint: 'a policy is what `tally policy` prints',
    })
  })
  await inFile(path, 'a policy, as `tally policy` prints it', () => parsePolicy(text))
  return text
}

function noText(path: string, cause: unknown): LedgerError {
  return new LedgerError('USAGE', `${path} is no text file: its bytes are not UTF-8`, { cause })
}

/** Cards and invitations are longer; a shorter word is the name of a file that somebody mistyped. */
const SHORTEST_TEXT = 100

/**
 * What a person passes on, as the text itself or as a file with it.
 *
 * @param what it is, with its article
 * @throws LedgerError USAGE when it can be neither, and as {@link readInputText}
 */
export async function readTextOrFile(given: string, what: string): Promise<string> {
  const isFile =
    given === '-' ||
    (await access(given).then(
      () => true,
      () => false,
    ))
  if (isFile) return (await readInputText(given)).trim()
  if (given.length >= SHORTEST_TEXT) return given.trim()
  throw new LedgerError('USAGE', `"${given}" is neither a file nor ${what}`, {
    hint: 'paste the whole text in quotes, or name the file that holds it',
  })
}

/** Writes a text to the file of -o. @returns what is left to be printed: the text where there is no such flag */
export async function writeIfNamed(context: Context, text: string): Promise<string> {
  const out = context.options.text('out')
  if (out === undefined) return text
  await writeResult(out, new TextEncoder().encode(`${text}\n`))
  return ''
}

/**
 * Writes a result that is no secret, and never over a file that is there.
 *
 * @throws LedgerError FILE_EXISTS
 */
export async function writeResult(path: string, bytes: Uint8Array): Promise<void> {
  if (path === '-') {
    process.stdout.write(bytes)
    return
  }
  await writeResultFrom(path, [bytes])
}

/** As writeResult, piece by piece: only what is being written is in memory. @returns how many bytes it has */
export async function writeResultFrom(
  path: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  const file = await createResult(path)
  const isRegular = (await file.stat()).isFile()
  let bytes = 0
  try {
    for await (const piece of pieces) {
      await file.writeFile(piece)
      bytes += piece.length
    }
    if (isRegular) await file.sync()
  } catch (error) {
    // A part of a result looks like one.
    if (isRegular) await unlink(path).catch(() => undefined)
    throw error
  } finally {
    await file.close()
  }
  return bytes
}

/** A new file; a device or pipe as it is. */
async function createResult(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    if (!(await stat(path)).isFile()) return open(path, constants.O_WRONLY)
    throw new LedgerError('FILE_EXISTS', `${path} is already there; a result is never written over a file`, {
      cause,
      hint: 'choose another name, or delete the old file first',
    })
  }
}

/** The file in pieces. @throws LedgerError FILE_NOT_FOUND */
export async function* readPieces(path: string): AsyncIterable<Uint8Array> {
  try {
    for await (const piece of createReadStream(path)) yield piece as Uint8Array
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EISDIR') throw new LedgerError('USAGE', `expected a file, found a folder: ${path}`, { cause })
    if (code !== 'ENOENT') throw cause
    throw new LedgerError('FILE_NOT_FOUND', `no such file: ${path}`, { cause })
  }
}

/**
 * Writes a secret: a new file with mode 0600, through no symbolic link, never over another file.
 *
 * @throws LedgerError FILE_EXISTS
 */
export async function writeSecret(path: string, bytes: Uint8Array): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  let file: FileHandle
  try {
    file = await open(path, flags, 0o600)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    throw new LedgerError('FILE_EXISTS', `${path} is already there; a key is never written over`, {
      cause,
      hint: 'choose another name, or move the file away first',
    })
  }
  try {
    await file.chmod(0o600)
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * Reads a secret that only its owner may read.
 *
 * @throws LedgerError UNSAFE_PERMISSIONS before a byte is read, when group or others have any permission
 */
export async function readSecret(path: string, maxBytes: number): Promise<Uint8Array> {
  let file: FileHandle
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new LedgerError('FILE_NOT_FOUND', `no such file: ${path}`, { cause })
    if (code !== 'ELOOP') throw cause
    throw new LedgerError(
      'UNSAFE_PERMISSIONS',
      `${path} is a symbolic link; a secret is read only from the file itself`,
      { cause },
    )
  }
  try {
    const stats = await file.stat()
    if (stats.isDirectory()) throw new LedgerError('USAGE', `expected a file, found a folder: ${path}`)
    const { mode, size } = stats
    if ((mode & 0o077) !== 0) {
      throw new LedgerError(
        'UNSAFE_PERMISSIONS',
        `${path} can be read by other users (mode ${(mode & 0o777).toString(8)})`,
        {
          hint: `run: chmod 600 ${path}`,
        },
      )
    }
    if (size > maxBytes)
      throw new LedgerError('KEY_MALFORMED', `${path} holds ${size} bytes; at most ${maxBytes} were expected`)
    return new Uint8Array(await file.readFile())
  } finally {
    await file.close()
  }
}

function readStandardInput(maxBytes: number, tooLarge: ErrorCode): Uint8Array {
  if (fstatSync(0).isFile() && fstatSync(0).size > maxBytes)
    throw new LedgerError(tooLarge, 'standard input is too long')
  const bytes = new Uint8Array(readFileSync(0))
  if (bytes.length > maxBytes) throw new LedgerError(tooLarge, `standard input holds more than ${maxBytes} bytes`)
  return bytes
}
