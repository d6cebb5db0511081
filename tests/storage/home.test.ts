import { spawn } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isHomeLocked, LOCK_FILE, lockHome } from '../../src/storage/home-lock.ts'
import {
  assertOnlyOwnerWrites,
  assertSafeFileSystem,
  createHome,
  unsafeFileSystemName,
} from '../../src/storage/home.ts'
import { createLevelStore, openLevelStore } from '../../src/storage/level-store.ts'
import { temporaryDirectory } from '../support/storage-fixtures.ts'

describe('a home', () => {
  test('appears whole, with what was put into it and no lock or temporary folder', async () => {
    const root = await temporaryDirectory()
    const home = join(root, 'nested', 'home')
    await createHome(home, async (temporary) => {
      await writeFile(join(temporary, 'key'), 'secret')
      await (await createLevelStore(join(temporary, 'store'))).close()
      expect(await readdir(join(root, 'nested'))).toEqual(['home.tmp'])
    })
    expect(await readdir(join(root, 'nested'))).toEqual(['home'])
    expect((await readdir(home)).sort()).toEqual(['key', 'store'])
    await (await openLevelStore(join(home, 'store'))).close()
  })

  test('does not appear when filling it fails, and the next attempt succeeds', async () => {
    const root = await temporaryDirectory()
    const home = join(root, 'home')
    const failure = new Error('no key')
    await expect(createHome(home, () => Promise.reject(failure))).rejects.toMatchObject({
      code: 'STORE_FAILED',
      cause: failure,
    })
    expect(await readdir(root)).toEqual([])
    await mkdir(`${home}.tmp`)
    await writeFile(join(`${home}.tmp`, 'rest of an attempt that was killed'), '')
    await createHome(home, (temporary) => writeFile(join(temporary, 'key'), ''))
    expect(await readdir(home)).toEqual(['key'])
  })

  test('is never put over something, but may take the place of an empty folder', async () => {
    const home = join(await temporaryDirectory(), 'home')
    await mkdir(home)
    await createHome(home, (temporary) => writeFile(join(temporary, 'key'), 'first'))
    await expect(createHome(home, () => Promise.resolve())).rejects.toMatchObject({ code: 'STORE_EXISTS' })
    const file = `${home}-file`
    await writeFile(file, '')
    await expect(createHome(file, () => Promise.resolve())).rejects.toMatchObject({ code: 'STORE_EXISTS' })
    expect(await readFile(join(home, 'key'), 'utf8')).toBe('first')
  })

  test('is made by one process at a time', async () => {
    const home = join(await temporaryDirectory(), 'home')
    await createHome(home, async (temporary) => {
      await expect(createHome(home, () => Promise.resolve())).rejects.toMatchObject({ code: 'HOME_LOCKED' })
      await writeFile(join(temporary, 'key'), '')
    })
    expect(await readdir(home)).toEqual(['key'])
  })

  test('is refused on network and user-space file systems', async () => {
    for (const [type, name] of [
      [0x6969, 'NFS'],
      [0xff534d42, 'CIFS'],
      [0xff534d42 | 0, 'CIFS'],
      [0x65735546, 'FUSE'],
    ] as const) {
      expect(unsafeFileSystemName(type)).toBe(name)
    }
    for (const local of [0xef53, 0x01021994, 0x9123683e, 0x58465342, 0x794c7630])
      expect(unsafeFileSystemName(local)).toBeUndefined()
    await expect(assertSafeFileSystem('//server/share')).rejects.toMatchObject({ code: 'HOME_UNSAFE' })
    await assertSafeFileSystem('//server/share', { unsafeFs: true })
    await assertSafeFileSystem(await temporaryDirectory())
  })

  test.skipIf(process.platform === 'win32')('is refused where the group or others may write to it', async () => {
    const home = await temporaryDirectory()
    for (const mode of [0o777, 0o770, 0o702]) {
      await chmod(home, mode)
      await expect(assertOnlyOwnerWrites(home)).rejects.toMatchObject({
        code: 'HOME_UNSAFE',
        hint: `chmod 700 ${home}`,
      })
    }
    for (const mode of [0o755, 0o700]) {
      await chmod(home, mode)
      await assertOnlyOwnerWrites(home)
    }
  })
})

describe('the lock of a home', () => {
  test('is held by one process at a time and gives each start its own instance', async () => {
    const home = await temporaryDirectory()
    const lock = await lockHome(home)
    expect(await isHomeLocked(home)).toBe(true)
    await expect(lockHome(home)).rejects.toMatchObject({ code: 'HOME_LOCKED' })
    await lock.release()
    await lock.release()
    expect(await isHomeLocked(home)).toBe(false)
    const next = await lockHome(home)
    expect(next.instance).not.toEqual(lock.instance)
    expect(next.instance.length).toBe(16)
    await lock.release()
    expect(await isHomeLocked(home)).toBe(true)
    await next.release()
    expect(await readdir(home)).toEqual([])
  })

  test('goes to exactly one of many that ask at once, also past a stale one', async () => {
    const home = await temporaryDirectory()
    await writeFile(
      join(home, LOCK_FILE),
      JSON.stringify({ pid: 2 ** 22 + 5, started: '1', boot: 'x', instance: '00' }),
    )
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockHome(home)))
    expect(results.filter((result) => result.status === 'fulfilled').length).toBe(1)
    expect(await readdir(home)).toEqual([LOCK_FILE])
  })

  test('is stale when its process is gone, when another process has its number, and after a restart of the machine', async () => {
    const home = await temporaryDirectory()
    const lock = await lockHome(home)
    const path = join(home, LOCK_FILE)
    const own = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    await lock.release()
    const child = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => child.on('close', resolve))
    for (const stale of [{ pid: child.pid }, { started: '1' }, { boot: 'another' }, { pid: -1 }, { pid: '1' }]) {
      await writeFile(path, JSON.stringify({ ...own, ...stale }))
      expect(await isHomeLocked(home)).toBe(false)
      await (await lockHome(home)).release()
    }
    for (const damage of ['', 'no lock', '[]', 'null', '{}']) {
      await writeFile(path, damage)
      await (await lockHome(home)).release()
    }
    await writeFile(path, JSON.stringify(own))
    await expect(lockHome(home)).rejects.toMatchObject({ code: 'HOME_LOCKED' })
  })
})
