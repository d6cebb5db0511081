import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../src/network/exchange.ts'
import { forksExchange } from '../../src/network/messages/forks.ts'
import { nativeSigner, nativeVerifier } from '../../src/node/native-crypto.ts'
import { readNodeKeys } from '../../src/node/node-keys.ts'
import { parseCheckpoint } from '../../src/note/checkpoint.ts'
import { decodeEquivocation, verifyEquivocation } from '../../src/note/equivocation.ts'
import { parseNote } from '../../src/note/note.ts'
import { ED25519_NOTE, verifierKey } from '../../src/note/verifier-key.ts'
import {
  datasetStatement,
  eventually,
  startTestNetwork,
  type TestNetwork,
  type TestNode,
} from '../support/node-network.ts'
import { dialAsLiar } from '../support/second-history.ts'

let network: TestNetwork

beforeAll(async () => {
  network = await startTestNetwork(['liar', 'second', 'third'])
})
afterAll(() => network.stop())

describe('a log that signs two histories', () => {
  it('is frozen by the witness that sees it, proved to the others, and nothing is deleted', async () => {
    const [liar, second, third] = network.nodes
    if (liar === undefined || second === undefined || third === undefined) throw new Error('three nodes are needed')
    const result = await liar.node.api.submit(datasetStatement(liar, 'before the fork'), {
      wait: 'witnessed',
      timeoutMs: 10_000,
    })
    expect(result.state).toBe('witnessed')
    await eventually(() => heldSize(second, liar) === heldSize(third, liar))
    const { text, signatures } = parseNote(liar.node.api.readCheckpoint(liar.origin) ?? new Uint8Array(0))
    const honest = parseCheckpoint(text)
    const proposed = { text, signatures: signatures.filter(({ name }) => name === liar.origin) }
    const sizeBefore = heldSize(second, liar)
    await liar.node.stop()

    const log = nativeSigner((await readNodeKeys(liar.home)).log)
    const key = verifierKey(liar.origin, ED25519_NOTE, log.publicKey)
    const { host, connection, propose } = await dialAsLiar(
      liar,
      honest.size,
      second.node.api.status().addresses[0] ?? '',
    )
    try {
      expect(await propose()).toMatchObject({ outcome: 'refused', reason: 'frozen' })

      await eventually(() => [second, third].every((node) => forkOf(node, liar) !== undefined))
      for (const node of [second, third]) expect(heldSize(node, liar)).toBe(sizeBefore)

      const { proofs } = await ask(host, connection, forksExchange, { sinceSeq: 0 })
      expect(proofs).toHaveLength(1)
      const proved = await verifyEquivocation(decodeEquivocation(proofs[0] ?? new Uint8Array(0)), key, nativeVerifier)
      expect([proved.origin, proved.a.size, proved.b.size]).toEqual([liar.origin, honest.size, honest.size])

      // Frozen means frozen: also the true history gets no further cosignature.
      expect(await propose(proposed)).toMatchObject({ outcome: 'refused', reason: 'frozen' })
    } finally {
      await host.stop()
    }
    await third.node.api.unfreeze(liar.origin)
    expect(forkOf(third, liar)).toBeUndefined()
  })
})

function heldSize(node: TestNode, of: TestNode): number {
  return node.node.api.status().logs.find(({ origin }) => origin === of.origin)?.size ?? 0
}

function forkOf(node: TestNode, of: TestNode): unknown {
  return node.node.api.status().logs.find(({ origin }) => origin === of.origin)?.fork
}
