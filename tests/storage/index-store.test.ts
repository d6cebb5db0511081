/**
 * The stored subject index against a plain map of lists, through any sequence of appends, truncations, reopenings and
 * looks at earlier sizes.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes, concatBytes, toHex, u32 } from '../../src/encoding/bytes.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import type { Hash } from '../../src/merkle/hash.ts'
import { IndexStore } from '../../src/storage/index-store.ts'
import type { IndexVersion } from '../../src/storage/index-version.ts'
import { indexChangeKey, indexStateKey, TABLE, logRange } from '../../src/storage/keys.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { nativeSha256 as sha256 } from '../../src/storage/native-sha256.ts'
import type { Posting } from '../../src/subject-index/postings.ts'
import { lookUp, proofRoot, proveKeys } from '../../src/subject-index/proof.ts'
import { encodeRecord } from '../../src/subject-index/record.ts'
import { listRoot } from '../../src/subject-index/list.ts'
import { indexRoot, IndexRootStream } from '../../src/subject-index/tree.ts'
import { codeOfAsync } from '../support/error-code.ts'

const LOG = 7

/** Some keys share their first 8, 20 or 100 bits. */
function keyOf(i: number): Hash {
  const key = sha256(u32(i))
  const shared = [0, 0, 8, 20, 100][i % 5] ?? 0
  const base = sha256(encodeUtf8('shared'))
  const whole = shared >> 3
  const mask = 0xff00 >> (shared & 7)
  const joint = ((base[whole] ?? 0) & mask) | ((key[whole] ?? 0) & ~mask & 0xff)
  return concatBytes(base.subarray(0, whole), Uint8Array.of(joint), key.subarray(whole + 1))
}

const leafHashOf = (index: number): Hash => sha256(concatBytes(encodeUtf8('leaf'), u32(index)))

/** The index by its definition: postings of every entry, and nothing else. */
class Model {
  entries: (readonly Posting[])[] = []

  lists(size: number): Map<string, Map<number, number[]>> {
    const lists = new Map<string, Map<number, number[]>>()
    for (const [index, postings] of this.entries.slice(0, size).entries()) {
      for (const { key, relation } of postings) {
        const name = toHex(key)
        const byRelation = lists.get(name) ?? new Map<number, number[]>()
        lists.set(name, byRelation)
        byRelation.set(relation, [...(byRelation.get(relation) ?? []), index])
      }
    }
    return lists
  }

  root(size: number): string {
    const rows = [...this.lists(size)].map(([name, byRelation]) => {
      const record = [...byRelation].map(([relation, indices]) => {
        const items = indices.map((index) => ({ index, leafHash: leafHashOf(index) }))
        return [relation, { count: items.length, root: listRoot(items, sha256) }] as const
      })
      return { key: Uint8Array.from(Buffer.from(name, 'hex')), value: encodeRecord(new Map(record)) }
    })
    return toHex(indexRoot(rows, sha256))
  }
}

async function extend(store: MemoryStore, index: IndexStore, model: Model, batch: Posting[][]): Promise<void> {
  const entries = batch.map((postings, i) => ({ leafHash: leafHashOf(index.size + i), postings }))
  const change = index.prepareExtend(entries)
  await store.commit(change.operations)
  index.applied(change)
  model.entries.push(...batch)
}

async function truncate(store: MemoryStore, index: IndexStore, model: Model, size: number): Promise<void> {
  const change = index.prepareTruncate(size, model.entries.slice(size), leafHashOf)
  await store.commit(change.operations)
  index.applied(change)
  model.entries = model.entries.slice(0, size)
}

async function countRows(store: MemoryStore, table: number): Promise<number> {
  let count = 0
  for await (const _ of store.keys(logRange(table, LOG))) count++
  return count
}

function expectSame(version: IndexVersion | undefined, model: Model, size: number): void {
  expect(version?.size).toBe(size)
  expect(toHex(version?.root ?? keyOf(0))).toBe(model.root(size))
  const lists = model.lists(size)
  expect(version?.subjects).toBe(lists.size)
  for (let i = 0; i < 60; i += 7) {
    const key = keyOf(i)
    const proof = proveKeys(version?.tree(), [key])
    expect(toHex(proofRoot(proof, sha256))).toBe(model.root(size))
    const record = lookUp(proof, key)
    const expected = lists.get(toHex(key))
    expect(
      record === undefined ? undefined : new Map([...record].map(([relation, { count }]) => [relation, count])),
    ).toEqual(
      expected === undefined
        ? undefined
        : new Map([...expected].sort(([a], [b]) => a - b).map(([r, l]) => [r, l.length])),
    )
    for (const relation of [9, 13, 15]) {
      expect(version?.positions(key, relation)).toEqual(expected?.get(relation) ?? [])
    }
  }
}

const posting = fc.record({
  key: fc.integer({ min: 0, max: 59 }).map(keyOf),
  relation: fc.constantFrom(9, 13, 15),
})
const batch = fc.array(fc.uniqueArray(posting, { selector: ({ key }) => toHex(key), maxLength: 4 }), { maxLength: 12 })
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('extend' as const), batch }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const), by: fc.integer({ min: 0, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const) }) },
)

describe('the stored subject index', () => {
  it('is what its definition says after any steps, at the newest and at every kept size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        let store = new MemoryStore()
        let index = await IndexStore.open(store, LOG, sha256)
        const model = new Model()
        let kept = [0]
        for (const each of steps) {
          if (each.do === 'extend') {
            await extend(store, index, model, each.batch)
            kept.push(index.size)
          } else if (each.do === 'truncate') {
            const size = Math.max(0, index.size - each.by)
            await truncate(store, index, model, size)
            if (each.by > 0) kept = [size]
          } else if (each.do === 'reopen') {
            store = store.reopened()
            index = await IndexStore.open(store, LOG, sha256)
            kept = [index.size]
          } else {
            index.release(index.size)
            kept = [index.size]
          }
        }
        for (const size of kept) expectSame(index.at(size), model, size)
        for (let size = 0; size <= index.size; size += 3) {
          const stream = new IndexRootStream(sha256)
          for (const row of index.at(index.size)?.rowsAt(size, leafHashOf) ?? []) if (row !== undefined) stream.add(row)
          expect(toHex(stream.root())).toBe(model.root(size))
        }
        expect(index.at(index.size + 1)).toBeUndefined()
        const rows = [...(index.at(index.size)?.rows() ?? [])]
        expect(rows).toHaveLength(index.subjects)
        expect(rows.every((row, i) => i === 0 || compareBytes(rows[i - 1]?.key ?? row.key, row.key) < 0)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  it('has the same root in whatever batches the entries came', async () => {
    const model = new Model()
    const all = Array.from({ length: 200 }, (_, i) => [
      { key: keyOf(i % 60), relation: 15 },
      { key: keyOf(60 + i), relation: 9 },
    ])
    const roots = new Set<string>()
    for (const size of [1, 7, 64, 200]) {
      const store = new MemoryStore()
      const index = await IndexStore.open(store, LOG, sha256)
      for (let at = 0; at < all.length; at += size) await extend(store, index, model, all.slice(at, at + size))
      roots.add(toHex(index.root()))
    }
    expect(roots.size).toBe(1)
  })

  it('keeps a list of thousands, and shortens it again', async () => {
    const store = new MemoryStore()
    const index = await IndexStore.open(store, LOG, sha256)
    const model = new Model()
    for (let i = 0; i < 40; i++) {
      await extend(
        store,
        index,
        model,
        Array.from({ length: 50 }, () => [{ key: keyOf(1), relation: 15 }]),
      )
    }
    expect(index.at(2000)?.positions(keyOf(1), 15)).toHaveLength(2000)
    const [earlier] = index.at(2000)?.rowsAt(1234, leafHashOf) ?? []
    expect(toHex(indexRoot(earlier === undefined ? [] : [earlier], sha256))).toBe(model.root(1234))
    expect(toHex(index.root())).toBe(model.root(2000))
    await truncate(store, index, model, 33)
    expect(toHex(index.root())).toBe(model.root(33))
    const reopened = await IndexStore.open(store.reopened(), LOG, sha256)
    expect(reopened.at(33)?.positions(keyOf(1), 15)).toEqual(Array.from({ length: 33 }, (_, i) => i))
  })

  it('is refused when a page hash was changed, and a changed page when it is read', async () => {
    const build = async (table: number): Promise<MemoryStore> => {
      const store = new MemoryStore()
      const index = await IndexStore.open(store, LOG, sha256)
      await extend(
        store,
        index,
        new Model(),
        Array.from({ length: 60 }, (_, i) => [{ key: keyOf(i), relation: 9 }]),
      )
      for await (const [key, value] of store.range(logRange(table, LOG))) {
        const damaged = Uint8Array.from(value)
        // In a page: the first hash of the first list.
        const at = table === TABLE.indexPage ? 36 : 20
        damaged[at] = (damaged[at] ?? 0) ^ 1
        await store.commit([{ type: 'put', key, value: damaged }])
        break
      }
      return store.reopened()
    }
    const badHash = await build(TABLE.indexChange)
    expect(await codeOfAsync(async () => IndexStore.open(badHash, LOG, sha256))).toBe('STORE_CORRUPT')
    const badPage = await IndexStore.open(await build(TABLE.indexPage), LOG, sha256)
    expect(await codeOfAsync(async () => [...(badPage.at(60)?.rows() ?? [])])).toBe('STORE_CORRUPT')
  })

  it('finds its pages again after any number of changes, of which it keeps no more than there are pages', async () => {
    const store = new MemoryStore()
    let index = await IndexStore.open(store, LOG, sha256)
    const model = new Model()
    let subjects = 0
    const fresh = (i: number): Hash => (i % 3 === 0 ? keyOf(i) : sha256(u32(i)))
    const seen = new Set<number>()
    for (let round = 0; round < 800; round++) {
      const batch = Array.from({ length: 1 + (round % 3) }, () =>
        Array.from({ length: 4 }, () => ({ key: fresh(subjects++), relation: 9 })),
      )
      await extend(store, index, model, batch)
      index.release(index.size)
      // Nearly all of it goes, and pages that were parted are one again.
      const size = round % 300 === 299 ? 3 : round % 10 === 9 ? index.size - 5 : index.size
      if (size < index.size) await truncate(store, index, model, size)
      const pages = await countRows(store, TABLE.indexPage)
      seen.add(await countRows(store, TABLE.indexBlock))
      expect(await countRows(store, TABLE.indexChange)).toBeLessThanOrEqual(Math.max(300, pages))
      if (round % 7 !== 0) continue
      const reopened = await IndexStore.open(store, LOG, sha256)
      expect(toHex(reopened.root())).toBe(toHex(index.root()))
      expect([...(reopened.at(index.size)?.rows() ?? [])]).toHaveLength(index.subjects)
      index = reopened
    }
    expect(toHex(index.root())).toBe(model.root(index.size))
    // Not yet written, one for all, and one for each first byte.
    expect(seen).toEqual(new Set([0, 1, 256]))
  })

  it('keeps few rows of a log that changes few pages, however often', async () => {
    const store = new MemoryStore()
    let index = await IndexStore.open(store, LOG, sha256)
    for (let round = 0; round < 300; round++) {
      await extend(store, index, new Model(), [[{ key: keyOf(round % 8), relation: 9 }]])
      if (round % 2 === 0) index = await IndexStore.open(store, LOG, sha256)
      expect(await countRows(store, TABLE.indexChange)).toBeLessThan(40)
    }
    expect(await countRows(store, TABLE.indexBlock)).toBe(1)
  })

  it('is refused when a page stands elsewhere, though its root is the same', async () => {
    const key = (first: number): Hash => concatBytes(Uint8Array.of(first), keyOf(first).subarray(1))
    const store = new MemoryStore()
    const index = await IndexStore.open(store, LOG, sha256)
    const model = new Model()
    const eight = [0x80, 0x90, 0xa0, 0xb0, 0xc0, 0xd0, 0xe0, 0xf0]
    await extend(
      store,
      index,
      model,
      eight.map((first) => [{ key: key(first), relation: 9 }]),
    )
    await extend(store, index, model, [[{ key: key(0), relation: 9 }]])
    await truncate(store, index, model, 8)
    expect((await IndexStore.open(store, LOG, sha256)).subjects).toBe(8)
    // Of the page that begins with a 1, and now is alone: it would be that of 10 then.
    const row = store.get(indexChangeKey(LOG, 2)) ?? new Uint8Array(0)
    const at = row.indexOf(1, 4 + 2 + 32)
    row[at] = 2
    await store.commit([{ type: 'put', key: indexChangeKey(LOG, 2), value: row }])
    expect(await codeOfAsync(async () => IndexStore.open(store, LOG, sha256))).toBe('STORE_CORRUPT')
  })

  it('is refused when its state is missing or cut', async () => {
    const store = new MemoryStore()
    await extend(store, await IndexStore.open(store, LOG, sha256), new Model(), [[{ key: keyOf(1), relation: 9 }]])
    const key = indexStateKey(LOG)
    const row = store.get(key) ?? new Uint8Array(0)
    for (let length = 0; length < row.length; length++) {
      await store.commit([{ type: 'put', key, value: row.slice(0, length) }])
      expect(await codeOfAsync(async () => IndexStore.open(store, LOG, sha256))).toBe('STORE_CORRUPT')
    }
    await store.commit([{ type: 'del', key }])
    expect(await codeOfAsync(async () => IndexStore.open(store, LOG, sha256))).toBe('STORE_CORRUPT')
  })

  it('stays readable at a size that is held, however far it grows, and forgets it when it is let go', async () => {
    const store = new MemoryStore()
    const index = await IndexStore.open(store, LOG, sha256)
    const model = new Model()
    const entries = (from: number): Posting[][] =>
      Array.from({ length: 40 }, (_, i) => [{ key: keyOf(from + i), relation: 9 }])
    await extend(store, index, model, entries(0))
    const held = index.hold(40)
    const before = [...(index.at(40)?.rows() ?? [])]
    const reading = held?.version.rows()[Symbol.iterator]()
    const read = [reading?.next().value, reading?.next().value]
    for (let from = 20; from < 400; from += 40) {
      await extend(store, index, model, entries(from))
      index.release(index.size)
      if (reading !== undefined) read.push(reading.next().value)
    }
    for (let next = reading?.next(); next?.done === false; next = reading?.next()) read.push(next.value)
    expect(read.map((row) => toHex(row?.key ?? new Uint8Array()))).toEqual(before.map(({ key }) => toHex(key)))
    expect(read.map((row) => toHex(row?.value ?? new Uint8Array()))).toEqual(before.map(({ value }) => toHex(value)))
    held?.letGo()
    index.release(index.size)
    await extend(store, index, model, entries(0))
    expect(index.at(40)).toBeUndefined()
    expect(index.hold(40)).toBeUndefined()
    expect(() => [...(held?.version.rows() ?? [])]).toThrow(/grew by too much/u)
  })

  it('does not take another history of the same size for the one that is held', async () => {
    const store = new MemoryStore()
    const index = await IndexStore.open(store, LOG, sha256)
    const model = new Model()
    const entries = (from: number): Posting[][] =>
      Array.from({ length: 20 }, (_, i) => [{ key: keyOf(from + i), relation: 9 }])
    await extend(store, index, model, entries(0))
    await extend(store, index, model, entries(20))
    const held = index.hold(40)
    await truncate(store, index, model, 20)
    await extend(store, index, model, entries(40))
    expect(() => [...(held?.version.rows() ?? [])]).toThrow(/grew by too much/u)
    held?.letGo()
  })
})
