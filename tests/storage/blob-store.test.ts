import { execFileSync } from 'node:child_process'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cidOf } from '../../src/encoding/cid.ts'
import { nativeSha256 } from '../../src/node/native-crypto.ts'
import { BlobStore, MAX_BLOB_BYTES } from '../../src/storage/blob-store.ts'
import { codeOfAsync } from '../support/error-code.ts'
import { mountMemory } from '../support/small-disk.ts'
import { temporaryDirectory } from '../support/storage-fixtures.ts'

const TEXT = new TextEncoder().encode('Dear Acme')

describe('blobs', () => {
  test('are read as they were put, listed, and gone when erased', async () => {
    const folder = join(await temporaryDirectory(), 'blobs')
    const store = await BlobStore.open(folder, nativeSha256)
    const id = await store.put(TEXT)
    expect(id).toBe(cidOf(TEXT))
    expect(await store.read(id)).toEqual(TEXT)
    expect(await store.list()).toEqual([{ id, bytes: TEXT.length }])
    expect(await (await BlobStore.open(folder, nativeSha256)).read(id)).toEqual(TEXT)
    expect(await store.erase(id)).toBe(true)
    expect(await store.erase(id)).toBe(false)
    expect(await store.read(id)).toBeUndefined()
    expect(await readdir(folder)).toEqual([])
  })

  test('with a changed byte are never handed out', async () => {
    const folder = join(await temporaryDirectory(), 'blobs')
    const store = await BlobStore.open(folder, nativeSha256)
    const id = await store.put(TEXT)
    const bytes = await readFile(join(folder, id))
    for (let i = 0; i < bytes.length; i++) {
      const flipped = Buffer.from(bytes)
      flipped[i] = (flipped[i] ?? 0) ^ 1
      await writeFile(join(folder, id), flipped)
      expect(await codeOfAsync(() => store.read(id))).toBe('STORE_CORRUPT')
    }
  })

  test('that a killed process left half written are cleared away, since nobody knows their id', async () => {
    const folder = join(await temporaryDirectory(), 'blobs')
    await mkdir(folder)
    await writeFile(join(folder, `.${cidOf(TEXT)}.0123456789ab.tmp`), 'Dear')
    expect(await (await BlobStore.open(folder, nativeSha256)).list()).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })

  test('larger than the limit are refused', async () => {
    const store = await BlobStore.open(await temporaryDirectory(), nativeSha256)
    expect(await codeOfAsync(() => store.put(new Uint8Array(MAX_BLOB_BYTES + 1)))).toBe('BLOB_TOO_LARGE')
  })

  test('that do not fit on the disk leave nothing behind, and what is there stays', async (context) => {
    const disk = await temporaryDirectory()
    if (!mountMemory(disk, 1024)) {
      process.stderr.write('SKIPPED: a full disk needs the right to mount a tmpfs\n')
      context.skip()
    }
    onTestFinished(() => {
      execFileSync('umount', ['-l', disk])
    })
    const store = await BlobStore.open(disk, nativeSha256)
    const id = await store.put(TEXT)
    expect(await codeOfAsync(() => store.put(new Uint8Array(2 << 20)))).toBe('DISK_FULL')
    expect(await readdir(disk)).toEqual([id])
    expect(await store.read(id)).toEqual(TEXT)
    await store.put(new Uint8Array(1000))
  })
})
