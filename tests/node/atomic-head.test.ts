/**
 * No reader sees a checkpoint whose entries, tiles, proofs or index answers are not served and verifiable: a stranger asks
 * the owner of a log and a replica of it about every checkpoint they show, while statements arrive all the time.
 */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { equalBytes } from '../../src/encoding/bytes.ts'
import { checkIndexEvidence } from '../../src/evidence/check-index.ts'
import { verifyConsistency } from '../../src/merkle/consistency.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { verifyInclusion } from '../../src/merkle/inclusion.ts'
import { TILE_WIDTH } from '../../src/merkle/tile.ts'
import type { Connection } from '../../src/network/connection.ts'
import { ask } from '../../src/network/exchange.ts'
import { type Host, startHost } from '../../src/network/host.ts'
import { MAX_PAGE_BYTES } from '../../src/network/limits.ts'
import { logIdOf } from '../../src/network/log-id.ts'
import { consistencyExchange } from '../../src/network/messages/consistency.ts'
import { entriesExchange } from '../../src/network/messages/entries.ts'
import { headsExchange } from '../../src/network/messages/heads.ts'
import { proofExchange } from '../../src/network/messages/proof.ts'
import { tilesExchange } from '../../src/network/messages/tiles.ts'
import { nativeSha256, nativeVerifier } from '../../src/node/native-crypto.ts'
import { type Checkpoint, parseCheckpoint } from '../../src/note/checkpoint.ts'
import { parseNote } from '../../src/note/note.ts'
import { subjectKey } from '../../src/subject-index/subject-key.ts'
import { datasetStatement, startTestNetwork, type TestNetwork } from '../support/node-network.ts'

const CHECKPOINTS = 20

let network: TestNetwork
let host: Host

beforeAll(async () => {
  network = await startTestNetwork(['owner', 'replica', 'third'])
  host = await startHost({ seed: new Uint8Array(randomBytes(32)), listen: [], networkId: 'a stranger' })
}, 60_000)
afterAll(async () => {
  await host.stop()
  await network.stop()
})

it('every checkpoint that is shown is served whole, by its owner and by a replica, while the log grows', async () => {
  const [owner, replica] = network.nodes
  if (owner === undefined || replica === undefined) throw new Error('three nodes are needed')
  const policy = owner.node.api.policy()
  const logId = logIdOf(owner.origin)
  const subject = subjectKey({ type: 3, subject: owner.party }, nativeSha256)
  const done = new AbortController()
  const write = async (): Promise<void> => {
    for (let i = 0; !done.signal.aborted; i++) {
      const statements = Array.from({ length: 20 }, (_, k) => datasetStatement(owner, `${i} ${k}`))
      await Promise.all(statements.map((each) => owner.node.api.submit(each, { wait: 'witnessed', timeoutMs: 10_000 })))
    }
  }
  const read = async (address: string): Promise<number> => {
    const reader = new Reader(host, await host.connect(address), logId)
    let before: Checkpoint | undefined
    let seen = 0
    while (seen < CHECKPOINTS) {
      const { heads } = await ask(host, reader.connection, headsExchange, { logs: [logId] })
      const note = heads[0]?.note
      if (note === undefined) continue
      const checkpoint = parseCheckpoint(parseNote(note).text)
      if (checkpoint.size === before?.size) continue
      await reader.readAll(checkpoint, before)
      const { index, size } = await checkIndexEvidence(await reader.evidence(subject), policy, {
        verifier: nativeVerifier,
        sha256: nativeSha256,
      })
      expect(size).toBeGreaterThanOrEqual(checkpoint.size)
      expect(index.record(subject)?.size).toBeGreaterThan(0)
      before = checkpoint
      seen++
    }
    return seen
  }
  const writing = write()
  try {
    const addresses = [owner, replica].map(({ node }) => node.api.status().addresses[0] ?? '')
    expect(await Promise.all(addresses.map(read))).toEqual([CHECKPOINTS, CHECKPOINTS])
  } finally {
    done.abort()
    await writing
  }
}, 120_000)

/** What a stranger asks one node about one log; every answer is checked against a checkpoint. */
class Reader {
  readonly host: Host
  readonly connection: Connection
  readonly logId: Uint8Array

  constructor(host: Host, connection: Connection, logId: Uint8Array) {
    this.host = host
    this.connection = connection
    this.logId = logId
  }

  /** The first, the last and some other entry, each with its path and its tile, and the way from an earlier checkpoint. */
  async readAll({ size, root }: Checkpoint, earlier: Checkpoint | undefined): Promise<void> {
    const { host, connection, logId } = this
    for (const index of new Set([0, Math.floor(Math.random() * size), size - 1])) {
      const page = { logId, size, start: index, count: 1, maxBytes: MAX_PAGE_BYTES }
      const { entries } = await ask(host, connection, entriesExchange, page)
      const leaf = leafHash(entries[0] ?? new Uint8Array(0), nativeSha256)
      const proof = await ask(host, connection, proofExchange, { logId, index, size })
      verifyInclusion(leaf, index, size, 'hashes' in proof ? proof.hashes : [], root, nativeSha256)
      const tile = Math.floor(index / TILE_WIDTH)
      const width = Math.min(TILE_WIDTH, size - tile * TILE_WIDTH)
      const { tiles } = await ask(host, connection, tilesExchange, {
        logId,
        size,
        tiles: [{ level: 0, index: tile, width }],
      })
      const at = (index % TILE_WIDTH) * leaf.length
      if (!equalBytes(tiles[0]?.subarray(at, at + leaf.length) ?? new Uint8Array(0), leaf))
        throw new Error(`the tile of entry ${index} of ${size} holds another leaf`)
    }
    if (earlier === undefined) return
    const { hashes } = await ask(host, connection, consistencyExchange, { logId, from: earlier.size, to: size })
    verifyConsistency(earlier.size, earlier.root, size, root, hashes, nativeSha256)
  }

  async evidence(subject: Uint8Array): Promise<Uint8Array> {
    const { host, connection, logId } = this
    const answer = await ask(host, connection, proofExchange, { logId, keys: [subject], relations: [] })
    return 'evidence' in answer ? answer.evidence : new Uint8Array(0)
  }
}
