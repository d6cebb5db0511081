/** Two witnesses whose clocks differ by two seconds: what is published is settled soon after, without a heartbeat. */
import { expect, it } from 'vitest'
import { cosignatureTimestamp } from '../../src/note/cosignature.ts'
import { parseNote } from '../../src/note/note.ts'
import { Cluster } from './cluster.ts'
import { Chance } from './random.ts'
import { useBlobs } from './blobs.ts'

const blobs = useBlobs()

/** Of the cosignatures under a note. */
function timesOf(note: Uint8Array | undefined): number[] {
  return parseNote(note ?? new Uint8Array(0)).signatures.flatMap((line) =>
    line.signature.length === 72 ? [cosignatureTimestamp(line)] : [],
  )
}

it('a checkpoint that witnesses dated differently is cosigned again at once, and then no more', async () => {
  const chance = new Chance(7)
  const cluster = await Cluster.create(chance, 3, blobs())
  const restore = cluster.time.install(chance.next)
  try {
    for (const machine of cluster.machines) await cluster.start(machine)
    await cluster.time.run(30_000)
    const [one, two] = cluster.machines
    if (one === undefined || two === undefined) throw new Error('no machines')
    two.aheadSeconds = 2
    cluster.submit(one, 1, 'witnessed')
    await cluster.time.run(cluster.time.nowMs + 10_000, () => cluster.receiptCount === 1)
    const notes = one.node?.parts.own.tree.notes
    const first = Math.max(...timesOf(notes?.noteAt(notes.newestSize() ?? 0)))
    const fresh = (): number => Math.min(...timesOf(notes?.latest()?.note))
    await cluster.time.run(cluster.time.nowMs + 6_000)
    expect(fresh()).toBeGreaterThanOrEqual(first)
    const settled = fresh()
    await cluster.time.run(cluster.time.nowMs + 15_000)
    expect(fresh()).toBe(settled)
  } finally {
    restore()
  }
}, 60_000)
