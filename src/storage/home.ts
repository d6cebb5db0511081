/**
 * The home directory of a node: made whole or not at all, and only on a file system whose fsync and locks can be
 * believed.
 */
import { mkdir, readdir, rename, rm, rmdir, stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { LedgerError } from '../errors.ts'
import { syncDirectory, syncFile } from './durable-file.ts'
import { lockHome } from './home-lock.ts'
import { codeOf, storeFailed } from './store-error.ts'

export interface HomeOptions {
  /** Accept network and user-space file systems (`unsafeFs` in node.yaml). */
  unsafeFs?: boolean
}

/** statfs(2) f_type of file systems where an fsync or a lock may not mean what it says. */
const UNSAFE_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9p'],
  [0x786f4256, 'vboxsf'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x73757245, 'Coda'],
])

const OTHERS_WRITE = 0o022

/**
 * Makes a home: `fill` writes everything into the new directory `<home>.tmp`, which then gets its name in one step. A
 * crash before that leaves no home. An empty directory at `home` is replaced.
 *
 * @throws LedgerError STORE_EXISTS when there is something at home already
 * @throws LedgerError HOME_UNSAFE as {@link assertSafeFileSystem}
 * @throws LedgerError HOME_LOCKED when another process is making the same home
 */
export async function createHome(
  home: string,
  fill: (temporary: string) => Promise<void>,
  options: HomeOptions = {},
): Promise<void> {
  const target = resolve(home)
  const temporary = `${target}.tmp`
  const parent = dirname(target)
  await mkdir(parent, { recursive: true })
  await assertSafeFileSystem(parent, options)
  await assertVacant(target)
  await startTemporary(temporary)
  const lock = await lockHome(temporary)
  try {
    await fill(temporary)
    await lock.release()
    await syncTree(temporary)
    await assertVacant(target)
    await rename(temporary, target)
    await syncDirectory(parent)
  } catch (error) {
    // A home without its name is of no use: the next attempt removes it too.
    await rm(temporary, { recursive: true, force: true })
    throw error instanceof LedgerError ? error : storeFailed('making the home', target, error)
  }
}

/**
 * @throws LedgerError HOME_UNSAFE when the directory is on a network or user-space file system and not told unsafeFs
 */
export async function assertSafeFileSystem(directory: string, options: HomeOptions = {}): Promise<void> {
  if (options.unsafeFs === true) return
  const name = /^(\\\\|\/\/)/.test(directory) ? 'a network share' : await unsafeFileSystem(directory)
  if (name !== undefined) {
    throw new LedgerError(
      'HOME_UNSAFE',
      `${directory} is on ${name}, where a write may be lost after it was acknowledged`,
      {
        hint: 'use a local disk, or set `unsafeFs: true` in node.yaml if you know that fsync and locks work there',
      },
    )
  }
}

/**
 * Whoever can write to the folder can put another database, or a head file of another history, in the place of ours.
 *
 * @throws LedgerError HOME_UNSAFE when the group or others may write to the directory
 */
export async function assertOnlyOwnerWrites(directory: string): Promise<void> {
  // Windows has no such bits: what Node prints for them says nothing there.
  if (process.platform === 'win32') return
  const { mode } = await stat(directory)
  if ((mode & OTHERS_WRITE) === 0) return
  throw new LedgerError(
    'HOME_UNSAFE',
    `other users can write to ${directory} (mode ${(mode & 0o777).toString(8)}), and so replace what is in it`,
    { hint: `chmod 700 ${directory}` },
  )
}

/** The name of an unsafe file system type, or undefined; only Linux numbers its types so. */
export function unsafeFileSystemName(type: number): string | undefined {
  return UNSAFE_FILE_SYSTEMS.get(type >>> 0)
}

async function unsafeFileSystem(directory: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  const { type } = await statfs(directory)
  return unsafeFileSystemName(type)
}

async function assertVacant(target: string): Promise<void> {
  try {
    await rmdir(target)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return
    if (code === 'EBUSY') {
      throw new LedgerError('STORE_EXISTS', `${target} is a mount point`, {
        hint: 'make the home in a folder below it',
      })
    }
    if (code !== 'ENOTEMPTY' && code !== 'ENOTDIR' && code !== 'EEXIST') throw error
    throw new LedgerError('STORE_EXISTS', `there is something at ${target} already`, {
      hint: 'choose another folder; an existing home is never replaced',
    })
  }
}

/** A new directory; what an interrupted attempt left there is removed, unless its process still lives. */
async function startTemporary(temporary: string): Promise<void> {
  try {
    await mkdir(temporary, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    const lock = await lockHome(temporary)
    await lock.release()
    await rm(temporary, { recursive: true })
    await mkdir(temporary, { mode: 0o700 })
  }
}

/** Makes every file and name below a directory durable. */
async function syncTree(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    if ((await stat(path)).isDirectory()) await syncTree(path)
    else await syncFile(path)
  }
  await syncDirectory(directory)
}
