import { copyFile, cp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, afterAll, describe, expect, test } from 'vitest'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fsck } from '../../src/storage/fsck.ts'
import { readHead, replaceHead } from '../../src/storage/head-file.ts'
import { createLevelStore, openLevelStore } from '../../src/storage/level-store.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { putWitnessState } from '../../src/storage/node-rows.ts'
import { testEntries } from '../support/storage-entries.ts'
import type { Outcome } from '../support/storage-opener.ts'
import { Opener } from '../support/storage-opener-process.ts'
import { append, temporaryDirectory } from '../support/storage-fixtures.ts'
import { until } from '../support/node-process.ts'

const ORIGIN = 'surgery.example/log'
const SIZE = 700
const WITNESSED = 'witnessed.example/log'

let opener: Opener
let root = ''
let home = ''
let expectedRoot: Uint8Array = new Uint8Array(0)
let tables: string[] = []
let copies = 0

beforeAll(async () => {
  opener = new Opener()
  root = await mkdtemp(join(tmpdir(), 'tallystick-surgery-'))
  home = join(root, 'home')
  // Reopened twice, so that there are table files and a write-ahead log.
  let store = await createLevelStore(join(home, 'store'))
  for (let size = 0; size < SIZE; size += 100) {
    const log = await openLogStore(store, ORIGIN)
    await append(store, log, testEntries(size, 100, 573))
    if (size === 200 || size === 500) {
      await store.close()
      store = await openLevelStore(join(home, 'store'))
    }
    expectedRoot = log.root()
  }
  await store.commit([putWitnessState(WITNESSED, new Uint8Array(200).fill(5))])
  // LevelDB joins its two tables behind our back: closed meanwhile, it leaves a third one that it would not miss.
  await until('the tables are one', async () => (await tableNames()).length === 1)
  await store.close()
  await replaceHead(join(home, 'head'), undefined, {
    origin: ORIGIN,
    size: SIZE,
    root: expectedRoot,
    state: 'published',
  })
  tables = await tableNames()
})

async function tableNames(): Promise<string[]> {
  return (await readdir(join(home, 'store'))).filter((name) => name.endsWith('.ldb'))
}

afterAll(async () => {
  await opener.stop()
  await rm(root, { recursive: true, force: true })
})

/** Copies the home, damages the copy, and starts it as a node does: head, store, log, all reads, fsck. */
async function start(damage: (store: string) => Promise<void>): Promise<Outcome> {
  const copy = join(root, `copy-${copies++}`)
  await cp(home, copy, { recursive: true })
  try {
    await damage(join(copy, 'store'))
    return await opener.open(copy)
  } finally {
    await rm(copy, { recursive: true })
  }
}

const flip = async (path: string, position: number, bit: number) => {
  const file = await open(path, 'r+')
  const byte = new Uint8Array(1)
  await file.read(byte, 0, 1, position)
  byte[0] = (byte[0] ?? 0) ^ (1 << bit)
  await file.write(byte, 0, 1, position)
  await file.close()
}

/** Not needed to open the store, and of no content: LevelDB's own diary and its lock. */
const isDispensable = (name: string) => name === 'LOG' || name === 'LOG.old' || name === 'LOCK'

/** TALLYSTICK_TABLE_FLIPS: more of them. */
const FLIPS = Number(process.env['TALLYSTICK_TABLE_FLIPS'] ?? 100)

describe('a store with damaged files', () => {
  test('has all kinds of files before the surgery', async () => {
    const names = await readdir(join(home, 'store'))
    expect(tables.length).toBeGreaterThan(0)
    expect(names.some((name) => name.endsWith('.log'))).toBe(true)
    expect(names.some((name) => name.startsWith('MANIFEST'))).toBe(true)
    expect(await start(async () => undefined)).toEqual({ whole: true })
  })

  test('never starts empty or smaller when a file is deleted, emptied or cut', async () => {
    for (const name of await readdir(join(home, 'store'))) {
      const size = (await stat(join(home, 'store', name))).size
      const cuts = [0, 1, Math.floor(size / 3), Math.floor(size / 2), size - 1].filter((cut) => cut >= 0 && cut < size)
      const damages = [
        (store: string) => rm(join(store, name)),
        ...cuts.map((cut) => (store: string) => truncate(join(store, name), cut)),
        (store: string) => writeFile(join(store, name), new Uint8Array(size)),
      ]
      for (const damage of damages) {
        const outcome = await start(damage)
        if (isDispensable(name)) expect(outcome, name).toEqual({ whole: true })
        else if ('whole' in outcome) {
          // Cutting the second slot of the commit file leaves the first, one behind at most.
          expect(name).toBe('COMMITTED')
        } else
          expect(outcome.code, name).toMatch(/^STORE_(MISSING|CORRUPT|FAILED)$|_(MISSING|WRONG|UNREADABLE|ORPHAN)$/)
      }
    }
  }, 120_000)

  test('never starts empty or smaller when two files are deleted', async () => {
    const names = (await readdir(join(home, 'store'))).filter((name) => !isDispensable(name))
    for (const [i, first] of names.entries()) {
      for (const second of names.slice(i + 1)) {
        const outcome = await start(async (store) => {
          await rm(join(store, first))
          await rm(join(store, second))
        })
        expect(outcome, `${first} ${second}`).toMatchObject({
          code: expect.stringMatching(/^STORE_(MISSING|CORRUPT)$/),
        })
      }
    }
  }, 60_000)

  test('is noticed by the head file when the whole database is an older copy of itself', async () => {
    const older = join(root, 'older')
    await cp(home, older, { recursive: true })
    const copy = join(await temporaryDirectory(), 'home')
    await cp(home, copy, { recursive: true })
    const store = await openLevelStore(join(copy, 'store'))
    const log = await openLogStore(store, ORIGIN)
    await append(store, log, testEntries(SIZE, 50, 573))
    await store.close()
    const head = await readHead(join(copy, 'head'))
    await replaceHead(join(copy, 'head'), head, { origin: ORIGIN, size: log.size, root: log.root(), state: 'proposed' })
    await rm(join(copy, 'store'), { recursive: true })
    await cp(join(older, 'store'), join(copy, 'store'), { recursive: true })
    const restored = await openLevelStore(join(copy, 'store'))
    const newHead = await readHead(join(copy, 'head'))
    const again = await openLogStore(restored, ORIGIN)
    expect(again.size).toBeLessThan(newHead?.size ?? 0)
    const report = await fsck(restored, { heads: newHead === undefined ? [] : [newHead] })
    expect(report.findings.map((finding) => finding.code)).toEqual(['HEAD_BEYOND_SIZE'])
    await restored.close()
  })

  test('is found for every flipped bit in the write-ahead log', async () => {
    const name = (await readdir(join(home, 'store'))).find((found) => found.endsWith('.log')) ?? ''
    const size = (await stat(join(home, 'store', name))).size
    for (let round = 0; round < 60; round++) {
      const position = Math.floor((round * size) / 60)
      const outcome = await start((store) => flip(join(store, name), position, round % 8))
      expect(outcome, `bit ${round % 8} of byte ${position}`).toMatchObject({ code: 'STORE_CORRUPT' })
    }
  }, 120_000)

  test(`is found, or has changed nothing, for ${FLIPS} flipped bits in its table files`, async () => {
    let found = 0
    const codes = new Map<string, number>()
    for (let round = 0; round < FLIPS; round++) {
      const name = tables[round % tables.length] ?? ''
      const size = (await stat(join(home, 'store', name))).size
      const position = (round * 7919 + round * round * 31) % size
      const outcome = await start((store) => flip(join(store, name), position, round % 8))
      if ('code' in outcome) {
        expect(outcome.code, `${name} ${position}`).not.toMatch(/^(WRONG_BYTES|SMALL_ROW_LOST)$/)
        codes.set(outcome.code, (codes.get(outcome.code) ?? 0) + 1)
        found++
      }
    }
    process.stderr.write(`flipped bits in tables: ${JSON.stringify(Object.fromEntries(codes))}\n`)
    // The rest hit bytes without content: checksums LevelDB does not read, filter bits, padding.
    expect(found).toBeGreaterThan((FLIPS * 2) / 3)
  }, 240_000)

  test('is found for every flipped bit in the current commit slot, MANIFEST and CURRENT, or changed nothing', async () => {
    // Each costs six times as much as one in a table file.
    const rounds = Math.ceil(FLIPS / 6)
    for (const name of await readdir(join(home, 'store'))) {
      if (!/^(MANIFEST.*|CURRENT|COMMITTED)$/.test(name)) continue
      const bytes = await readFile(join(home, 'store', name))
      for (let round = 0; round < rounds; round++) {
        const position =
          name === 'COMMITTED' ? (round % 2) * 4096 + (round % 32) : Math.floor((round * bytes.length) / rounds)
        const outcome = await start((store) => flip(join(store, name), position, round % 8))
        if ('code' in outcome) expect(outcome.code, `${name} ${position}`).toMatch(/^STORE_(MISSING|CORRUPT|FAILED)$/)
        else expect(outcome).toEqual({ whole: true })
      }
    }
  }, 120_000)

  test('does not pass with the files of another store mixed in', async () => {
    const other = await createLevelStore(join(root, 'other'))
    const log = await openLogStore(other, ORIGIN)
    await append(other, log, testEntries(0, 300, 573, 'other'))
    await other.close()
    const own = await readdir(join(home, 'store'))
    for (const name of await readdir(join(root, 'other'))) {
      // A file under a number that the home does not use is nothing to it.
      if (isDispensable(name) || !own.includes(name)) continue
      const outcome = await start((store) => copyFile(join(root, 'other', name), join(store, name)))
      expect('code' in outcome ? outcome.code : `${name} accepted`).toMatch(
        /^STORE_(MISSING|CORRUPT|FAILED)$|_(MISSING|WRONG|UNREADABLE|ORPHAN)$/,
      )
    }
  }, 60_000)
})
