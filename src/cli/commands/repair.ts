/**
 * `tally repair --from-peers`: sets the damaged store aside, with the head file, and lets the node fetch its entries from
 * replicas, as a copy does that is older than all of them: the fence looks at what they remember before anything is signed.
 * Nothing is deleted. What the node has seen as a witness is carried over, or the repair stops: a witness that forgets could be
 * led to sign a second history.
 */
import { readdir, rename } from 'node:fs/promises'
import type { Command } from 'commander'
import { LedgerError, isLedgerError } from '../../errors.ts'
import { EMPTY_ROOT } from '../../merkle/hash.ts'
import type { HomePaths } from '../../node/home.ts'
import type { NodeEnd } from '../../node/wire.ts'
import type { Row } from '../../storage/store.ts'
import type { Act, Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'

const POLL_MS = 250
const TELL_MS = 5_000

export function configure(command: Command, act: Act): void {
  command
    .option('--from-peers', 'fetch the entries from the other operators')
    .option('--forget-witness-state', 'go on although the record of what this node cosigned cannot be read')
    .action(act(repair))
}

async function repair(context: Context): Promise<number> {
  const { options, output, home } = context
  if (!options.isSet('fromPeers')) throw new LedgerError('USAGE', 'say from where: tally repair --from-peers')
  const { assertNodeHome } = await import('../node-home.ts')
  const { homePaths } = await import('../../node/home.ts')
  const { lockHome } = await import('../../storage/home-lock.ts')
  const { confirm } = await import('../sign.ts')
  const { now } = await import('../time-input.ts')
  const paths = homePaths(home)
  await assertNodeHome(paths.config)
  const peers = await readdir(paths.peers).catch(() => [])
  if (peers.length === 0)
    throw new LedgerError('NOT_READY', 'no other operator holds a copy of this log: there is nobody to fetch it from', {
      hint: 'nothing was changed; tally restore brings back a backup of the keys, not of entries',
    })
  const aside = `.damaged-${now()}`
  const lock = await lockHome(home)
  try {
    const kept = await readKept(context, paths.database)
    await confirm(
      context,
      `The store is set aside as ${paths.database}${aside} and rebuilt from the other operators; nothing is deleted.`,
    )
    await rebuild(paths, aside, kept)
  } finally {
    await lock.release()
  }
  output.progress('the store is new; fetching entries from the other operators')
  return catchUp(context)
}

async function rebuild({ database, head, config }: HomePaths, aside: string, kept: readonly Row[]): Promise<void> {
  const { parseNodeConfig } = await import('../../node/config.ts')
  const { replaceHead } = await import('../../storage/head-file.ts')
  const { readInputText } = await import('../files.ts')
  const { origin } = parseNodeConfig(await readInputText(config))
  const { createLevelStore } = await import('../../storage/level-store.ts')
  const fresh = `${database}.new-${process.pid}`
  const store = await createLevelStore(fresh)
  try {
    if (kept.length > 0) await store.commit(kept.map(([key, value]) => ({ type: 'put', key, value })))
  } finally {
    await store.close()
  }
  // A crash between the two leaves no store: `up` then names this command again, and the rows are in the one set aside.
  await setAside(database, aside)
  await rename(fresh, database)
  // It names what the store no longer holds; the others remember at least as much of what was published.
  await setAside(head, aside)
  await replaceHead(head, undefined, { origin, size: 0, root: EMPTY_ROOT, state: 'published' })
}

async function setAside(path: string, suffix: string): Promise<void> {
  await rename(path, `${path}${suffix}`).catch((error: unknown) => {
    // What is gone cannot be set aside.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  })
}

/** What no replica can give back. */
async function readKept(context: Context, database: string): Promise<readonly Row[]> {
  const { readKeptRows } = await import('../kept-rows.ts')
  const isForgetting = context.options.isSet('forgetWitnessState')
  try {
    return await readKeptRows(database, isForgetting)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    if (isForgetting) {
      context.output.warn(
        'what this node cosigned for others, and statements that waited, cannot be read; what is left of them stays where it is set aside',
      )
      return []
    }
    throw new LedgerError(
      'DAMAGED',
      `the record of what this node cosigned for others cannot be read: ${error.message}`,
      {
        cause: error,
        hint: 'nothing was changed; if no other copy of this node is running, add --forget-witness-state: it then forgets which checkpoints of others it has cosigned',
      },
    )
  }
}

/** Runs the node until it signs again, or --timeout passes without another entry. */
async function catchUp(context: Context): Promise<number> {
  const { runNode } = await import('../../node/run.ts')
  const { output, options, home } = context
  const node = await runNode(home, { onProgress: (text) => output.progress(text), isReadOnly: false })
  const patienceMs = Math.max(options.timeoutMs, 60_000)
  let end: NodeEnd | undefined
  let fetched = 0
  let [changedAt, toldAt] = [Date.now(), Date.now()]
  while (end === undefined && Date.now() < changedAt + patienceMs && node.api.status().state !== 'READY') {
    end = await Promise.race([node.stopped, new Promise<undefined>((resolve) => void setTimeout(resolve, POLL_MS))])
    const { size: now } = node.api.status()
    if (now !== fetched) changedAt = Date.now()
    if (now !== fetched && Date.now() - toldAt >= TELL_MS) {
      output.progress(`${now} entries are back`)
      toldAt = Date.now()
    }
    fetched = now
  }
  const { state, size, reason } = node.api.status()
  const why = end?.error
  await node.stop()
  if (why !== undefined) throw why
  if (state === 'READY') {
    output.result('repair', { state, size }, `Repaired: ${size} entries, every one checked. Next: tally up`)
    return EXIT.done
  }
  throw new LedgerError('NOT_READY', `not finished: ${reason ?? `the node is ${state}`} (${size} entries so far)`, {
    hint: 'start it with `tally up`; it goes on by itself once the other operators are reachable',
  })
}
