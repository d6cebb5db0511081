import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { describe, expect, test } from 'vitest'
import { u32 } from '../../src/encoding/bytes.ts'
import { createLevelStore, openLevelStore, STORE_VERSION } from '../../src/storage/level-store.ts'
import { temporaryDirectory } from '../support/storage-fixtures.ts'

const row = (text: string) => ({
  type: 'put' as const,
  key: new TextEncoder().encode(text),
  value: new Uint8Array(100).fill(7),
})

describe('a LevelDB store', () => {
  test('is made once: never over a store, and never by opening', async () => {
    const directory = join(await temporaryDirectory(), 'store')
    await expect(openLevelStore(directory)).rejects.toMatchObject({ code: 'STORE_MISSING' })
    await mkdir(directory)
    await expect(openLevelStore(directory)).rejects.toMatchObject({ code: 'STORE_MISSING' })
    expect(await readdir(directory)).toEqual([])
    const store = await createLevelStore(directory)
    await store.commit([row('a')])
    await store.close()
    await expect(createLevelStore(directory)).rejects.toMatchObject({ code: 'STORE_EXISTS' })
    const again = await openLevelStore(directory)
    expect(again.get(row('a').key)).toEqual(row('a').value)
    await again.close()
  })

  test('is refused to a second opener', async () => {
    const store = await createLevelStore(join(await temporaryDirectory(), 'store'))
    await expect(openLevelStore(store.location)).rejects.toMatchObject({ code: 'HOME_LOCKED' })
    await store.commit([row('a')])
    await store.close()
  })

  test('is refused when a later version wrote it', async () => {
    const directory = join(await temporaryDirectory(), 'store')
    await (await createLevelStore(directory)).close()
    const later = new Level<Uint8Array, Uint8Array>(directory, { keyEncoding: 'view', valueEncoding: 'view' })
    const key = Uint8Array.of(0, 0x76)
    const { crc32 } = await import('node:zlib')
    const value = Buffer.concat([u32(STORE_VERSION + 1), new Uint8Array(16)])
    await later.put(key, Buffer.concat([value, u32(crc32(value, crc32(key)))]))
    await later.close()
    await expect(openLevelStore(directory)).rejects.toMatchObject({ code: 'STORE_VERSION' })
  })

  test('accepts nothing after its first failure, and says the first failure each time', async () => {
    const store = await createLevelStore(join(await temporaryDirectory(), 'store'))
    await store.commit([row('a')])
    // The engine is closed under the store: the nearest thing to a device that goes away, without one.
    const { engine } = store as unknown as { engine: { close(): Promise<void> } }
    await engine.close()
    const [first, second] = await Promise.allSettled([store.commit([row('b')]), store.commit([row('c')])])
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'STORE_FAILED' } })
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'STORE_FAILED' } })
    expect(store.failure).toMatchObject({ code: 'STORE_FAILED' })
    expect(() => store.get(row('a').key)).toThrow(expect.objectContaining({ code: 'STORE_FAILED' }))
    await expect(store.commit([row('d')])).rejects.toMatchObject({ code: 'STORE_FAILED' })
    const rows = store.range({ gte: Uint8Array.of(0x20), lt: Uint8Array.of(0xff) })[Symbol.asyncIterator]()
    await expect(rows.next()).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await store.close()
    const again = await openLevelStore(store.location)
    expect(again.get(row('a').key)).toBeDefined()
    await again.close()
  })

  test('notices that its newest commits are gone when an older copy of the database is put under it', async () => {
    const root = await temporaryDirectory()
    const directory = join(root, 'store')
    const store = await createLevelStore(directory)
    await store.commit([row('a')])
    await store.close()
    await cp(directory, join(root, 'copy'), { recursive: true })
    const again = await openLevelStore(directory)
    await again.commit([row('b')])
    await again.close()
    for (const name of await readdir(directory)) {
      if (name !== 'COMMITTED') await rm(join(directory, name))
    }
    for (const name of await readdir(join(root, 'copy'))) {
      if (name !== 'COMMITTED') await cp(join(root, 'copy', name), join(directory, name))
    }
    await expect(openLevelStore(directory)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    // Nothing is healed by trying again; only a repair goes on from here.
    await expect(openLevelStore(directory)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    const accepted = await openLevelStore(directory, { acceptLoss: true })
    expect(accepted.get(row('a').key)).toBeDefined()
    expect(accepted.get(row('b').key)).toBeUndefined()
    await accepted.commit([row('c')])
    await accepted.close()
    const healed = await openLevelStore(directory)
    expect(healed.get(row('c').key)).toBeDefined()
    await healed.close()
  })

  test('refuses the commit file of another store', async () => {
    const root = await temporaryDirectory()
    const one = await createLevelStore(join(root, 'one'))
    await one.close()
    const two = await createLevelStore(join(root, 'two'))
    await two.close()
    await cp(join(root, 'one', 'COMMITTED'), join(root, 'two', 'COMMITTED'))
    await expect(openLevelStore(two.location)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
  })

  test('goes on counting over reopenings, also for commits written as one group', async () => {
    const store = await createLevelStore(join(await temporaryDirectory(), 'store'))
    const counter = store as unknown as { sequence: number }
    await store.commit([row('a')])
    expect(counter.sequence).toBe(1)
    await store.close()
    const again = await openLevelStore(store.location)
    await Promise.all(Array.from({ length: 40 }, (_, i) => again.commit([row(`b${i}`)])))
    await again.close()
    const last = await openLevelStore(store.location)
    for (let i = 0; i < 40; i++) expect(last.get(row(`b${i}`).key)).toBeDefined()
    await last.close()
  })
})
