/**
 * Asking a person: interaction goes to the terminal itself, never through stdin or stdout, so pipes stay clean. What is
 * typed as a passphrase is not shown.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import { EXIT } from './exit-codes.ts'
import { printableLines } from './terminal-text.ts'

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const ESCAPE = '\u001B'
const BACKSPACES = new Set(['\b', '\u007F'])

/** A terminal that stays open for several questions: what was typed ahead of one answers it. */
export interface Terminal {
  /** One line as typed; undefined when the person stopped with Ctrl-C or Ctrl-D, or the terminal is gone. */
  ask(question: string): Promise<string | undefined>
  say(text: string): void
  close(): void
}

/** Undefined where there is no terminal. */
export function openTerminal(): Terminal | undefined {
  const keyboard = openKeyboard()
  if (keyboard === undefined) return undefined
  return {
    async ask(question) {
      keyboard.write(`${printableLines(question)} `)
      const { text, endedBy } = await keyboard.readLine(false)
      keyboard.write('\n')
      return endedBy === 'enter' ? text : undefined
    },
    say: (text) => keyboard.write(`${printableLines(text)}\n`),
    close: () => keyboard.close(),
  }
}

/** One line from the terminal; undefined where there is none. Ctrl-D ends the line, Ctrl-C the program. */
export async function ask(question: string, isHidden: boolean): Promise<string | undefined> {
  const keyboard = openKeyboard()
  if (keyboard === undefined) return undefined
  keyboard.write(`${printableLines(question)} `)
  const { text, endedBy } = await keyboard.readLine(isHidden)
  keyboard.write('\n')
  keyboard.close()
  if (endedBy === 'ctrl-c' || endedBy === 'hang-up') process.exit(EXIT.interrupted)
  return text
}

interface TypedLine {
  readonly text: string
  readonly endedBy: 'enter' | 'ctrl-c' | 'ctrl-d' | 'hang-up'
}

/** The terminal in raw mode: nothing is shown or acted upon but what is done here. */
class Keyboard {
  private readonly fd: number
  private readonly stream: ReadStream
  /** Typed and not read yet. */
  private keys = ''
  private isGone = false
  private lastKey = ''
  private wake: (() => void) | undefined

  constructor(fd: number) {
    this.fd = fd
    this.stream = new ReadStream(fd)
    this.stream.setRawMode(true)
    this.stream.setEncoding('utf8')
    this.stream.on('data', (chunk: string | Uint8Array) => {
      this.keys += String(chunk)
      this.wake?.()
    })
    this.stream.on('end', () => this.hangUp())
    this.stream.on('error', () => this.hangUp())
  }

  async readLine(isHidden: boolean): Promise<TypedLine> {
    const typed: string[] = []
    for (;;) {
      const key = await this.nextKey()
      const text = typed.join('')
      if (key === undefined) return { text, endedBy: 'hang-up' }
      // Of the two characters that end a pasted line, the second is not an empty answer to the next question.
      const isRestOfEnd = key === '\n' && this.lastKey === '\r'
      this.lastKey = key
      if (isRestOfEnd) continue
      if (key === CTRL_C) return { text, endedBy: 'ctrl-c' }
      if (key === CTRL_D) return { text, endedBy: 'ctrl-d' }
      if (key === '\r' || key === '\n') return { text, endedBy: 'enter' }
      if (key === ESCAPE) await this.skipSequence()
      else if (BACKSPACES.has(key)) {
        if (typed.pop() !== undefined && !isHidden) this.write('\b \b')
      } else if (key >= ' ') {
        typed.push(key)
        if (!isHidden) this.write(key)
      }
    }
  }

  write(text: string): void {
    if (!this.isGone) writeSync(this.fd, text)
  }

  close(): void {
    if (!this.isGone) this.stream.setRawMode(false)
    this.stream.destroy()
    closeQuietly(this.fd)
  }

  /** Undefined when the terminal is gone. */
  private async nextKey(): Promise<string | undefined> {
    if (this.keys === '' && !this.isGone) await new Promise<void>((resolve) => (this.wake = resolve))
    const [key] = this.keys
    this.keys = this.keys.slice(key?.length ?? 0)
    return key
  }

  /** An arrow key sends ESC [ A: its letters are no part of an answer. */
  private async skipSequence(): Promise<void> {
    let key = await this.nextKey()
    if (key !== '[' && key !== 'O') return
    do key = await this.nextKey()
    while (key !== undefined && !(key >= '@' && key <= '~'))
  }

  private hangUp(): void {
    this.isGone = true
    this.wake?.()
  }
}

function openKeyboard(): Keyboard | undefined {
  try {
    return new Keyboard(openSync('/dev/tty', 'r+'))
  } catch {
    return undefined
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd)
  } catch {
    // The stream closed it.
  }
}
