/**
 * What the subject index costs and what its proofs weigh, beside the two ways to do without it: sending the whole log, and
 * a column of digests that names every entry.
 *
 * The entries are like statements: 600 bytes that refer to three new subjects each and to one that many refer to.
 */
import { randomBytes } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { equalBytes } from '../../src/encoding/bytes.ts'
import { type Hash, HASH_BYTES, leafHash } from '../../src/merkle/hash.ts'
import { proveInclusion } from '../../src/merkle/inclusion.ts'
import { appendLeaves, EMPTY_FRONTIER, frontierRoot } from '../../src/merkle/tree.ts'
import { nativeSha256, nativeSigner } from '../../src/node/native-crypto.ts'
import { formatCheckpoint, signCheckpoint } from '../../src/note/checkpoint.ts'
import { cosign } from '../../src/note/cosignature.ts'
import { formatNote } from '../../src/note/note.ts'
import { sha256 as portableSha256 } from '@noble/hashes/sha2.js'
import { IndexStore, type IndexedEntry } from '../../src/storage/index-store.ts'
import { createLevelStore, openLevelStore } from '../../src/storage/level-store.ts'
import { type LogStore, openLogStore } from '../../src/storage/log-store.ts'
import type { Store } from '../../src/storage/store.ts'
import { signCommitment } from '../../src/subject-index/commitment.ts'
import { encodeIndexEvidence } from '../../src/subject-index/evidence.ts'
import { MAP_ID } from '../../src/subject-index/postings.ts'
import { encodeSnapshotRow } from '../../src/subject-index/snapshot.ts'
import { IndexRootStream } from '../../src/subject-index/tree.ts'
import { decodeProof, encodeProof, lookUp, proofRoot, proveKeys } from '../../src/subject-index/proof.ts'
import { median } from './median.ts'

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly limit?: number
}

const ORIGIN = 'bench.example/tally/1'
const ENTRY_BYTES = 600
const BATCH = 100
const NEW_SUBJECTS = 3
/** Kind number of the entries. */
const USAGE = 15
const HOT_SUBJECTS = 64

interface Entry extends IndexedEntry {
  readonly bytes: Uint8Array
}

const hot = Array.from({ length: HOT_SUBJECTS }, () => new Uint8Array(randomBytes(32)))

function makeEntry(i: number): Entry {
  const bytes = new Uint8Array(randomBytes(ENTRY_BYTES))
  const fresh = Array.from({ length: NEW_SUBJECTS }, () => ({ key: new Uint8Array(randomBytes(32)), relation: USAGE }))
  return {
    bytes,
    leafHash: leafHash(bytes, nativeSha256),
    postings: [...fresh, { key: hot[i % HOT_SUBJECTS] ?? new Uint8Array(32), relation: USAGE }],
  }
}

/** @returns seconds, without making the entries */
async function append(
  { store, log, index }: { store: Store; log: LogStore; index?: IndexStore },
  entries: readonly Entry[],
): Promise<number> {
  const start = performance.now()
  for (let from = 0; from < entries.length; from += BATCH) {
    const batch = entries.slice(from, from + BATCH)
    const grown = log.prepareAppend(batch)
    const indexed = index?.prepareExtend(batch)
    await store.commit([...grown.operations, ...(indexed?.operations ?? [])])
    log.applied(grown)
    if (index === undefined || indexed === undefined) continue
    index.applied(indexed)
    index.release(index.size)
  }
  return (performance.now() - start) / 1000
}

async function sizeOfFolder(path: string): Promise<number> {
  const sizes = await Promise.all((await readdir(path)).map(async (name) => (await stat(join(path, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Opening compacts what was written; closing leaves tables instead of write-ahead logs. */
async function sizeAfterReopening(path: string): Promise<number> {
  await (await openLevelStore(path)).close()
  return sizeOfFolder(path)
}

function times(count: number, task: (i: number) => void): number {
  const start = performance.now()
  for (let i = 0; i < count; i++) task(i)
  return (performance.now() - start) / count
}

/**
 * @param folder for two databases
 * @param subjects how many the largest index has; measured on the way at a tenth of them
 */
export async function* benchSubjectIndex(folder: string, subjects: number): AsyncIterable<Figure> {
  const [withPath, withoutPath] = [join(folder, 'with-index'), join(folder, 'without-index')]
  const stores = { with: await createLevelStore(withPath), without: await createLevelStore(withoutPath) }
  const withIndex = {
    store: stores.with,
    log: await openLogStore(stores.with, ORIGIN, { sha256: nativeSha256 }),
    index: await IndexStore.open(stores.with, 1, nativeSha256),
  }
  const without = { store: stores.without, log: await openLogStore(stores.without, ORIGIN, { sha256: nativeSha256 }) }
  const sample = 20_000
  for (const goal of [subjects / 10, subjects]) {
    while (withIndex.index.subjects < goal) {
      const entries = Array.from({ length: 2000 }, (_, i) => makeEntry(i))
      await append(withIndex, entries)
      await append(without, entries)
    }
    const entries = Array.from({ length: sample }, (_, i) => makeEntry(i))
    const bare = sample / (await append(without, entries))
    const indexed = sample / (await append(withIndex, entries))
    const at = `at ${goal} subjects`
    yield { name: `store: append without index, ${at}`, value: bare, unit: 'statements/s' }
    yield {
      name: `store: append with index, three new subjects each, ${at}`,
      value: indexed,
      unit: 'statements/s',
      limit: bare,
    }
    yield* proofFigures(withIndex, at)
  }
  const count = withIndex.index.subjects
  await stores.with.close()
  await stores.without.close()
  const bytes = (await sizeAfterReopening(withPath)) - (await sizeAfterReopening(withoutPath))
  yield { name: 'disk of the index for 10^6 subjects', value: bytes / (count / 1e6) / 1e6, unit: 'MB' }
  const opened: number[] = []
  let again = await openLevelStore(withPath)
  let index = await IndexStore.open(again, 1, nativeSha256)
  for (let round = 0; round < 3; round++) {
    await again.close()
    const start = performance.now()
    again = await openLevelStore(withPath)
    index = await IndexStore.open(again, 1, nativeSha256)
    opened.push(performance.now() - start)
  }
  yield {
    name: `open a store with an index of ${count} subjects, median of 3`,
    value: median(opened),
    unit: 'ms',
  }
  yield* snapshotFigures(index, count)
  await again.close()
}

/** Bytes; with what waits to be collected where the collector cannot be called. */
function used(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Reading all of an index and checking it, as a file travels from a node to an auditor. */
function* snapshotFigures(index: IndexStore, count: number): Iterable<Figure> {
  const rows = index.at(index.size)?.rows() ?? []
  const before = used()
  let most = 0
  let rowsRead = 0
  // Calling the collector a hundred times costs more than what is measured.
  let msOfMeasuring = 0
  const start = performance.now()
  const root = new IndexRootStream(nativeSha256)
  let bytes = 0
  for (const row of rows) {
    bytes += encodeSnapshotRow(row).length
    root.add(row)
    if (++rowsRead % 10_000 !== 0) continue
    const pause = performance.now()
    most = Math.max(most, used() - before)
    msOfMeasuring += performance.now() - pause
  }
  if (!equalBytes(root.root(), index.root())) throw new Error('the snapshot leads to another root')
  const value = performance.now() - start - msOfMeasuring
  yield { name: `snapshot of ${count} subjects, made and checked`, value, unit: 'ms' }
  yield { name: `snapshot of ${count} subjects`, value: bytes / 1e6, unit: 'MB' }
  yield { name: 'memory it took at most', value: most / 2 ** 20, unit: 'MiB' }
}

function* proofFigures({ log, index }: { log: LogStore; index: IndexStore }, at: string): Iterable<Figure> {
  const version = index.at(index.size)
  if (version === undefined) throw new Error('the index does not stand at its size')
  const keys = Array.from({ length: 500 }, () => new Uint8Array(randomBytes(32)))
  const proofs = keys.map((key) => encodeProof(proveKeys(version.tree(), [key])))
  const sizes = proofs.map(({ length }) => length).toSorted((a, b) => a - b)
  yield { name: `proof of absence, median, ${at}`, value: sizes[sizes.length >> 1] ?? 0, unit: 'bytes' }
  yield { name: `proof of absence, largest of ${keys.length}, ${at}`, value: sizes.at(-1) ?? 0, unit: 'bytes' }
  const generating = times(keys.length, (i) => proveKeys(version.tree(), [keys[i] as Hash]))
  yield { name: `make a proof of absence, ${at}`, value: generating, unit: 'ms' }
  let checking = 0
  for (const [how, sha256] of [
    ['native', nativeSha256],
    ['portable', portableSha256],
  ] as const) {
    const verify = (i: number): void => {
      const proof = decodeProof(proofs[i] as Uint8Array, 1)
      const root = proofRoot(proof, sha256)
      if (lookUp(proof, keys[i] as Hash) !== undefined || root.some((byte, at_) => byte !== version.root[at_]))
        throw new Error('a proof does not hold')
    }
    times(keys.length, verify)
    const value = times(keys.length, verify)
    if (how === 'native') checking = value
    yield { name: `verify a proof of absence, ${how} SHA-256, ${at}`, value, unit: 'ms' }
  }
  const evidence = evidenceOf(log, version, keys[0] as Hash)
  yield {
    name: `evidence of absence with checkpoint and six cosignatures, ${at}`,
    value: evidence.length,
    unit: 'bytes',
  }
  yield { name: `instead: the whole log, ${at}`, value: log.size * ENTRY_BYTES, unit: 'bytes', limit: evidence.length }
  yield { name: `instead: a column of digests, ${at}`, value: log.size * 32, unit: 'bytes', limit: evidence.length }
  const replaying = times(1, () => replay(log))
  yield { name: `instead: the whole log read and hashed, ${at}`, value: replaying, unit: 'ms', limit: checking }
  const column = new Uint8Array(randomBytes(log.size * HASH_BYTES))
  const searching = times(5, (i) => search(column, keys[i] as Hash))
  yield {
    name: `instead: a column of digests hashed and searched, ${at}`,
    value: searching,
    unit: 'ms',
    limit: checking,
  }
}

/** What whoever has the whole log does to believe that something is not in it. */
function replay(log: LogStore): void {
  let frontier = EMPTY_FRONTIER
  for (let start = 0; start < log.size; start += 1000) {
    const leaves = log.readEntries(start, 1000, Infinity).map((entry) => leafHash(entry, nativeSha256))
    frontier = appendLeaves(frontier, leaves, nativeSha256)
  }
  if (!equalBytes(frontierRoot(frontier, nativeSha256), log.root())) throw new Error('the log has another root')
}

/** The same with a digest for each entry, where what is looked for is a digest. */
function search(column: Uint8Array, key: Hash): void {
  nativeSha256(column)
  for (let at = 0; at < column.length; at += HASH_BYTES)
    if (equalBytes(column.subarray(at, at + HASH_BYTES), key)) throw new Error('what was drawn by chance is there')
}

/** As a node with three other operators gives it: a line of the log, of three witnesses and of three mirrors. */
function evidenceOf(log: LogStore, version: NonNullable<ReturnType<IndexStore['at']>>, key: Hash): Uint8Array {
  const signer = nativeSigner(new Uint8Array(32).fill(1))
  const { size } = log
  const checkpoint = { origin: ORIGIN, size, root: log.root() }
  const text = formatCheckpoint(checkpoint)
  const lines = Array.from({ length: 6 }, (_, i) =>
    cosign(text, `operator-${i}.example/witness`, 1_790_000_000, signer),
  )
  const maps = [{ id: MAP_ID, subjects: version.subjects, root: version.root }]
  return encodeIndexEvidence({
    note: formatNote({ text, signatures: [signCheckpoint(checkpoint, ORIGIN, signer), ...lines] }),
    commitment: signCommitment({ size: size - 1, maps }, ORIGIN, signer),
    path: proveInclusion(log.hashReader(), size - 1, size, nativeSha256),
    mapId: MAP_ID,
    proof: proveKeys(version.tree(), [key]),
    lists: [],
    elements: [],
  })
}
