/** The folder of files that all nodes of a test's simulations share: no part of a simulation asks for one. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { nativeSha256 } from '../../src/node/native-crypto.ts'
import { BlobStore } from '../../src/storage/blob-store.ts'

/** Made before a file's tests and removed behind them; to be asked for within a test. */
export function useBlobs(): () => BlobStore {
  let folder: string
  let blobs: BlobStore
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'simulation-'))
    blobs = await BlobStore.open(join(folder, 'blobs'), nativeSha256)
  })
  afterAll(async () => rm(folder, { recursive: true, force: true }))
  return () => blobs
}
