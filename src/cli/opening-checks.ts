/**
 * What would stop `tally up` on a home that no node runs on: the same checks, but each by itself, so that one fault does
 * not hide the next. The database is opened as `fsck` opens it; nothing is signed, and no row changes.
 */
import { parseCard } from '../node/card.ts'
import {
  assertOwnCard,
  homePaths,
  type HomePaths,
  type PeerEntry,
  readCardText,
  readConfig,
  readNetworkId,
  readPeers,
} from '../node/home.ts'
import { nativeSha256, nativeVerifier } from '../node/native-crypto.ts'
import { readNodeKeys } from '../node/node-keys.ts'
import { assertHeadExists, assertHeadFits } from '../node/own-log.ts'
import { isLedgerError } from '../errors.ts'
import { readHead } from '../storage/head-file.ts'
import { lockHome } from '../storage/home-lock.ts'
import { assertSafeFileSystem } from '../storage/home.ts'
import { openLevelStore } from '../storage/level-store.ts'
import { openLogStore } from '../storage/log-store.ts'
import type { Store } from '../storage/store.ts'
import { describeError, type ErrorDescription } from './error-output.ts'

/** Every fault found, in the order in which `up` would meet it. */
export async function findOpeningFaults(home: string): Promise<ErrorDescription[]> {
  const faults = new Faults()
  const paths = homePaths(home)
  const config = await faults.catch(() => readConfig(paths))
  const card = await faults.catch(async () => parseCard(await readCardText(paths), nativeVerifier))
  await faults.catch(() => readNetworkId(paths))
  // A second word about a file that was just named would help nobody.
  if (config !== undefined && card !== undefined) await faults.catch(async () => assertOwnCard(config, card))
  await faults.catch(() => readNodeKeys(home))
  const peers = await faults.catch(() => readPeers(paths, nativeVerifier))
  await faults.catch(() => assertSafeFileSystem(home, { unsafeFs: config?.unsafeFs ?? false }))
  const lock = await faults.catch(() => lockHome(home))
  if (lock === undefined) return faults.found
  try {
    await checkStore(faults, paths, card?.origin ?? config?.origin, peers ?? [])
  } finally {
    await faults.catch(() => lock.release())
  }
  return faults.found
}

/** @param origin of the own log, where a file that names it can be read */
async function checkStore(
  faults: Faults,
  paths: HomePaths,
  origin: string | undefined,
  peers: readonly PeerEntry[],
): Promise<void> {
  const head = await faults.catch(async () => {
    const found = await readHead(paths.head)
    assertHeadExists(found, origin ?? paths.home)
    return found
  })
  const store = await faults.catch(() => openLevelStore(paths.database, { tables: 'all' }))
  if (store === undefined) return
  try {
    const tree = origin === undefined ? undefined : await faults.catch(() => openLog(store, origin))
    if (tree !== undefined && head !== undefined) await faults.catch(async () => assertHeadFits(head, tree))
    for (const { card } of peers) await faults.catch(() => openPeerLog(store, card.origin))
  } finally {
    await faults.catch(() => store.close())
  }
}

const openLog = (store: Store, origin: string): ReturnType<typeof openLogStore> =>
  openLogStore(store, origin, { sha256: nativeSha256, mustExist: true })

/** A log that was followed only lately, or before a repair, is started by `up`. */
async function openPeerLog(store: Store, origin: string): Promise<void> {
  try {
    await openLog(store, origin)
  } catch (error) {
    if (!isLedgerError(error, 'STORE_MISSING')) throw error
  }
}

class Faults {
  readonly found: ErrorDescription[] = []

  async catch<T>(check: () => Promise<T>): Promise<T | undefined> {
    try {
      return await check()
    } catch (error) {
      this.found.push(describeError(error))
      return undefined
    }
  }
}
