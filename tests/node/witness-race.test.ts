/**
 * The check and the store of a witness are one step: of many histories offered at once it cosigns one, whichever came first,
 * and the others are the proof against the log.
 */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { proveConsistency } from '../../src/merkle/consistency.ts'
import { createLeafHashReader, readRoot } from '../../src/merkle/hash-reader.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { ask } from '../../src/network/exchange.ts'
import { startHost } from '../../src/network/host.ts'
import { MAX_PAGE_BYTES } from '../../src/network/limits.ts'
import { logIdOf } from '../../src/network/log-id.ts'
import { requestClaim } from '../../src/network/messages/claim.ts'
import { requestCosign } from '../../src/network/messages/cosign.ts'
import { entriesExchange } from '../../src/network/messages/entries.ts'
import { headsExchange } from '../../src/network/messages/heads.ts'
import { nativeSha256, nativeSigner } from '../../src/node/native-crypto.ts'
import { readNodeKeys } from '../../src/node/node-keys.ts'
import { formatCheckpoint, parseCheckpoint, signCheckpoint } from '../../src/note/checkpoint.ts'
import { parseNote } from '../../src/note/note.ts'
import { eventually, startTestNetwork, type TestNetwork } from '../support/node-network.ts'

/** Offered to one witness in one moment. */
const HISTORIES = 32

let network: TestNetwork
beforeAll(async () => {
  network = await startTestNetwork(['liar', 'witness', 'third'])
}, 60_000)
afterAll(() => network.stop())

it('of many continuations of one history offered at once, a witness cosigns one', async () => {
  const [liar, witness] = network.nodes
  if (liar === undefined || witness === undefined) throw new Error('three nodes are needed')
  const status = (): ReturnType<typeof witness.node.api.status> => witness.node.api.status()
  const held = (): number => status().logs.find(({ origin }) => origin === liar.origin)?.size ?? 0
  await eventually(() => held() === liar.node.api.status().publishedSize)
  await liar.node.stop()
  await eventually(() => status().peers.some(({ origin, isConnected }) => origin === liar.origin && !isConnected))

  const keys = await readNodeKeys(liar.home)
  const log = nativeSigner(keys.log)
  const logId = logIdOf(liar.origin)
  const host = await startHost({ seed: keys.transport, listen: [], networkId: 'race' })
  try {
    const connection = await host.connect(status().addresses[0] ?? '')
    const newest = async (): Promise<ReturnType<typeof parseCheckpoint>> => {
      const { heads } = await ask(host, connection, headsExchange, { logs: [logId] })
      return parseCheckpoint(parseNote(heads[0]?.note ?? new Uint8Array(0)).text)
    }
    const { size } = await newest()
    const page = { logId, size, start: 0, count: size, maxBytes: MAX_PAGE_BYTES }
    const { entries } = await ask(host, connection, entriesExchange, page)
    const leaves = entries.map((entry) => leafHash(entry, nativeSha256))
    const offers = Array.from({ length: HISTORIES }, () => {
      const reader = createLeafHashReader([...leaves, leafHash(randomBytes(40), nativeSha256)], nativeSha256)
      const checkpoint = { origin: liar.origin, size: size + 1, root: readRoot(reader, size + 1, nativeSha256) }
      const note = {
        text: formatCheckpoint(checkpoint),
        signatures: [signCheckpoint(checkpoint, liar.origin, log)],
      }
      return { note, old: size, proof: proveConsistency(reader, size, size + 1, nativeSha256) }
    })
    const instance = new Uint8Array(randomBytes(16))
    expect((await requestClaim(host, connection, { origin: liar.origin, instance }, 5000)).granted).toBe(true)
    const replies = await Promise.all(offers.map((offer) => requestCosign(host, connection, instance, offer, 20_000)))
    const cosigned = replies.flatMap(({ outcome }, i) => (outcome === 'cosigned' ? [offers[i]] : []))
    expect(cosigned).toHaveLength(1)
    for (const reply of replies)
      if (reply.outcome !== 'cosigned') expect(reply).toMatchObject({ outcome: 'refused', reason: 'frozen' })
    // The log is convicted by what it offered beside the one.
    expect(status().logs.find(({ origin }) => origin === liar.origin)?.fork).toBeDefined()
    const again = await Promise.all(offers.map((offer) => requestCosign(host, connection, instance, offer, 20_000)))
    expect(again.filter(({ outcome }) => outcome === 'cosigned')).toEqual([])
  } finally {
    await host.stop()
  }
}, 60_000)
