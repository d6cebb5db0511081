/**
 * Typed reading of what commander parsed: the flags every command knows, and a command's own.
 */
import { LedgerError } from '../errors.ts'
import { parseDuration } from './time-input.ts'

const DEFAULT_TIMEOUT_SECONDS = 30

export interface CommandForm {
  readonly flags: readonly string[]
  readonly takesFile: boolean
}

export class Options {
  private readonly values: Readonly<Record<string, unknown>>
  private readonly form: CommandForm
  private readonly read: Set<string>

  /** @param form of the command: names of its own flags, and whether fields may come from a file */
  constructor(
    values: Readonly<Record<string, unknown>>,
    form: CommandForm = { flags: [], takesFile: false },
    read: Set<string> = new Set<string>(),
  ) {
    this.values = values
    this.form = form
    this.read = read
  }

  get takesFile(): boolean {
    return this.form.takesFile
  }

  /** The same flags with some replaced; undefined takes one away. */
  with(changes: Readonly<Record<string, unknown>>): Options {
    return new Options({ ...this.values, ...changes }, this.form, this.read)
  }

  /** The text of a flag that was given and that nobody asked for: the command has no use for it. */
  unread(name: string): string | undefined {
    return this.read.has(name) ? undefined : this.text(name)
  }

  /** The flag that fills a field of a statement, as it is typed; one that may be repeated fills a list. */
  flagFor(field: string): string | undefined {
    const name = [field, field.replace(/s$/u, '')].find((each) => this.form.flags.includes(each))
    return name === undefined ? undefined : `--${dashed(name)}`
  }

  text(name: string): string | undefined {
    this.read.add(name)
    const value = this.values[name]
    return typeof value === 'string' ? value : undefined
  }

  /** @throws LedgerError USAGE when the flag is missing */
  required(name: string): string {
    const value = this.text(name)
    if (value === undefined) throw new LedgerError('USAGE', `the flag --${dashed(name)} is needed here`)
    return value
  }

  /**
   * For an act that is no statement: the flag would promise that nothing happens.
   *
   * @throws LedgerError USAGE when --dry-run is given
   */
  refuseDryRun(command: string): void {
    if (!this.isSet('dryRun')) return
    throw new LedgerError('USAGE', `--dry-run shows what would be signed, and \`${command}\` signs no statement`, {
      hint: 'run it without the flag; what cannot be undone asks first, unless --yes is given',
    })
  }

  isSet(name: string): boolean {
    return this.values[name] === true
  }

  /** True when `--no-<name>` was given. */
  isOff(name: string): boolean {
    return this.values[name] === false
  }

  list(name: string): string[] {
    const value = this.values[name]
    return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : []
  }

  /** @throws LedgerError USAGE unless a whole number of at least 0 */
  count(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    if (!/^(?:0|[1-9]\d{0,14})$/u.test(text)) {
      throw new LedgerError('USAGE', `--${dashed(name)} takes a whole number, not "${text}"`)
    }
    return Number(text)
  }

  get timeoutMs(): number {
    const text = this.text('timeout')
    return (text === undefined ? DEFAULT_TIMEOUT_SECONDS : parseDuration(text, '--timeout')) * 1000
  }

  /** @throws LedgerError USAGE unless logged or witnessed */
  get wait(): 'logged' | 'witnessed' {
    const wait = this.text('wait') ?? 'witnessed'
    if (wait !== 'logged' && wait !== 'witnessed') {
      throw new LedgerError('USAGE', `--wait takes "logged" or "witnessed", not "${wait}"`)
    }
    return wait
  }
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)
}
