/** A node that joins a network takes part in it at once, without a new start. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { runNode } from '../../src/node/run.ts'
import { parseCheckpoint } from '../../src/note/checkpoint.ts'
import { parseNote } from '../../src/note/note.ts'
import { createTestHomes, datasetStatement, eventually, isProtected, type TestNode } from '../support/node-network.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** Each from a network of its own, and so rarely asking for news that only announcements can bring any. */
async function startAlone(folder: string, name: string): Promise<TestNode> {
  const [home] = await createTestHomes(join(folder, name), [name])
  if (home === undefined) throw new Error('no home')
  const settings = join(home.home, 'node.yaml')
  await writeFile(
    settings,
    (await readFile(settings, 'utf8')).replace(/antiEntropySeconds: \d+/u, 'antiEntropySeconds: 600'),
  )
  const node = await runNode(home.home)
  stops.push(() => node.stop())
  return { ...home, node }
}

/** Of the newest published checkpoint of a log that the node knows. */
function newestSize({ node }: TestNode, origin: string): number {
  const note = node.api.readCheckpoint(origin)
  return note === undefined ? 0 : parseCheckpoint(parseNote(note).text).size
}

it('its checkpoints are announced to the others, and theirs to it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tallystick-join-'))
  stops.push(() => rm(folder, { recursive: true, force: true }))
  const one = await startAlone(folder, 'one')
  const two = await startAlone(folder, 'two')
  const card = await two.node.api.join(one.node.api.invitation())
  await one.node.api.addPeer(card)
  await eventually(() => [one, two].every(({ node }) => isProtected(node, 1)))
  for (const [by, other] of [
    [two, one],
    [one, two],
  ] as const) {
    const published = await by.node.api.submit(datasetStatement(by, 'announced'), {
      wait: 'witnessed',
      timeoutMs: 20_000,
    })
    const index = published.state === 'witnessed' ? published.index : Infinity
    await eventually(() => newestSize(other, by.origin) > index, 10_000)
    expect(newestSize(other, by.origin)).toBeGreaterThan(index)
  }
}, 60_000)
