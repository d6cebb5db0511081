/** What a node takes at which amount of free space, with measurements made up, and the ballast as a real file. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { DiskStatus } from '../../src/node/api.ts'
import { DiskGuard, type DiskGuardOptions } from '../../src/node/disk-guard.ts'
import { Ballast } from '../../src/storage/ballast.ts'
import { codeOf } from '../support/error-code.ts'

const MB = 1_000_000
const BALLAST_BYTES = 3 * MB
let home: string
let guard: DiskGuard | undefined
/** Of a disk of 100 GB, a twentieth of which is 5 GB. */
let freeMb: number
let isUnreadable: boolean
let levels: DiskStatus['level'][]

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tallystick-guard-'))
  freeMb = 50_000
  isUnreadable = false
  levels = []
})
afterEach(async () => {
  await guard?.stop()
  await rm(home, { recursive: true })
})

async function openGuard(options: Partial<DiskGuardOptions> = {}): Promise<DiskGuard> {
  guard = await DiskGuard.open({
    measure: async () => {
      if (isUnreadable) throw new Error('the folder is away')
      return { freeBytes: freeMb * MB, totalBytes: 100_000 * MB }
    },
    ballast: new Ballast(home, BALLAST_BYTES),
    leastFreeMb: undefined,
    isReadOnly: false,
    onChange: ({ level }) => levels.push(level),
    ...options,
  })
  return guard
}

async function atFreeMb(megabytes: number): Promise<DiskStatus> {
  freeMb = megabytes
  await guard?.check()
  return guard?.status ?? expect.unreachable()
}

const ballastBytes = async (): Promise<number> => (await stat(join(home, 'ballast')).catch(() => undefined))?.size ?? 0

async function ballastBecomes(bytes: number): Promise<void> {
  await expect.poll(ballastBytes, { timeout: 10_000 }).toBe(bytes)
  // Whole also on disk: the file has its size before it is flushed.
  await expect.poll(async () => (await atFreeMb(freeMb)).isBallastReleased).toBe(false)
}

it('takes everything from a twentieth of the disk on, no statements below, nothing of others below a quarter of that', async () => {
  for (const [megabytes, level, taken, stored] of [
    [5000, 'enough', undefined, undefined],
    [4999, 'low', 'DISK_LOW', undefined],
    [1250, 'low', 'DISK_LOW', undefined],
    [1249, 'scarce', 'DISK_LOW', 'DISK_LOW'],
    [0, 'scarce', 'DISK_LOW', 'DISK_LOW'],
  ] as const) {
    freeMb = megabytes
    const opened = await openGuard()
    expect(opened.status, `${megabytes} MB`).toMatchObject({ level, leastFreeBytes: 5000 * MB })
    expect(codeOf(() => opened.assertTaken())).toBe(taken)
    expect(codeOf(() => opened.assertStoresForOthers())).toBe(stored)
  }
})

it('asks for 512 MB of a small disk, for what is configured of any, and for nothing where the system does not tell', async () => {
  const measured = (freeBytes: number, totalBytes: number) => ({ measure: async () => ({ freeBytes, totalBytes }) })
  expect((await openGuard(measured(511 * MB, 2000 * MB))).status.level).toBe('low')
  expect((await openGuard(measured(512 * MB, 2000 * MB))).status.level).toBe('enough')
  expect((await openGuard({ leastFreeMb: 60_000 })).status.level).toBe('low')
  freeMb = 3
  expect((await openGuard({ leastFreeMb: 3 })).status.level).toBe('enough')
  freeMb = 0
  expect((await openGuard({ leastFreeMb: 0 })).status.level).toBe('enough')
  expect((await openGuard(measured(0, 0))).status.level).toBe('enough')
})

it('tells each change once, and takes statements again by itself', async () => {
  const opened = await openGuard()
  for (const megabytes of [6000, 4000, 3000, 100, 4500, 5000, 9000]) await atFreeMb(megabytes)
  expect(levels).toEqual(['low', 'scarce', 'low', 'enough'])
  expect(() => opened.assertTaken()).not.toThrow()
})

it('keeps what it saw last while the disk cannot be looked at', async () => {
  await openGuard()
  await atFreeMb(4000)
  isUnreadable = true
  expect((await atFreeMb(9000)).level).toBe('low')
})

it('makes its ballast once there is room beside the limit, gives it up on a full disk, and makes it again', async () => {
  freeMb = 5002
  const opened = await openGuard()
  opened.start()
  expect((await atFreeMb(5002)).isBallastReleased).toBe(true)
  expect(await ballastBytes()).toBe(0)
  await atFreeMb(5003)
  await ballastBecomes(BALLAST_BYTES)
  await atFreeMb(3)
  expect(await ballastBytes()).toBe(BALLAST_BYTES)
  expect((await atFreeMb(2)).isBallastReleased).toBe(true)
  expect(await ballastBytes()).toBe(0)
  await atFreeMb(4000)
  expect(await ballastBytes()).toBe(0)
  await atFreeMb(6000)
  await ballastBecomes(BALLAST_BYTES)
})

it('gives it up before a start on a full disk, and makes none where nothing is to be written', async () => {
  await writeFile(join(home, 'ballast'), new Uint8Array(BALLAST_BYTES))
  freeMb = 0
  await openGuard({ isReadOnly: true })
  expect(await ballastBytes()).toBe(0)
  freeMb = 50_000
  const opened = await openGuard({ isReadOnly: true })
  opened.start()
  await opened.check()
  await opened.stop()
  expect(await ballastBytes()).toBe(0)
})

it('takes a ballast of another size for none: one that a crash cut short, or of another setting', async () => {
  await writeFile(join(home, 'ballast'), new Uint8Array(BALLAST_BYTES - 1))
  const opened = await openGuard()
  opened.start()
  await ballastBecomes(BALLAST_BYTES)
  await opened.stop()
  await openGuard({ ballast: new Ballast(home, 0) })
  expect(await ballastBytes()).toBe(0)
})

it('leaves no part of a ballast behind when it is stopped meanwhile', async () => {
  const opened = await openGuard({ ballast: new Ballast(home, 400 * MB) })
  opened.start()
  await opened.check()
  await opened.stop()
  expect([0, 400 * MB]).toContain(await ballastBytes())
})
