/**
 * fsck of the subject index: derived from the entries once more, so that any row that says something else is found.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { equalBytes } from '../../src/encoding/bytes.ts'
import { openLogIndex } from '../../src/node/log-growth.ts'
import { fsck } from '../../src/storage/fsck.ts'
import { indexPageHashKey, indexPageKey, indexStateKey, logRange, TABLE } from '../../src/storage/keys.ts'
import { openLogStore } from '../../src/storage/log-store.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { leafHash } from '../../src/merkle/hash.ts'
import { nativeSha256 } from '../../src/storage/native-sha256.ts'
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
  const append = log.prepareAppend(entries.map((bytes) => ({ bytes, leafHash: leafHash(bytes, nativeSha256) })))
  await whole.commit(append.operations)
  log.applied(append)
  await openLogIndex(whole, log)
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
    for (const table of [TABLE.indexState, TABLE.indexPage, TABLE.indexPageHash, TABLE.indexPositions])
      expect((await rowsOf(table)).length).toBeGreaterThan(0)
  })

  it('finds every row that is gone', async () => {
    for (const table of [TABLE.indexPage, TABLE.indexPageHash, TABLE.indexPositions]) {
      for (const [key] of await rowsOf(table))
        expect(await findingsAfter({ type: 'del', key })).toContain('INDEX_WRONG')
    }
  })

  it('finds a change of any byte', async () => {
    for (const table of [TABLE.indexPage, TABLE.indexPageHash, TABLE.indexPositions, TABLE.indexState]) {
      for (const [key, value] of await rowsOf(table)) {
        for (let at = 0; at < value.length; at += 1 + Math.floor(value.length / 20)) {
          const changed = Uint8Array.from(value)
          changed[at] = (changed[at] ?? 0) ^ 1
          expect(await findingsAfter({ type: 'put', key, value: changed }), `byte ${at}`).not.toEqual([])
        }
      }
    }
  })

  it('finds rows that belong to nothing', async () => {
    const more: Operation[] = [
      { type: 'put', key: indexPageKey(0, 3, Uint8Array.of(32)), value: new Uint8Array(1) },
      { type: 'put', key: indexPageHashKey(0, 200, new Uint8Array(25)), value: new Uint8Array(32).fill(1) },
    ]
    for (const operation of more) expect(await findingsAfter(operation)).toContain('INDEX_WRONG')
    const state = await rowsOf(TABLE.indexState)
    expect(state).toHaveLength(1)
    expect(await findingsAfter({ type: 'del', key: indexStateKey(0) })).toContain('INDEX_WRONG')
  })

  it('is followed by a start that builds a damaged index anew', async () => {
    const [page] = await rowsOf(TABLE.indexPageHash)
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
})
