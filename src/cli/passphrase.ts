/**
 * Where a passphrase comes from: a file, an open file descriptor, or the person at the terminal. Never a flag's value
 * and never the environment, which other processes can read.
 */
import { fstatSync, readFileSync } from 'node:fs'
import { LedgerError } from '../errors.ts'
import { readSecret } from './files.ts'
import type { Options } from './options.ts'
import { ask } from './terminal.ts'

const LEAST_CHARACTERS = 8

/** Asks for the passphrase of something that exists. @throws LedgerError PASSPHRASE where there is nobody to ask */
export async function readPassphrase(options: Options, what: string): Promise<string> {
  return (await givenPassphrase(options)) ?? answered(await ask(`Passphrase for ${what}:`, true), what)
}

/** Asks twice for a passphrase to protect something new. @throws LedgerError PASSPHRASE when too short or not repeated */
export async function readNewPassphrase(options: Options, what: string): Promise<string> {
  const given = await givenPassphrase(options)
  const passphrase = given ?? answered(await ask(`New passphrase for ${what}:`, true), what)
  if (passphrase.length < LEAST_CHARACTERS) {
    throw new LedgerError('PASSPHRASE', `the passphrase is shorter than ${LEAST_CHARACTERS} characters`, {
      hint: 'four or five random words are easy to keep and hard to guess',
    })
  }
  if (given === undefined && (await ask('The same again:', true)) !== passphrase) {
    throw new LedgerError('PASSPHRASE', 'the two passphrases differ', {
      hint: 'run the command again; nothing was written',
    })
  }
  return passphrase
}

async function givenPassphrase(options: Options): Promise<string | undefined> {
  const file = options.text('passphraseFile')
  const fd = options.count('passphraseFd')
  if (file === undefined && fd === undefined) return undefined
  const bytes = file === undefined ? readDescriptor(fd ?? 0) : await readSecret(file, 4096)
  const line = new TextDecoder().decode(bytes).split('\n')[0]?.replace(/\r$/u, '') ?? ''
  if (line === '') throw new LedgerError('PASSPHRASE', 'the passphrase that was given is empty')
  return line
}

/** @throws LedgerError USAGE unless it was opened for this program: the runtime has descriptors of its own, of no type */
function readDescriptor(fd: number): Uint8Array {
  try {
    const stats = fstatSync(fd)
    if (stats.isFile() || stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice()) return readFileSync(fd)
  } catch (cause) {
    throw notOpen(fd, cause)
  }
  throw notOpen(fd)
}

function notOpen(fd: number, cause?: unknown): LedgerError {
  return new LedgerError('USAGE', `--passphrase-fd ${fd}: no passphrase can be read from this file descriptor`, {
    cause,
    hint: `open it for the program, as in: tally ... --passphrase-fd 3 3<FILE`,
  })
}

function answered(answer: string | undefined, what: string): string {
  if (answer !== undefined) return answer
  throw new LedgerError('PASSPHRASE', `a passphrase for ${what} is needed and there is no terminal to ask at`, {
    hint: 'use --passphrase-file FILE (mode 600) or --passphrase-fd N',
  })
}
