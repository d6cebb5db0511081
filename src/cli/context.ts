/**
 * What every command is handed: its flags, where output goes, and the home folder.
 */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { LedgerError } from '../errors.ts'
import type { Options } from './options.ts'
import { createOutput } from './output.ts'
import type { Output } from './output.ts'

export interface Context {
  readonly options: Options
  readonly output: Output
  /** Absolute path of --home, else $TALLYSTICK_HOME, else ~/.tallystick. It need not exist. */
  readonly home: string
}

/** A command's work. Returns the exit code, nothing for 0. */
export type Handler = (context: Context, args: readonly string[]) => Promise<number | undefined> | Promise<void>
/** Turns a handler into what commander calls. */
export type Act = (handler: Handler) => (...args: unknown[]) => Promise<void>

/** @throws LedgerError USAGE for an empty --home or $TALLYSTICK_HOME */
export function createContext(options: Options): Context {
  const output = createOutput({ isJson: options.isSet('json'), isQuiet: options.isSet('quiet') })
  // Nothing is ever read from the current folder by itself: a home is named, or it is the user's own.
  const named = options.text('home') ?? process.env['TALLYSTICK_HOME']
  // Most often a variable of a script that was never set: it would name the current folder.
  if (named === '') {
    const where = options.text('home') === undefined ? 'the environment variable TALLYSTICK_HOME' : '--home'
    throw new LedgerError('USAGE', `${where} is empty`, { hint: 'name a folder, or leave it out for ~/.tallystick' })
  }
  return { options, output, home: resolve(named ?? join(homedir(), '.tallystick')) }
}
