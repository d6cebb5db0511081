/** `tally terms new` at a real terminal: what is typed, shown and left behind. */
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/cli-run.ts'
import { atTerminal, HAS_TERMINAL } from '../support/pseudo-terminal.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(async () => folder.remove())

describe.skipIf(!HAS_TERMINAL)('tally terms new at a terminal', () => {
  it('shows the presets, asks again for what it does not understand, and writes the file', async () => {
    const { exit, shown } = await atTerminal(['terms', 'new', 'mine.yaml'], folder.path, [
      ['instead:', '1\r'],
      ['yes or no:', 'maybe\r'],
      ['answer:', 'no\r'],
      // Typed ahead, with an arrow key: both answers count.
      ['answer:', 'Africa\u001B[D\rthe computers\r'],
    ])
    expect(shown).toContain('I did not understand "maybe". Please type yes or no.')
    expect(shown).toContain('= Africa (002)')
    expect(shown).toContain('Written to mine.yaml.')
    expect(exit).toBe(0)
    expect(await readdir(folder.path)).toContain('mine.yaml')
  })

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('writes nothing after %s', async (_name, key) => {
    const { exit, shown } = await atTerminal(['terms', 'new', 'stopped.yaml'], folder.path, [
      ['instead:', '\r'],
      ['3:', `1${key}`],
    ])
    expect(shown).toContain('Stopped. Nothing was written.')
    expect(exit).toBe(130)
    expect(await readdir(folder.path)).not.toContain('stopped.yaml')
  })
})
