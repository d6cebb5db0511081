/**
 * The contract of the Store port, run on every implementation: `storeSuite(name, factory)` in a test file.
 */
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { Operation, Row, Store } from '../../src/storage/store.ts'

export interface StoreFactory {
  create(): Promise<Store>
  /** Closes the store and opens what it left behind. */
  reopen(store: Store): Promise<Store>
}

const key = (text: string) => new TextEncoder().encode(text)
const put = (name: string, value: string): Operation => ({ type: 'put', key: key(name), value: key(value) })
const del = (name: string): Operation => ({ type: 'del', key: key(name) })
const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : new TextDecoder().decode(bytes))
const ALL = { gte: Uint8Array.of(0x20), lt: Uint8Array.of(0xff) }

async function collect(store: Store, range: Parameters<Store['range']>[0]): Promise<string[]> {
  const rows: string[] = []
  for await (const [name, value] of store.range(range)) rows.push(`${text(name)}=${text(value)}`)
  return rows
}

export function storeSuite(name: string, factory: StoreFactory): void {
  describe(`${name} as a store`, () => {
    const opened: Store[] = []
    const create = async () => {
      const store = await factory.create()
      opened.push(store)
      return store
    }
    const reopen = async (store: Store) => {
      const again = await factory.reopen(store)
      opened.push(again)
      return again
    }
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close()
    })

    test('answers undefined for a key that was never put', async () => {
      const store = await create()
      expect(store.get(key('a'))).toBeUndefined()
      expect(await collect(store, ALL)).toEqual([])
    })

    test('has all operations of a commit, after it and after reopening', async () => {
      const store = await create()
      await store.commit([put('a', '1'), put('b', ''), put('c', '3')])
      await store.commit([del('a'), put('c', '33'), del('never')])
      await store.commit([])
      const check = async (at: Store) => {
        expect(text(at.get(key('a')))).toBeUndefined()
        expect(text(at.get(key('b')))).toBe('')
        expect(text(at.get(key('c')))).toBe('33')
        expect(await collect(at, ALL)).toEqual(['b=', 'c=33'])
      }
      await check(store)
      await check(await reopen(store))
    })

    test('lets the later of two operations on one key win', async () => {
      const store = await create()
      await store.commit([put('a', '1'), del('a'), put('b', '1'), put('b', '2'), put('c', '1'), del('c')])
      expect(await collect(store, ALL)).toEqual(['b=2'])
    })

    test('applies commits in the order of the calls, also when they are not awaited', async () => {
      const store = await create()
      const commits = Array.from({ length: 50 }, (_, i) => store.commit([put('last', String(i)), put(`n${i}`, 'x')]))
      await Promise.all(commits)
      expect(text(store.get(key('last')))).toBe('49')
      const again = await reopen(store)
      expect(text(again.get(key('last')))).toBe('49')
      expect((await collect(again, { gte: key('n'), lt: key('o') })).length).toBe(50)
    })

    test('ranges over gte <= key < lt in bytewise order, forwards and backwards, up to a limit', async () => {
      const store = await create()
      await store.commit(['b', 'a', 'ab', 'c', 'aa', 'b\u00ff'].map((name) => put(name, name)))
      expect(await collect(store, { gte: key('a'), lt: key('b') })).toEqual(['a=a', 'aa=aa', 'ab=ab'])
      expect(await collect(store, { gte: key('aa'), lt: key('c'), reverse: true })).toEqual([
        'b\u00ff=b\u00ff',
        'b=b',
        'ab=ab',
        'aa=aa',
      ])
      expect(await collect(store, { gte: key('a'), lt: key('z'), limit: 2 })).toEqual(['a=a', 'aa=aa'])
      expect(await collect(store, { gte: key('a'), lt: key('z'), reverse: true, limit: 1 })).toEqual(['c=c'])
      expect(await collect(store, { gte: key('c'), lt: key('a') })).toEqual([])
      expect(await collect(store, { gte: key('a'), lt: key('a') })).toEqual([])
      const keys: (string | undefined)[] = []
      for await (const found of store.keys({ gte: key('ab'), lt: key('z') })) keys.push(text(found))
      expect(keys).toEqual(['ab', 'b', 'b\u00ff', 'c'])
    })

    test('iterates over the rows as they were when the iteration began', async () => {
      const store = await create()
      await store.commit(Array.from({ length: 1000 }, (_, i) => put(`k${String(i).padStart(4, '0')}`, 'old')))
      const seen: string[] = []
      for await (const [, value] of store.range(ALL)) {
        if (seen.length === 0) {
          await store.commit([put('k0999', 'new'), del('k0500'), put('k2000', 'new')])
        }
        seen.push(text(value) ?? '')
      }
      expect(seen.length).toBe(1000)
      expect(new Set(seen)).toEqual(new Set(['old']))
      expect(text(store.get(key('k0999')))).toBe('new')
    })

    test('hands out copies: changing what was put or read changes nothing', async () => {
      const store = await create()
      const value = key('value')
      const name = key('a')
      await store.commit([{ type: 'put', key: name, value }])
      value.fill(0)
      name.fill(0x62)
      store.get(key('a'))?.fill(0)
      for await (const [foundKey, found] of store.range(ALL)) {
        foundKey.fill(0)
        found.fill(0)
      }
      expect(await collect(store, ALL)).toEqual(['a=value'])
      expect(Object.getPrototypeOf(store.get(key('a')))).toBe(Uint8Array.prototype)
    })

    test('refuses keys outside the table, before anything is written', async () => {
      const store = await create()
      const value = key('x')
      for (const bad of [new Uint8Array(0), Uint8Array.of(0x1f), new Uint8Array(1025).fill(0x61)]) {
        await expect(store.commit([put('a', '1'), { type: 'put', key: bad, value }])).rejects.toThrow(RangeError)
      }
      expect(store.failure).toBeUndefined()
      expect(store.get(key('a'))).toBeUndefined()
    })

    test('takes binary keys and values of many sizes', async () => {
      const store = await create()
      const rows: Row[] = [0, 1, 255, 4096, 65_535, 200_000].map((size, i) => [
        Uint8Array.of(0x65, 0, 255, i),
        new Uint8Array(size).fill(i + 200),
      ])
      await store.commit(rows.map(([name, value]) => ({ type: 'put', key: name, value })))
      for (const [name, value] of rows) expect(store.get(name)).toEqual(value)
      const again = await reopen(store)
      for (const [name, value] of rows) expect(again.get(name)).toEqual(value)
    })

    test('rejects everything after close, and may be closed twice', async () => {
      const store = await create()
      await store.commit([put('a', '1')])
      await store.close()
      await store.close()
      expect(() => store.get(key('a'))).toThrow(expect.objectContaining({ code: 'STORE_FAILED' }))
      await expect(store.commit([put('a', '2')])).rejects.toMatchObject({ code: 'STORE_FAILED' })
      await expect(collect(store, ALL)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    })

    test('finishes commits that were called before close', async () => {
      const store = await create()
      const commits = [store.commit([put('a', '1')]), store.commit([put('b', '2')])]
      await store.close()
      await Promise.all(commits)
      expect(await collect(await reopen(store), ALL)).toEqual(['a=1', 'b=2'])
    })

    test('agrees with a map under any sequence of commits', async () => {
      const operation = fc.record({
        type: fc.constantFrom('put' as const, 'del' as const),
        key: fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bytes) => Uint8Array.of(0x65, ...bytes)),
        value: fc.uint8Array({ maxLength: 8 }),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(operation, { maxLength: 8 }), { maxLength: 6 }), async (commits) => {
          let store = await factory.create()
          const model = new Map<string, string>()
          for (const operations of commits) {
            await store.commit(operations)
            for (const { type, key: name, value } of operations) {
              const at = Buffer.from(name).toString('hex')
              if (type === 'del') model.delete(at)
              else model.set(at, Buffer.from(value).toString('hex'))
            }
          }
          store = await factory.reopen(store)
          const rows: [string, string][] = []
          for await (const [name, value] of store.range(ALL)) {
            rows.push([Buffer.from(name).toString('hex'), Buffer.from(value).toString('hex')])
          }
          await store.close()
          const expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1))
          expect(rows).toEqual(expected)
        }),
        { numRuns: 40 },
      )
    })
  })
}
