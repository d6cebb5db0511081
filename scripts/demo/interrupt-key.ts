/**
 * Ctrl-C as a key. As a signal it also reaches the shell that npm puts between itself and a script; where that shell stays
 * (dash), it ends by the signal, and npm reports 130 however the script ended.
 */
import { readFile } from 'node:fs/promises'
import type { ReadStream } from 'node:tty'

const CTRL_C = 3

/**
 * Takes the key where this process has the terminal to itself; otherwise the signal is still there. Where the system cannot tell
 * (no /proc), shells replace themselves by the script and the signal does.
 */
export async function onInterruptKey(terminal: ReadStream, interrupt: () => void): Promise<void> {
  if (!terminal.isTTY || !(await isInForeground())) return
  terminal.setRawMode(true)
  terminal.on('data', (keys: Buffer) => {
    if (keys.includes(CTRL_C)) interrupt()
  })
  // It alone keeps nobody up.
  terminal.unref()
}

/** A job in the background would be stopped for touching the terminal. */
async function isInForeground(): Promise<boolean> {
  const stat = await readFile('/proc/self/stat', 'utf8').catch(() => '')
  // The name, in parentheses, may hold anything; after it: state, parent, process group, session, terminal, its foreground group.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[2] !== undefined && fields[2] === fields[5]
}
