import { describe, expect, test } from 'vitest'
import { proveInclusion, verifyInclusion } from '../../src/merkle/inclusion.ts'
import { proveConsistency, verifyConsistency } from '../../src/merkle/consistency.ts'
import { type Hash } from '../../src/merkle/hash.ts'
import { tilesOfSize } from '../../src/merkle/tile.ts'
import { appendLeaves, EMPTY_FRONTIER, treeRoot } from '../../src/merkle/tree.ts'
import { LedgerError } from '../../src/errors.ts'
import { entryKey, idKey, logStateKey, tileKey } from '../../src/storage/keys.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { nativeSha256 } from '../../src/storage/native-sha256.ts'
import { testEntries, testEntry } from '../support/storage-entries.ts'
import { append } from '../support/storage-fixtures.ts'

const ORIGIN = 'river-speech.example/log'

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return error instanceof LedgerError ? error.code : String(error)
  }
}

describe('a log store', () => {
  test('has the root of the recursive definition at every size from 0 to 600, on both paths', async () => {
    const store = new MemoryStore()
    const log = await openLogStore(store, ORIGIN)
    const leaves: Hash[] = []
    expect(log.root()).toEqual(treeRoot([]))
    for (let size = 1; size <= 600; size++) {
      const entry = testEntry(size - 1)
      leaves.push(entry.leafHash)
      const prepared = log.prepareAppend([entry])
      expect(prepared.size).toBe(size)
      await store.commit(prepared.operations)
      log.applied(prepared)
      const root = treeRoot(leaves, nativeSha256)
      expect(prepared.root).toEqual(root)
      expect(log.root()).toEqual(root)
      expect(log.rootBySecondPath(size)).toEqual(root)
    }
    const frontiers = appendLeaves(EMPTY_FRONTIER, leaves, nativeSha256)
    expect(log.frontier).toEqual(frontiers)
    for (let size = 0; size <= 600; size++)
      expect(log.rootAt(size)).toEqual(treeRoot(leaves.slice(0, size), nativeSha256))
    for (let size = 600; size >= 0; size -= 7) expect(log.rootBySecondPath(size)).toEqual(log.rootAt(size))
    expect(log.rootBySecondPath(600)).toEqual(log.root())
  })

  test('gives the same tree for every batch size from 1 to 300, reopened after each batch', async () => {
    const leaves = testEntries(0, 600).map((entry) => entry.leafHash)
    for (const batch of [1, 2, 3, 7, 20, 64, 100, 255, 256, 257, 300]) {
      let store = new MemoryStore()
      for (let size = 0; size < 600;) {
        const log = await openLogStore(store, ORIGIN)
        expect(log.size).toBe(size)
        const count = Math.min(batch, 600 - size)
        await append(store, log, testEntries(size, count))
        size += count
        expect(log.rootBySecondPath(size)).toEqual(treeRoot(leaves.slice(0, size), nativeSha256))
        store = store.reopened()
      }
    }
  })

  test('crosses a second tile level: 66,000 entries', async () => {
    const store = new MemoryStore()
    const log = await openLogStore(store, ORIGIN)
    const leaves: Hash[] = []
    for (let size = 0; size < 66_000; size += 1000) {
      const entries = testEntries(size, 1000, 20)
      for (const entry of entries) leaves.push(entry.leafHash)
      await append(store, log, entries)
      expect(log.rootBySecondPath(log.size)).toEqual(log.root())
    }
    expect(log.root()).toEqual(treeRoot(leaves, nativeSha256))
    const reopened = await openLogStore(store.reopened(), ORIGIN)
    expect(reopened.root()).toEqual(log.root())
    for (const size of [1, 255, 256, 257, 65_535, 65_536, 65_537, 66_000]) {
      expect(reopened.rootAt(size)).toEqual(treeRoot(leaves.slice(0, size), nativeSha256))
      for (const index of [0, size >> 1, size - 1]) {
        const path = proveInclusion(reopened.hashReader(), index, size, nativeSha256)
        verifyInclusion(reopened.readLeafHash(index), index, size, path, reopened.rootAt(size), nativeSha256)
      }
      const path = proveConsistency(reopened.hashReader(), size, 66_000, nativeSha256)
      verifyConsistency(size, reopened.rootAt(size), 66_000, log.root(), path, nativeSha256)
    }
  })

  test('reads back every entry, id and tile, and partial tiles of earlier sizes', async () => {
    const store = new MemoryStore()
    const log = await openLogStore(store, ORIGIN)
    const entries = testEntries(0, 600)
    await append(store, log, entries)
    for (const [index, entry] of entries.entries()) {
      expect(log.readEntry(index)).toEqual(entry.bytes)
      expect(log.indexOf(nativeSha256(entry.bytes))).toBe(index)
    }
    expect(log.indexOf(nativeSha256(testEntry(600).bytes))).toBeUndefined()
    for (const size of [1, 17, 256, 300, 512, 599, 600]) {
      for (const tile of tilesOfSize(size)) expect(log.readTile(tile).length).toBe(tile.width * 32)
    }
    expect(log.readTile({ level: 0, index: 0, width: 17 })).toEqual(
      log.readTile({ level: 0, index: 0, width: 256 }).slice(0, 544),
    )
    expect(codeOf(() => log.readTile({ level: 0, index: 2, width: 89 }))).toBe('NOT_FOUND')
    expect(codeOf(() => log.readTile({ level: 63, index: 0, width: 1 }))).toBe('NOT_FOUND')
    expect(codeOf(() => log.readEntry(600))).toBe('TREE_RANGE')
    expect(codeOf(() => log.readEntry(-1))).toBe('TREE_RANGE')
    expect(log.readEntries(0, 5, 85)).toEqual(entries.slice(0, 2).map((entry) => entry.bytes))
    expect(log.readEntries(598, 5, 1)).toEqual([entries[598]?.bytes])
    expect(log.readEntries(600, 5, 1)).toEqual([])
  })

  test('takes back a tail at every boundary and grows again to another history', async () => {
    for (const [from, to] of [
      [0, 0],
      [1, 0],
      [5, 3],
      [256, 255],
      [257, 256],
      [300, 1],
      [600, 512],
      [600, 513],
      [600, 0],
      [600, 256],
    ] as const) {
      const store = new MemoryStore()
      const log = await openLogStore(store, ORIGIN)
      await append(store, log, testEntries(0, from))
      const truncate = log.prepareTruncate(to)
      await store.commit(truncate.operations)
      log.applied(truncate)
      const kept = testEntries(0, to)
      expect(log.size).toBe(to)
      expect(log.root()).toEqual(
        treeRoot(
          kept.map((entry) => entry.leafHash),
          nativeSha256,
        ),
      )
      expect(log.indexOf(nativeSha256(testEntry(to).bytes))).toBeUndefined()
      const other = testEntries(to, 650 - to, 40, 'b')
      await append(store, log, other)
      const root = treeRoot(
        [...kept, ...other].map((entry) => entry.leafHash),
        nativeSha256,
      )
      expect(log.root()).toEqual(root)
      expect(log.rootBySecondPath(650)).toEqual(root)
      expect((await openLogStore(store.reopened(), ORIGIN)).root()).toEqual(root)
      // What a truncation leaves behind is what a log that never had the tail holds.
      const fresh = new MemoryStore()
      const freshLog = await openLogStore(fresh, ORIGIN)
      await append(fresh, freshLog, [...kept, ...other])
      expect(await allRows(store)).toEqual(await allRows(fresh))
    }
  })

  test('keeps many logs apart in one store, and their numbers over a restart', async () => {
    const store = new MemoryStore()
    const names = Array.from({ length: 30 }, (_, i) => `log-${i}.example/log`)
    const logs = await Promise.all(names.map((name) => openLogStore(store, name)))
    expect(new Set(logs.map((log) => log.log)).size).toBe(30)
    for (const [i, log] of logs.entries()) await append(store, log, testEntries(0, i * 20, 40, `log ${i}`))
    const reopened = store.reopened()
    for (const [i, log] of logs.entries()) {
      const again = await openLogStore(reopened, log.origin, { mustExist: true })
      expect(again.log).toBe(log.log)
      expect(again.size).toBe(i * 20)
      expect(again.root()).toEqual(log.root())
    }
    await expect(openLogStore(reopened, 'other.example/log', { mustExist: true })).rejects.toMatchObject({
      code: 'STORE_MISSING',
    })
  })

  test('stores repeated entries of a foreign log and answers with the first position', async () => {
    const store = new MemoryStore()
    const log = await openLogStore(store, ORIGIN)
    const same = testEntry(0)
    await append(store, log, [testEntry(1), same, same])
    await append(
      store,
      log,
      Array.from({ length: 300 }, () => same),
    )
    expect(log.indexOf(nativeSha256(same.bytes))).toBe(1)
    const row = store.get(idKey(log.log, nativeSha256(same.bytes)))
    expect(row?.length).toBe(16 * 6)
    const truncate = log.prepareTruncate(1)
    await store.commit(truncate.operations)
    log.applied(truncate)
    expect(log.indexOf(nativeSha256(same.bytes))).toBeUndefined()
  })

  test('refuses a change prepared for another state', async () => {
    const store = new MemoryStore()
    const log = await openLogStore(store, ORIGIN)
    const first = log.prepareAppend([testEntry(0)])
    const second = log.prepareAppend([testEntry(1)])
    log.applied(first)
    expect(codeOf(() => log.applied(second))).toBe('INVARIANT')
  })

  test('answers as before until a prepared append is applied', async () => {
    const store = new MemoryStore()
    const log = await openLogStore(store, ORIGIN)
    await append(store, log, testEntries(0, 255))
    const before = log.root()
    const prepared = log.prepareAppend(testEntries(255, 3))
    expect(log.root()).toEqual(before)
    expect(log.size).toBe(255)
    await store.commit(prepared.operations)
    expect(log.root()).toEqual(before)
    expect(log.indexOf(nativeSha256(testEntry(256).bytes))).toBeUndefined()
    log.applied(prepared)
    expect(log.root()).toEqual(prepared.root)
    expect(log.indexOf(nativeSha256(testEntry(256).bytes))).toBe(256)
  })

  test('refuses an entry whose length does not fit 16 bits', async () => {
    const log = await openLogStore(new MemoryStore(), ORIGIN)
    expect(codeOf(() => log.prepareAppend([testEntry(0, 65_536)]))).toBe('STATEMENT_TOO_LARGE')
    expect(log.prepareAppend([testEntry(0, 65_535)]).size).toBe(1)
  })
})

describe('damage below a log store', () => {
  test('is reported for any changed byte of an entry, a tile or the state row, never served', async () => {
    const store = new MemoryStore()
    const log = await openLogStore(store, ORIGIN)
    await append(store, log, testEntries(0, 600))
    const rows: [Uint8Array, (fresh: Awaited<ReturnType<typeof openLogStore>>) => unknown][] = [
      [entryKey(log.log, 3), (fresh) => fresh.readEntry(3)],
      [entryKey(log.log, 300), (fresh) => fresh.readEntry(300)],
      [entryKey(log.log, 599), (fresh) => fresh.readEntry(599)],
      [tileKey(log.log, 0, 0), (fresh) => fresh.readEntry(3)],
      [tileKey(log.log, 0, 1), (fresh) => fresh.readTile({ level: 0, index: 1, width: 200 })],
      [logStateKey(log.log), (fresh) => fresh.readEntry(3)],
    ]
    for (const [key, read] of rows) {
      const value = store.get(key) ?? new Uint8Array(0)
      const positions = value.length > 100 ? [0, 1, 31, 32, 100, value.length - 1] : Array.from(value.keys())
      for (const position of positions) {
        const damaged = store.reopened()
        const changed = value.slice()
        changed[position] = (changed[position] ?? 0) ^ 0x10
        await damaged.commit([{ type: 'put', key, value: changed }])
        await expect(openLogStore(damaged, ORIGIN).then(read)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
      }
      const missing = store.reopened()
      await missing.commit([{ type: 'del', key }])
      await expect(openLogStore(missing, ORIGIN).then(read)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    }
  })

  test('between hash and store is found by the second path before anything is signed', async () => {
    for (const target of ['entry', 'tile'] as const) {
      const store = new MemoryStore()
      const log = await openLogStore(store, ORIGIN)
      await append(store, log, testEntries(0, 200))
      const prepared = log.prepareAppend(testEntries(200, 100))
      const key = target === 'entry' ? entryKey(log.log, 250) : tileKey(log.log, 0, 0)
      const operations = prepared.operations.map((operation) => {
        if (operation.type === 'del' || Buffer.compare(operation.key, key) !== 0) return operation
        const value = operation.value.slice()
        value[5] = (value[5] ?? 0) ^ 1
        return { ...operation, value }
      })
      await store.commit(operations)
      log.applied(prepared)
      let isFound = false
      try {
        isFound = Buffer.compare(log.rootBySecondPath(300), prepared.root) !== 0
      } catch (error) {
        isFound = error instanceof LedgerError && error.code === 'STORE_CORRUPT'
      }
      expect(isFound).toBe(true)
    }
  })
})

async function allRows(store: MemoryStore): Promise<[string, string][]> {
  const rows: [string, string][] = []
  for await (const [key, value] of store.range({ gte: Uint8Array.of(0), lt: Uint8Array.of(255) })) {
    rows.push([Buffer.from(key).toString('hex'), Buffer.from(value).toString('hex')])
  }
  return rows
}
