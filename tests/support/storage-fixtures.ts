/**
 * Small logs for storage tests: appending, temporary directories.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type LogEntry, type LogStore } from '../../src/storage/log-store.ts'
import type { Operation, Store } from '../../src/storage/store.ts'

/** Appends as a node does: prepare, commit, apply, compare with the second path. */
export async function append(
  store: Store,
  log: LogStore,
  entries: readonly LogEntry[],
  more: readonly Operation[] = [],
): Promise<void> {
  const prepared = log.prepareAppend(entries)
  await store.commit([...prepared.operations, ...more])
  log.applied(prepared)
}

/** A directory that is removed when the test ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tallystick-storage-'))
  onTestFinished(async () => {
    await rm(directory, { recursive: true, force: true })
  })
  return directory
}
