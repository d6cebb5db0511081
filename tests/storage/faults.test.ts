import { describe, expect, test } from 'vitest'
import { isLedgerError } from '../../src/errors.ts'
import { fsck } from '../../src/storage/fsck.ts'
import { type LogStore, openLogStore } from '../../src/storage/log-store.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { nativeSha256 } from '../../src/storage/native-sha256.ts'
import type { Store } from '../../src/storage/store.ts'
import { type Fault, FAULTS, FaultyStore } from '../support/storage-faulty-store.ts'
import { testEntries } from '../support/storage-entries.ts'
import { append } from '../support/storage-fixtures.ts'

const ORIGINS = ['a.example/log', 'b.example/log']
/** Batches of the workload: tiles complete inside, at the end of, and across batches; the third shrinks the log first. */
const BATCHES = [200, 100, -50, 262, 1, 256, 255, 40]

interface Acknowledged {
  sizes: Map<string, number>
  roots: Map<string, Uint8Array>
}

/** Runs the workload until it is done or the store fails; returns what was acknowledged. */
async function work(store: Store, branch: string): Promise<Acknowledged> {
  const acknowledged: Acknowledged = { sizes: new Map(), roots: new Map() }
  const acknowledge = (log: LogStore) => {
    acknowledged.sizes.set(log.origin, log.size)
    acknowledged.roots.set(log.origin, log.root())
  }
  try {
    const logs: LogStore[] = []
    for (const origin of ORIGINS) logs.push(await openLogStore(store, origin))
    for (const log of logs) acknowledge(log)
    for (const batch of BATCHES) {
      for (const log of logs) {
        if (batch < 0) {
          const truncate = log.prepareTruncate(Math.max(0, log.size + batch))
          await store.commit(truncate.operations)
          log.applied(truncate)
        } else await append(store, log, testEntries(log.size, batch, 40, branch + log.origin))
        acknowledge(log)
      }
    }
  } catch (error) {
    if (!isLedgerError(error, 'STORE_FAILED')) throw error
  }
  return acknowledged
}

/** What was acknowledged must be there; one more batch, whose answer was lost, may be. */
async function verify(store: Store, acknowledged: Acknowledged, mayShrink: boolean): Promise<void> {
  for (const [origin, size] of acknowledged.sizes) {
    const log = await openLogStore(store, origin, { mustExist: true })
    expect(log.size).toBeGreaterThanOrEqual(mayShrink ? 0 : size)
    const root = log.size < size ? acknowledged.roots.get(origin) : log.rootAt(size)
    expect(root).toEqual(acknowledged.roots.get(origin))
    const ids = new Set<string>()
    for (const [index, entry] of log.readEntries(0, log.size, Infinity).entries()) {
      const digest = nativeSha256(entry)
      expect(log.indexOf(digest)).toBe(index)
      ids.add(Buffer.from(digest).toString('hex'))
    }
    expect(ids.size).toBe(log.size)
  }
  const report = await fsck(store)
  expect(report.findings).toEqual([])
}

async function countCommits(): Promise<number> {
  const store = new FaultyStore(new MemoryStore(), Infinity, 'fails but is persisted')
  await work(store, '')
  return store.commits
}

/** Of two faults, the first is at every so many-th commit. */
const STEP = Number(process.env['TALLYSTICK_FAULT_STEP'] ?? 6)

describe('a log store over a store that fails', () => {
  test('loses nothing acknowledged and verifies after reopening, whichever commit fails in whichever way', async () => {
    const commits = await countCommits()
    expect(commits).toBe(ORIGINS.length * (1 + BATCHES.length))
    for (const fault of FAULTS) {
      for (let failAt = 0; failAt < commits; failAt++) {
        const disk = new MemoryStore()
        const acknowledged = await work(new FaultyStore(disk, failAt, fault), '')
        const isTruncation = BATCHES[Math.floor(failAt / ORIGINS.length) - 1] === -50
        await verify(disk.reopened(), acknowledged, isTruncation && fault === 'fails but is persisted')
      }
    }
  }, 60_000)

  test('also when a second commit fails after the restart', async () => {
    const commits = await countCommits()
    expect(commits).toBeGreaterThan(5)
    const pairs: [Fault, Fault][] = FAULTS.flatMap((first) => FAULTS.map((second): [Fault, Fault] => [first, second]))
    for (const [first, second] of pairs) {
      for (let failAt = 0; failAt < commits; failAt += STEP) {
        for (const again of [0, 1, 5]) {
          const disk = new MemoryStore()
          await work(new FaultyStore(disk, failAt, first), '')
          const restarted = disk.reopened()
          const acknowledged = await work(new FaultyStore(restarted, again, second), 'second run')
          await verify(restarted.reopened(), acknowledged, true)
        }
      }
    }
  }, 120_000)
})
