/** What `tally status` says, and what may be changed, where a node does not sign. */
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { EMPTY_ROOT } from '../../src/merkle/hash.ts'
import { replaceHead } from '../../src/storage/head-file.ts'
import { createLevelStore } from '../../src/storage/level-store.ts'
import { type CliNetwork, startCliNetwork } from '../support/cli-network.ts'
import { startCliNode } from '../support/cli-node.ts'
import { errorOf, finished, resultOf, startTally, tally, textField } from '../support/cli-run.ts'

let network: CliNetwork
let home: string
let card: string
let invitation: string

beforeAll(async () => {
  network = await startCliNetwork(['Coast', 'Library'])
  const [coast, library] = network.nodes
  home = coast?.home ?? ''
  card = textField(resultOf(await tally(library?.home ?? '', ['peer', 'card', '--json'])), 'card')
  invitation = textField(resultOf(await tally(library?.home ?? '', ['peer', 'invite', '--json'])), 'invitation')
  await Promise.all(network.nodes.map((node) => node.stop()))
}, 60_000)
afterAll(async () => network.stop())

it('a read-only node says so, and changes no peers', async () => {
  const child = startTally(home, ['up', '--read-only', '--json'])
  const end = finished(child)
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  try {
    const status = resultOf(await tally(home, ['status', '--json']))
    expect(textField(status, 'reason')).toMatch(/^READ-ONLY: /u)
    const file = join(home, '..', 'coast.card')
    expect((await tally(home, ['peer', 'card', '-o', file])).out).toBe('')
    expect(await readFile(file, 'utf8')).toBe((await tally(home, ['peer', 'card'])).out)
    const { out } = await tally(home, ['status'])
    expect(out).toMatch(/^Coast - not signing\n {2}READ-ONLY: /u)
    for (const args of [
      ['peer', 'add', card],
      ['peer', 'remove', network.origins[1] ?? '', '--yes'],
      ['log', 'unfollow', network.origins[1] ?? ''],
      ['join', invitation],
    ]) {
      expect(errorOf(await tally(home, [...args, '--json'])), args.join(' ')).toMatchObject({ code: 'NOT_READY' })
    }
    expect(resultOf(await tally(home, ['status', '--json']))['peers']).toHaveLength(1)
  } finally {
    child.kill('SIGINT')
    expect((await end).exit).toBe(0)
  }
})

it('a node that a repair left without entries tells how many operators have to answer', async () => {
  const [database, head] = [join(home, 'db'), join(home, 'head')]
  for (const path of [database, head]) await rename(path, `${path}.whole`)
  await (await createLevelStore(database)).close()
  await replaceHead(head, undefined, {
    origin: network.origins[0] ?? '',
    size: 0,
    root: EMPTY_ROOT,
    state: 'published',
  })
  const node = await startCliNode(home, [])
  try {
    expect((await tally(home, ['status'])).out).toContain('waiting for witnesses: 0 of the 1 needed')
  } finally {
    await node.stop()
  }
})
