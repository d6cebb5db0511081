/** A log gets its tail back from whoever really holds it: peers that send something else hold nothing up. */
import { afterEach, expect, it } from 'vitest'
import { proveConsistency } from '../../src/merkle/consistency.ts'
import { createLeafHashReader } from '../../src/merkle/hash-reader.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { appendLeaves, EMPTY_FRONTIER, frontierRoot } from '../../src/merkle/tree.ts'
import { serve } from '../../src/network/exchange.ts'
import type { Host } from '../../src/network/host.ts'
import { consistencyExchange } from '../../src/network/messages/consistency.ts'
import { entriesExchange } from '../../src/network/messages/entries.ts'
import { nativeSha256 } from '../../src/node/native-crypto.ts'
import { fetchOwnTail, type OwnTail } from '../../src/node/own-tail.ts'
import { connectHosts, testHosts } from '../support/network-hosts.ts'

const hosts = testHosts()
afterEach(() => hosts.stopAll())

/** More than two chunks of them are behind where this copy stands. */
const ENTRIES = Array.from({ length: 2600 }, (_, i) => new TextEncoder().encode(`entry ${i}`))
const LEAVES = ENTRIES.map((entry) => leafHash(entry, nativeSha256))
const frontierAt = (size: number): OwnTail['base'] => appendLeaves(EMPTY_FRONTIER, LEAVES.slice(0, size), nativeSha256)
const TAIL: OwnTail = {
  origin: 'one.example/log',
  base: frontierAt(37),
  size: ENTRIES.length,
  root: frontierRoot(frontierAt(ENTRIES.length), nativeSha256),
}

/** A peer that answers by these entries, some at a time, and proves what the leaves say. */
async function peerWith(entries: readonly Uint8Array[], leaves = LEAVES): Promise<Host> {
  const host = await hosts.start()
  await serve(host, entriesExchange, ({ start, count }) => {
    const page = entries.slice(start, start + Math.min(count, 100))
    return { entries: page, next: start + page.length }
  })
  await serve(host, consistencyExchange, ({ from, to }) => ({
    hashes: proveConsistency(createLeafHashReader(leaves, nativeSha256), from, to),
  }))
  return host
}

async function fetchAll(asking: Host, first: string): Promise<Uint8Array[]> {
  const all: Uint8Array[] = []
  for await (const { entries, size, root } of fetchOwnTail(asking, first, TAIL)) {
    all.push(...entries)
    expect(size).toBe(37 + all.length)
    expect(root).toEqual(frontierRoot(frontierAt(size), nativeSha256))
  }
  return all
}

it('passes over peers that send other entries, wrong proofs, too few entries, or none', async () => {
  const asking = await hosts.start()
  const forgedEntries = ENTRIES.with(1400, new TextEncoder().encode('forged'))
  const forged = await peerWith(forgedEntries)
  const consistent = await peerWith(
    forgedEntries,
    forgedEntries.map((entry) => leafHash(entry, nativeSha256)),
  )
  const unproved = await peerWith(ENTRIES, LEAVES.toReversed())
  const short = await peerWith(ENTRIES.slice(0, 1300))
  const silent = await hosts.start()
  for (const peer of [forged, consistent, unproved, short, silent]) await connectHosts(asking, peer)
  await expect(fetchAll(asking, forged.peerId)).rejects.toMatchObject({
    code: expect.stringMatching(/^PEER_/u) as string,
  })
  await connectHosts(asking, await peerWith(ENTRIES))
  expect(await fetchAll(asking, forged.peerId)).toEqual(ENTRIES.slice(37))
})

it('yields what it has while the rest is still to come, so that it can be stored', async () => {
  const asking = await hosts.start()
  const peer = await peerWith(ENTRIES)
  await connectHosts(asking, peer)
  const sizes: number[] = []
  for await (const { size } of fetchOwnTail(asking, peer.peerId, TAIL)) sizes.push(size)
  expect(sizes).toEqual([37 + 1024, 37 + 2048, ENTRIES.length])
})

it('says that nobody is there to ask', async () => {
  const asking = await hosts.start()
  await expect(fetchAll(asking, asking.peerId)).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
})
