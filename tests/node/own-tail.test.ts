/** A log gets its tail back from whoever really holds it: peers that send something else hold nothing up. */
import { afterEach, expect, it } from 'vitest'
import { leafHash } from '../../src/merkle/hash.ts'
import { appendLeaves, EMPTY_FRONTIER, frontierRoot } from '../../src/merkle/tree.ts'
import { serve } from '../../src/network/exchange.ts'
import type { Host } from '../../src/network/host.ts'
import { entriesExchange } from '../../src/network/messages/entries.ts'
import { nativeSha256 } from '../../src/node/native-crypto.ts'
import { fetchOwnTail, type OwnTail } from '../../src/node/own-tail.ts'
import { connectHosts, testHosts } from '../support/network-hosts.ts'

const hosts = testHosts()
afterEach(() => hosts.stopAll())

const ENTRIES = Array.from({ length: 600 }, (_, i) => new TextEncoder().encode(`entry ${i}`))
const frontierAt = (size: number): OwnTail['base'] =>
  appendLeaves(
    EMPTY_FRONTIER,
    ENTRIES.slice(0, size).map((entry) => leafHash(entry, nativeSha256)),
    nativeSha256,
  )
/** This copy stands at 37. */
const TAIL: OwnTail = {
  origin: 'one.example/log',
  base: frontierAt(37),
  size: ENTRIES.length,
  root: frontierRoot(frontierAt(ENTRIES.length), nativeSha256),
}

/** A peer that answers by these entries, some at a time. */
async function peerWith(entries: readonly Uint8Array[]): Promise<Host> {
  const host = await hosts.start()
  await serve(host, entriesExchange, ({ start, count }) => {
    const page = entries.slice(start, start + Math.min(count, 100))
    return { entries: page, next: start + page.length }
  })
  return host
}

it('passes over peers that send other entries, too few, or none', async () => {
  const asking = await hosts.start()
  const forged = await peerWith(ENTRIES.with(400, new TextEncoder().encode('forged')))
  const short = await peerWith(ENTRIES.slice(0, 300))
  const silent = await hosts.start()
  for (const peer of [forged, short, silent]) await connectHosts(asking, peer)
  await expect(fetchOwnTail(asking, forged.peerId, TAIL)).rejects.toMatchObject({
    code: expect.stringMatching(/^PEER_/u) as string,
  })
  await connectHosts(asking, await peerWith(ENTRIES))
  expect(await fetchOwnTail(asking, forged.peerId, TAIL)).toEqual(ENTRIES.slice(37))
})

it('says that nobody is there to ask', async () => {
  const asking = await hosts.start()
  await expect(fetchOwnTail(asking, asking.peerId, TAIL)).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
})
