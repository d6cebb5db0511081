/**
 * One living process per home directory: a lock file with the owner's process id, when that process began, and the
 * instance it drew, taken with an exclusive link(2). LevelDB's own LOCK stands behind it, but is lost when the file is
 * removed.
 *
 *     {"pid":4711,"started":"88345","boot":"5f0c...","instance":"<32 hex>"}
 *
 * A lock is stale when its process is gone, another process has its number now, or the machine was started since.
 */
import { randomBytes } from 'node:crypto'
import { link, open, readFile, rename, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { toHex } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { LedgerError } from '../errors.ts'
import { codeOf, storeFailed } from './store-error.ts'

export const LOCK_FILE = 'lock'

export interface HomeLock {
  /** 16 random bytes of this start, also the node's instance on the network. */
  readonly instance: Uint8Array
  /** Removes the lock file, if it is still ours. May be called twice. */
  release(): Promise<void>
}

interface Owner {
  readonly pid: number
  /** Start of the process in clock ticks since boot (proc(5), stat field 22); empty where the system does not tell. */
  readonly started: string
  readonly boot: string
  readonly instance: string
}

const ATTEMPTS = 5

/**
 * @throws LedgerError HOME_LOCKED when a living process holds the lock
 * @throws LedgerError STORE_FAILED when the file system fails
 */
export async function lockHome(home: string): Promise<HomeLock> {
  const path = join(home, LOCK_FILE)
  const instance = new Uint8Array(randomBytes(16))
  const owner: Owner = {
    pid: process.pid,
    started: await startOf(process.pid),
    boot: await bootId(),
    instance: toHex(instance),
  }
  const text = JSON.stringify(owner)
  const own = `${path}.${owner.instance}`
  try {
    try {
      await writeNew(own, text)
      await linkExclusively(own, path)
    } finally {
      await rm(own, { force: true })
    }
  } catch (error) {
    throw error instanceof LedgerError ? error : storeFailed('locking the home', home, error)
  }
  return {
    instance,
    async release() {
      if ((await readText(path)) === text) await unlink(path)
    },
  }
}

/** Whether a living process, this one included, holds the lock of a home. */
export async function isHomeLocked(home: string): Promise<boolean> {
  const text = await readText(join(home, LOCK_FILE))
  return text !== undefined && (await livingOwner(text)) !== undefined
}

async function linkExclusively(own: string, path: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await isLinked(own, path)) return
    const found = await readText(path)
    if (found === undefined) continue
    await assertStale(found, path)
    await replaceStale(own, path)
    return
  }
  throw new LedgerError('HOME_LOCKED', `other processes are taking the lock ${path} at this moment`)
}

/**
 * Puts our lock in the place of a stale one. Only one process at a time may do so, or the second would replace the lock
 * of the first: that one holds a second lock for the moment.
 */
async function replaceStale(own: string, path: string): Promise<void> {
  const turn = `${path}.turn`
  if (!(await isLinked(own, turn))) {
    const holder = await readText(turn)
    // A process that died in the middle of this leaves its turn behind: it is removed, and the next start succeeds.
    if (holder !== undefined && (await livingOwner(holder)) === undefined) await unlink(turn)
    throw new LedgerError('HOME_LOCKED', `another process is taking the lock ${path} at this moment`, {
      hint: 'try again',
    })
  }
  try {
    const found = await readText(path)
    if (found !== undefined) {
      await assertStale(found, path)
      // A stale lock stays where it is until the holder of the turn replaces it, so this replaces what was read.
      await rename(own, path)
    } else if (!(await isLinked(own, path))) {
      throw new LedgerError('HOME_LOCKED', `another process has just taken the lock ${path}`)
    }
  } finally {
    await unlink(turn)
  }
}

/** Unlike a file opened with O_EXCL and then written, a link appears with its whole content. */
async function isLinked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function assertStale(text: string, path: string): Promise<void> {
  const owner = await livingOwner(text)
  if (owner === undefined) return
  throw new LedgerError('HOME_LOCKED', `process ${owner.pid} holds the lock ${path}`, {
    hint: 'stop that node first; two copies of one home must never run at once',
  })
}

/** The owner a lock file names, if that process lives. Text that is no lock names nobody: LevelDB's LOCK remains. */
async function livingOwner(text: string): Promise<Owner | undefined> {
  const owner = parseOwner(text)
  if (owner === undefined || owner.boot !== (await bootId())) return undefined
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    // EPERM: it lives, under another user.
    if (codeOf(error) !== 'EPERM') return undefined
  }
  return (await startOf(owner.pid)) === owner.started ? owner : undefined
}

function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    if (!('pid' in value && 'started' in value && 'boot' in value && 'instance' in value)) return undefined
    const { pid, started, boot, instance } = value
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined
    if (typeof started !== 'string' || typeof boot !== 'string' || typeof instance !== 'string') return undefined
    return { pid, started, boot, instance }
  } catch {
    return undefined
  }
}

async function startOf(pid: number): Promise<string> {
  const stat = await readText(`/proc/${pid}/stat`)
  // The second field is the command in parentheses and may contain spaces; field 22 is the 20th after it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

async function bootId(): Promise<string> {
  return (await readText('/proc/sys/kernel/random/boot_id'))?.trim() ?? ''
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(encodeUtf8(text))
    // Without this a power loss could leave the linked name with no bytes in it.
    await file.sync()
  } finally {
    await file.close()
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return undefined
    throw error
  }
}
