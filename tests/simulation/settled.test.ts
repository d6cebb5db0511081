/** Which batches of another copy a log passes over: those that stand against what it has published, and no others. */
import { expect, it } from 'vitest'
import { leafHash } from '../../src/merkle/hash.ts'
import { readFrontier } from '../../src/merkle/hash-reader.ts'
import { appendLeaves, frontierRoot } from '../../src/merkle/tree.ts'
import { nativeSha256 as sha256 } from '../../src/node/native-crypto.ts'
import { datasetStatement } from '../support/node-network.ts'
import { useBlobs } from './blobs.ts'
import { Cluster } from './cluster.ts'
import { Chance } from './random.ts'

const blobs = useBlobs()

it('a batch that leads to its root and stands against published entries is passed over, whatever else is not', async () => {
  const chance = new Chance(9)
  const cluster = await Cluster.create(chance, 2, blobs())
  const restore = cluster.time.install(chance.next)
  try {
    for (const machine of cluster.machines) await cluster.start(machine)
    await cluster.time.run(30_000)
    const [one] = cluster.machines
    const own = one?.node?.parts.own
    if (one === undefined || own === undefined) throw new Error('no log')
    const start = own.publishedSize
    cluster.submit(one, 3, 'witnessed')
    await cluster.time.run(cluster.time.nowMs + 20_000, () => cluster.receiptCount === 3)
    const end = own.publishedSize
    expect(end).toBeGreaterThan(start + 2)

    const batch = (from: number, entries: readonly Uint8Array[]): Parameters<typeof own.contradicts>[0] => {
      const leaves = entries.map((entry) => leafHash(entry, sha256))
      const tree = appendLeaves(readFrontier(own.tree.hashReader(), from), leaves, sha256)
      return { start: from, size: from + entries.length, root: frontierRoot(tree, sha256), entries }
    }
    const published = own.tree.readEntries(start, end - start, Infinity)
    const of = { origin: own.log.origin, party: one.home.card.party, signer: one.signer }
    const other = datasetStatement(of, 'of another copy')

    // Each entry of it in turn is another copy's; also where the batch ends before or behind what is published.
    for (let i = 0; i < published.length; i++) {
      const altered = published.with(i, other)
      expect(own.contradicts(batch(start, altered)), String(i)).toBe(true)
      expect(own.contradicts(batch(start, [...altered, other, other])), String(i)).toBe(true)
      expect(own.contradicts(batch(start, altered.slice(0, i + 1))), String(i)).toBe(true)
      // Whoever lies about the entries of a root must not have it passed over.
      expect(own.contradicts({ ...batch(start, published), entries: altered }), String(i)).toBe(false)
    }
    expect(own.contradicts(batch(start, published))).toBe(false)
    expect(own.contradicts(batch(start, published.slice(0, 1)))).toBe(false)
    expect(own.contradicts(batch(start, [...published, other]))).toBe(false)
    expect(own.contradicts(batch(end, [other]))).toBe(false)
  } finally {
    restore()
  }
}, 60_000)
