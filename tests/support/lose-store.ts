import { rename, rm } from 'node:fs/promises'
import { EMPTY_ROOT } from '../../src/merkle/hash.ts'
import { homePaths } from '../../src/node/home.ts'
import { replaceHead } from '../../src/storage/head-file.ts'
import { createLevelStore } from '../../src/storage/level-store.ts'
import type { TestHome } from './node-network.ts'

/** What `tally repair` leaves where not even the node's own rows could be read. */
export async function loseStore({ home, origin }: TestHome): Promise<void> {
  const { database, head } = homePaths(home)
  await rename(database, `${database}.damaged`)
  await (await createLevelStore(database)).close()
  await rm(head)
  await replaceHead(head, undefined, { origin, size: 0, root: EMPTY_ROOT, state: 'published' })
}
