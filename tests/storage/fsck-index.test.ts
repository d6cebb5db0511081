/**
 * fsck of the subject index: derived from the entries once more, so that any row that says something else is found.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { concatBytes, equalBytes } from '../../src/encoding/bytes.ts'
import { openLogIndex, prepareGrowth, readEntries } from '../../src/node/log-growth.ts'
import { fsck } from '../../src/storage/fsck.ts'
import {
  INDEX_TABLES,
  indexBlockKey,
  indexChangeKey,
  indexPageKey,
  indexStateKey,
  logRange,
  TABLE,
} from '../../src/storage/keys.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import type { Operation, Row } from '../../src/storage/store.ts'
import { signed, SAMPLES, signedSamples } from '../support/statement-samples.ts'

const ORIGIN = 'indexed.example/log'
let whole: MemoryStore

beforeAll(async () => {
  whole = new MemoryStore()
  const log = await openLogStore(whole, ORIGIN)
  const revocations = Array.from({ length: 40 }, (_, i) =>
    signed(13, { ...SAMPLES[13].full, effective: 1_800_000_000 + i }),
  )
  const entries = [...signedSamples().map(({ bytes }) => bytes), new Uint8Array(20), ...revocations]
  const index = await openLogIndex(whole, log)
  for (let at = 0; at < entries.length; at += 9) {
    const read = readEntries(entries.slice(at, at + 9), () => undefined)
    const growth = prepareGrowth({ store: log, index }, read)
    await whole.commit(growth.operations)
    growth.applied()
  }
})

async function rowsOf(table: number): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of whole.range(logRange(table, 0))) rows.push(row)
  return rows
}

async function findingsAfter(...operations: Operation[]): Promise<string[]> {
  const store = whole.reopened()
  await store.commit(operations)
  return (await fsck(store)).findings.map(({ code }) => code)
}

describe('fsck of a subject index', () => {
  it('finds nothing in a whole one', async () => {
    expect(await findingsAfter()).toEqual([])
    for (const table of [TABLE.indexState, ...INDEX_TABLES]) expect((await rowsOf(table)).length).toBeGreaterThan(0)
  })

  it('finds every row that is gone', async () => {
    const unfound: number[] = []
    for (const table of INDEX_TABLES) {
      for (const [key] of await rowsOf(table))
        if (!(await findingsAfter({ type: 'del', key })).includes('INDEX_WRONG')) unfound.push(table)
    }
    expect(unfound).toEqual([])
  })

  it('finds a change of any byte, but where a later change in the journal takes its place', async () => {
    for (const table of [TABLE.indexState, ...INDEX_TABLES]) {
      let tried = 0
      let found = 0
      for (const [key, value] of await rowsOf(table)) {
        for (let at = 0; at < value.length; at += 1 + Math.floor(value.length / 20)) {
          const changed = Uint8Array.from(value)
          changed[at] = (changed[at] ?? 0) ^ 1
          tried++
          if ((await findingsAfter({ type: 'put', key, value: changed })).length > 0) found++
          else expect([TABLE.indexBlock, TABLE.indexChange], `byte ${at}`).toContain(table)
        }
      }
      // What the last changes say is not said again.
      if (table === TABLE.indexChange) expect(found).toBeGreaterThan(tried / 20)
    }
  })

  it('finds rows that belong to nothing', async () => {
    const more: Operation[] = [
      { type: 'put', key: indexPageKey(0, 3, Uint8Array.of(32)), value: new Uint8Array(1) },
      { type: 'put', key: concatBytes(indexBlockKey(0, 255), Uint8Array.of(1)), value: new Uint8Array(6) },
      { type: 'put', key: indexChangeKey(0, 1_000_000), value: new Uint8Array(4) },
    ]
    for (const operation of more) expect(await findingsAfter(operation)).toContain('INDEX_WRONG')
    const state = await rowsOf(TABLE.indexState)
    expect(state).toHaveLength(1)
    expect(await findingsAfter({ type: 'del', key: indexStateKey(0) })).toContain('INDEX_WRONG')
  })

  it('is followed by a start that builds a damaged index anew', async () => {
    const [page] = await rowsOf(TABLE.indexBlock)
    const store = whole.reopened()
    const before = (await rowsOf(TABLE.indexState))[0]?.[1] ?? new Uint8Array(0)
    await store.commit([{ type: 'put', key: page?.[0] ?? indexStateKey(0), value: new Uint8Array(32).fill(7) }])
    const reasons: string[] = []
    await openLogIndex(store, await openLogStore(store, ORIGIN), {
      onRebuild: (reason) => reasons.push(reason),
    })
    expect(reasons).toEqual(['it is damaged'])
    expect(equalBytes(store.get(indexStateKey(0)) ?? new Uint8Array(0), before)).toBe(true)
    expect((await fsck(store)).findings).toEqual([])
  })

  it('is followed by a start that builds an index without its state anew', async () => {
    const store = whole.reopened()
    const before = store.get(indexStateKey(0)) ?? new Uint8Array(0)
    await store.commit([{ type: 'del', key: indexStateKey(0) }])
    const reasons: string[] = []
    await openLogIndex(store, await openLogStore(store, ORIGIN), { onRebuild: (reason) => reasons.push(reason) })
    expect(reasons).toEqual(['it is damaged'])
    expect(equalBytes(store.get(indexStateKey(0)) ?? new Uint8Array(0), before)).toBe(true)
    expect((await fsck(store)).findings).toEqual([])
  })

  it('is followed by a start that builds the index of an earlier version anew', async () => {
    const store = whole.reopened()
    const now = store.get(indexStateKey(0)) ?? new Uint8Array(0)
    // Layout 1: a state without its number, and a row for the hash of each page.
    const earlier: Operation[] = [{ type: 'put', key: indexStateKey(0), value: now.slice(1, 45) }]
    for (const table of [TABLE.indexBlock, TABLE.indexChange])
      for (const [key] of await rowsOf(table)) earlier.push({ type: 'del', key })
    for (const [key] of await rowsOf(TABLE.indexPage)) {
      const hashKey = Uint8Array.from(key)
      hashKey[0] = TABLE.indexBlock
      earlier.push({ type: 'put', key: hashKey, value: new Uint8Array(32).fill(1) })
    }
    await store.commit(earlier)
    expect((await fsck(store)).findings).toEqual([])
    const reasons: string[] = []
    await openLogIndex(store, await openLogStore(store, ORIGIN), { onRebuild: (reason) => reasons.push(reason) })
    expect(reasons).toEqual(['an earlier version stored it'])
    expect(equalBytes(store.get(indexStateKey(0)) ?? new Uint8Array(0), now)).toBe(true)
    expect((await fsck(store)).findings).toEqual([])
  })
})
