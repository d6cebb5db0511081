/** Nodes made as the README makes them: they find each other again when all of them have started anew. */
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { type RunningCli, startCliNode } from '../support/cli-node.ts'
import { resultOf, tally, temporaryFolder, textField } from '../support/cli-run.ts'

const folder = await temporaryFolder()
let nodes: RunningCli[] = []
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()))
  await folder.remove()
})

/** Three operators, each protected by the two others. */
async function areProtected(): Promise<void> {
  for (const { home } of nodes) {
    for (;;) {
      const { state, operators } = resultOf(await tally(home, ['status', '--json']))
      if (state === 'READY' && operators === 2) break
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

it('a network of plain homes comes back after a restart of all', async () => {
  const homes = ['x', 'y', 'z'].map((name) => join(folder.path, name))
  for (const [i, home] of homes.entries()) {
    const args = ['init', '--name', `Node ${i}`, '--origin', `n${i}.example/tally/1`, '--no-passphrase']
    expect((await tally(home, args)).exit).toBe(0)
    nodes.push(await startCliNode(home, []))
  }
  const [first = ''] = homes
  for (const home of homes.slice(1)) {
    const invitation = textField(resultOf(await tally(first, ['peer', 'invite', '--json'])), 'invitation')
    const joined = resultOf(await tally(home, ['join', invitation, '--json']))
    for (const other of homes.slice(0, homes.indexOf(home)))
      expect((await tally(other, ['peer', 'add', textField(joined, 'card')])).exit).toBe(0)
  }
  await areProtected()
  await Promise.all(nodes.map((node) => node.stop()))
  nodes = await Promise.all(homes.map((home) => startCliNode(home, [])))
  await areProtected()
}, 90_000)
