/**
 * What must be true of a network after any fault, seen from outside: every node holds the same history of every log, each
 * node's own index of it included, and nobody has seen a fork. Works on nodes of this process and of others.
 */
import { expect } from 'vitest'
import { toHex } from '../../src/encoding/bytes.ts'
import type { CidText } from '../../src/encoding/cid.ts'
import type { NodeStatus, StatementReceipt } from '../../src/node/api.ts'
import { nativeSha256, nativeVerifier } from '../../src/node/native-crypto.ts'
import { parseCheckpoint } from '../../src/note/checkpoint.ts'
import { parseNote } from '../../src/note/note.ts'
import { verifyReceipt } from '../../src/statement/receipt.ts'
import { readCommitment } from '../../src/subject-index/commitment.ts'
import { MAP_ID } from '../../src/subject-index/postings.ts'
import { SnapshotReader } from '../../src/subject-index/snapshot.ts'

/** A node's own interface, or the control socket of one that is a process. */
export interface SeenNode {
  status(): NodeStatus | Promise<NodeStatus>
  snapshotIndex(origin: string): AsyncIterable<Uint8Array>
}

export interface Receipts {
  readReceipt(id: CidText): StatementReceipt | undefined | Promise<StatementReceipt | undefined>
}

/**
 * Waits until all nodes agree, also in what a status does not show: the index that each computed for itself.
 *
 * @param what the case, for the message: a seed, or where the fault was
 */
export async function expectAgreement(nodes: readonly SeenNode[], what: string, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const statuses = await Promise.all(nodes.map(async (node) => node.status()))
    const forks = statuses.flatMap(({ logs }) => logs.filter(({ fork }) => fork !== undefined))
    expect(forks, `a fork was seen (${what})`).toEqual([])
    const difference = firstDifference(statuses) ?? (await firstIndexDifference(nodes, statuses))
    if (difference === undefined) return
    if (performance.now() > deadline) throw new Error(`the nodes do not agree (${what}): ${difference}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function firstDifference(statuses: readonly NodeStatus[]): string | undefined {
  for (const { name, origin, queued, size, publishedSize } of statuses) {
    if (queued > 0 || publishedSize !== size)
      return `${name} has published ${publishedSize} of ${size} entries, ${queued} more wait`
    const copies = statuses.map(({ logs }) => logs.find((log) => log.origin === origin))
    const seen = copies.map((copy) => `${copy?.size} ${copy?.root}`)
    if (new Set(seen).size !== 1) return `copies of ${origin}: ${seen.join(', ')}`
  }
  return undefined
}

/** Also sees a node that holds all entries of a log, but not yet the checkpoint that publishes them. */
async function firstIndexDifference(
  nodes: readonly SeenNode[],
  statuses: readonly NodeStatus[],
): Promise<string | undefined> {
  for (const { origin } of statuses) {
    const indexes = await Promise.all(nodes.map((node) => ownIndexOf(node, origin).catch(String)))
    if (new Set(indexes).size !== 1) return `indexes of ${origin}: ${indexes.join(', ')}`
  }
  return undefined
}

/** Root of the index that this node computed from the entries; its snapshot is checked against the log's commitment. */
async function ownIndexOf(node: SeenNode, origin: string): Promise<string> {
  const reader = new SnapshotReader(nativeSha256)
  for await (const piece of node.snapshotIndex(origin)) reader.push(piece)
  const { note, commitment } = reader.head ?? { note: new Uint8Array(0), commitment: new Uint8Array(0) }
  const checkpoint = parseCheckpoint(parseNote(note).text)
  const subjects = reader.finish(checkpoint, undefined)
  const map = readCommitment(commitment, { origin, publicKey: undefined }, nativeSha256)?.maps.find(
    ({ id }) => id === MAP_ID,
  )
  return `${checkpoint.size} ${subjects} ${toHex(map?.root ?? new Uint8Array(0))}`
}

/**
 * Every statement has a receipt that anybody can check, and a place of its own.
 *
 * @param logKey of the log that took them
 */
export async function expectReceipts(
  node: Receipts,
  statements: ReadonlyMap<CidText, Uint8Array>,
  log: { readonly origin: string; readonly logPublicKey: Uint8Array },
  what: string,
): Promise<void> {
  const places = new Set<number>()
  for (const [id, bytes] of statements) {
    const receipt = await node.readReceipt(id)
    if (receipt === undefined) throw new Error(`no receipt of ${id} (${what})`)
    expect(await verifyReceipt(receipt.receipt, bytes, log, nativeVerifier)).toMatchObject({ index: receipt.index })
    places.add(receipt.index)
  }
  expect(places.size, `two statements in one place (${what})`).toBe(statements.size)
}
