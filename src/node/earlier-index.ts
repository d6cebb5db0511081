/**
 * The subject index of a log as it was at a size that is not kept any more, from all records of now, in steps between which
 * other work runs. Takes as long as a snapshot does, and memory that does not grow with the log.
 */
import { isLedgerError } from '../errors.ts'
import { IndexRootStream } from '../subject-index/tree.ts'
import type { HeldLog } from './log-registry.ts'
import type { IndexSummary } from './log-growth.ts'
import { nativeSha256 } from './native-crypto.ts'

/** Some milliseconds of work. */
const SUBJECTS_PER_STEP = 64

/**
 * @param size at most that of the index
 * @param signal ends it early
 * @returns undefined when it was ended, or the log grew by more meanwhile than is kept
 */
export async function earlierIndex(
  log: Pick<HeldLog, 'store' | 'index'>,
  size: number,
  signal: AbortSignal,
): Promise<IndexSummary | undefined> {
  const held = log.index.hold(log.index.size)
  if (held === undefined) return undefined
  try {
    const stream = new IndexRootStream(nativeSha256)
    let subjects = 0
    let seen = 0
    for (const row of held.version.rowsAt(size, (index) => log.store.readLeafHash(index))) {
      if (row !== undefined) {
        stream.add(row)
        subjects++
      }
      if (++seen % SUBJECTS_PER_STEP !== 0) continue
      await new Promise((resolve) => setImmediate(resolve))
      if (signal.aborted) return undefined
    }
    return { size, subjects, root: stream.root() }
  } catch (error) {
    if (isLedgerError(error, 'NOT_READY')) return undefined
    throw error
  } finally {
    held.letGo()
  }
}
