/** What repair takes over is read by a process of its own, because LevelDB can end the one in which it meets a damaged block. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readKeptRows } from '../../src/cli/kept-rows.ts'
import { RECOVERY_ROW } from '../../src/node/own-log.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { entryKey, freezeKey, metaKey, queueKey, witnessKey } from '../../src/storage/keys.ts'
import { createLevelStore, openLevelStore } from '../../src/storage/level-store.ts'
import { temporaryFolder } from '../support/cli-run.ts'

async function makeStore(): Promise<{ database: string; kept: readonly Uint8Array[] }> {
  const folder = await temporaryFolder()
  onTestFinished(() => folder.remove())
  const database = join(folder.path, 'db')
  const store = await createLevelStore(database)
  const waiting = Array.from({ length: 600 }, (_, i) => queueKey(i))
  const kept = [witnessKey('a.example/log'), freezeKey('b.example/log'), metaKey('counted/x'), ...waiting]
  const value = encodeUtf8('a value')
  await store.commit([...kept, RECOVERY_ROW, entryKey(1, 0)].map((key) => ({ type: 'put' as const, key, value })))
  await store.close()
  // Opening moves the rows from the write-ahead log into a table.
  await (await openLevelStore(database)).close()
  return { database, kept }
}

it('takes over witness records, freezes, small rows and waiting statements, and nothing else', async () => {
  const { database, kept } = await makeStore()
  const rows = await readKeptRows(database, false)
  expect(new Set(rows.map(([key]) => key.join()))).toEqual(new Set(kept.map((key) => key.join())))
  expect(rows).toHaveLength(kept.length)
  for (const [, value] of rows) expect(value).toEqual(encodeUtf8('a value'))
})

it('says that nothing can be read where the database ends the process that reads it', async () => {
  const { database } = await makeStore()
  const tables = (await readdir(database)).filter((name) => name.endsWith('.ldb'))
  expect(tables.length).toBeGreaterThan(0)
  for (const name of tables) {
    const bytes = await readFile(join(database, name))
    // The first block begins with a key of which it shares 0 bytes; one of fewer than 8 bytes is what LevelDB asserts cannot be.
    expect(bytes[0]).toBe(0)
    bytes[1] = 4
    await writeFile(join(database, name), bytes)
  }
  await expect(readKeptRows(database, true)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
})

it('says why where a store cannot be opened', async () => {
  const folder = await temporaryFolder()
  onTestFinished(() => folder.remove())
  await expect(readKeptRows(join(folder.path, 'nothing'), true)).rejects.toMatchObject({
    code: 'STORE_CORRUPT',
    message: expect.stringContaining('CURRENT') as string,
  })
})
