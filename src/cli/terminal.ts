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
const BACKSPACES = new Set(['\b', '\u007F'])

/** One line from the terminal; undefined where there is none. */
export async function ask(question: string, isHidden: boolean): Promise<string | undefined> {
  let fd: number
  try {
    fd = openSync('/dev/tty', 'r+')
  } catch {
    return undefined
  }
  const terminal = new ReadStream(fd)
  try {
    writeSync(fd, `${printableLines(question)} `)
    terminal.setRawMode(true)
    terminal.setEncoding('utf8')
    return await readLine(terminal, (text) => void writeSync(fd, text), isHidden)
  } finally {
    terminal.setRawMode(false)
    writeSync(fd, '\n')
    terminal.destroy()
    closeQuietly(fd)
  }
}

function readLine(terminal: ReadStream, echo: (text: string) => void, isHidden: boolean): Promise<string> {
  return new Promise((resolve) => {
    const typed: string[] = []
    terminal.on('data', (chunk: string | Uint8Array) => {
      for (const character of String(chunk)) {
        if (character === CTRL_C) {
          terminal.setRawMode(false)
          process.exit(EXIT.interrupted)
        }
        if (character === '\r' || character === '\n' || character === CTRL_D) {
          resolve(typed.join(''))
          return
        }
        if (BACKSPACES.has(character)) {
          if (typed.pop() !== undefined && !isHidden) echo('\b \b')
        } else if (character >= ' ') {
          typed.push(character)
          if (!isHidden) echo(character)
        }
      }
    })
  })
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd)
  } catch {
    // The stream closed it.
  }
}
