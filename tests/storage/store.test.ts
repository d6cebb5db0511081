import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { createLevelStore, openLevelStore } from '../../src/storage/level-store.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import type { Store } from '../../src/storage/store.ts'
import { storeSuite } from '../conformance/store-suite.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tallystick-store-'))
})
afterAll(async () => {
  await rm(root, { recursive: true, force: true })
})

let next = 0
storeSuite('LevelDB', {
  create: () => createLevelStore(join(root, String(next++))),
  async reopen(store) {
    await store.close()
    return openLevelStore(store.location)
  },
})

storeSuite('memory', {
  create: async () => new MemoryStore(),
  async reopen(store: Store) {
    await store.close()
    if (!(store instanceof MemoryStore)) throw new TypeError('expected a store in memory')
    return store.reopened()
  },
})
