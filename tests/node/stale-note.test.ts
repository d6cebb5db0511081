/** A checkpoint is cosigned again with every heartbeat; an older note of the same size that comes late takes nothing back. */
import { randomBytes } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { encodeCbor } from '../../src/encoding/cbor.ts'
import { startHost } from '../../src/network/host.ts'
import { logIdOf } from '../../src/network/log-id.ts'
import { loadNodeHome } from '../../src/node/home.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { parseCheckpoint } from '../../src/note/checkpoint.ts'
import { cosignatureTimestamp } from '../../src/note/cosignature.ts'
import { parseNote } from '../../src/note/note.ts'
import { eventually, startTestNetwork, type TestNetwork, type TestNode } from '../support/node-network.ts'

let network: TestNetwork | undefined
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
  await network?.stop()
})

interface Seen {
  size: number
  note: Uint8Array
  cosignedAt: number
}

function seenBy({ node }: TestNode, origin: string): Seen {
  const note = node.api.readCheckpoint(origin) ?? new Uint8Array(0)
  const { text, signatures } = parseNote(note)
  const times = signatures.flatMap((line) => (line.signature.length === 72 ? cosignatureTimestamp(line) : []))
  return { size: parseCheckpoint(text).size, note, cosignedAt: Math.max(...times) }
}

it('keeps the note that was cosigned last, whoever announces an earlier one', async () => {
  network = await startTestNetwork(['one', 'two', 'three'])
  const [one, two, three] = network.nodes as [TestNode, TestNode, TestNode]
  const isSettled = (): boolean => seenBy(two, one.origin).size === one.node.api.status().publishedSize
  await eventually(isSettled)
  const earlier = seenBy(two, one.origin)
  // Heartbeats come every two seconds in test networks.
  await eventually(() => seenBy(two, one.origin).cosignedAt > earlier.cosignedAt)
  expect(seenBy(two, one.origin).size).toBe(earlier.size)
  // What is seen from now on comes from the stranger alone.
  await one.node.stop()
  await three.node.stop()
  const later = seenBy(two, one.origin)

  const { networkId } = await loadNodeHome(two.home, nativeVerifier)
  const stranger = await startHost({
    seed: new Uint8Array(randomBytes(32)),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    networkId,
  })
  stops.push(() => stranger.stop())
  await stranger.connect(two.node.api.status().addresses[0] ?? '')
  // Gossip needs a moment to know who listens, passes the same bytes on once, and none above 4 KiB.
  const item = [logIdOf(one.origin), earlier.note]
  const most = Math.floor(4000 / encodeCbor([item]).length)
  for (let times = 1; times <= most; times++) {
    await stranger.publish(encodeCbor(Array.from({ length: times }, () => item)))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(seenBy(two, one.origin).cosignedAt).toBeGreaterThanOrEqual(later.cosignedAt)
  }
}, 60_000)
