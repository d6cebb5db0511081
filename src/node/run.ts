/**
 * Starts a node on its home: looks at the disk, locks the folder, opens what is in it, and ends everything in order.
 */
import type { LedgerError } from '../errors.ts'
import { startHost } from '../network/host.ts'
import { Ballast } from '../storage/ballast.ts'
import { type DiskSpace, readDiskSpace } from '../storage/disk-space.ts'
import { headFileAt } from '../storage/head-file.ts'
import { lockHome } from '../storage/home-lock.ts'
import { assertOnlyOwnerWrites, assertSafeFileSystem } from '../storage/home.ts'
import { openLevelStore } from '../storage/level-store.ts'
import type { Store } from '../storage/store.ts'
import { BlobStore } from '../storage/blob-store.ts'
import type { DiskStatus, NodeApi } from './api.ts'
import { DiskGuard } from './disk-guard.ts'
import { loadNodeHome, type NodeHome } from './home.ts'
import { nativeSha256, nativeVerifier } from './native-crypto.ts'
import { openStoreToServe } from './open-to-serve.ts'
import { type NodeEnd, type NodeOptions, wireNode } from './wire.ts'

const DISK_NEWS: Readonly<Record<DiskStatus['level'], string>> = {
  enough: 'there is enough free space on the disk again: statements are taken',
  low: 'DISK LOW: no statements are taken until there is more free space; the rest goes on',
  scarce: 'DISK NEARLY FULL: no statements are taken, and nothing of others is stored, until there is more free space',
}

export interface RunningNode {
  api: NodeApi
  /** Resolves when the node has ended, by itself or because it was stopped. */
  stopped: Promise<NodeEnd>
  stop(): Promise<void>
}

/**
 * @throws LedgerError HOME_LOCKED, HOME_UNSAFE, STORE_*, DAMAGED, CONFIG_INVALID, CARD_MALFORMED, UNSAFE_PERMISSIONS, PEER_UNREACHABLE
 */
export async function runNode(homePath: string, options: NodeOptions = {}): Promise<RunningNode> {
  const home = await loadNodeHome(homePath, nativeVerifier)
  await assertOnlyOwnerWrites(homePath)
  await assertSafeFileSystem(homePath, { unsafeFs: home.config.unsafeFs })
  // Before the lock: a full disk has no room for it.
  const disk = await openDiskGuard(home, options)
  const lock = await lockHome(homePath)
  const ends = Promise.withResolvers<NodeEnd>()
  let store: Store | undefined
  try {
    const damages: LedgerError[] = []
    store =
      options.isReadOnly === true
        ? await openStoreToServe(home.paths.database, (damage) => damages.push(damage))
        : await openLevelStore(home.paths.database)
    const blobs = await BlobStore.open(home.paths.blobs, nativeSha256)
    const head = headFileAt(home.paths.head)
    const { instance } = lock
    const node = await wireNode(
      { home, instance, store, damages, disk, head, blobs, startHost, verifier: nativeVerifier },
      options,
      ends.resolve,
    )
    let stopping: Promise<void> | undefined
    const stop = (): Promise<void> => {
      stopping ??= (async () => {
        await node.stop()
        await node.parts.store.close()
        await lock.release()
        ends.resolve({})
      })()
      return stopping
    }
    return { api: node.api, stopped: ends.promise, stop }
  } catch (error) {
    await store?.close()
    await lock.release()
    throw error
  }
}

function openDiskGuard({ paths, config }: NodeHome, options: NodeOptions): Promise<DiskGuard> {
  const progress = options.onProgress ?? ((): void => undefined)
  return DiskGuard.open({
    measure: options.measureDisk ?? ((): Promise<DiskSpace> => readDiskSpace(paths.home)),
    ballast: new Ballast(paths.home, config.ballastMb * 1_000_000),
    leastFreeMb: config.leastFreeMb,
    isReadOnly: options.isReadOnly === true,
    onChange: ({ level }) => progress(DISK_NEWS[level]),
  })
}
