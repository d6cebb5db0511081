/**
 * The one place that prints errors: `tally: error: ...` and, with the next step, `tally: hint: ...` on stderr; with --json
 * one object {code, exit, message, hint, docs}. The code and exit are contract, the words are not.
 */
import { styleText } from 'node:util'
import { LedgerError, isLedgerError } from '../errors.ts'
import { EXIT, exitOf } from './exit-codes.ts'
import { nextStep } from './next-steps.ts'
import { printable, safeJson } from './terminal-text.ts'

export interface ErrorStyle {
  isJson: boolean
  useColor: boolean
}

/** An answer of a node that carries its own code, which may be newer than this program. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'
  readonly code: string
  readonly hint: string | undefined

  constructor(code: string, message: string, hint?: string) {
    super(message)
    this.code = code
    this.hint = hint
  }
}

/** The next step after a refusal that came over libp2p, where only code and message travel. */
const REFUSAL_HINTS: ReadonlyMap<string, string> = new Map([
  [
    'NOT_ADMITTED',
    "submit the party's first statement before its others; else ask the operator of the node, or submit to one that admits you; nothing was recorded",
  ],
  ['QUOTA', 'try again tomorrow, or ask the operator to make you a member'],
  ['BACKLOG', 'nothing was recorded; submit again when the witnesses of the node are back'],
  ['NOT_READY', 'nothing was recorded; submit to another node'],
  ['DISK_LOW', 'nothing was recorded; submit to another node, or again once its operator has freed some space'],
  ['SIGNATURE_INVALID', 'nothing was recorded'],
  ['STATEMENT_TOO_LARGE', 'nothing was recorded'],
])

/** How errors are printed, by what stands on the command line: also before it is parsed, or when it cannot be. */
export function errorStyle(args: readonly string[]): ErrorStyle {
  return {
    isJson: args.includes('--json'),
    useColor: process.stderr.isTTY && !args.includes('--no-color') && process.env['NO_COLOR'] === undefined,
  }
}

/** A result that could not be written to stdout: what was asked for may be done all the same, and nobody was told. */
export function unwritableOutput(cause: NodeJS.ErrnoException): LedgerError {
  const hint = 'the command itself may have been carried out: look before you run it again'
  return cause.code === 'ENOSPC'
    ? new LedgerError('DISK_FULL', 'no space left to write the result to standard output', { cause, hint })
    : new LedgerError('STORE_FAILED', `the result cannot be written to standard output: ${cause.message}`, {
        cause,
        hint,
      })
}

/** Prints an error and returns the exit code to leave with. */
export function printError(error: unknown, style: ErrorStyle): number {
  const { code, exit, message, hint } = describeError(error)
  if (style.isJson) {
    process.stderr.write(`${safeJson({ code, exit, message, hint, docs: `docs/errors.md#${code.toLowerCase()}` })}\n`)
    return exit
  }
  const label = style.useColor ? styleText('red', 'error:') : 'error:'
  process.stderr.write(`tally: ${label} ${printable(message)} [${code}, exit ${exit}]\n`)
  if (hint !== undefined) process.stderr.write(`tally: hint: ${printable(hint)}\n`)
  return exit
}

export interface ErrorDescription {
  code: string
  exit: number
  message: string
  hint: string | undefined
}

/** The code, exit and words under which an error is printed. */
export function describeError(error: unknown): ErrorDescription {
  const known = fromSystem(error)
  if (isLedgerError(known) || known instanceof RemoteError) {
    const { code, message, hint } = known
    // Only for what this process looked for itself: another node's folder is not ours.
    const ownHint = isLedgerError(known, 'FILE_NOT_FOUND') ? lookAgain() : undefined
    return { code, exit: exitOf(code), message, hint: hint ?? ownHint ?? nextStep(code) }
  }
  // Known by its name: naming the class would load the network for every command.
  if (known instanceof Error && known.name === 'RemoteRefusal' && 'code' in known) {
    const code = String(known.code)
    return { code, exit: exitOf(code), message: known.message, hint: REFUSAL_HINTS.get(code) ?? nextStep(code) }
  }
  const message = known instanceof Error ? `${known.name}: ${known.message}` : String(known)
  const hint =
    'this is a mistake in the program, not in your data; run again with TALLYSTICK_DEBUG=1 to see where it happened and report it'
  if (process.env['TALLYSTICK_DEBUG'] === '1' && known instanceof Error) process.stderr.write(`${known.stack ?? ''}\n`)
  return { code: 'INTERNAL', exit: EXIT.internal, message: `unexpected ${message}`, hint }
}

function lookAgain(): string {
  try {
    return `check the name; one without a leading / is looked for in ${process.cwd()}`
  } catch {
    return 'check the name; the current folder is gone'
  }
}

/** Errors of the operating system in our codes, also below a failed store; anything else as it is. */
function fromSystem(error: unknown): unknown {
  if (isLedgerError(error, 'STORE_FAILED') && isLedgerError(error.cause, 'DISK_FULL')) return error.cause
  if (!(error instanceof Error) || isLedgerError(error)) return error
  const { code, path } = error as NodeJS.ErrnoException
  const where = path === undefined ? '' : `: ${path}`
  if (code === 'ENOENT') return new LedgerError('FILE_NOT_FOUND', `no such file or folder${where}`, { cause: error })
  if (code === 'EEXIST') return new LedgerError('FILE_EXISTS', `already exists${where}`, { cause: error })
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const what = path ?? 'the file or folder'
    const isReadOnlyDisk = code === 'EROFS'
    return new LedgerError(
      'FILE_FORBIDDEN',
      isReadOnlyDisk
        ? `the file system is read-only${where}`
        : `the system does not let this user open or write it${where}`,
      {
        cause: error,
        hint: isReadOnlyDisk
          ? 'choose a place on a disk that can be written'
          : `look at the owner and mode of ${what} and of the folder it is in (ls -ld), or choose another place`,
      },
    )
  }
  if (code === 'ENAMETOOLONG')
    return new LedgerError('USAGE', `the name is longer than a file's name may be${where}`, { cause: error })
  if (code === 'ELOOP')
    return new LedgerError('USAGE', `the symbolic links on the way to it lead in a circle${where}`, { cause: error })
  if (code === 'EISDIR') return new LedgerError('USAGE', `expected a file, found a folder${where}`, { cause: error })
  if (code === 'ENOTDIR') return new LedgerError('USAGE', `expected a folder, found a file${where}`, { cause: error })
  if (code === 'ENOSPC') return new LedgerError('DISK_FULL', `no space left on the disk${where}`, { cause: error })
  return error
}
