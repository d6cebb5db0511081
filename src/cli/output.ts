/**
 * Where output goes: the result on stdout, everything said along the way on stderr. With --json the result is one
 * object `{"schema":"tallystick/<what>/1","ok":true,"exit":0,...}`; lists of unbounded length are one object a line.
 */
import { printableLines, safeJson } from './terminal-text.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }
export type JsonObject = { readonly [key: string]: Json | undefined }

export interface Output {
  readonly isJson: boolean
  readonly isQuiet: boolean
  /** The answer of a command: `what` names its JSON schema, `text` is what a person reads. */
  result(what: string, value: JsonObject, text: string, exit?: number): void
  /** One line of an unbounded list. */
  item(value: JsonObject, text: string): void
  /** Exactly these bytes, for results that have their own format. */
  raw(bytes: Uint8Array | string): void
  /** Said while working; not with --quiet. */
  progress(text: string): void
  /** Said also with --quiet. */
  warn(text: string): void
}

export function createOutput(options: { isJson: boolean; isQuiet: boolean }): Output {
  return {
    ...options,
    result(what, value, text, exit = 0) {
      if (options.isJson)
        process.stdout.write(`${safeJson({ schema: `tallystick/${what}/1`, ok: exit === 0, exit, ...value })}\n`)
      else if (text !== '') printLine(text)
    },
    item(value, text) {
      if (options.isJson) process.stdout.write(`${safeJson(value)}\n`)
      else printLine(text)
    },
    raw(bytes) {
      process.stdout.write(bytes)
    },
    progress(text) {
      if (options.isQuiet) return
      if (options.isJson) process.stderr.write(`${safeJson({ progress: text })}\n`)
      else say(text)
    },
    warn(text) {
      if (options.isJson) process.stderr.write(`${safeJson({ warning: text })}\n`)
      else say(`warning: ${text}`)
    },
  }
}

function say(text: string): void {
  process.stderr.write(`tally: ${printableLines(text)}\n`)
}

function printLine(text: string): void {
  process.stdout.write(`${printableLines(text)}\n`)
}
